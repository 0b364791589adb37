/** Upper bounds in seconds for searches: from a lookup in memory to one that takes as long as it may. */
export const searchBounds: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120,
];

/** Upper bounds in seconds for rounds: from a quiet one to a first reading of a million users. */
export const roundBounds: readonly number[] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];

/** How many took how long. */
export interface DurationSnapshot {
  /** Upper bounds of the counts, in seconds. */
  readonly bounds: readonly number[];
  /** One for each bound, and the last for what took longer than all. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Counts durations in plain numbers, so that noting one costs a few nanoseconds. */
export class DurationCounts {
  readonly #bounds: readonly number[];
  readonly #boundsMs: Float64Array;
  readonly #counts: Float64Array;
  #sumMs = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#boundsMs = Float64Array.from(bounds, (seconds) => seconds * 1000);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  note(durationMs: number): void {
    let at = 0;
    while (at < this.#boundsMs.length && durationMs > (this.#boundsMs[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sumMs += durationMs;
  }

  snapshot(): DurationSnapshot {
    return { bounds: this.#bounds, counts: [...this.#counts], sumSeconds: this.#sumMs / 1000 };
  }
}

/** Two of the same bounds together. */
export function addDurations(a: DurationSnapshot, b: DurationSnapshot): DurationSnapshot {
  return {
    bounds: a.bounds,
    counts: a.counts.map((count, at) => count + (b.counts[at] ?? 0)),
    sumSeconds: a.sumSeconds + b.sumSeconds,
  };
}
