import type { PublishedLease, PublishedSource } from '../directory/reader.ts';
import type { TenantId } from '../identity/ids.ts';
import type { NodeId } from '../identity/node.ts';
import type { NtHashStore } from '../identity/nt-hash.ts';
import type { PublicationFacts } from '../identity/view.ts';
import { Database } from './database.ts';
import { TenantKeys } from './keys.ts';
import { LevelNtHashStore } from './nt-hash-store.ts';
import { PublishedReaders, type TakenPublication } from './published-readers.ts';
import { StoreError } from './store-error.ts';
import { findSlot } from './tenant-slots.ts';
import { ViewKeys } from './view-keys.ts';

/** What {@link SharedView.open} needs. */
export interface SharedViewOptions {
  /** The data directory of a store that another thread of this process has open to be shared. */
  readonly directory: string;
  readonly tenantId: TenantId;
  readonly entryCacheBytes: number;
  /** Its first element is the number of the publication that counts now; whoever publishes writes it. */
  readonly current: Int32Array;
}

/** A publication that a snapshot is to be taken of. */
export interface AnnouncedPublication {
  /** The value of `current` from which on it counts. */
  readonly number: number;
  /** Undefined: nothing was published ever. */
  readonly facts: PublicationFacts | undefined;
  /** The entries that differ from the publication before; undefined: any may. */
  readonly changedIds: Iterable<NodeId> | undefined;
}

/**
 * The published directory in a thread that does not write it. Which publication counts is asked of memory that all threads share,
 * at every acquisition, so that all of them go over to the next one in the same instant.
 */
export class SharedView implements PublishedSource, AsyncDisposable {
  /** NT hashes as they are kept at the moment of reading. */
  readonly ntHashes: Pick<NtHashStore, 'of'>;
  readonly #db: Database;
  readonly #current: Int32Array;
  readonly #readers: PublishedReaders;
  readonly #listeners = new Set<() => void>();
  #facts: PublicationFacts | undefined;
  #prepared: { readonly announced: AnnouncedPublication; readonly taken: TakenPublication } | undefined;

  /**
   * Opens the view of a store that is open in another thread.
   *
   * @throws StoreError when the store does not have the tenant
   */
  static async open({ directory, tenantId, entryCacheBytes, current }: SharedViewOptions): Promise<SharedView> {
    const db = await Database.share(directory);
    const slot = findSlot(db, tenantId);
    if (slot === undefined) {
      await db.close();
      throw new StoreError('failed', `The store ${db.path} does not have the tenant ${tenantId}.`);
    }
    return new SharedView(db, new TenantKeys(slot), entryCacheBytes, current);
  }

  private constructor(db: Database, keys: TenantKeys, entryCacheBytes: number, current: Int32Array) {
    this.#db = db;
    this.#current = current;
    this.#readers = new PublishedReaders(db, new ViewKeys(keys), entryCacheBytes);
    this.ntHashes = new LevelNtHashStore(db, keys);
  }

  /** Of the publication that is shown. */
  get facts(): PublicationFacts | undefined {
    this.follow();
    return this.#facts;
  }

  /** Takes a snapshot of what lies on disk now, to be shown once it counts. One that was announced before and never counted is dropped. */
  prepare(announced: AnnouncedPublication): void {
    this.follow();
    this.#dropPrepared();
    if (announced.facts === undefined) return;
    this.#prepared = { announced, taken: this.#readers.take(announced.facts) };
  }

  /** Goes over to the prepared publication if it counts by now. */
  follow(): void {
    const prepared = this.#prepared;
    if (prepared === undefined || prepared.announced.number !== Atomics.load(this.#current, 0)) return;
    this.#prepared = undefined;
    this.#facts = prepared.taken.facts;
    this.#readers.show(prepared.taken, prepared.announced.changedIds);
    for (const listener of this.#listeners) listener();
  }

  acquire(): PublishedLease | undefined {
    this.follow();
    return this.#readers.acquire();
  }

  onPublished(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Ends all reading. Leases that are still held become unreadable. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dropPrepared();
    await this.#readers.close();
    await this.#db.close();
  }

  #dropPrepared(): void {
    if (this.#prepared !== undefined) this.#readers.drop(this.#prepared.taken);
    this.#prepared = undefined;
  }
}
