import { randomBytes } from 'node:crypto';
import {
  createAddressTable,
  forgetThread,
  SharedAddressCounts,
  type SharedAddressTable,
} from '../../ldap/shared-address-counts.ts';
import { Admission } from '../../ldap/admission.ts';
import type { LdapLimits } from '../../ldap/limits.ts';
import { ThreadCount } from '../../ldap/thread-count.ts';

/** As many connections as a configuration may allow. */
const addressesMax = 100_000;

/** Memory that the main thread and all that serve LDAP have in common. */
export interface SharedMemory {
  /** The number of the publication that counts, and whether lines of level debug are wanted. */
  readonly state: SharedArrayBuffer;
  /** The last number that was given to a connection or a paged search. */
  readonly numbers: SharedArrayBuffer;
  readonly connections: SharedArrayBuffer;
  readonly persistentSearches: SharedArrayBuffer;
  readonly addresses: SharedAddressTable;
}

const stateCells = { publication: 0, debug: 1 } as const;

/** Memory for so many threads. */
export function createSharedMemory(threads: number): SharedMemory {
  const cells = (count: number): SharedArrayBuffer => new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
  return {
    state: cells(Object.keys(stateCells).length),
    numbers: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT),
    connections: cells(threads),
    persistentSearches: cells(threads),
    addresses: createAddressTable(addressesMax, threads, randomBytes(32)),
  };
}

/** Takes out what a thread has counted that is no more. */
export function forgetWorker({ connections, persistentSearches, addresses }: SharedMemory, index: number): void {
  Atomics.store(new Int32Array(connections), index, 0);
  Atomics.store(new Int32Array(persistentSearches), index, 0);
  forgetThread(addresses, index);
}

/** The number of the publication that counts, as the only element. */
export function currentPublication({ state }: SharedMemory): Int32Array {
  return new Int32Array(state, stateCells.publication * Int32Array.BYTES_PER_ELEMENT, 1);
}

/** 1 while lines of level debug are wanted, as the only element. */
export function debugWanted({ state }: SharedMemory): Int32Array {
  return new Int32Array(state, stateCells.debug * Int32Array.BYTES_PER_ELEMENT, 1);
}

/** Gives numbers that no thread has given before. */
export function numbersOf({ numbers }: SharedMemory): () => number {
  const last = new BigInt64Array(numbers);
  return () => Number(Atomics.add(last, 0, 1n)) + 1;
}

/** Counts connections against the limits for all threads together, as the thread with this index. */
export function admissionOf(
  { connections, addresses }: SharedMemory,
  index: number,
  limits: Pick<LdapLimits, 'connectionsMax' | 'connectionsPerAddressMax'>,
): Admission {
  return new Admission(limits, {
    total: new ThreadCount(new Int32Array(connections), index),
    byAddress: new SharedAddressCounts(addresses, index),
  });
}

/** Counts persistent searches of all threads together, as the thread with this index. */
export function persistentSearchesOf({ persistentSearches }: SharedMemory, index: number): ThreadCount {
  return new ThreadCount(new Int32Array(persistentSearches), index);
}
