import type { SortItem } from './sort.ts';

/** Items sorted at once: a fraction of a millisecond of work. */
const runItemsMax = 1024;

interface Run {
  readonly items: readonly SortItem[];
  at: number;
}

/**
 * Sorts a great many items without ever working long at a time: short runs are sorted as they fill, and merged while they are
 * taken out.
 */
export class SortedRuns {
  readonly #compare: (a: SortItem, b: SortItem) => number;
  readonly #runs: Run[] = [];
  #open: SortItem[] = [];
  #merging = false;
  size = 0;

  constructor(compare: (a: SortItem, b: SortItem) => number) {
    this.#compare = compare;
  }

  /** Adds an item. Not after `next`. */
  add(item: SortItem): void {
    this.#open.push(item);
    this.size += 1;
    if (this.#open.length === runItemsMax) this.#close();
  }

  /** Takes the first item of those that are left. */
  next(): SortItem | undefined {
    if (!this.#merging) this.#beginMerge();
    const first = this.#runs[0];
    const item = first?.items[first.at];
    if (first === undefined || item === undefined) return undefined;
    first.at += 1;
    this.size -= 1;
    if (first.at === first.items.length) {
      const last = this.#runs.pop();
      if (last !== undefined && this.#runs.length > 0) this.#runs[0] = last;
    }
    this.#sink(0);
    return item;
  }

  /** Everything in ascending order of id; nothing is left afterwards. */
  takeById(): readonly SortItem[] {
    this.#close();
    const items = this.#runs.flatMap((run) => run.items.slice(run.at)).sort((a, b) => a.id - b.id);
    this.#runs.length = 0;
    this.size = 0;
    return items;
  }

  #close(): void {
    if (this.#open.length === 0) return;
    this.#runs.push({ items: this.#open.sort(this.#compare), at: 0 });
    this.#open = [];
  }

  #beginMerge(): void {
    this.#merging = true;
    this.#close();
    for (let index = (this.#runs.length >> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  /** The runs are a heap by their first item. */
  #sink(start: number): void {
    let at = start;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.#before(child, least)) least = child;
      if (least === at) return;
      const [upper, lower] = [this.#runs[at], this.#runs[least]];
      if (upper === undefined || lower === undefined) return;
      this.#runs[at] = lower;
      this.#runs[least] = upper;
      at = least;
    }
  }

  #before(left: number, right: number): boolean {
    const a = this.#runs[left];
    const b = this.#runs[right];
    const itemA = a?.items[a.at];
    const itemB = b?.items[b.at];
    return itemA !== undefined && itemB !== undefined && this.#compare(itemA, itemB) < 0;
  }
}
