/**
 * How fast requests follow each other. Microsoft Graph says how much of the allowance of this application is used up
 * (https://learn.microsoft.com/graph/throttling-limits): from 80 % on the pace is lowered, so that the allowance lasts and
 * what remains of it is there for others; when the warnings end, the pace comes back. A refusal holds up all requests and
 * not only the refused one, because the others would be refused too and make the wait longer.
 */
import type { SourceTraffic } from '../identity/source-traffic.ts';
import { graphPaceLowered, graphPaceRestored } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { parseRetryAfter } from '../timing/retry-after.ts';
import type { TransportAnswer } from './transport.ts';

/** From this share of the allowance on the pace is lowered. */
const shareMin = 0.8;

/** The time between two requests while warnings come. The allowance is counted over ten seconds, so that no more helps. */
const interval = { leastMs: 50, leastBeyondAllowanceMs: 500, mostMs: 10_000 } as const;

/** A request that has to wait for longer than this is given up (`retry.ts`); when to ask again is up to who asked for it. */
const holdMsMax = 5 * 60 * 1000;

type PacedAnswer = Pick<TransportAnswer, 'status' | 'headers'>;

/** Lets requests to Microsoft Graph pass one after the other, and counts what they cost. */
export class Pace {
  readonly #clock: Clock;
  readonly #log: Log;
  #intervalMs = 0;
  #nextAtMs = 0;
  #requests = 0;
  #resourceUnits = 0;
  #throttled = 0;
  #slowedMs = 0;
  #share: number | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Resolves when the next requests may go out together; rejects with the signal's reason when it aborts first. */
  async turn(signal: AbortSignal, requests = 1): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const atMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = atMs + requests * this.#intervalMs;
    if (atMs === nowMs) return;
    this.#slowedMs += atMs - nowMs;
    await this.#clock.sleep(atMs - nowMs, signal);
  }

  /**
   * Takes note of an answer: what it cost, and what it says about the allowance. Of the answer to a batch those inside count,
   * for Microsoft counts and refuses the requests in it one by one.
   */
  observe(answer: PacedAnswer, inside: readonly PacedAnswer[] = [answer]): void {
    this.#requests += inside.length;
    for (const { headers } of inside) this.#resourceUnits += positive(headers.get('x-ms-resource-unit')) ?? 0;
    const shares = [answer, ...inside].map(
      ({ headers }) => positive(headers.get('x-ms-throttle-limit-percentage')) ?? 0,
    );
    const share = Math.max(...shares);
    this.#share = share === 0 ? undefined : share;
    this.#adapt();
    for (const { status, headers } of inside) {
      if (status !== 429) continue;
      this.#throttled += 1;
      const holdMs = parseRetryAfter(headers.get('retry-after'), this.#clock.now()) ?? 0;
      if (holdMs <= holdMsMax) this.#nextAtMs = Math.max(this.#nextAtMs, this.#clock.monotonicMs() + holdMs);
    }
  }

  /** What was counted since the start. */
  report(): SourceTraffic {
    return {
      requests: this.#requests,
      resourceUnits: this.#resourceUnits,
      throttled: this.#throttled,
      slowedMs: Math.round(this.#slowedMs),
      allowanceUsed: this.#share ?? null,
    };
  }

  #adapt(): void {
    const before = this.#intervalMs;
    const share = this.#share ?? 0;
    if (share >= shareMin) {
      const leastMs = share < 1 ? interval.leastMs : interval.leastBeyondAllowanceMs;
      this.#intervalMs = Math.min(interval.mostMs, Math.max(leastMs, before * (share < 1 ? 1.5 : 2)));
      if (before === 0) graphPaceLowered(this.#log, { allowanceUsed: share });
      return;
    }
    this.#intervalMs = before > interval.leastMs ? before / 2 : 0;
    if (before > 0 && this.#intervalMs === 0) graphPaceRestored(this.#log);
  }
}

function positive(header: string | undefined): number | undefined {
  const value = header === undefined || !/^\d{1,9}(?:\.\d{1,9})?$/.test(header.trim()) ? Number.NaN : Number(header);
  return value > 0 ? value : undefined;
}
