import type { ContentBatch, ContentCursor, ContentEntry, ContentSearch } from './content-types.ts';
import { changedAtMs, entryUuid } from './entry-identity.ts';
import { EntryView } from './entry-view.ts';
import type { ChangedEntry, EntryId } from './reader.ts';
import { Truth } from './truth.ts';
import { isInRanges } from './visible-entries.ts';

const nothing: ContentBatch = { entries: [], present: [], deleted: [], done: false };

/**
 * What became of a content since an earlier directory: the UUIDs of entries that have left it, and then the entries in it that
 * have changed. Everything that has changed and is not in it counts as having left it, when the identity could read it; a client
 * that never had it has nothing to do.
 *
 * The log is read twice, block by block, so that nothing is kept of it however long it is: an entry may have left one place
 * and be in another now, and a client must not be told of its end last.
 */
export class ContentChanges implements ContentCursor {
  readonly #search: ContentSearch;
  readonly #afterMs: number;
  readonly #view: EntryView;
  #blocks: AsyncIterator<readonly ChangedEntry[]>;
  /** What is left of the block that was read last. */
  #rest: readonly ChangedEntry[] = [];
  #finding: 'deleted' | 'entries' = 'deleted';
  #reading = false;
  #disposed = false;

  constructor(search: ContentSearch, afterMs: number) {
    this.#search = search;
    this.#afterMs = afterMs;
    this.#view = new EntryView(search.reader);
    this.#blocks = this.#openLog();
  }

  read(max: number): ContentBatch | Promise<ContentBatch> {
    if (this.#rest.length === 0) return this.#readBlock();
    const { examinedPerReadMax } = this.#search.limits;
    const some = this.#rest.slice(0, Math.min(max, examinedPerReadMax));
    this.#rest = this.#rest.slice(some.length);
    return this.#finding === 'deleted'
      ? { ...nothing, deleted: some.flatMap((change) => this.#deletedBy(change)) }
      : { ...nothing, entries: some.flatMap((change) => this.#entryOf(change) ?? []) };
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // A read that is under way still needs the snapshot; it lets go when it ends.
    if (!this.#reading) this.#release();
  }

  #openLog(): AsyncIterator<readonly ChangedEntry[]> {
    return this.#search.lease.history.changes(this.#afterMs)[Symbol.asyncIterator]();
  }

  async #readBlock(): Promise<ContentBatch> {
    this.#reading = true;
    try {
      const next = await this.#blocks.next();
      if (next.done !== true) this.#rest = next.value;
      else if (this.#finding === 'entries') return { ...nothing, done: true };
      else {
        this.#finding = 'entries';
        this.#blocks = this.#openLog();
      }
      return nothing;
    } finally {
      this.#reading = false;
      if (this.#disposed) this.#release();
    }
  }

  #deletedBy(change: ChangedEntry): readonly Buffer[] {
    const { lease, ranges } = this.#search;
    if (!isInRanges(ranges, change.id)) return [];
    const bytes = lease.reader.entry(change.id);
    const left = bytes !== undefined && isLatest(change, bytes) && !this.#isFound(change) ? [entryUuid(bytes)] : [];
    return this.#known(change.id, [...change.lost, ...left]);
  }

  /** Of the UUIDs that an entry had, those that the identity could read. */
  #known(id: EntryId, uuids: readonly Buffer[]): readonly Buffer[] {
    const { before } = this.#search;
    if (before === undefined || uuids.length === 0) return uuids;
    const bytes = before.entry(id);
    const known = bytes && entryUuid(bytes);
    return known === undefined ? [] : uuids.filter((uuid) => uuid.equals(known));
  }

  #entryOf(change: ChangedEntry): ContentEntry | undefined {
    const { lease, ranges, select } = this.#search;
    const bytes = isInRanges(ranges, change.id) ? lease.reader.entry(change.id) : undefined;
    if (bytes === undefined || !isLatest(change, bytes) || !this.#isFound(change)) return undefined;
    return { entry: select(this.#view), uuid: entryUuid(bytes), created: change.created };
  }

  /** Whether an entry is in the content; the view shows it then. */
  #isFound({ id }: ChangedEntry): boolean {
    const bytes = this.#search.reader.entry(id);
    if (bytes === undefined) return false;
    this.#view.move(id, bytes);
    return this.#search.filter.test(this.#view) === Truth.True;
  }

  #release(): void {
    const release = (): void => this.#search.lease[Symbol.dispose]();
    // Whether the abandoned read ended well or not concerns nobody any more; the snapshot must be given back either way.
    if (this.#blocks.return === undefined) release();
    else void this.#blocks.return().then(release, release);
  }
}

/** An entry that several publishes changed is looked at for the last of them, whose number it has. */
function isLatest(change: ChangedEntry, bytes: Buffer): boolean {
  return changedAtMs(bytes) === change.stampMs;
}
