import { SourceError } from '../identity/source-error.ts';
import type { FeedStatistics } from '../identity/ports.ts';
import { graphRequestRetried } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import { backoffMs } from '../timing/backoff.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { isCertificateError, isProxyRefusal } from './network-error.ts';

/** The bounds of trying again. What is beyond them is for the next round, which goes on from the checkpoint. */
const retryLimits = {
  /** Attempts for one answer, the first included. */
  attemptsMax: 8,
  /** All waits for one answer together. */
  waitMsMax: 5 * 60 * 1000,
  /** The waits when the server does not say how long. */
  backoff: { baseMs: 500, maxMs: 30_000 },
} as const;

/** What {@link withRetries} needs besides the work. */
export interface RetryContext {
  /** Names the request in the log, for instance `users/delta`. */
  readonly operation: string;
  readonly signal: AbortSignal;
  /** Attempts for one answer, the first included, where the usual bound is too many. */
  readonly attemptsMax?: number | undefined;
  readonly statistics: FeedStatistics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Does `attempt` until it succeeds, fails for good, or {@link retryLimits} are reached; waits in between as the server
 * asked, else with exponential backoff. Throws the last {@link SourceError}, with the number of attempts added, or one
 * with code `aborted`.
 */
export async function withRetries<T>(context: RetryContext, attempt: () => Promise<T>): Promise<T> {
  const { attemptsMax = retryLimits.attemptsMax } = context;
  let waitedMs = 0;
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const failure = asSourceError(error, context);
      const waitMs = waitAfter(failure, attempts, context.random);
      if (waitMs === undefined || attempts === attemptsMax || waitedMs + waitMs > retryLimits.waitMsMax) {
        throw withAttempts(failure, attempts);
      }
      waitedMs += waitMs;
      note(context, failure, attempts, waitMs);
      await pause(context, waitMs);
    }
  }
}

/** How long to wait before the next attempt; undefined when another one would end like this one. */
function waitAfter(error: SourceError, failures: number, random: Random): number | undefined {
  const passing = error.code === 'throttled' || error.code === 'unavailable' || error.code === 'timeout';
  if (!passing || isCertificateError(error) || isProxyRefusal(error)) return undefined;
  const { retryAfterMs } = error.details;
  // "Retry-After: 0" says that nobody knows; taken literally it would be a storm.
  return retryAfterMs !== undefined && retryAfterMs > 0
    ? retryAfterMs
    : backoffMs(failures, retryLimits.backoff, random);
}

function note(
  { operation, statistics, log }: RetryContext,
  failure: SourceError,
  attempt: number,
  waitMs: number,
): void {
  statistics.retries += 1;
  if (failure.code === 'throttled') statistics.throttledMs += waitMs;
  const { status, sourceCode, requestId } = failure.details;
  graphRequestRetried(log, {
    operation,
    attempt,
    waitMs: Math.round(waitMs),
    reason: failure.message,
    code: failure.code,
    status,
    sourceCode,
    requestId,
  });
}

async function pause({ clock, signal, operation }: RetryContext, waitMs: number): Promise<void> {
  try {
    await clock.sleep(waitMs, signal);
  } catch (error) {
    throw aborted(operation, error);
  }
}

function asSourceError(error: unknown, { signal, operation }: RetryContext): SourceError {
  if (error instanceof SourceError) return error;
  if (signal.aborted) return aborted(operation, error);
  throw error;
}

function aborted(operation: string, cause: unknown): SourceError {
  return new SourceError('aborted', `The request ${operation} was given up`, {}, { cause });
}

function withAttempts(error: SourceError, attempts: number): SourceError {
  return new SourceError(error.code, error.message, { ...error.details, attempts }, { cause: error.cause });
}
