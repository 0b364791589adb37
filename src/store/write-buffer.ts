import type { Database } from './database.ts';
import { hashBytes } from './hash-bytes.ts';
import { KeyFilter } from './key-filter.ts';
import { PendingWrites } from './pending-writes.ts';
import type { WriteBatch, Writes } from './write-batch.ts';

/** Writes that gather until they are flushed in one batch; those made by `put` and `delete` can be read before that. */
export class WriteBuffer implements Writes {
  readonly #db: Database;
  #batch: WriteBatch;
  #waiting = new PendingWrites();
  /** What the write that is under way will have put; empty when none is. */
  #coming = new PendingWrites();
  #writing: Promise<void> | undefined;
  #written: KeyFilter | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#batch = db.batch();
  }

  /** How many operations and bytes wait. */
  get size(): { readonly operations: number; readonly bytes: number } {
    return { operations: this.#batch.operations, bytes: this.#batch.bytes };
  }

  get(key: Buffer): Buffer | undefined {
    const hash = hashBytes(key, key.length);
    if (this.#written?.mayHold(hash) === false) return undefined;
    const waiting = this.#waiting.get(key, hash);
    const pending = waiting === 'unknown' ? this.#coming.get(key, hash) : waiting;
    if (pending === 'unknown') return this.#db.get(key);
    return pending === 'deleted' ? undefined : pending;
  }

  /** What the database holds, whatever waits; costs less than `get`. `hash` is that of the key, see `hashBytes`. */
  stored(key: Buffer, hash = hashBytes(key, key.length)): Buffer | undefined {
    return this.#written?.mayHold(hash) === false ? undefined : this.#db.get(key);
  }

  put(key: Buffer, value: Buffer): void {
    const hash = hashBytes(key, key.length);
    this.#waiting.set(key, hash, value);
    this.append(key, value, hash);
  }

  delete(key: Buffer): void {
    this.#waiting.set(key, hashBytes(key, key.length), undefined);
    this.#batch.delete(key);
  }

  /** Puts what nobody reads before the next flush; costs less than `put`. */
  append(key: Buffer, value: Buffer, hash = hashBytes(key, key.length)): void {
    this.#written?.add(hash);
    this.#batch.put(key, value);
  }

  /**
   * Tells that the database holds none of the keys that will be asked for, except what goes through this buffer from now
   * on. A first publish asks for millions of keys that nobody ever wrote; looking for one in LevelDB takes 4 µs, in the
   * filter 0.1 µs (measured).
   */
  assumeEmpty(): void {
    this.#written = new KeyFilter();
  }

  /** Takes {@link WriteBuffer.assumeEmpty} back, and with it its memory. */
  assumeNothing(): void {
    this.#written = undefined;
  }

  /** Forgets what waits; a write that is under way goes on. */
  clear(): void {
    this.#batch = this.#db.batch();
    this.#waiting.clear();
  }

  /** Writes everything that waits in one batch. */
  async flush(sync: boolean): Promise<void> {
    await this.startFlush(sync);
    await this.settled();
  }

  /**
   * Begins to write everything that waits in one batch, so that the caller works on while LevelDB does. The write before it
   * is awaited first; whoever calls next, or `settled`, learns when this one failed.
   */
  async startFlush(sync: boolean): Promise<void> {
    await this.settled();
    const writing = this.#db.write(this.#batch, sync);
    // Its error is for the one who awaits it.
    writing.catch(() => undefined);
    this.#writing = writing;
    [this.#waiting, this.#coming] = [this.#coming, this.#waiting];
    this.#batch = this.#db.batch();
  }

  /** Resolves when no write is under way. */
  async settled(): Promise<void> {
    try {
      await this.#writing;
    } finally {
      this.#writing = undefined;
      this.#coming.clear();
    }
  }
}
