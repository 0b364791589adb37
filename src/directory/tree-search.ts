/** From an accepted search to the cursor that carries it out: where to look, in which order, and what to send along. */

import type { Dereference } from './dereference.ts';
import { DereferencingCursor } from './dereferencing-cursor.ts';
import type { EntryView } from './entry-view.ts';
import type { FilterNode } from './filter-node.ts';
import { intersectRanges, normalizeRanges } from './id-sets.ts';
import type { DirectoryLimits } from './limits.ts';
import type { DirectoryLease, DirectoryReader, EntryId, IdRange } from './reader.ts';
import { ResultCode } from './result.ts';
import type { Schema } from './schema.ts';
import { EntryCursor } from './search-cursor.ts';
import type { SearchWalk } from './search-cursor.ts';
import type { EncodedEntry, SearchCursor, SearchRequest, SearchScope } from './search-types.ts';
import { compileSelection, selectAttributes } from './selection.ts';
import { compileSort } from './sort.ts';
import type { SortOrder } from './sort.ts';
import { SortedCursor } from './sorted-cursor.ts';
import type { SortBudget } from './sorted-cursor.ts';

/** What all searches of a directory share. */
export interface SearchMeans {
  readonly schema: Schema;
  readonly limits: DirectoryLimits;
  readonly sortBudget: SortBudget;
}

/** A search below the naming context, with everything found out that could refuse it. */
export interface TreeSearch {
  readonly request: SearchRequest;
  /** Given back when the cursor is disposed of. */
  readonly lease: DirectoryLease;
  /** What the identity may read. */
  readonly reader: DirectoryReader;
  /** The base object. */
  readonly base: EntryId;
  readonly filter: FilterNode;
  readonly dereferences: readonly Dereference[];
}

type Walk = Omit<SearchWalk<never>, 'take'>;
type Select = (entry: EntryView) => EncodedEntry;

/** Opens the cursor of a search. */
export function openCursor(means: SearchMeans, search: TreeSearch): SearchCursor {
  const { request, lease, reader, base, filter, dereferences } = search;
  const { schema, limits } = means;
  const selection = compileSelection(schema, request.attributes, request.typesOnly);
  // The only subentry is the subschema, which is not below the naming context.
  const ranges = request.subentries === true ? [] : scopeRanges(reader, base, request.scope);
  const walk = { lease, reader, filter, ranges, complete: request.scope === 'base', limits };
  const cursor = orderedCursor(means, request, walk, (entry) => selectAttributes(entry, selection));
  return dereferences.length === 0 ? cursor : new DereferencingCursor(cursor, reader, dereferences, limits);
}

function orderedCursor(means: SearchMeans, request: SearchRequest, walk: Walk, select: Select): SearchCursor {
  const { sort, after } = request;
  const order = sort === undefined ? undefined : compileSort(means.schema, sort.keys);
  if (sort !== undefined && order !== undefined && !('code' in order)) {
    if (after === undefined || sort.after !== undefined) return sortedCursor(means, order, request, walk, select);
  }
  const entries = new EntryCursor({ ...walk, ranges: remainingRanges(walk.ranges, after), take: select });
  if (order === undefined) return entries;
  // A page behind one that was too much to sort goes on unsorted.
  const sortResult = 'code' in order ? order : { code: ResultCode.adminLimitExceeded };
  return { sortResult, read: (max) => entries.read(max), [Symbol.dispose]: () => entries[Symbol.dispose]() };
}

function sortedCursor(
  { limits, sortBudget }: SearchMeans,
  order: SortOrder,
  { sort, after: id }: SearchRequest,
  walk: Walk,
  select: Select,
): SearchCursor {
  const values = sort?.after;
  const last = id === undefined || values === undefined ? undefined : { id, values };
  const items = new EntryCursor({
    ...walk,
    take: (entry) => {
      const item = { id: entry.id, values: order.valuesOf(entry) };
      return last !== undefined && order.compare(item, last) <= 0 ? undefined : item;
    },
  });
  const mustSort = last !== undefined;
  const { sortEntriesMax: entriesMax } = limits;
  return new SortedCursor({ reader: walk.reader, order, items, mustSort, select, budget: sortBudget, entriesMax });
}

function scopeRanges(reader: DirectoryReader, id: EntryId, scope: SearchScope): readonly IdRange[] {
  switch (scope) {
    case 'base':
      return [{ from: id, to: id }];
    case 'one':
      return normalizeRanges(reader.childRanges(id));
    case 'subtree':
      return normalizeRanges(reader.subtreeRanges(id));
    case 'subordinate':
      return intersectRanges(normalizeRanges(reader.subtreeRanges(id)), [
        { from: 0, to: id - 1 },
        { from: id + 1, to: Number.MAX_SAFE_INTEGER },
      ]);
  }
}

function remainingRanges(ranges: readonly IdRange[], after: EntryId | undefined): readonly IdRange[] {
  if (after === undefined) return ranges;
  return intersectRanges(ranges, [{ from: after + 1, to: Number.MAX_SAFE_INTEGER }]);
}
