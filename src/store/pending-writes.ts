import { ByteTable } from './byte-table.ts';

const FIRST_BYTES = 64 * 1024;
/** A buffer that has grown beyond this is given back. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
const FIRST_WRITES = 1024;
/** The length of what is to be deleted. */
const DELETED = -1;

/** What is known of a key: nothing, that it is to be deleted, or the value that it is to have. */
export type PendingWrite = 'unknown' | 'deleted' | Buffer;

/** Writes that wait, to be read by their keys; both are copied, so that nothing of them stays on the heap. */
export class PendingWrites {
  readonly #keys = new ByteTable();
  #starts = new Uint32Array(FIRST_WRITES);
  #lengths = new Int32Array(FIRST_WRITES);
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;

  /** What waits for a key with this hash; a value is the caller's own. */
  get(key: Uint8Array, hash: number): PendingWrite {
    const entry = this.#keys.size === 0 ? -1 : this.#keys.find(key, hash);
    if (entry < 0) return 'unknown';
    const length = this.#lengths[entry] ?? DELETED;
    const start = this.#starts[entry] ?? 0;
    return length === DELETED ? 'deleted' : Buffer.from(this.#bytes.subarray(start, start + length));
  }

  /** Replaces what waits for a key; undefined: it is to be deleted. */
  set(key: Uint8Array, hash: number, value: Uint8Array | undefined): void {
    const entry = this.#keys.add(key, key.length, hash);
    if (entry >= this.#starts.length) this.#grow();
    this.#starts[entry] = this.#end;
    this.#lengths[entry] = value === undefined ? DELETED : value.length;
    if (value === undefined) return;
    this.#reserve(this.#end + value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  clear(): void {
    this.#keys.clear();
    this.#end = 0;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  #grow(): void {
    const starts = new Uint32Array(this.#starts.length * 2);
    starts.set(this.#starts);
    const lengths = new Int32Array(this.#starts.length * 2);
    lengths.set(this.#lengths);
    this.#starts = starts;
    this.#lengths = lengths;
  }

  #reserve(end: number): void {
    if (end <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}
