import type { Database } from './database.ts';
import type { WriteBatch, Writes } from './write-batch.ts';
import { KeyFilter } from './key-filter.ts';

/** Writes that gather until they are flushed in one batch; those made by `put` and `delete` can be read before that. */
export class WriteBuffer implements Writes {
  readonly #db: Database;
  #batch: WriteBatch;
  #waiting = new Map<string, Buffer | undefined>();
  /** What a write that is under way will have put, and when it is done. */
  #writing: { readonly values: ReadonlyMap<string, Buffer | undefined>; readonly done: Promise<void> } | undefined;
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
    if (this.#written?.mayHold(key) === false) return undefined;
    const name = key.toString('latin1');
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined || this.#waiting.has(name)) return waiting;
    const coming = this.#writing?.values.get(name);
    if (coming !== undefined || this.#writing?.values.has(name) === true) return coming;
    return this.#db.get(key);
  }

  /** What the database holds, whatever waits; costs less than `get`. */
  stored(key: Buffer): Buffer | undefined {
    return this.#written?.mayHold(key) === false ? undefined : this.#db.get(key);
  }

  put(key: Buffer, value: Buffer): void {
    this.#waiting.set(key.toString('latin1'), value);
    this.append(key, value);
  }

  delete(key: Buffer): void {
    this.#waiting.set(key.toString('latin1'), undefined);
    this.#batch.delete(key);
  }

  /** Puts what nobody reads before the next flush; costs less than `put`. */
  append(key: Buffer, value: Buffer): void {
    this.#written?.add(key);
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
    this.#waiting = new Map();
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
    const done = this.#db.write(this.#batch, sync);
    // Its error is for the one who awaits it.
    done.catch(() => undefined);
    this.#writing = { values: this.#waiting, done };
    this.clear();
  }

  /** Resolves when no write is under way. */
  async settled(): Promise<void> {
    try {
      await this.#writing?.done;
    } finally {
      this.#writing = undefined;
    }
  }
}
