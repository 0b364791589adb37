import type { IdSet, LinkedValues } from '../directory/reader.ts';
import type { Writes } from './database.ts';
import {
  type ChunkRow,
  chunkColumn,
  chunkCount,
  chunkCountFill,
  chunkCountMax,
  chunkIds,
  decodeHead,
  encodeChunk,
  encodeHead,
  encodeIdChunk,
  inlineBytesMax,
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

/** A change to one id: with values it is put (again), without it is removed. */
export interface SetOperation {
  readonly id: number;
  readonly values: readonly Buffer[] | undefined;
}

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
      this.#head.kind === 'inline'
        ? this.#head.chunk
        : this.#chunk(this.#head.rows[rowIndex(this.#head.rows, id)]);
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

  /** The values of one column. */
  values(column: 0 | 1): LinkedValues {
    const head = this.#head;
    const count = column === 0 ? this.size : this.size - this.#countFrom(this.#address.column1Below);
    if (head.kind === 'inline') {
      const run = chunkColumn(head.chunk, column);
      return { count, byteLength: run.length, runs: [run] };
    }
    const byteLength = head.rows.reduce((sum, row) => sum + (column === 0 ? row.bytes0 : row.bytes1), 0);
    return { count, byteLength, runs: this.#runs(head.rows, column) };
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
      throw new StoreError('corrupt', 'The store lacks a part of a set that it lists. Restore a backup or sync into a new store.');
    }
    return chunk;
  }
}

/**
 * Writes a set that is not stored yet: `ids` (ascending) with the values that `valuesOf` gives, or without any. Tells after
 * each chunk that it is done, for callers that let others run meanwhile.
 */
export function* createSet(
  address: SetAddress,
  ids: Uint32Array,
  valuesOf: ((id: number) => readonly Buffer[]) | undefined,
  out: Writes,
): Generator<void> {
  if (ids.length === 0) return;
  const rows: ChunkRow[] = [];
  const size = pieceSize(ids.length);
  for (let start = 0; start < ids.length; start += size) {
    const piece = ids.subarray(start, start + size);
    const chunk = valuesOf === undefined ? encodeIdChunk(piece) : encodeValueChunk(piece, valuesOf);
    if (piece.length === ids.length && chunk.length <= inlineBytesMax) {
      out.put(address.head, encodeHead({ kind: 'inline', chunk }));
      return;
    }
    const key = start === 0 ? 0 : (piece[0] ?? 0);
    out.put(address.chunk(key), chunk);
    rows.push(rowOf(key, chunk));
    yield;
  }
  out.put(address.head, encodeHead({ kind: 'listing', rows }));
}

function encodeValueChunk(ids: Uint32Array, valuesOf: (id: number) => readonly Buffer[]): Buffer {
  const column0: Buffer[] = [];
  const column1: Buffer[] = [];
  for (const id of ids) {
    const [value0, value1] = valuesOf(id);
    if (value0 !== undefined) column0.push(value0);
    if (value1 !== undefined) column1.push(value1);
  }
  return encodeChunk(ids, column0, column1);
}

function rowOf(key: number, chunk: Buffer): ChunkRow {
  return { key, count: chunkCount(chunk), bytes0: chunkColumn(chunk, 0).length, bytes1: chunkColumn(chunk, 1).length };
}

/** How many of `count` elements go into each chunk. */
function pieceSize(count: number): number {
  return count <= chunkCountMax ? count : Math.ceil(count / Math.ceil(count / chunkCountFill));
}

/**
 * Works out the writes that apply `operations` (ascending ids, each at most once) to a set. Only chunks that a changed id
 * falls into are read and rewritten.
 */
