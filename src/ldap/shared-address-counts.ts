/**
 * Connections by address, counted in memory that all threads share, so that a limit holds for all of them together.
 *
 * The memory is a table of buckets. A bucket has room for so many addresses, each with one cell for each thread; an address lies
 * in the bucket that its keyed hash names, and its room is free again as soon as nobody counts anything there. What changes the
 * table happens under a lock, which carries the number of its holder, so that it can be taken from a thread that has died. At
 * every instant of a change the table is in order: an address without a count is free room.
 */
import { createHmac } from 'node:crypto';
import type { AddressCounts } from './admission.ts';
import { totalOf } from './thread-count.ts';

const bucketRooms = 32;
/** A bucket is expected to hold so many when there is a connection from as many addresses as the table is for. */
const roomsExpected = 8;
/** Words of a hash that name an address. */
const nameWords = 3;
/** Where the lock is; behind it the table begins. */
const lockCell = 0;
const tableStart = 4;
/** Wakes whoever waits for a lock whose holder has died before it was taken away. */
const waitMs = 5;

/** A table for so many threads, with the key of its hashes. */
export interface SharedAddressTable {
  readonly memory: SharedArrayBuffer;
  readonly threads: number;
  /** Random, so that nobody can choose addresses that fall into one bucket. */
  readonly hashKey: Uint8Array;
}

/** Makes an empty table for connections from so many addresses. The system gives it no more memory than is written. */
export function createAddressTable(addressesMax: number, threads: number, hashKey: Uint8Array): SharedAddressTable {
  const buckets = Math.max(1, Math.ceil(addressesMax / roomsExpected));
  const cells = tableStart + buckets * bucketRooms * (nameWords + threads);
  return { memory: new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT), threads, hashKey };
}

/** Takes out of the table what a thread has counted that is no more. */
export function forgetThread({ memory, threads }: SharedAddressTable, thread: number): void {
  const cells = new Int32Array(memory);
  const roomSize = nameWords + threads;
  for (let cell = tableStart + nameWords + thread; cell < cells.length; cell += roomSize) {
    if (Atomics.load(cells, cell) !== 0) Atomics.store(cells, cell, 0);
  }
  Atomics.compareExchange(cells, lockCell, thread + 1, 0);
  Atomics.notify(cells, lockCell);
}

/** What one thread sees of the table. */
export class SharedAddressCounts implements AddressCounts {
  readonly #table: SharedAddressTable;
  readonly #cells: Int32Array;
  readonly #thread: number;
  readonly #roomSize: number;
  readonly #buckets: number;

  constructor(table: SharedAddressTable, thread: number) {
    this.#table = table;
    this.#cells = new Int32Array(table.memory);
    this.#thread = thread;
    this.#roomSize = nameWords + table.threads;
    this.#buckets = (this.#cells.length - tableStart) / (bucketRooms * this.#roomSize);
  }

  take(address: string, max: number): boolean {
    const { bucket, name } = this.#place(address);
    this.#lock();
    try {
      const room = this.#room(bucket, name) ?? this.#freeRoom(bucket, name);
      if (room === undefined || this.#count(room) >= max) return false;
      Atomics.add(this.#cells, room + nameWords + this.#thread, 1);
      return true;
    } finally {
      this.#unlock();
    }
  }

  give(address: string): void {
    const { bucket, name } = this.#place(address);
    // The room is this address's as long as this thread counts something there, so that nobody has to be locked out.
    const room = this.#room(bucket, name);
    if (room !== undefined) Atomics.sub(this.#cells, room + nameWords + this.#thread, 1);
  }

  #place(address: string): { bucket: number; name: Int32Array } {
    const digest = createHmac('sha256', this.#table.hashKey).update(address).digest();
    const bucket = tableStart + (digest.readUInt32BE(0) % this.#buckets) * bucketRooms * this.#roomSize;
    return { bucket, name: Int32Array.of(digest.readInt32BE(4), digest.readInt32BE(8), digest.readInt32BE(12)) };
  }

  #room(bucket: number, name: Int32Array): number | undefined {
    for (let index = 0; index < bucketRooms; index++) {
      const room = bucket + index * this.#roomSize;
      if (name.every((word, at) => Atomics.load(this.#cells, room + at) === word)) return room;
    }
    return undefined;
  }

  /** Room where nobody counts anything, given to this address; undefined when the bucket is full, which chance does not make it. */
  #freeRoom(bucket: number, name: Int32Array): number | undefined {
    for (let index = 0; index < bucketRooms; index++) {
      const room = bucket + index * this.#roomSize;
      if (this.#count(room) > 0) continue;
      name.forEach((word, at) => Atomics.store(this.#cells, room + at, word));
      return room;
    }
    return undefined;
  }

  #count(room: number): number {
    return totalOf(this.#cells.subarray(room + nameWords, room + this.#roomSize));
  }

  #lock(): void {
    for (;;) {
      const holder = Atomics.compareExchange(this.#cells, lockCell, 0, this.#thread + 1);
      if (holder === 0) return;
      Atomics.wait(this.#cells, lockCell, holder, waitMs);
    }
  }

  #unlock(): void {
    Atomics.store(this.#cells, lockCell, 0);
    Atomics.notify(this.#cells, lockCell, 1);
  }
}
