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

  /** Waits as long as one of the recent refusals by Entra took; not longer than until the signal aborts. Never throws. */
  async keep(signal: AbortSignal): Promise<void> {
    const sample = this.#samples[Math.floor(this.#random() * this.#samples.length)];
    await this.#clock.sleep(sample ?? firstGuessMs, signal).catch(() => undefined);
  }
}
