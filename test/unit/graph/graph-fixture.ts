import { Secret } from '../../../src/identity/secret.ts';
import type { DeltaPage } from '../../../src/identity/change.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import type { SourceErrorCode } from '../../../src/identity/source-error.ts';
import type { GraphCredential } from '../../../src/graph/credential.ts';
import { createGraph } from '../../../src/graph/graph.ts';
import type { Graph, GraphOptions } from '../../../src/graph/graph.ts';
import { everyProperty } from '../../support/every-property.ts';
import { startFakeMicrosoft } from '../../support/fake-microsoft.ts';
import type { FakeMicrosoft } from '../../support/fake-microsoft.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import type { RecordingLog } from '../../support/recording-log.ts';

/** A graph on a scripted server, a clock that stands still, and a log that remembers. */
export interface GraphFixture extends AsyncDisposable {
  readonly microsoft: FakeMicrosoft;
  readonly graph: Graph;
  readonly clock: ManualClock;
  readonly log: RecordingLog;
}

/** The secret of every fixture; must never show up anywhere. */
export const secretValue = 'S3cret~Value';

/** A secret as a credential. */
export function secretCredential(secret: string, name = 'tenant.credential', expiresAtMs?: number): GraphCredential {
  return { name, kind: 'secret', secret: new Secret(secret), expiresAtMs };
}

/** The request timeout of every fixture. */
export const timeoutMs = 30_000;

/** Starts a fixture. The random numbers are all 0.5: a backoff waits half its longest time. */
export async function startFixture(overrides: Partial<GraphOptions> = {}): Promise<GraphFixture> {
  const microsoft = await startFakeMicrosoft();
  const clock = new ManualClock();
  const log = recordingLog();
  try {
    const graph = createGraph({ ...optionsFor(microsoft), clock, log, ...overrides });
    return {
      microsoft,
      graph,
      clock,
      log,
      async [Symbol.asyncDispose]() {
        await graph.close();
        await microsoft[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await microsoft[Symbol.asyncDispose]();
    throw error;
  }
}

function optionsFor({ origin, caPem }: FakeMicrosoft): Omit<GraphOptions, 'clock' | 'log'> {
  return {
    tenantId: 'tenant',
    clientId: 'client',
    credentials: [secretCredential(secretValue)],
    authorityHost: origin,
    graphUrl: origin,
    ca: caPem,
    requestTimeoutMs: timeoutMs,
    properties: everyProperty,
    random: () => 0.5,
  };
}

/** All pages of one enumeration of users from the beginning. */
export async function readAll({ graph }: GraphFixture, signal = new AbortController().signal): Promise<DeltaPage[]> {
  const pages: DeltaPage[] = [];
  const statistics = { retries: 0, throttledMs: 0 };
  for await (const page of graph.feed.delta('users', undefined, signal, statistics)) pages.push(page);
  return pages;
}

/** Moves the clock from one wait between attempts to the next until the promise has settled; answers the waits. */
export async function drive(clock: ManualClock, promise: Promise<unknown>): Promise<number[]> {
  const waits: number[] = [];
  const end = promise.then(
    () => undefined,
    () => undefined,
  );
  for (;;) {
    // Besides the waits between attempts only the request timeout sleeps on the clock.
    const wait = await Promise.race([end, clock.untilDueIn((ms) => ms !== timeoutMs)]);
    if (wait === undefined) return waits;
    waits.push(wait);
    await clock.advance(wait);
  }
}

/** A predicate for `assert.rejects`: a {@link SourceError} with this code. */
export function sourceError(code: SourceErrorCode, check: (error: SourceError) => boolean = () => true) {
  return (error: unknown): boolean => error instanceof SourceError && error.code === code && check(error);
}
