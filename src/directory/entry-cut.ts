/** Takes attributes out of stored entries, whose layout `entry-codec.ts` describes, without encoding them anew. */

import { headerBytes, linkBit, linkFlag, rowBytes, rowCount } from './entry-codec.ts';

/** A part of an entry's attributes that is taken out or put in another form. */
export interface EntryCut {
  readonly from: number;
  readonly to: number;
  /** Undefined: nothing stands there instead. */
  readonly replacement: Buffer | undefined;
}

/** Where the PartialAttributes of some types begin, and how many rows of the entry are of these types. */
export function findAttributes(
  bytes: Buffer,
  hashes: ReadonlyMap<number, unknown>,
): { readonly offsets: number[]; readonly rows: number } {
  const offsets: number[] = [];
  let rows = 0;
  const end = headerBytes + rowCount(bytes) * rowBytes;
  for (let at = headerBytes; at < end; at += rowBytes) {
    if (!hashes.has(bytes.readUInt32BE(at))) continue;
    rows += 1;
    const word = bytes.readUInt32BE(at + 4);
    if (word < linkFlag) offsets.push(word);
  }
  return { offsets, rows };
}

/**
 * The entry with cuts, which ascend and do not overlap, and without so many rows, which are of the types in `dropped`. Equal to
 * what `encodeEntry` makes of the content that is left.
 */
export function cutEntry(
  bytes: Buffer,
  cuts: readonly EntryCut[],
  dropped: ReadonlyMap<number, unknown>,
  droppedRows: number,
): Buffer {
  const count = rowCount(bytes);
  const shortening = droppedRows * rowBytes;
  const moved = (offset: number): number => offset - shortening - cutBefore(cuts, offset);
  const cut = Buffer.allocUnsafe(moved(bytes.length));
  bytes.copy(cut, 0, 0, headerBytes);
  cut.writeUInt16BE(count - droppedRows, 2);
  cut.writeUInt32BE(moved(bytes.readUInt32BE(4)), 4);
  cut.writeUInt32BE(moved(bytes.readUInt32BE(8)), 8);
  let at = headerBytes;
  let links = 0;
  const end = headerBytes + count * rowBytes;
  for (let row = headerBytes; row < end; row += rowBytes) {
    const hash = bytes.readUInt32BE(row);
    if (dropped.has(hash)) continue;
    const word = bytes.readUInt32BE(row + 4);
    links |= linkBit(word);
    cut.writeUInt32BE(hash, at);
    cut.writeUInt32BE(word < linkFlag ? moved(word) : word, at + 4);
    at += rowBytes;
  }
  cut.writeUInt8(links, 1);
  copyBetween(bytes, end, cuts, cut, at);
  return cut;
}

/** Copies what follows `from` and is not cut out. */
function copyBetween(bytes: Buffer, from: number, cuts: readonly EntryCut[], target: Buffer, start: number): void {
  let at = start;
  let next = from;
  for (const cut of cuts) {
    at += bytes.copy(target, at, next, cut.from);
    if (cut.replacement !== undefined) at += cut.replacement.copy(target, at);
    next = cut.to;
  }
  bytes.copy(target, at, next);
}

/** By how many octets the cuts before an offset make the entry shorter. */
function cutBefore(cuts: readonly EntryCut[], offset: number): number {
  let total = 0;
  for (const { from, to, replacement } of cuts) {
    if (from >= offset) break;
    // Where operational attributes begin may lie within what is cut out.
    total += Math.min(to, offset) - from - (replacement?.length ?? 0);
  }
  return total;
}
