import type { PublishedLease, PublishedSource } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';
import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts, StoredView, View, ViewWriter } from '../identity/view.ts';
import { decodeMark, openChangeLog, readChangeLog } from './change-log.ts';
import { ChangeRecorder } from './change-recorder.ts';
import type { Database } from './database.ts';
import type { PublicationFollower, PublicationLeader } from './publication-follower.ts';
import { PublishedReaders, type TakenPublication } from './published-readers.ts';
import type { Writes } from './write-batch.ts';
import { StoreError } from './store-error.ts';
import { LevelStoredView } from './stored-view.ts';
import type { ViewKeys } from './view-keys.ts';
import { UndoRecorder, type UndoLimits } from './undo-recorder.ts';
import { UndoStore } from './undo-store.ts';
import { LevelViewWriter, type PublishEnd } from './view-writer.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** The stillness of a view that shows nothing; writers are counted from 1. */
const nothingShown = 0;

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
export class ViewStore implements View, PublishedSource, PublicationLeader {
  readonly undo: UndoStore;
  readonly #options: ViewStoreOptions;
  readonly #readers: PublishedReaders;
  readonly #listeners = new Set<() => void>();
  readonly #followers = new Set<PublicationFollower>();
  #facts: PublicationFacts | undefined;
  #writing = false;
  #writers = 1;
  #swapping = false;

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
    this.#readers = new PublishedReaders(options.db, options.keys, options.entryCacheBytes);
    if (this.#facts !== undefined && !this.publishUnfinished) {
      this.#readers.show(this.#readers.take(this.#facts), undefined);
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
    return this.#readers.acquire();
  }

  openStored(): StoredView & Disposable {
    const { db, keys } = this.#options;
    return new LevelStoredView(db, keys, this.#facts, this.#readers.acquireSnapshot());
  }

  get stillness(): number | undefined {
    if (this.#swapping) return undefined;
    if (this.shown === undefined) return nothingShown;
    return this.#writing || this.publishUnfinished ? undefined : this.#writers;
  }

  get shown(): PublicationFacts | undefined {
    return this.#readers.facts;
  }

  follow(follower: PublicationFollower): Disposable {
    this.#followers.add(follower);
    return { [Symbol.dispose]: () => this.#followers.delete(follower) };
  }

  onPublished(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  openWriter(nowMs: number, rollback?: { readonly to: number }): ViewWriter {
    if (this.#writing) throw new StoreError('failed', 'The view is being written already.');
    this.#writing = true;
    this.#writers += 1;
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
        for (const follower of this.#followers) follower.settled();
      },
    });
  }

  /** Ends all reading. Leases that are still held become unreadable. */
  async close(): Promise<void> {
    await this.#readers.close();
  }

  async #swap(facts: PublicationFacts, changedIds: ReadonlySet<NodeId> | undefined): Promise<void> {
    this.#swapping = true;
    try {
      const taken = this.#readers.take(facts);
      await Promise.all([...this.#followers].map((follower) => follower.prepare(facts, changedIds)));
      this.#show(taken, changedIds);
    } finally {
      this.#swapping = false;
    }
    for (const listener of this.#listeners) listener();
  }

  #show(taken: TakenPublication, changedIds: ReadonlySet<NodeId> | undefined): void {
    this.#facts = taken.facts;
    this.#readers.show(taken, changedIds);
    for (const follower of this.#followers) follower.commit();
  }
}
