/** A running search: walks the candidates that the index plan leaves, verifies each, and takes what is wanted of what matches. */

import { EntryView } from './entry-view.ts';
import { costOf } from './filter-node.ts';
import type { Candidates, FilterNode } from './filter-node.ts';
import { intersectRanges } from './id-sets.ts';
import { PlannedIds, RangeIds, ruledOut } from './id-walk.ts';
import type { IdWalk } from './id-walk.ts';
import { lookUpPrefixes, planNow, wantsLookup } from './index-plan.ts';
import type { IndexPlan, PlanLimits } from './index-plan.ts';
import { DirectoryStorageError } from './reader.ts';
import type { DirectoryLease, DirectoryReader, EntryId, IdRange, StoredEntry } from './reader.ts';
import { SearchLimitError } from './search-limit-error.ts';
import type { EncodedEntry, SearchBatch, SearchCursor } from './search-types.ts';
import type { SortResult } from './sort.ts';
import { Truth } from './truth.ts';

/** What one search may cost. */
export interface SearchLimits extends PlanLimits {
  /** One `read` looks at no more candidates than this, so that other connections get their turn. */
  readonly examinedPerReadMax: number;
  /** Candidates that one search may look at; beyond it is refused with adminLimitExceeded. */
  readonly examinedMax: number;
  /** Entries that a scan fetches at a time. */
  readonly scanBatch: number;
}

/** A search that is to be walked. */
export interface SearchWalk<T> {
  readonly lease: DirectoryLease;
  /** What the identity may read of the lease's directory. */
  readonly reader: DirectoryReader;
  readonly filter: FilterNode;
  /** What to give out for an entry that matches; undefined passes it over. */
  readonly take: (entry: EntryView) => T | undefined;
  /** Ids of the scope that are still to come, ascending and disjoint. */
  readonly ranges: readonly IdRange[];
  /** Whether there is an entry for every id of the ranges: the base object alone. */
  readonly complete: boolean;
  readonly limits: SearchLimits;
}

/** Ranges that span no more ids than this are read id by id: that is cheaper than opening a scan. */
const pointReadsMax = 32;

function spanOf(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, range) => sum + range.to - range.from + 1, 0);
}

/** Filters of more items are given fewer entries at a time. */
const cheapFilterCost = 32;

/** How many entries one read looks at: fewer when each of them is asked for much. */
function examinedPerRead({ limits, filter }: Pick<SearchWalk<unknown>, 'limits' | 'filter'>): number {
  const share = cheapFilterCost / Math.max(cheapFilterCost, costOf(filter));
  return Math.max(1, Math.floor(limits.examinedPerReadMax * share));
}

/** What a cursor walks over. */
type Walk =
  /** `known`: each id is of an entry that is there, not just of a range where entries may be. */
  | { readonly kind: 'ids'; readonly ids: IdWalk; readonly known: boolean }
  | { readonly kind: 'scan'; readonly batches: AsyncIterator<readonly StoredEntry[]>; rest: readonly StoredEntry[] };

/** Reads one search. Errors of the storage are thrown by `read`, and once thrown again by every further one (P1). */
export class EntryCursor<T> implements Disposable {
  readonly #search: SearchWalk<T>;
  readonly #view: EntryView;
  readonly #examinedPerReadMax: number;
  #walk: Walk | undefined;
  /** What the plan is made of once the lookups are done. */
  #waiting: Candidates | undefined;
  #failure: { readonly error: unknown } | undefined;
  #reading = false;
  #disposed = false;
  #done = false;
  #examined = 0;

  constructor(search: SearchWalk<T>) {
    this.#search = search;
    this.#examinedPerReadMax = examinedPerRead(search);
    this.#view = new EntryView(search.reader);
  }

  /** As {@link SearchCursor.read}. */
  read(max: number): SearchBatch<T> | Promise<SearchBatch<T>> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#done) return { entries: [], done: true };
    try {
      this.#walk ??= this.#planWithoutWaiting();
      if (this.#walk?.kind === 'ids') return this.#readIds(this.#walk, max);
    } catch (error) {
      throw this.#fail(error);
    }
    return this.#readWaiting(max);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#done = true;
    // A read that is under way still needs the snapshot; it lets go when it ends.
    if (!this.#reading) this.#release();
  }

  #fail(error: unknown): unknown {
    this.#failure = { error };
    return error;
  }

