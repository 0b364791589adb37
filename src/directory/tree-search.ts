/** From an accepted search to the cursor that carries it out: where to look, in which order, and what to send along. */

import type { Dereference } from './dereference.ts';
import { DereferencingCursor } from './dereferencing-cursor.ts';
import { EntryView } from './entry-view.ts';
import type { FilterNode } from './filter-node.ts';
import { intersectRanges, normalizeRanges } from './id-sets.ts';
import type { DirectoryLimits } from './limits.ts';
import { failedView, ListViewCursor } from './list-view-cursor.ts';
import type { ItemCursor } from './list-view-cursor.ts';
import type { ViewRequest } from './list-view.ts';
import { compileMatchedValues } from './matched-values.ts';
import type { Presentation } from './presentation.ts';
import { DirectoryStorageError } from './reader.ts';
import type { DirectoryLease, DirectoryReader, EntryId, IdRange } from './reader.ts';
import { ResultCode } from './result.ts';
import type { Schema } from './schema.ts';
import { EntryCursor, readyCursor } from './search-cursor.ts';
import type { SearchWalk } from './search-cursor.ts';
import type { EncodedEntry, SearchCursor, SearchRequest, SearchScope } from './search-types.ts';
import { compileSelection, selectAttributes } from './selection.ts';
import type { Selection } from './selection.ts';
import { compileSort } from './sort.ts';
import type { SortItem, SortOrder, SortResult } from './sort.ts';
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
  /** How the directory appears to the identity. */
  readonly presentation: Presentation;
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
  const { request, presentation, lease, reader, base, filter, dereferences } = search;
  const { schema, limits } = means;
  const selection = selectionOf(schema, request, presentation, reader);
  // The only subentry is the subschema, which is not below the naming context.
  const ranges = request.subentries === true ? [] : scopeRanges(reader, base, request.scope);
  const walk = { lease, reader, filter, ranges, complete: request.scope === 'base', limits };
  const cursor = orderedCursor(means, request, walk, (entry) => selectAttributes(entry, selection));
  return dereferences.length === 0 ? cursor : new DereferencingCursor(cursor, reader, dereferences, limits);
}

/** Opens the cursor of a search that finds one entry outside the tree, or nothing when it is undefined. */
export function cursorOfOne(
  means: SearchMeans,
  request: SearchRequest,
  entry: EntryView | undefined,
  presentation: Presentation,
): SearchCursor {
  const { schema, limits, sortBudget: budget } = means;
  const order = request.sort === undefined ? undefined : compileSort(schema, request.sort.keys);
  const selection = selectionOf(schema, request, presentation, nowhere);
  const found = entry === undefined ? [] : [selectAttributes(entry, selection)];
  if (request.view === undefined) {
    return readyCursor(found, order === undefined || 'code' in order ? order : { code: ResultCode.success });
  }
  if (order === undefined || 'code' in order) return unorderedView(order);
  const items = readyItems(entry === undefined ? [] : [{ id: entry.id, values: order.valuesOf(entry) }]);
  const entries = (wanted: readonly SortItem[]): readonly EncodedEntry[] => wanted.flatMap(() => found);
  const { sortEntriesMax: entriesMax } = limits;
  return new ListViewCursor({ view: request.view, order, items, entries, budget, entriesMax });
}

/** No entry of the tree. */
const nowhere = { findDn: () => undefined, entry: () => undefined };

function selectionOf(
  schema: Schema,
  request: SearchRequest,
  presentation: Presentation,
  reader: Pick<DirectoryReader, 'findDn' | 'entry'>,
): Selection {
  const selection = compileSelection(schema, request.attributes, request.typesOnly, presentation);
  if (request.matchedValues === undefined) return selection;
  return { ...selection, values: compileMatchedValues(request.matchedValues, { schema, reader }) };
}

/** Without an order there is no list, and no part of it. */
function unorderedView(sortResult: SortResult | undefined): SearchCursor {
  return sortResult === undefined
    ? failedView(ResultCode.sortControlMissing)
    : failedView(ResultCode.unwillingToPerform, sortResult);
}

function orderedCursor(means: SearchMeans, request: SearchRequest, walk: Walk, select: Select): SearchCursor {
  const { sort, after, view } = request;
  const order = sort === undefined ? undefined : compileSort(means.schema, sort.keys);
  if (view !== undefined) return viewCursor(means, order, view, walk, select);
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
  const entry = entryReader(walk.reader, select);
  const { sortEntriesMax: entriesMax } = limits;
  return new SortedCursor({ order, items, mustSort, entry, budget: sortBudget, entriesMax });
}

/** The part of a list that a client looks at. */
function viewCursor(
  { limits, sortBudget }: SearchMeans,
  order: SortOrder | SortResult | undefined,
  view: ViewRequest,
  walk: Walk,
  select: Select,
): SearchCursor {
  if (order === undefined || 'code' in order) {
    walk.lease[Symbol.dispose]();
    return unorderedView(order);
  }
  const items = new EntryCursor({ ...walk, take: (entry) => ({ id: entry.id, values: order.valuesOf(entry) }) });
  const entry = entryReader(walk.reader, select);
  const entries = (wanted: readonly SortItem[]): readonly EncodedEntry[] => wanted.map(({ id }) => entry(id));
  return new ListViewCursor({ view, order, items, entries, budget: sortBudget, entriesMax: limits.sortEntriesMax });
}

/** Reads what to send of entries that were found before. */
function entryReader(reader: DirectoryReader, select: Select): (id: EntryId) => EncodedEntry {
  const view = new EntryView(reader);
  return (id) => {
    const bytes = reader.entry(id);
    if (bytes === undefined) throw new DirectoryStorageError(`the entry ${id} is not there any more`);
    view.move(id, bytes);
    return select(view);
  };
}

/** Items that are at hand, all in one read: there is one at most. */
function readyItems(items: readonly SortItem[]): ItemCursor {
  return { read: () => ({ entries: items, done: true }), [Symbol.dispose]() {} };
}

/** Where the entries of a scope lie; ascending and disjoint. */
export function scopeRanges(reader: DirectoryReader, id: EntryId, scope: SearchScope): readonly IdRange[] {
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
