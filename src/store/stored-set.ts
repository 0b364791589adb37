import { elementEnd } from '../directory/ber.ts';
import type { IdSet, LinkedValues } from '../directory/reader.ts';
import {
  type ChunkRow,
  chunkColumn,
  chunkCount,
  chunkIds,
  decodeHead,
  type SetHead,
  splitElements,
} from './set-codec.ts';
import { StoreError } from './store-error.ts';

/** Where a set lies. */
export interface SetAddress {
  readonly head: Buffer;
  /** Ids below this have a value in column 1 as well, when the set has values at all. */
  readonly column1Below: number;
  chunk(key: number): Buffer;
}

/** Reads one key of the database, at one state of it. */
export type Get = (key: Buffer) => Buffer | undefined;

/** One id of a set with its values: none, or one for each column that applies. */
export interface SetElement {
  readonly id: number;
  readonly values: readonly Buffer[];
}

/** Opens a stored set for reading; undefined when it is empty. */
export function readSet(get: Get, address: SetAddress): StoredSet | undefined {
  const bytes = get(address.head);
  return bytes === undefined ? undefined : new StoredSet(get, address, decodeHead(bytes));
}

/** A set of ids as stored, read chunk by chunk. */
export class StoredSet implements IdSet {
  readonly #get: Get;
  readonly #address: SetAddress;
  readonly #head: SetHead;
  readonly size: number;

  constructor(get: Get, address: SetAddress, head: SetHead) {
    this.#get = get;
    this.#address = address;
    this.#head = head;
    this.size = head.kind === 'inline' ? chunkCount(head.chunk) : head.rows.reduce((sum, row) => sum + row.count, 0);
  }

  has(id: number): boolean {
    const chunk =
      this.#head.kind === 'inline' ? this.#head.chunk : this.#chunk(this.#head.rows[rowIndex(this.#head.rows, id)]);
    return chunk !== undefined && contains(chunk, id);
  }

  *blocks(from = 0): Generator<Uint32Array> {
    if (this.#head.kind === 'inline') {
      yield idsFrom(chunkIds(this.#head.chunk), from);
      return;
    }
    const { rows } = this.#head;
    for (let i = rowIndex(rows, from); i < rows.length; i++) {
      const ids = idsFrom(chunkIds(this.#chunk(rows[i])), from);
      if (ids.length > 0) yield ids;
    }
  }

  /** All ids in one array. */
  ids(): Uint32Array {
    const all = new Uint32Array(this.size);
    let at = 0;
    for (const block of this.blocks()) {
      all.set(block, at);
      at += block.length;
    }
    return all;
  }

  /** Every id with its values. */
  *elements(): Generator<SetElement> {
    if (this.#head.kind === 'inline') {
      yield* chunkElements(this.#head.chunk, this.#address.column1Below);
      return;
    }
    for (const row of this.#head.rows) yield* chunkElements(this.#chunk(row), this.#address.column1Below);
  }

  /** The values of one column, only those of ids which `keep` accepts. */
  values(column: 0 | 1, keep?: (id: number) => boolean): LinkedValues {
    if (keep !== undefined) return this.#valuesKept(column, keep);
    const head = this.#head;
    const count = column === 0 ? this.size : this.size - this.#countFrom(this.#address.column1Below);
    if (head.kind === 'inline') {
      const run = chunkColumn(head.chunk, column);
      return { count, byteLength: run.length, runs: [run] };
    }
    const byteLength = head.rows.reduce((sum, row) => sum + (column === 0 ? row.bytes0 : row.bytes1), 0);
    return { count, byteLength, runs: this.#runs(head.rows, column) };
  }

  // All at once, because their length has to be known before the first is read.
  #valuesKept(column: 0 | 1, keep: (id: number) => boolean): LinkedValues {
    const runs: Buffer[] = [];
    let count = 0;
    for (const chunk of this.#chunks()) count += this.#keepValues(chunk, column, keep, runs);
    return { count, byteLength: runs.reduce((sum, run) => sum + run.length, 0), runs };
  }

  /** Adds the values that are kept of one chunk to `runs`, neighbours as one run; answers how many they are. */
  #keepValues(chunk: Buffer, column: 0 | 1, keep: (id: number) => boolean, runs: Buffer[]): number {
    const values = chunkColumn(chunk, column);
    let count = 0;
    let start = 0;
    let at = 0;
    for (const id of chunkIds(chunk)) {
      if (at >= values.length || (column === 1 && id >= this.#address.column1Below)) break;
      const end = elementEnd(values, at);
      if (keep(id)) count += 1;
      else {
        if (start < at) runs.push(values.subarray(start, at));
        start = end;
      }
      at = end;
    }
    if (start < at) runs.push(values.subarray(start, at));
    return count;
  }

  *#chunks(): Generator<Buffer> {
    if (this.#head.kind === 'inline') yield this.#head.chunk;
    else for (const row of this.#head.rows) yield this.#chunk(row);
  }

  #countFrom(id: number): number {
    let count = 0;
    for (const block of this.blocks(id)) count += block.length;
    return count;
  }

  *#runs(rows: readonly ChunkRow[], column: 0 | 1): Generator<Buffer> {
    for (const row of rows) yield chunkColumn(this.#chunk(row), column);
  }

  #chunk(row: ChunkRow | undefined): Buffer {
    const chunk = row === undefined ? undefined : this.#get(this.#address.chunk(row.key));
    if (chunk === undefined) {
      throw new StoreError(
        'corrupt',
        'The store lacks a part of a set that it lists. Restore a backup or sync into a new store.',
      );
    }
    return chunk;
  }
}

/** The elements of a chunk; only ids below `column1Below` have a second value. */
export function chunkElements(chunk: Buffer, column1Below: number): SetElement[] {
  const column0 = splitElements(chunkColumn(chunk, 0));
  const column1 = splitElements(chunkColumn(chunk, 1));
  let next1 = 0;
  return Array.from(chunkIds(chunk), (id, i) => {
    const value0 = column0[i];
    if (value0 === undefined) return { id, values: [] };
    const value1 = id < column1Below ? column1[next1++] : undefined;
    return { id, values: value1 === undefined ? [value0] : [value0, value1] };
  });
}

/** The row whose chunk holds or would hold `id`. */
function rowIndex(rows: readonly ChunkRow[], id: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((rows[middle]?.key ?? 0) <= id) low = middle;
    else high = middle - 1;
  }
  return low;
}

function contains(chunk: Buffer, id: number): boolean {
  let low = 0;
  let high = chunkCount(chunk) - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const value = chunk.readUInt32LE(8 + middle * 4);
    if (value === id) return true;
    if (value < id) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function idsFrom(ids: Uint32Array, from: number): Uint32Array {
  if (ids.length === 0 || (ids[0] ?? 0) >= from) return ids;
  const start = ids.findIndex((id) => id >= from);
  return start < 0 ? ids.subarray(ids.length) : ids.subarray(start);
}
