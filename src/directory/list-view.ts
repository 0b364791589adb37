/**
 * Virtual list views (draft-ietf-ldapext-ldapv3-vlv-09): of a sorted list, only the entries around a target, with the place of
 * the target and the length of the list. The list is sorted anew for each view, within the limits of every sort, and always is
 * that of one published directory; between two views it may have changed, as their content counts tell.
 */

import type { ResultCode } from './result.ts';

/** The entry around which a view lies. */
export type ViewTarget =
  /** The entry with this number, counted from 1 in a list of so many; a count of 0 is one that the client does not know. */
  | { readonly kind: 'offset'; readonly offset: number; readonly contentCount: number }
  /** The first entry that is not before this value of the first sort key. */
  | { readonly kind: 'value'; readonly value: Buffer };

/** A view as asked. */
export interface ViewRequest {
  /** Entries wanted before the target. */
  readonly before: number;
  /** Entries wanted behind the target. */
  readonly after: number;
  readonly target: ViewTarget;
}

/** What became of a view: the code is success when its entries came. */
export interface ViewResult {
  readonly code: ResultCode;
  /** The number of the target, counted from 1; one more than there are entries when all are before the value asked for. */
  readonly targetPosition: number;
  /** Length of the list; exact. */
  readonly contentCount: number;
}

/**
 * The number that a target has in a list of `total` entries: the client's place in the client's idea of the
 * list, carried over to ours. Undefined when it is outside. In an empty list the answer is 0.
 */
export function targetPosition(offset: number, contentCount: number, total: number): number | undefined {
  if (total === 0) return 0;
  if (offset === 0) return undefined;
  if (offset === contentCount) return total;
  if (offset === 1) return 1;
  if (contentCount === 0) return offset <= total ? offset : undefined;
  return offset > contentCount ? undefined : Math.max(1, Math.floor((total * offset) / contentCount));
}
