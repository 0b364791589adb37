/**
 * A count that several threads keep together. Each writes a cell of its own, so that what a thread had counted when it died can be
 * taken out again, and adds before it compares, so that all of them together never pass a limit.
 */
export class ThreadCount {
  readonly #cells: Int32Array;
  readonly #own: number;

  /** `cells` has one element for each thread and `own` is the index of this one's. Left out: a thread alone. */
  constructor(cells: Int32Array = new Int32Array(1), own = 0) {
    this.#cells = cells;
    this.#own = own;
  }

  /** What all threads have counted. */
  get total(): number {
    return totalOf(this.#cells);
  }

  /** Counts one more; false, and not counted, when that would be more than `max`. */
  take(max: number): boolean {
    Atomics.add(this.#cells, this.#own, 1);
    if (this.total <= max) return true;
    this.give();
    return false;
  }

  /** Ends the count of one. */
  give(): void {
    Atomics.sub(this.#cells, this.#own, 1);
  }
}

/** What all threads have counted in these cells. */
export function totalOf(cells: Int32Array): number {
  let total = 0;
  for (let cell = 0; cell < cells.length; cell++) total += Atomics.load(cells, cell);
  return total;
}
