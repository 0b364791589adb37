import type { DirectoryLease, DirectorySource } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';
import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts, View, ViewWriter } from '../identity/view.ts';
import type { Database } from './database.ts';
import type { Writes } from './write-batch.ts';
import { StoreError } from './store-error.ts';
import type { ViewKeys } from './view-keys.ts';
import { createEntryCache, type EntryCache, LevelDirectoryReader } from './view-reader.ts';
import { LevelViewWriter } from './view-writer.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** A reader with the number of its users; it closes when it was replaced and the last one has left. */
interface Published {
  readonly reader: LevelDirectoryReader;
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
  /** See `ViewWriterHost.finalWrites`. */
  finalWrites(state: string, out: Writes): Promise<void>;
}

/**
 * The view in LevelDB: hands out the published directory, and swaps in the next one by taking a snapshot.
 */
export class ViewStore implements View, DirectorySource {
  readonly #options: ViewStoreOptions;
  readonly #closing = new Set<Promise<void>>();
  #facts: PublicationFacts | undefined;
  #published: Published | undefined;
  #writing = false;

  constructor(options: ViewStoreOptions) {
    this.#options = options;
    const bytes = options.db.get(options.keys.meta('facts'));
    this.#facts = bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as PublicationFacts);
    if (this.#facts !== undefined && !this.publishUnfinished) {
      this.#publish(this.#facts, createEntryCache(options.entryCacheBytes));
    }
  }

  get facts(): PublicationFacts | undefined {
    return this.#facts;
  }

  get publishUnfinished(): boolean {
    return this.#options.db.get(this.#options.keys.meta('publishing')) !== undefined;
  }

  acquire(): DirectoryLease | undefined {
    const published = this.#published;
    if (published === undefined) return undefined;
    published.leases++;
    let released = false;
    return {
      reader: published.reader,
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        published.leases--;
        this.#closeUnused(published);
      },
    };
  }

  openWriter(): ViewWriter {
    if (this.#writing) throw new StoreError('failed', 'The view is being written already.');
    this.#writing = true;
    const { db, keys, schema, buffer } = this.#options;
    return new LevelViewWriter(db, keys, schema, buffer, {
      facts: this.#facts,
      unfinished: this.publishUnfinished,
      batchOperations: this.#options.publishBatchOperations,
      finalWrites: (state, out) => this.#options.finalWrites(state, out),
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
    const cache = kept ?? createEntryCache(this.#options.entryCacheBytes);
    for (const id of changedIds ?? []) cache.delete(id);
    this.#publish(facts, cache);
    if (old === undefined) return;
    old.replaced = true;
    this.#closeUnused(old);
  }

  #publish(facts: PublicationFacts, cache: EntryCache): void {
    const { db, keys } = this.#options;
    this.#published = {
      reader: new LevelDirectoryReader(db, keys, db.snapshot(), facts, cache),
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
