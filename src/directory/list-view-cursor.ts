import { targetPosition } from './list-view.ts';
import type { ViewRequest, ViewResult } from './list-view.ts';
import { ResultCode } from './result.ts';
import type { EncodedEntry, SearchBatch, SearchCursor } from './search-types.ts';
import type { SortItem, SortOrder, SortResult } from './sort.ts';
import type { SortBudget } from './sorted-cursor.ts';
import { SortedRuns } from './sorted-runs.ts';

/** A view that is to be made. */
export interface ViewSearch {
  readonly view: ViewRequest;
  readonly order: SortOrder;
  /** Finds what matches, in any order. */
  readonly items: ItemCursor;
  /** What to send of entries. */
  readonly entries: (items: readonly SortItem[]) => readonly EncodedEntry[];
  readonly budget: SortBudget;
  /** A longer list is not sorted. */
  readonly entriesMax: number;
}

/** Entries with what they are ordered by. */
export interface ItemCursor extends Disposable {
  read(max: number): SearchBatch<SortItem> | Promise<SearchBatch<SortItem>>;
}

/** Items gathered, or looked at, in one read. */
const itemsPerRead = 1024;

/** A cursor without entries for a view that cannot be made. */
export function failedView(code: ResultCode, sortResult?: SortResult): SearchCursor {
  return {
    sortResult,
    viewResult: { code, targetPosition: 0, contentCount: 0 },
    read: () => ({ entries: [], done: true }),
    [Symbol.dispose]() {},
  };
}

/** Gathers what matches, a bounded part with each read, puts it in order, and gives out the entries of the view. */
export class ListViewCursor implements SearchCursor {
  readonly #search: ViewSearch;
  readonly #runs: SortedRuns;
  #counted = 0;
  #contentCount = 0;
  #gathered = false;
  #disposed = false;
  /** How far the list has been gone through. */
  #position = 0;
  /** The last of the entries before the target, later the target too: not sent yet. */
  #held: SortItem[] = [];
  #left: number;
  #sortResult: SortResult | undefined;
  #viewResult: ViewResult | undefined;
  #isTarget: (item: SortItem) => boolean = () => false;

  constructor(search: ViewSearch) {
    this.#search = search;
    this.#left = search.view.after;
    this.#runs = new SortedRuns((a, b) => search.order.compare(a, b));
  }

  get sortResult(): SortResult | undefined {
    return this.#sortResult;
  }

  get viewResult(): ViewResult | undefined {
    return this.#viewResult;
  }

  read(max: number): SearchBatch | Promise<SearchBatch> {
    if (this.#viewResult !== undefined) return this.#send(max);
    if (this.#gathered) return this.#seek();
    const batch = this.#search.items.read(itemsPerRead);
    return batch instanceof Promise ? batch.then((read) => this.#gather(read)) : this.#gather(batch);
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
      if (this.#counted === this.#search.entriesMax) return this.#giveUp(ResultCode.adminLimitExceeded);
      if (!this.#search.budget.take()) return this.#giveUp(ResultCode.busy);
      this.#counted += 1;
      this.#runs.add(item);
    }
    if (!batch.done) return { entries: [], done: false };
    this.#gathered = true;
    this.#sortResult = { code: ResultCode.success };
    this.#contentCount = this.#runs.size;
    return this.#aim();
  }

  #giveUp(code: ResultCode): SearchBatch {
    this.#sortResult = { code };
    return this.#settle(code, 0);
  }

  /** Turns the target into a question that can be asked of each item in order. */
  #aim(): SearchBatch {
    const { view, order } = this.#search;
    if (view.target.kind === 'offset') {
      const position = targetPosition(view.target.offset, view.target.contentCount, this.#contentCount);
      if (position === undefined) return this.#settle(ResultCode.offsetRangeError, 0);
      this.#isTarget = () => this.#position === position;
    } else {
      const form = order.firstForm(view.target.value);
      if (form === undefined) return this.#settle(ResultCode.inappropriateMatching, 0);
      this.#isTarget = (item) => order.reaches(item, form);
    }
    return this.#contentCount === 0 ? this.#settle(ResultCode.success, 0) : { entries: [], done: false };
  }

  /** Says what becomes of the view. When that is nothing, no entry follows. */
  #settle(code: ResultCode, position: number): SearchBatch {
    this.#viewResult = { code, targetPosition: position, contentCount: this.#contentCount };
    if (code !== ResultCode.success) this.#left = 0;
    return { entries: [], done: this.#done };
  }

  /** Goes through the list until the target is found, a bounded part with each call. */
  #seek(): SearchBatch {
    const { before } = this.#search.view;
    for (let looked = 0; looked < itemsPerRead; looked++) {
      const item = this.#runs.next();
      this.#position += 1;
      // Everything is before the value: the target is the place behind the last entry.
      const found = item === undefined || this.#isTarget(item);
      if (found || this.#held.length >= before + itemsPerRead) this.#hold(before);
      if (item !== undefined) this.#held.push(item);
      if (found) return this.#settle(ResultCode.success, this.#position);
    }
    return { entries: [], done: false };
  }

  /** Keeps only the last so many of the items held. */
  #hold(count: number): void {
    if (this.#held.length > count) this.#held = count === 0 ? [] : this.#held.slice(-count);
  }

  #send(max: number): SearchBatch {
    const items = this.#held.splice(0, max);
    while (items.length < max && this.#left > 0) {
      const item = this.#runs.next();
      if (item === undefined) break;
      items.push(item);
      this.#left -= 1;
    }
    return { entries: this.#search.entries(items), done: this.#done };
  }

  get #done(): boolean {
    return this.#held.length === 0 && (this.#left === 0 || this.#runs.size === 0);
  }
}
