import type { Clock } from '../timing/clock.ts';

// Enough to follow a change in the network within minutes, too few for one slow answer to weigh much.
const samplesMax = 16;

// What a refusal by Entra takes over the internet, until the first was seen.
const firstGuessMs = 300;

/**
 * Makes refusals that we decide ourselves take as long as those that Entra decides. Otherwise the time of an answer would
 * tell anybody who asks which names exist.
 */
export class RefusalPace {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #samples: number[] = [];
  #next = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Takes note of how long Entra took to refuse. */
  learn(durationMs: number): void {
    this.#samples[this.#next] = durationMs;
    this.#next = (this.#next + 1) % samplesMax;
  }

  /**
   * Waits until as much time has passed since `startedAtMs` (on the monotonic clock) as one of the recent refusals by Entra
   * took; not longer than until the signal aborts. Never throws.
   */
  async keep(startedAtMs: number, signal: AbortSignal): Promise<void> {
    const sample = this.#samples[Math.floor(this.#random() * this.#samples.length)] ?? firstGuessMs;
    const restMs = startedAtMs + sample - this.#clock.monotonicMs();
    if (restMs > 0) await this.#clock.sleep(restMs, signal).catch(() => undefined);
  }
}
