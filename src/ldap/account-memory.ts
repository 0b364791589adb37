import { ThreadCount } from './thread-count.ts';

const paidBytes = BigInt64Array.BYTES_PER_ELEMENT;

/**
 * What one account has used: in memory of one thread, or in such as several threads share. It is a time, at which the account
 * will have paid for what it has had (in microseconds of a clock that all of them have), and its connections.
 */
export class AccountMemory {
  readonly connections: ThreadCount;
  readonly #paidAt: BigInt64Array;

  /** `bytes` are those of {@link accountMemoryBytes}, zero at first, and `own` the index of this thread. */
  constructor(bytes: ArrayBufferLike = new ArrayBuffer(accountMemoryBytes(1)), own = 0) {
    this.#paidAt = new BigInt64Array(bytes, 0, 1);
    this.connections = new ThreadCount(new Int32Array(bytes, paidBytes), own);
  }

  get paidAtUs(): number {
    return Number(Atomics.load(this.#paidAt, 0));
  }

  /** Adds the price of one operation. False, and not added, when more than `advanceUs` has been taken in advance. */
  pay(nowUs: number, priceUs: number, advanceUs: number): boolean {
    for (;;) {
      const paidAt = Atomics.load(this.#paidAt, 0);
      const fromUs = Math.max(Number(paidAt), Math.ceil(nowUs));
      if (fromUs - nowUs > advanceUs) return false;
      if (Atomics.compareExchange(this.#paidAt, 0, paidAt, BigInt(fromUs + priceUs)) === paidAt) return true;
    }
  }
}

/** How many bytes so many threads need. */
export function accountMemoryBytes(threads: number): number {
  return paidBytes + threads * Int32Array.BYTES_PER_ELEMENT;
}

/** Takes out the connections of a thread that is no more. */
export function forgetConnections(bytes: ArrayBufferLike, thread: number): void {
  Atomics.store(new Int32Array(bytes, paidBytes), thread, 0);
}
