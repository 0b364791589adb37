import type { PublishedLease, PublishedSource } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';
import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts, StoredView, View, ViewWriter } from '../identity/view.ts';
import { decodeMark, openChangeLog, readChangeLog, StoredChangeHistory } from './change-log.ts';
import { ChangeRecorder } from './change-recorder.ts';
import type { Database, DatabaseSnapshot } from './database.ts';
import type { Writes } from './write-batch.ts';
import { EntryCache } from './entry-cache.ts';
import { StoreError } from './store-error.ts';
import { LevelStoredView } from './stored-view.ts';
import type { ViewKeys } from './view-keys.ts';
import { LevelDirectoryReader } from './view-reader.ts';
import { UndoRecorder, type UndoLimits } from './undo-recorder.ts';
import { UndoStore } from './undo-store.ts';
import { LevelViewWriter, type PublishEnd } from './view-writer.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** A reader with the number of its users; it closes when it was replaced and the last one has left. */
interface Published {
  readonly reader: LevelDirectoryReader;
  readonly history: StoredChangeHistory;
  readonly snapshot: DatabaseSnapshot;
  leases: number;
  replaced: boolean;
}

/** What a view store is made of. */
export interface ViewStoreOptions {
  readonly db: Database;
  readonly keys: ViewKeys;
  readonly schema: Schema;
  readonly buffer: WriteBuffer;
  readonly entryCacheBytes: number;
  /** See `ViewWriterHost.batchOperations`. */
  readonly publishBatchOperations: number;
  /** See `ChangeRecorderOptions.recordsMax`. */
  readonly changeRecordsMax: number;
  readonly undo: UndoLimits;
  /** See `ViewWriterHost.finalWrites`. */
  finalWrites(end: PublishEnd, out: Writes): Promise<void>;
}

/**
 * The view in LevelDB: hands out the published directory, and swaps in the next one by taking a snapshot.
 */
export class ViewStore implements View, PublishedSource {
  readonly undo: UndoStore;
  readonly #options: ViewStoreOptions;
  readonly #closing = new Set<Promise<void>>();
  readonly #listeners = new Set<() => void>();
  #facts: PublicationFacts | undefined;
  #published: Published | undefined;
  #writing = false;

  /** Opens the view that the database holds. */
  static async open(options: ViewStoreOptions): Promise<ViewStore> {
    const { db, keys } = options;
    const bytes = db.get(keys.meta('facts'));
    const facts = bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as PublicationFacts);
    if (facts !== undefined) await openChangeLog(db, keys, facts);
    return new ViewStore(options, facts);
  }

  private constructor(options: ViewStoreOptions, facts: PublicationFacts | undefined) {
    this.#options = options;
    this.#facts = facts;
    this.undo = new UndoStore(options.db, options.keys, options.undo.ageMaxMs, () => this.#facts);
    if (this.#facts !== undefined && !this.publishUnfinished) {
      this.#publish(this.#facts, new EntryCache(options.entryCacheBytes));
    }
  }

  get facts(): PublicationFacts | undefined {
    return this.#facts;
  }

  get publishUnfinished(): boolean {
    return this.#mark !== undefined;
  }

  get unfinishedRollback(): number | undefined {
    const mark = this.#mark;
    return mark && decodeMark(mark)?.rollbackTo;
  }

  get #mark(): Buffer | undefined {
    return this.#options.db.get(this.#options.keys.meta('publishing'));
  }

  acquire(): PublishedLease | undefined {
    const published = this.#published;
    if (published === undefined) return undefined;
    return { reader: published.reader, history: published.history, ...this.#lease(published) };
  }

  openStored(): StoredView & Disposable {
    const { db, keys } = this.#options;
    const published = this.#published;
    if (published === undefined) return new LevelStoredView(db, keys, this.#facts);
    return new LevelStoredView(db, keys, this.#facts, { snapshot: published.snapshot, ...this.#lease(published) });
  }

  #lease(published: Published): Disposable {
    published.leases++;
    let released = false;
    return {
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        published.leases--;
        this.#closeUnused(published);
      },
    };
  }

  onPublished(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  openWriter(nowMs: number, rollback?: { readonly to: number }): ViewWriter {
    if (this.#writing) throw new StoreError('failed', 'The view is being written already.');
    this.#writing = true;
    const { db, keys, schema, buffer } = this.#options;
    const mark = this.#mark;
    const changes = new ChangeRecorder({
      db,
      keys,
      buffer,
      state: readChangeLog(db, keys),
      mark: mark && decodeMark(mark),
      resumed: mark !== undefined,
      nowMs,
      recordsMax: this.#options.changeRecordsMax,
      rollbackTo: rollback?.to,
    });
    const undo = new UndoRecorder({
      db,
      keys,
      buffer,
      facts: this.#facts,
      stampMs: changes.stampMs,
      resumed: mark !== undefined,
      nowMs,
      limits: this.#options.undo,
    });
    return new LevelViewWriter(db, keys, schema, buffer, changes, undo, {
      facts: this.#facts,
      unfinished: mark !== undefined,
      batchOperations: this.#options.publishBatchOperations,
      finalWrites: (end, out) => this.#options.finalWrites(end, out),
      swap: (facts, changedIds) => this.#swap(facts, changedIds),
      finished: () => {
        this.#writing = false;
      },
    });
  }

  /** Ends all reading. Leases that are still held become unreadable. */
  async close(): Promise<void> {
    const published = this.#published;
    this.#published = undefined;
    await published?.reader.close();
    await Promise.all(this.#closing);
  }

  #swap(facts: PublicationFacts, changedIds: ReadonlySet<NodeId> | undefined): void {
    const old = this.#published;
    this.#facts = facts;
    const kept = changedIds === undefined ? undefined : old?.reader.releaseCache();
    const cache = kept ?? new EntryCache(this.#options.entryCacheBytes);
    for (const id of changedIds ?? []) cache.delete(id);
    this.#publish(facts, cache);
    if (old !== undefined) {
      old.replaced = true;
      this.#closeUnused(old);
    }
    for (const listener of this.#listeners) listener();
  }

  #publish(facts: PublicationFacts, cache: EntryCache): void {
    const { db, keys } = this.#options;
    const snapshot = db.snapshot();
    const log = readChangeLog(db, keys, snapshot);
    if (log === undefined) throw new StoreError('failed', 'The published directory has no change log.');
    this.#published = {
      reader: new LevelDirectoryReader(db, keys, snapshot, facts, cache),
      history: new StoredChangeHistory(db, keys, snapshot, log),
      snapshot,
      leases: 0,
      replaced: false,
    };
  }

  #closeUnused(published: Published): void {
    if (!published.replaced || published.leases > 0) return;
    const closing = published.reader.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
