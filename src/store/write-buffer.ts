import type { Database, WriteOperation } from './database.ts';

/** Writes that gather until they are flushed, readable before that. A later write to a key replaces an earlier one. */
export class WriteBuffer {
  readonly #db: Database;
  #operations = new Map<string, WriteOperation>();
  #bytes = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** How many operations and bytes wait. */
  get size(): { readonly operations: number; readonly bytes: number } {
    return { operations: this.#operations.size, bytes: this.#bytes };
  }

  get(key: Buffer): Buffer | undefined {
    const waiting = this.#operations.get(key.toString('latin1'));
    if (waiting === undefined) return this.#db.get(key);
    return waiting.type === 'put' ? waiting.value : undefined;
  }

  put(key: Buffer, value: Buffer): void {
    this.add({ type: 'put', key, value });
  }

  delete(key: Buffer): void {
    this.add({ type: 'del', key });
  }

  add(operation: WriteOperation): void {
    this.#operations.set(operation.key.toString('latin1'), operation);
    this.#bytes += operation.key.length + (operation.type === 'put' ? operation.value.length : 0);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#operations = new Map();
    this.#bytes = 0;
  }

  /** Writes everything that waits in one batch. */
  async flush(sync: boolean): Promise<void> {
    const operations = [...this.#operations.values()];
    // The map stays in place until the write is done: a read in between must find the value here or in the database.
    await this.#db.write(operations, sync);
    this.#operations = new Map();
    this.#bytes = 0;
  }
}
