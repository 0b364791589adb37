/** Sets and ranges of entry ids, ascending as everything that a search walks over. */

import type { EntryId, IdRange, IdSet } from './reader.ts';

/** A set in memory. `ids` ascend without repetition. */
export function idSetOf(ids: Uint32Array): IdSet {
  return {
    size: ids.length,
    has: (id) => ids[lowerBound(ids, id)] === id,
    *blocks(from = 0) {
      const start = lowerBound(ids, from);
      if (start < ids.length) yield ids.subarray(start);
    },
  };
}

/** The set without ids. */
export const noIds: IdSet = idSetOf(new Uint32Array());

/** Index of the first id that is not below `id`. */
function lowerBound(ids: Uint32Array, id: EntryId): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A set of ids given in any order, perhaps more than once. */
export function idSetOfUnsorted(ids: Iterable<EntryId>): IdSet {
  return idSetOf(Uint32Array.from(new Set(ids)).sort());
}

/** All ids of some sets, or undefined when their sizes add up to more than `max`. */
export function unionOfSets(sets: readonly IdSet[], max: number): IdSet | undefined {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only;
  const total = sets.reduce((sum, set) => sum + set.size, 0);
  if (total > max) return undefined;
  const all = new Uint32Array(total);
  let length = 0;
  for (const set of sets) {
    for (const block of set.blocks()) {
      all.set(block, length);
      length += block.length;
    }
  }
  all.sort();
  let kept = 0;
  for (const id of all) {
    if (kept > 0 && all[kept - 1] === id) continue;
    all[kept] = id;
    kept += 1;
  }
  return idSetOf(all.subarray(0, kept));
}

/** Sorts ranges and joins those that touch. */
export function normalizeRanges(ranges: readonly IdRange[]): readonly IdRange[] {
  const sorted = ranges.filter((range) => range.from <= range.to).sort((a, b) => a.from - b.from);
  const joined: IdRange[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && range.from <= last.to + 1) {
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else joined.push(range);
  }
  return joined;
}

/** Ids that are in both; arguments and result are ascending and disjoint. */
export function intersectRanges(left: readonly IdRange[], right: readonly IdRange[]): readonly IdRange[] {
  const common: IdRange[] = [];
  let l = 0;
  let r = 0;
  for (;;) {
    const a = left[l];
    const b = right[r];
    if (a === undefined || b === undefined) return common;
    const from = Math.max(a.from, b.from);
    const to = Math.min(a.to, b.to);
    if (from <= to) common.push({ from, to });
    if (a.to < b.to) l += 1;
    else r += 1;
  }
}
