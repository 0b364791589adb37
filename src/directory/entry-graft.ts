/** Adds attributes to stored entries, whose layout `entry-codec.ts` describes, without encoding them anew. */

import { elementEnd } from './ber.ts';
import {
  attributeValues,
  encodeAttribute,
  entryRow,
  findRow,
  headerBytes,
  linkFlag,
  rowBytes,
  rowCount,
} from './entry-codec.ts';
import { attributeHash } from './schema-elements.ts';

/** What is added to an entry: user attributes that it does not have, in the spelling of the schema, and further classes. */
export interface EntryGraft {
  readonly classes: readonly string[];
  readonly attributes: readonly (readonly [name: string, values: readonly string[]])[];
}

const objectClassHash = attributeHash('objectclass');

interface Added {
  readonly hash: number;
  readonly bytes: Buffer;
}

/** The entry with more. Equal to what `encodeEntry` makes of the content with the attributes behind the other user attributes. */
export function graftEntry(bytes: Buffer, { classes, attributes }: EntryGraft): Buffer {
  const added = attributes.map(
    ([name, values]): Added => ({ hash: attributeHash(name.toLowerCase()), bytes: encodeAttribute(name, values) }),
  );
  const classesAt = findRow(bytes, objectClassHash);
  const classesEnd = elementEnd(bytes, classesAt);
  const shownClasses = encodeAttribute('objectClass', [...attributeValues(bytes, classesAt), ...classes]);
  const headGrowth = added.length * rowBytes;
  const classGrowth = shownClasses.length - (classesEnd - classesAt);
  const addedLength = added.reduce((sum, each) => sum + each.bytes.length, 0);
  const operationalStart = bytes.readUInt32BE(8);
  const moved = (offset: number): number =>
    offset + headGrowth + (offset > classesAt ? classGrowth : 0) + (offset >= operationalStart ? addedLength : 0);
  const head = Buffer.allocUnsafe(headerBytes + (rowCount(bytes) + added.length) * rowBytes);
  bytes.copy(head, 0, 0, headerBytes);
  head.writeUInt16BE(rowCount(bytes) + added.length, 2);
  head.writeUInt32BE(moved(bytes.readUInt32BE(4)), 4);
  head.writeUInt32BE(moved(operationalStart), 8);
  writeRows(head, rowsOf(bytes, added, operationalStart + headGrowth + classGrowth, moved));
  return Buffer.concat([
    head,
    bytes.subarray(headerBytes + rowCount(bytes) * rowBytes, classesAt),
    shownClasses,
    bytes.subarray(classesEnd, operationalStart),
    ...added.map((each) => each.bytes),
    bytes.subarray(operationalStart),
  ]);
}

type Row = readonly [hash: number, word: number];

function rowsOf(
  bytes: Buffer,
  added: readonly Added[],
  addedStart: number,
  moved: (offset: number) => number,
): readonly Row[] {
  const rows: Row[] = [];
  for (let index = 0; index < rowCount(bytes); index++) {
    const { hash, word } = entryRow(bytes, index);
    rows.push([hash, word < linkFlag ? moved(word) : word]);
  }
  let at = addedStart;
  for (const each of added) {
    rows.push([each.hash, at]);
    at += each.bytes.length;
  }
  return rows.sort(([a], [b]) => a - b);
}

function writeRows(head: Buffer, rows: readonly Row[]): void {
  let at = headerBytes;
  for (const [hash, word] of rows) {
    head.writeUInt32BE(hash, at);
    head.writeUInt32BE(word, at + 4);
    at += rowBytes;
  }
}
