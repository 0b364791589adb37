import type { Clock } from '../../src/timing/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until it is told to move. `advance` wakes due sleepers one by one in the order of their due
 * times (and of their calls, when equal), and lets everything that each of them sets off run before the next.
 */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  readonly #sleepers = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();
  #order = 0;

  /** `startMs`: milliseconds since the epoch; the default is 2026-01-01T00:00:00Z. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { dueMs: this.#nowMs + Math.max(0, ms), order: this.#order++, wake };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.add(sleeper);
      for (const notify of this.#watchers) notify();
    });
  }

  /** How many sleeps are pending. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Milliseconds until the next sleeper is due; undefined when nobody sleeps. */
  get nextDueInMs(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next && next.dueMs - this.#nowMs;
  }

  /** Moves the time on by `ms`; resolves when the due sleepers, also those that begin on the way, have run. */
  async advance(ms: number): Promise<void> {
    const target = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#nowMs = target;
  }

  /** Settles as `work` does, and lets as much time pass as it sleeps meanwhile; other work is done in its own time. */
  async finish<T>(work: Promise<T>): Promise<T> {
    // Whoever awaits the work is told of its error.
    const over = work.then(
      () => 'over' as const,
      () => 'over' as const,
    );
    const sleeping = async (): Promise<'sleeping'> => {
      await this.untilSleeping();
      return 'sleeping';
    };
    while ((await Promise.race([over, sleeping()])) === 'sleeping') {
      const dueMs = this.nextDueInMs;
      if (dueMs !== undefined) await this.advance(dueMs);
    }
    return await work;
  }

  /** Resolves as soon as at least `count` sleeps are pending: how a test knows that the code under test waits. */
  async untilSleeping(count = 1): Promise<void> {
    while (this.#sleepers.size < count) await this.#nextSleep();
  }

  #nextSleep(): Promise<void> {
    return new Promise((resolve) => {
      const notify = (): void => {
        this.#watchers.delete(notify);
        resolve();
      };
      this.#watchers.add(notify);
    });
  }

  /** Resolves with the milliseconds until the next sleeper is due, as soon as `accept` says that this is the one meant. */
  async untilDueIn(accept: (ms: number) => boolean): Promise<number> {
    for (;;) {
      const due = this.nextDueInMs;
      if (due !== undefined && accept(due)) return due;
      await this.#nextSleep();
    }
  }

  #next(upToMs: number): Sleeper | undefined {
    let best: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs > upToMs) continue;
      if (!best || sleeper.dueMs < best.dueMs || (sleeper.dueMs === best.dueMs && sleeper.order < best.order)) {
        best = sleeper;
      }
    }
    return best;
  }
}

/** Lets promise reactions run; work that waits for input or output is not waited for. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
