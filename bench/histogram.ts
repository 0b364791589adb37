/** Buckets of a relative width of 1/32, from a microsecond to a day: quantiles that are at most 3 % off, in constant memory. */
const STEPS_PER_OCTAVE = 32;
const OCTAVES = 37;

/** Counts durations. */
export class Histogram {
  readonly #counts = new Uint32Array(STEPS_PER_OCTAVE * OCTAVES);
  #total = 0;
  #maxMs = 0;

  add(durationMs: number): void {
    const micros = Math.max(1, durationMs * 1000);
    const bucket = Math.min(Math.floor(Math.log2(micros) * STEPS_PER_OCTAVE), this.#counts.length - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** The duration in milliseconds that a share of all durations, 0 to 1, does not exceed; 0 when there are none. */
  quantileMs(share: number): number {
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank && count > 0) return Math.min(2 ** ((bucket + 1) / STEPS_PER_OCTAVE) / 1000, this.#maxMs);
    }
    return 0;
  }
}
