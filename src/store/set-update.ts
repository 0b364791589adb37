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
  inlineBytesMax,
} from './set-codec.ts';
import { chunkElements, type Get, type SetAddress, type SetElement } from './stored-set.ts';
import type { Writes } from './write-batch.ts';

/** A change to one id: with values it is put (again), without it is removed. */
export interface SetOperation {
  readonly id: number;
  readonly values: readonly Buffer[] | undefined;
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
    const chunk = valuesOf === undefined ? encodeChunk(piece, [], []) : encodeValueChunk(piece, valuesOf);
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
  if (operations.every(({ values }) => values === undefined || values.length === 0)) {
    if (old === undefined || chunkColumn(old, 0).length === 0) return cutIds(key, mergeIds(old, operations));
  }
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

/** What {@link mergeChunk} does, for sets without values: an object for each id of a posting would cost ten times as much. */
function mergeIds(old: Buffer | undefined, operations: readonly SetOperation[]): Uint32Array {
  const ids = old === undefined ? new Uint32Array() : chunkIds(old);
  const merged = new Uint32Array(ids.length + operations.length);
  let size = 0;
  let at = 0;
  for (const { id, values } of operations) {
    for (; (ids[at] ?? Number.POSITIVE_INFINITY) < id; at++) merged[size++] = ids[at] ?? 0;
    if (ids[at] === id) at++;
    if (values !== undefined) merged[size++] = id;
  }
  for (; at < ids.length; at++) merged[size++] = ids[at] ?? 0;
  return merged.subarray(0, size);
}

function cutIds(key: number, ids: Uint32Array): [number, Buffer][] {
  const chunks: [number, Buffer][] = [];
  const size = pieceSize(ids.length);
  for (let start = 0; start < ids.length; start += size) {
    const piece = ids.subarray(start, start + size);
    chunks.push([start === 0 ? key : (piece[0] ?? 0), encodeChunk(piece, [], [])]);
  }
  return chunks;
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
