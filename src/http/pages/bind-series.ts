import type { BindCounts } from '../../identity/auth-report.ts';
import type { Clock } from '../../timing/clock.ts';

/** One step of a series. */
export interface BindStep {
  /** When it begins, in milliseconds since the epoch. */
  readonly fromMs: number;
  readonly counts: BindCounts;
}

const minuteMs = 60_000;
/** A day of minutes is remembered. */
const minutesMax = 1440;
const none: BindCounts = { accepted: 0, refused: 0, busy: 0, unavailable: 0 };

/**
 * How binds went, by the minute, since the start and at most for a day: the daemon counts them, and this notes when the counts
 * have grown, to the minute.
 */
export class BindSeries {
  readonly #clock: Clock;
  readonly #read: () => BindCounts;
  readonly #minutes = new Map<number, BindCounts>();
  #before: BindCounts;

  constructor(clock: Clock, read: () => BindCounts) {
    this.#clock = clock;
    this.#read = read;
    this.#before = read();
  }

  /** Looks every minute until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(minuteMs, signal).catch(() => undefined);
      this.#look();
    }
  }

  /** The last `steps` steps of `stepMinutes` each, the oldest first; the last one is still going on. */
  steps(steps: number, stepMinutes: number): readonly BindStep[] {
    this.#look();
    const last = Math.floor(minuteOf(this.#clock.now()) / stepMinutes);
    return Array.from({ length: steps }, (_, index) => {
      const first = (last - steps + 1 + index) * stepMinutes;
      const minutes = Array.from({ length: stepMinutes }, (_each, offset) => this.#minutes.get(first + offset) ?? none);
      return { fromMs: first * minuteMs, counts: minutes.reduce(added) };
    });
  }

  #look(): void {
    const minute = minuteOf(this.#clock.now());
    const now = this.#read();
    const grown = combined(now, this.#before, (after, before) => Math.max(0, after - before));
    this.#before = now;
    if (Object.values(grown).every((value) => value === 0)) return;
    this.#minutes.set(minute, added(this.#minutes.get(minute) ?? none, grown));
    for (const old of this.#minutes.keys()) if (old <= minute - minutesMax) this.#minutes.delete(old);
  }
}

function minuteOf(atMs: number): number {
  return Math.floor(atMs / minuteMs);
}

function added(left: BindCounts, right: BindCounts): BindCounts {
  return combined(left, right, (a, b) => a + b);
}

function combined(left: BindCounts, right: BindCounts, by: (a: number, b: number) => number): BindCounts {
  return {
    accepted: by(left.accepted, right.accepted),
    refused: by(left.refused, right.refused),
    busy: by(left.busy, right.busy),
    unavailable: by(left.unavailable, right.unavailable),
  };
}