export function updateSet(get: Get, address: SetAddress, operations: readonly SetOperation[], out: Writes): void {
  if (operations.length === 0) return;
  const bytes = get(address.head);
  const [only] = operations;
  // Nine of ten values are one entry's own (uid, mail, numbers), so this is what an index is mostly made of.
  if (bytes === undefined && operations.length === 1 && only?.values?.length === 0) {
    out.put(address.head, encodeHead({ kind: 'inline', chunk: encodeIdChunk([only.id]) }));
    return;
  }
  const head = bytes === undefined ? undefined : decodeHead(bytes);
  const rows: readonly ChunkRow[] = head?.kind === 'listing' ? head.rows : [];
  const newRows: ChunkRow[] = [];
  const chunks = new Map<number, Buffer>();
  let next = 0;
  for (let i = 0; i < Math.max(rows.length, 1); i++) {
    const row = rows[i];
    const limit = rows[i + 1]?.key ?? Number.POSITIVE_INFINITY;
    const first = next;
    while (next < operations.length && (operations[next]?.id ?? 0) < limit) next++;
    if (first === next && row !== undefined) {
      newRows.push(row);
      continue;
    }
    const old = row !== undefined ? get(address.chunk(row.key)) : head?.kind === 'inline' ? head.chunk : undefined;
    // The first chunk takes ids below its key too, so it is stored under 0 again as soon as it is rewritten.
    const ownKey = i === 0 ? 0 : (row?.key ?? 0);
    for (const [key, chunk] of mergeChunk(ownKey, old, operations.slice(first, next), address.column1Below)) {
      newRows.push(rowOf(key, chunk));
      chunks.set(key, chunk);
    }
  }
  writeSet(address, rows, newRows, chunks, out);
}

function writeSet(
  address: SetAddress,
  oldRows: readonly ChunkRow[],
  rows: readonly ChunkRow[],
  chunks: ReadonlyMap<number, Buffer>,
  out: Writes,
): void {
  const only = rows.length === 1 ? chunks.get(rows[0]?.key ?? 0) : undefined;
  const inline = only !== undefined && only.length <= inlineBytesMax ? only : undefined;
  const kept = new Set(inline === undefined ? rows.map((row) => row.key) : []);
  for (const row of oldRows) if (!kept.has(row.key)) out.delete(address.chunk(row.key));
  if (inline !== undefined) {
    out.put(address.head, encodeHead({ kind: 'inline', chunk: inline }));
    return;
  }
  for (const [key, value] of chunks) out.put(address.chunk(key), value);
  if (rows.length === 0) out.delete(address.head);
  else out.put(address.head, encodeHead({ kind: 'listing', rows }));
}

/** The chunks, with their keys, that a chunk becomes: none when it is emptied, several when it grew too large. */
function mergeChunk(
  key: number,
  old: Buffer | undefined,
  operations: readonly SetOperation[],
  column1Below: number,
): [number, Buffer][] {
  const merged: SetElement[] = [];
  let at = 0;
  for (const element of old === undefined ? [] : chunkElements(old, column1Below)) {
    for (; (operations[at]?.id ?? Number.POSITIVE_INFINITY) < element.id; at++) pushOperation(merged, operations[at]);
    if (operations[at]?.id === element.id) pushOperation(merged, operations[at++]);
    else merged.push(element);
  }
  for (; at < operations.length; at++) pushOperation(merged, operations[at]);
  return cut(key, merged);
}

function pushOperation(merged: SetElement[], operation: SetOperation | undefined): void {
  if (operation?.values !== undefined) merged.push({ id: operation.id, values: operation.values });
}

function cut(key: number, elements: readonly SetElement[]): [number, Buffer][] {
  if (elements.length === 0) return [];
  const size = pieceSize(elements.length);
  const chunks: [number, Buffer][] = [];
  for (let start = 0; start < elements.length; start += size) {
    const piece = elements.slice(start, start + size);
    const column0 = piece.flatMap(({ values }) => values[0] ?? []);
    const column1 = piece.flatMap(({ values }) => values[1] ?? []);
    const ids = piece.map(({ id }) => id);
    chunks.push([start === 0 ? key : (ids[0] ?? 0), encodeChunk(ids, column0, column1)]);
  }
  return chunks;
}

/** The elements of a chunk; only ids below `column1Below` have a second value. */
function chunkElements(chunk: Buffer, column1Below: number): SetElement[] {
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
