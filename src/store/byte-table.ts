import { hashBytes } from './hash-bytes.ts';

const FIRST_ENTRIES = 1024;
const FIRST_BYTES = 64 * 1024;
/** Whoever empties a table that has grown beyond this gives its bytes back. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Numbers byte strings in the order in which they come, each once: a hash table beside the heap. Fifty thousand keys in a `Map`
 * are as many strings, which the collector copies again and again while they wait.
 */
export class ByteTable {
  #slots = new Uint32Array(FIRST_ENTRIES * 2);
  #hashes = new Int32Array(FIRST_ENTRIES);
  #ends = new Uint32Array(FIRST_ENTRIES);
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The number of a key, or -1 when it is not there. */
  find(key: Uint8Array, hash = hashBytes(key, key.length)): number {
    const entry = this.#slots[this.#slotOf(key, key.length, hash)] ?? 0;
    return entry - 1;
  }

  /** The number of the key in the first `length` bytes, which it is given when it has none. The key is copied. */
  add(key: Uint8Array, length = key.length, hash = hashBytes(key, length)): number {
    if (this.#size === this.#hashes.length) this.#grow();
    const slot = this.#slotOf(key, length, hash);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const start = this.#startOf(this.#size);
    this.#reserve(start + length);
    for (let i = 0; i < length; i++) this.#bytes[start + i] = key[i] ?? 0;
    this.#hashes[this.#size] = hash;
    this.#ends[this.#size] = start + length;
    this.#slots[slot] = ++this.#size;
    return this.#size - 1;
  }

  /** The key with this number, as a view that is good until the table is emptied. */
  key(entry: number): Buffer {
    return this.#bytes.subarray(this.#startOf(entry), this.#ends[entry]);
  }

  /** The hash of the key with this number. */
  hash(entry: number): number {
    return this.#hashes[entry] ?? 0;
  }

  /** Forgets all keys and keeps the room for others. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  #startOf(entry: number): number {
    return entry === 0 ? 0 : (this.#ends[entry - 1] ?? 0);
  }

  /** Where a key is, or would be. */
  #slotOf(key: Uint8Array, length: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0 || (this.#hashes[entry] === hash && this.#holds(entry, key, length))) return slot;
    }
  }

  #holds(entry: number, key: Uint8Array, length: number): boolean {
    const start = this.#startOf(entry);
    if ((this.#ends[entry] ?? 0) - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#bytes[start + i] !== key[i]) return false;
    return true;
  }

  #grow(): void {
    const entries = this.#hashes.length * 2;
    const hashes = new Int32Array(entries);
    hashes.set(this.#hashes);
    const ends = new Uint32Array(entries);
    ends.set(this.#ends);
    this.#hashes = hashes;
    this.#ends = ends;
    const slots = new Uint32Array(entries * 2);
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = (hashes[entry] ?? 0) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }

  #reserve(end: number): void {
    if (end <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2));
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}
