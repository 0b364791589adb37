import type { PublishedLease } from '../directory/reader.ts';
import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts } from '../identity/view.ts';
import { readChangeLog, StoredChangeHistory } from './change-log.ts';
import type { Database, DatabaseSnapshot } from './database.ts';
import { EntryCache } from './entry-cache.ts';
import { StoreError } from './store-error.ts';
import type { ViewKeys } from './view-keys.ts';
import { LevelDirectoryReader } from './view-reader.ts';

/** A published directory and the snapshot that it is read through. */
export interface TakenPublication {
  readonly facts: PublicationFacts;
  readonly history: StoredChangeHistory;
  readonly snapshot: DatabaseSnapshot;
}

/** A reader with the number of its users; it closes when it was replaced and the last one has left. */
interface Shown extends TakenPublication {
  readonly reader: LevelDirectoryReader;
  leases: number;
  replaced: boolean;
}

/** What one thread reads from: the newest publication that it shows, and earlier ones for as long as somebody reads them. */
export class PublishedReaders {
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #cacheBytes: number;
  readonly #closing = new Set<Promise<void>>();
  #shown: Shown | undefined;

  /** `cacheBytes` bounds the entries of the newest publication that are kept in memory. */
  constructor(db: Database, keys: ViewKeys, cacheBytes: number) {
    this.#db = db;
    this.#keys = keys;
    this.#cacheBytes = cacheBytes;
  }

  /**
   * Takes a snapshot of what lies on disk, which must be the publication with these facts. Nobody reads from it yet.
   *
   * @throws StoreError when it has no change log
   */
  take(facts: PublicationFacts): TakenPublication {
    const snapshot = this.#db.snapshot();
    const log = readChangeLog(this.#db, this.#keys, snapshot);
    if (log === undefined) throw new StoreError('failed', 'The published directory has no change log.');
    return { facts, history: new StoredChangeHistory(this.#db, this.#keys, snapshot, log), snapshot };
  }

  /** Gives up a publication that was taken and is not shown after all. */
  drop({ snapshot }: TakenPublication): void {
    this.#close(() => snapshot.close());
  }

  /** Whoever asks from now on reads from this. `changedIds` are the entries that differ from what was shown; undefined: any. */
  show(taken: TakenPublication, changedIds: Iterable<NodeId> | undefined): void {
    const old = this.#shown;
    const kept = changedIds === undefined ? undefined : old?.reader.releaseCache();
    const cache = kept ?? new EntryCache(this.#cacheBytes);
    for (const id of changedIds ?? []) cache.delete(id);
    const reader = new LevelDirectoryReader(this.#db, this.#keys, taken.snapshot, taken.facts, cache);
    this.#shown = { ...taken, reader, leases: 0, replaced: false };
    if (old === undefined) return;
    old.replaced = true;
    this.#closeUnused(old);
  }

  /** The facts of the newest publication; undefined before the first. */
  get facts(): PublicationFacts | undefined {
    return this.#shown?.facts;
  }

  /** A reader of the newest publication; undefined before the first. */
  acquire(): PublishedLease | undefined {
    const shown = this.#shown;
    return shown && { reader: shown.reader, history: shown.history, ...this.#lease(shown) };
  }

  /** The snapshot of the newest publication; undefined before the first. */
  acquireSnapshot(): (Disposable & { readonly snapshot: DatabaseSnapshot }) | undefined {
    const shown = this.#shown;
    return shown && { snapshot: shown.snapshot, ...this.#lease(shown) };
  }

  /** Ends all reading. Leases that are still held become unreadable. */
  async close(): Promise<void> {
    const shown = this.#shown;
    this.#shown = undefined;
    await shown?.reader.close();
    await Promise.all(this.#closing);
  }

  #lease(shown: Shown): Disposable {
    shown.leases++;
    let released = false;
    return {
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        shown.leases--;
        this.#closeUnused(shown);
      },
    };
  }

  #closeUnused(shown: Shown): void {
    if (shown.replaced && shown.leases === 0) this.#close(() => shown.reader.close());
  }

  #close(work: () => Promise<void>): void {
    const closing = work().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
