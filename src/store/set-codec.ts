/**
 * The bytes of a set of ids, optionally with up to two columns of encoded values. A small set lies in its head; a large one
 * is cut into chunks that the head lists, so that one new member rewrites one chunk and the list.
 *
 * Integers inside values are little-endian, as every machine that Node.js runs prebuilt LevelDB on is.
 *
 * - head, inline: `0` and a chunk
 * - head, listing: `1`, three unused bytes, then per chunk: first key, count, bytes of column 0, bytes of column 1
 * - chunk: count, bytes of column 0, ids, column 0, column 1; columns are concatenated BER elements
 */

/** A chunk as its head describes it. `key` is the smallest id it may hold; the first chunk also takes smaller ones. */
export interface ChunkRow {
  readonly key: number;
  readonly count: number;
  readonly bytes0: number;
  readonly bytes1: number;
}

/** What a head holds: a chunk, or the list of chunks elsewhere. */
export type SetHead =
  | { readonly kind: 'inline'; readonly chunk: Buffer }
  | { readonly kind: 'listing'; readonly rows: readonly ChunkRow[] };

/** More ids than this in one chunk are split. */
export const chunkCountMax = 512;
/** Chunks are built with this many ids, so that they can take some more before they split. */
export const chunkCountFill = 384;
/** Chunks up to this size live in their head. */
export const inlineBytesMax = 8 * 1024;

const INLINE = 0;
const LISTING = 1;
const ROW_BYTES = 16;

/** Reads a head. */
export function decodeHead(bytes: Buffer): SetHead {
  if (bytes[0] === INLINE) return { kind: 'inline', chunk: bytes.subarray(1) };
  const rows: ChunkRow[] = [];
  for (let at = 4; at + ROW_BYTES <= bytes.length; at += ROW_BYTES) {
    rows.push({
      key: bytes.readUInt32LE(at),
      count: bytes.readUInt32LE(at + 4),
      bytes0: bytes.readUInt32LE(at + 8),
      bytes1: bytes.readUInt32LE(at + 12),
    });
  }
  return { kind: 'listing', rows };
}

/** Writes a head. */
export function encodeHead(head: SetHead): Buffer {
  if (head.kind === 'inline') {
    const bytes = Buffer.allocUnsafe(1 + head.chunk.length);
    bytes[0] = INLINE;
    bytes.set(head.chunk, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(4 + head.rows.length * ROW_BYTES);
  bytes[0] = LISTING;
  let at = 4;
  for (const row of head.rows) {
    bytes.writeUInt32LE(row.key, at);
    bytes.writeUInt32LE(row.count, at + 4);
    bytes.writeUInt32LE(row.bytes0, at + 8);
    bytes.writeUInt32LE(row.bytes1, at + 12);
    at += ROW_BYTES;
  }
  return bytes;
}

/** How many ids a chunk holds. */
export function chunkCount(chunk: Buffer): number {
  return chunk.readUInt32LE(0);
}

/** The ids of a chunk, copied so that they are aligned. */
export function chunkIds(chunk: Buffer): Uint32Array {
  const count = chunk.readUInt32LE(0);
  const ids = new Uint32Array(count);
  Buffer.from(ids.buffer).set(chunk.subarray(8, 8 + count * 4));
  return ids;
}

/** One column of a chunk: concatenated BER elements. */
export function chunkColumn(chunk: Buffer, column: 0 | 1): Buffer {
  const start = 8 + chunk.readUInt32LE(0) * 4;
  const end = start + chunk.readUInt32LE(4);
  return column === 0 ? chunk.subarray(start, end) : chunk.subarray(end);
}

/** The length of what {@link writeSingleton} writes. */
export const singletonBytes = 13;

/** Writes the head of a set of one id without values: nine of ten postings are such. `bytes` holds zeros or another one. */
export function writeSingleton(bytes: Buffer, id: number): void {
  bytes[0] = INLINE;
  bytes[1] = 1;
  bytes.writeUInt32LE(id, 9);
}

/** Writes a chunk; the columns are empty or hold one element per id. */
export function encodeChunk(ids: ArrayLike<number>, column0: readonly Buffer[], column1: readonly Buffer[]): Buffer {
  const bytes0 = byteLength(column0);
  const bytes = Buffer.allocUnsafe(8 + ids.length * 4 + bytes0 + byteLength(column1));
  bytes.writeUInt32LE(ids.length, 0);
  bytes.writeUInt32LE(bytes0, 4);
  let at = 8;
  for (let i = 0; i < ids.length; i++, at += 4) bytes.writeUInt32LE(ids[i] ?? 0, at);
  for (const column of [column0, column1]) {
    for (const value of column) {
      bytes.set(value, at);
      at += value.length;
    }
  }
  return bytes;
}

/** Splits concatenated BER elements with definite lengths. */
export function splitElements(bytes: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at + 1] ?? 0;
    let length = first;
    let header = 2;
    if (first >= 0x80) {
      header += first & 0x7f;
      length = bytes.readUIntBE(at + 2, first & 0x7f);
    }
    elements.push(bytes.subarray(at, at + header + length));
    at += header + length;
  }
  return elements;
}

function byteLength(buffers: readonly Buffer[]): number {
  let sum = 0;
  for (const buffer of buffers) sum += buffer.length;
  return sum;
}
