import type { Clock } from '../../src/timing/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** How long a client in {@link SimulatedTime} waits for an answer, as the configuration has it. Nothing else may last as long. */
export const answerLimit = '4m59s';
const answerLimitMs = 299_000;

/**
 * One time for a whole world in one process, told by three clocks. A service that sleeps waits until the test lets the time
 * pass. A client that waits to try again, and a server that is slow, move the time on by themselves, so that nobody waits in
 * fact; the limit of a client's patience ({@link answerLimit}) ends when the time has come that far.
 */
export class SimulatedTime {
  #nowMs: number;
  readonly #startMs: number;
  readonly #idle = new Set<Sleeper>();
  readonly #limits = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();
  /** Called while a client waits to try again, or a server is slow; the wait is over when it is done. */
  onWait: () => Promise<void> = async () => {};

  /** `startMs`: milliseconds since the epoch. */
  constructor(startMs: number) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** For a service: it sleeps until {@link SimulatedTime.toNextDue}. */
  readonly service: Clock = this.#clock((ms, signal) => {
    const asleep = this.#asleep(this.#idle, ms, signal);
    for (const notify of this.#watchers) notify();
    return asleep;
  });

  /** For a client of a server. */
  readonly client: Clock = this.#clock((ms, signal) =>
    ms === answerLimitMs ? this.#asleep(this.#limits, ms, signal) : this.#pass(ms, signal),
  );

  /** For a server: one that does not answer keeps its client until that has had enough. */
  readonly server: Clock = this.#clock(async (ms, signal) => {
    await this.#pass(Math.min(ms, answerLimitMs), signal);
    if (ms > answerLimitMs) await this.#asleep(new Set(), ms, signal);
  });

  /** Milliseconds until the service wants to be woken; undefined while it is at work. */
  get dueInMs(): number | undefined {
    const due = [...this.#idle].map(({ dueMs }) => dueMs);
    return due.length === 0 ? undefined : Math.max(0, Math.min(...due) - this.#nowMs);
  }

  /** Resolves when the service sleeps. */
  async untilIdle(): Promise<void> {
    while (this.#idle.size === 0) {
      await new Promise<void>((resolve) => {
        const notify = (): void => {
          this.#watchers.delete(notify);
          resolve();
        };
        this.#watchers.add(notify);
      });
    }
  }

  /** Lets time pass until the service has slept long enough. */
  toNextDue(): void {
    this.#nowMs += this.dueInMs ?? 0;
    this.#wake(this.#idle);
  }

  /** Lets time pass while nobody looks. */
  skip(ms: number): void {
    this.#nowMs += ms;
  }

  #clock(sleep: Clock['sleep']): Clock {
    return { now: () => this.#nowMs, monotonicMs: () => this.#nowMs - this.#startMs, sleep };
  }

  async #pass(ms: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.#nowMs += Math.max(0, ms);
    this.#wake(this.#limits);
    await this.onWait();
    signal?.throwIfAborted();
  }

  #wake(sleepers: Set<Sleeper>): void {
    for (const sleeper of sleepers) {
      if (sleeper.dueMs > this.#nowMs) continue;
      sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  #asleep(sleepers: Set<Sleeper>, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { dueMs: this.#nowMs + Math.max(0, ms), wake };
      signal?.addEventListener('abort', onAbort, { once: true });
      sleepers.add(sleeper);
    });
  }
}
