/** A search whose entries come in the order that the client asked for (RFC 2891). */

import type { EntryId } from './reader.ts';
import { ResultCode } from './result.ts';
import type { EntryCursor } from './search-cursor.ts';
import { SearchLimitError } from './search-limit-error.ts';
import type { EncodedEntry, SearchBatch, SearchCursor } from './search-types.ts';
import type { SortItem, SortOrder, SortResult } from './sort.ts';
import { SortedRuns } from './sorted-runs.ts';

/** Counts what all sorts of a directory keep, against one limit. */
export class SortBudget {
  readonly #itemsMax: number;
  #items = 0;

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax;
  }

  /** Counts one more; false, and not counted, when there are too many already. */
  take(): boolean {
    if (this.#items >= this.#itemsMax) return false;
    this.#items += 1;
    return true;
  }

  /** Ends the count of so many. */
  give(items: number): void {
    this.#items -= items;
  }
}

/** A search that is to be sorted. */
export interface SortedSearch {
  readonly order: SortOrder;
  /** Finds what matches, in ascending order of id. Leaves out what earlier pages had. */
  readonly items: EntryCursor<SortItem>;
  /** True behind the first page, which was sorted: this one must be too. */
  readonly mustSort: boolean;
  /** What to send of an entry. */
  readonly entry: (id: EntryId) => EncodedEntry;
  readonly budget: SortBudget;
  /** A search with more entries is not sorted. */
  readonly entriesMax: number;
}

/** Items asked for at a time. */
const itemsPerRead = 1024;

/**
 * Gathers what matches, a bounded part with each read, and gives it out in order. When that is more than the limits allow, the
 * entries come unsorted, and `sortResult` says so before the first of them does.
 */
export class SortedCursor implements SearchCursor {
  readonly #search: SortedSearch;
  readonly #runs: SortedRuns;
  #counted = 0;
  #gathered = false;
  #disposed = false;
  /** Set when the sort was given up: entries gathered until then, in order of id. */
  #unsorted: readonly SortItem[] | undefined;
  #sortResult: SortResult | undefined;

  constructor(search: SortedSearch) {
    this.#search = search;
    this.#runs = new SortedRuns((a, b) => search.order.compare(a, b));
  }

  get sortResult(): SortResult | undefined {
    return this.#sortResult;
  }

  read(max: number): SearchBatch | Promise<SearchBatch> {
    if (this.#unsorted !== undefined && this.#unsorted.length > 0) return this.#readHeld(max);
    if (this.#gathered && this.#unsorted === undefined) return this.#readSorted(max);
    const sorting = this.#unsorted === undefined;
    const batch = this.#search.items.read(sorting ? itemsPerRead : max);
    const take = (read: SearchBatch<SortItem>): SearchBatch => (sorting ? this.#gather(read) : this.#pass(read));
    return batch instanceof Promise ? batch.then(take) : take(batch);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#search.items[Symbol.dispose]();
    this.#search.budget.give(this.#counted);
    this.#counted = 0;
  }

  #gather(batch: SearchBatch<SortItem>): SearchBatch {
    if (this.#disposed) return { entries: [], done: true };
    for (const item of batch.entries) {
      // Added even when it is one too many: no item that was read may be lost.
      this.#runs.add(item);
      if (!this.#count()) this.#giveUp();
    }
    if (this.#sortResult !== undefined) this.#unsorted = this.#runs.takeById();
    this.#gathered = batch.done;
    if (batch.done) this.#sortResult ??= { code: ResultCode.success };
    return { entries: [], done: batch.done && this.#runs.size === 0 && this.#unsorted === undefined };
  }

  #count(): boolean {
    if (this.#sortResult !== undefined) return true;
    if (this.#counted >= this.#search.entriesMax || !this.#search.budget.take()) return false;
    this.#counted += 1;
    return true;
  }

  #giveUp(): void {
    if (this.#search.mustSort) throw new SearchLimitError('too many entries to sort');
    const tooMany = this.#counted >= this.#search.entriesMax;
    this.#sortResult = { code: tooMany ? ResultCode.adminLimitExceeded : ResultCode.busy };
  }

  #readSorted(max: number): SearchBatch {
    const entries: EncodedEntry[] = [];
    while (entries.length < max) {
      const item = this.#runs.next();
      if (item === undefined) break;
      entries.push({ ...this.#search.entry(item.id), sortValues: item.values });
    }
    return { entries, done: this.#runs.size === 0 };
  }

  #readHeld(max: number): SearchBatch {
    const held = this.#unsorted ?? [];
    this.#unsorted = held.slice(max);
    const entries = held.slice(0, max).map(({ id }) => this.#search.entry(id));
    return { entries, done: this.#gathered && this.#unsorted.length === 0 };
  }

  #pass(batch: SearchBatch<SortItem>): SearchBatch {
    return { entries: batch.entries.map(({ id }) => this.#search.entry(id)), done: batch.done };
  }
}
