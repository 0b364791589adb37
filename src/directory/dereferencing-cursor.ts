import { dereferenceEntry } from './dereference.ts';
import type { Dereference } from './dereference.ts';
import type { ViewResult } from './list-view.ts';
import type { DirectoryReader } from './reader.ts';
import { SearchLimitError } from './search-limit-error.ts';
import type { DereferencedEntries, EncodedEntry, SearchBatch, SearchCursor } from './search-types.ts';
import type { SortResult } from './sort.ts';

/** What following the names in one entry may cost. */
export interface DereferenceLimits {
  /** Names followed in one entry; one more ends the search with adminLimitExceeded, never a shorter list (P1). */
  readonly dereferencedMax: number;
  /** Octets of the results for one entry. */
  readonly dereferencedBytesMax: number;
  /** Names followed in one `read`. */
  readonly dereferencedPerReadMax: number;
  /** One `read` takes no further entry once its results have so many octets, so that they are sent before there are more. */
  readonly dereferencedBytesPerReadMax: number;
}

/** The results for the entry at the head of the queue, as far as they are there. */
interface Progress {
  readonly results: Iterator<readonly Buffer[]>;
  readonly parts: Buffer[];
  count: number;
  byteLength: number;
}

/** Entries of another cursor, each with what the names in it lead to. */
export class DereferencingCursor implements SearchCursor {
  readonly #cursor: SearchCursor;
  readonly #reader: DirectoryReader;
  readonly #dereferences: readonly Dereference[];
  readonly #limits: DereferenceLimits;
  #queue: readonly EncodedEntry[] = [];
  #last = false;
  #progress: Progress | undefined;

  constructor(
    cursor: SearchCursor,
    reader: DirectoryReader,
    dereferences: readonly Dereference[],
    limits: DereferenceLimits,
  ) {
    this.#cursor = cursor;
    this.#reader = reader;
    this.#dereferences = dereferences;
    this.#limits = limits;
  }

  get sortResult(): SortResult | undefined {
    return this.#cursor.sortResult;
  }

  get viewResult(): ViewResult | undefined {
    return this.#cursor.viewResult;
  }

  read(max: number): SearchBatch | Promise<SearchBatch> {
    if (this.#queue.length > 0 || this.#last) return this.#follow(max);
    const batch = this.#cursor.read(max);
    const take = (read: SearchBatch): SearchBatch => {
      this.#queue = read.entries;
      this.#last = read.done;
      return this.#follow(max);
    };
    return batch instanceof Promise ? batch.then(take) : take(batch);
  }

  [Symbol.dispose](): void {
    this.#cursor[Symbol.dispose]();
  }

  #follow(max: number): SearchBatch {
    const entries: EncodedEntry[] = [];
    let steps = this.#limits.dereferencedPerReadMax;
    let bytes = 0;
    let taken = 0;
    for (const entry of this.#queue) {
      if (taken === max || bytes >= this.#limits.dereferencedBytesPerReadMax) break;
      const progress = (this.#progress ??= this.#begin(entry));
      steps -= this.#advance(progress, steps);
      if (steps <= 0) break;
      entries.push(progress.count === 0 ? entry : { ...entry, dereferenced: resultsOf(progress) });
      this.#progress = undefined;
      bytes += progress.byteLength;
      taken += 1;
    }
    this.#queue = this.#queue.slice(taken);
    return { entries, done: this.#last && this.#queue.length === 0 };
  }

  #begin(entry: EncodedEntry): Progress {
    const results = dereferenceEntry(this.#reader, entry.id, this.#dereferences);
    return { results, parts: [], count: 0, byteLength: 0 };
  }

  /** Takes results until they end or `steps` are used up; answers how many steps it took, `steps` when there may be more. */
  #advance(progress: Progress, steps: number): number {
    for (let step = 0; step < steps; step++) {
      const next = progress.results.next();
      if (next.done === true) return step;
      progress.count += 1;
      for (const part of next.value) {
        progress.parts.push(part);
        progress.byteLength += part.length;
      }
      const { dereferencedMax, dereferencedBytesMax } = this.#limits;
      if (progress.count > dereferencedMax || progress.byteLength > dereferencedBytesMax) {
        throw new SearchLimitError('an entry names too many others to dereference');
      }
    }
    return steps;
  }
}

function resultsOf({ parts, byteLength }: Progress): DereferencedEntries {
  return { parts, byteLength };
}