  #planWithoutWaiting(): Walk | undefined {
    const { filter, limits, ranges, complete } = this.#search;
    if (spanOf(ranges) <= pointReadsMax) return { kind: 'ids', ids: new RangeIds(ranges), known: complete };
    const candidates = filter.candidates();
    if (!wantsLookup(candidates, limits)) return this.#walkOf(planNow(candidates, limits));
    this.#waiting = candidates;
    return undefined;
  }

  #walkOf(plan: IndexPlan): Walk {
    const { ranges: scope, reader, limits } = this.#search;
    const ranges = plan.ranges === undefined ? scope : intersectRanges(scope, plan.ranges);
    if (plan.ids !== undefined) return { kind: 'ids', ids: new PlannedIds(plan.ids, plan.within, ranges), known: true };
    if (spanOf(ranges) <= pointReadsMax) return { kind: 'ids', ids: new RangeIds(ranges), known: false };
    const batches = reader.scan(ranges, limits.scanBatch)[Symbol.asyncIterator]();
    return { kind: 'scan', batches, rest: [] };
  }

  #readIds(walk: Extract<Walk, { kind: 'ids' }>, max: number): SearchBatch<T> {
    const entries: T[] = [];
    for (let examined = 0; entries.length < max && examined < this.#examinedPerReadMax; examined++) {
      const id = walk.ids.next();
      if (id === undefined) {
        this.#done = true;
        break;
      }
      if (id === ruledOut) continue;
      const bytes = this.#search.reader.entry(id);
      if (bytes !== undefined) this.#take(id, bytes, entries);
      else if (walk.known) throw new DirectoryStorageError(`an index names the entry ${id}, which is not there`);
    }
    return { entries, done: this.#done };
  }

  async #readWaiting(max: number): Promise<SearchBatch<T>> {
    this.#reading = true;
    try {
      this.#walk ??= this.#walkOf(await this.#planWithLookups());
      return this.#walk.kind === 'ids' ? this.#readIds(this.#walk, max) : await this.#readScan(this.#walk, max);
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#reading = false;
      if (this.#disposed) this.#release();
    }
  }

  async #planWithLookups(): Promise<IndexPlan> {
    const { reader, limits, filter } = this.#search;
    const candidates = this.#waiting ?? filter.candidates();
    return planNow(await lookUpPrefixes(candidates, reader, limits), limits);
  }

  async #readScan(walk: Extract<Walk, { kind: 'scan' }>, max: number): Promise<SearchBatch<T>> {
    const entries: T[] = [];
    let examined = 0;
    while (entries.length < max && examined < this.#examinedPerReadMax) {
      if (walk.rest.length === 0) {
        const next = await walk.batches.next();
        if (next.done === true) {
          this.#done = true;
          break;
        }
        walk.rest = next.value;
      }
      const taken = this.#takeFrom(walk.rest.slice(0, this.#examinedPerReadMax - examined), entries, max);
      walk.rest = walk.rest.slice(taken);
      examined += taken;
    }
    return { entries, done: this.#done };
  }

  /** Takes entries until there are `max`; answers how many were looked at. */
  #takeFrom(batch: readonly StoredEntry[], entries: T[], max: number): number {
    let looked = 0;
    for (const { id, bytes } of batch) {
      if (entries.length >= max) break;
      this.#take(id, bytes, entries);
      looked += 1;
    }
    return looked;
  }

  #take(id: EntryId, bytes: Buffer, entries: T[]): void {
    if (++this.#examined > this.#search.limits.examinedMax) {
      throw new SearchLimitError('the search looks at too many entries; ask for indexed attributes');
    }
    this.#view.move(id, bytes);
    if (this.#search.filter.test(this.#view) !== Truth.True) return;
    const taken = this.#search.take(this.#view);
    if (taken !== undefined) entries.push(taken);
  }

  #release(): void {
    const { lease } = this.#search;
    const batches = this.#walk?.kind === 'scan' ? this.#walk.batches : undefined;
    if (batches?.return === undefined) {
      lease[Symbol.dispose]();
      return;
    }
    const release = (): void => lease[Symbol.dispose]();
    // Whether the abandoned scan ended well or not concerns nobody any more; the snapshot must be given back either way.
    void batches.return().then(release, release);
  }
}

/** A cursor over entries that are at hand, with what became of the sort that was asked for. */
export function readyCursor(entries: readonly EncodedEntry[], sortResult?: SortResult): SearchCursor {
  let rest = entries;
  return {
    sortResult,
    read(max) {
      const batch = rest.slice(0, max);
      rest = rest.slice(max);
      return { entries: batch, done: rest.length === 0 };
    },
    [Symbol.dispose]() {
      rest = [];
    },
  };
}
