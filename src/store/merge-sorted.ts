import type { NodeId } from '../identity/node.ts';

/** Walks two ascending lists; tells for every id on which side it is. */
export function* mergeSorted(
  left: Uint32Array,
  right: Uint32Array,
): Generator<readonly [NodeId, 'left' | 'right' | 'both']> {
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i] ?? Number.POSITIVE_INFINITY;
    const b = right[j] ?? Number.POSITIVE_INFINITY;
    if (a === b) {
      yield [a, 'both'];
      i++;
      j++;
    } else if (a < b) {
      yield [a, 'left'];
      i++;
    } else {
      yield [b, 'right'];
      j++;
    }
  }
}
