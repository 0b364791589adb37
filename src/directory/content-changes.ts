import type { ContentBatch, ContentCursor, ContentEntry, ContentSearch } from './content-types.ts';
import { entryUuid } from './entry-uuid.ts';
import { EntryView } from './entry-view.ts';
import { DirectoryStorageError } from './reader.ts';
import type { EntryId } from './reader.ts';
import { Truth } from './truth.ts';
import { isInRanges } from './visible-entries.ts';

const nothing: ContentBatch = { entries: [], present: [], deleted: [], done: false };

/**
 * What became of a content since an earlier directory: the UUIDs of entries that have left it, and then the entries in it that
 * have changed. Everything that has changed and is not in it counts as having left it; a client that never had it has
 * nothing to do.
 */
export class ContentChanges implements ContentCursor {
  readonly #search: ContentSearch;
  readonly #afterMs: number;
  readonly #view: EntryView;
  readonly #created = new Set<EntryId>();
  readonly #found: EntryId[] = [];
  #changed: Uint32Array | undefined;
  #looked = 0;
  #deleted: Buffer[] = [];
  #deletedSent = 0;
  #foundSent = 0;
  #gathering = false;
  #disposed = false;

  constructor(search: ContentSearch, afterMs: number) {
    this.#search = search;
    this.#afterMs = afterMs;
    this.#view = new EntryView(search.reader);
  }

  read(max: number): ContentBatch | Promise<ContentBatch> {
    if (this.#changed === undefined) return this.#gather();
    if (this.#looked < this.#changed.length) this.#look(this.#changed);
    else if (this.#deletedSent < this.#deleted.length) return this.#readDeleted(max);
    else return this.#readEntries(max);
    return nothing;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // Reading of the log still needs the snapshot; it lets go when it ends.
    if (!this.#gathering) this.#search.lease[Symbol.dispose]();
  }

  /** Reads the log: its size is limited, and so is what is kept of it here. */
  async #gather(): Promise<ContentBatch> {
    const { lease, ranges } = this.#search;
    const changed = new Set<EntryId>();
    this.#gathering = true;
    try {
      for await (const block of lease.history.changes(this.#afterMs)) {
        if (this.#disposed) break;
        for (const { id, created, lost } of block) {
          if (!isInRanges(ranges, id)) continue;
          changed.add(id);
          if (created) this.#created.add(id);
          // The bytes belong to a block of the database.
          for (const uuid of lost) this.#deleted.push(Buffer.from(uuid));
        }
      }
    } finally {
      this.#gathering = false;
      if (this.#disposed) lease[Symbol.dispose]();
    }
    this.#changed = Uint32Array.from(changed).sort();
    return nothing;
  }

  /** Finds out of some of the changed entries whether they are in the content. */
  #look(changed: Uint32Array): void {
    const { lease, reader, filter, limits } = this.#search;
    const end = Math.min(changed.length, this.#looked + limits.examinedPerReadMax);
    for (const id of changed.subarray(this.#looked, end)) {
      const bytes = reader.entry(id);
      if (bytes !== undefined) this.#view.move(id, bytes);
      if (bytes !== undefined && filter.test(this.#view) === Truth.True) this.#found.push(id);
      else this.#leave(lease.reader.entry(id));
    }
    this.#looked = end;
  }

  #leave(bytes: Buffer | undefined): void {
    if (bytes !== undefined) this.#deleted.push(entryUuid(bytes));
  }

  #readDeleted(max: number): ContentBatch {
    const deleted = this.#deleted.slice(this.#deletedSent, this.#deletedSent + max);
    this.#deletedSent += deleted.length;
    return { ...nothing, deleted };
  }

  #readEntries(max: number): ContentBatch {
    const ids = this.#found.slice(this.#foundSent, this.#foundSent + max);
    this.#foundSent += ids.length;
    return { ...nothing, entries: ids.map((id) => this.#entry(id)), done: this.#foundSent === this.#found.length };
  }

  #entry(id: EntryId): ContentEntry {
    const { lease, reader, select } = this.#search;
    const bytes = reader.entry(id);
    if (bytes === undefined) throw new DirectoryStorageError(`the entry ${id} is not there any more`);
    this.#view.move(id, bytes);
    const uuid = entryUuid(lease.reader.entry(id) ?? bytes);
    return { entry: select(this.#view), uuid, created: this.#created.has(id) };
  }
}
