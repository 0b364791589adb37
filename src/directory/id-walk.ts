/** Walks over ids without making an object for each. */

import type { EntryId, IdRange, IdSet } from './reader.ts';

/** What {@link IdWalk.next} answers for an id that turned out to be no candidate: it has cost work and leads nowhere. */
export const ruledOut = -1;

/** Ids in ascending order. */
export interface IdWalk {
  /** The next id, {@link ruledOut}, or undefined at the end. Does a bounded amount of work. */
  next(): EntryId | undefined;
}

/** Every id of the ranges. */
export class RangeIds implements IdWalk {
  readonly #ranges: readonly IdRange[];
  #at = 0;
  #next: EntryId;

  constructor(ranges: readonly IdRange[]) {
    this.#ranges = ranges;
    this.#next = ranges[0]?.from ?? 0;
  }

  next(): EntryId | undefined {
    const range = this.#ranges[this.#at];
    if (range === undefined) return undefined;
    const id = this.#next;
    if (id < range.to) this.#next = id + 1;
    else {
      this.#at += 1;
      this.#next = this.#ranges[this.#at]?.from ?? 0;
    }
    return id;
  }
}

/** The ids of a plan's set that lie in the ranges and in all its further sets. */
export class PlannedIds implements IdWalk {
  readonly #blocks: Iterator<Uint32Array>;
  readonly #within: readonly IdSet[];
  readonly #ranges: readonly IdRange[];
  #block: Uint32Array = new Uint32Array();
  #at = 0;
  #range = 0;

  constructor(ids: IdSet, within: readonly IdSet[], ranges: readonly IdRange[]) {
    this.#blocks = ids.blocks(ranges[0]?.from)[Symbol.iterator]();
    this.#within = within;
    this.#ranges = ranges;
  }

  next(): EntryId | undefined {
    for (let id = this.#nextOfSet(); id !== undefined; id = this.#nextOfSet()) {
      while (id > (this.#ranges[this.#range]?.to ?? Number.POSITIVE_INFINITY)) this.#range += 1;
      const range = this.#ranges[this.#range];
      if (range === undefined) return undefined;
      if (id >= range.from) return this.#isWithin(id) ? id : ruledOut;
    }
    return undefined;
  }

  #nextOfSet(): EntryId | undefined {
    while (this.#at >= this.#block.length) {
      const next = this.#blocks.next();
      if (next.done === true) return undefined;
      this.#block = next.value;
      this.#at = 0;
    }
    const id = this.#block[this.#at];
    this.#at += 1;
    return id;
  }

  #isWithin(id: EntryId): boolean {
    for (const set of this.#within) if (!set.has(id)) return false;
    return true;
  }
}
