import type { Clock } from './clock.ts';

/** A sleep of one sleeper that somebody else can end. */
export class WakeableSleep {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sleeps until the time is over, somebody wakes the sleeper, or the signal aborts; none of that is an error. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    try {
      await this.#clock.sleep(ms, AbortSignal.any([signal, waking.signal]));
    } catch (error) {
      if (!signal.aborted && !waking.signal.aborted) throw error;
    } finally {
      this.#wake = undefined;
    }
  }

  /** Ends the sleep that is under way, if there is one. */
  wake(): void {
    this.#wake?.();
  }
}
