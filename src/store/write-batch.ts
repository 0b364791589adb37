import type { Level } from 'level';

type LevelBatch = ReturnType<Level<Buffer, Buffer>['batch']>;

/** Takes writes; a later one to a key replaces an earlier one. */
export interface Writes {
  put(key: Buffer, value: Buffer): void;
  delete(key: Buffer): void;
}

/**
 * Writes that are made together, see {@link Database.write}. LevelDB copies keys and values as they come, so that nothing is
 * kept on the heap for an operation and the caller may use its buffers again.
 */
export class WriteBatch implements Writes {
  readonly #batch: LevelBatch;
  #bytes = 0;

  constructor(batch: LevelBatch) {
    this.#batch = batch;
  }

  get operations(): number {
    return this.#batch.length;
  }

  /** The sum of the lengths of keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  put(key: Buffer, value: Buffer): this {
    this.#batch.put(key, value);
    this.#bytes += key.length + value.length;
    return this;
  }

  delete(key: Buffer): this {
    this.#batch.del(key);
    this.#bytes += key.length;
    return this;
  }

  /** Only for {@link Database.write}; the batch cannot be used after it. */
  async write(sync: boolean): Promise<void> {
    await this.#batch.write({ sync });
  }
}
