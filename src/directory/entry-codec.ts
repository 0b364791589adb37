/**
 * How an entry is stored: as the body of a SearchResultEntry (RFC 4511 §4.5.2), ready to be copied, behind a table that
 * finds an attribute without reading the others.
 *
 *     offset  size  content
 *     0       1     version of this layout
 *     1       1     links that rows name: bit n for link n; in version 1 nothing
 *     2       2     number of rows
 *     4       4     where user attributes begin
 *     8       4     where operational attributes begin; they end with the entry
 *     12      8 n   rows, ascending by hash: hash of the attribute's name, then the offset of its PartialAttribute,
 *                   or, with the highest bit set, where its values are: bit 8 operational, bits 0–7 the link
 *     …             objectName OCTET STRING, PartialAttributes of user attributes, of operational attributes
 *
 * Numbers are big-endian. Equal content gives equal bytes: attributes keep their order, rows are sorted.
 */

import { contentStart, element, elementEnd, octetStringTag, sequenceTag, setTag } from './ber.ts';
import { linkNames, linkOf } from './links.ts';
import { ElementWriter } from './element-writer.ts';
import type { LinkName } from './reader.ts';
import { attributeHash } from './schema-elements.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';
import { SchemaError } from './schema-notation.ts';

const layoutVersion = 2;
/** Length of what stands before the rows. */
export const headerBytes = 12;
/** Length of one row. */
export const rowBytes = 8;
/** Words from here on name links; smaller ones are offsets. */
export const linkFlag = 0x8000_0000;
const operationalFlag = 0x100;
/** Bits of all links that there can be. */
const everyLink = 0xff;

/** What an entry says. Attribute names may be any of the schema's; attributes without values are left out. */
export interface EntryContent {
  readonly dn: string;
  readonly attributes: readonly (readonly [name: string, values: readonly (string | Buffer)[]])[];
  /** Attributes whose values the reader resolves (`DirectoryReader.linked`): `member`, `uniqueMember`, `memberUid`, `memberOf`. */
  readonly links: readonly (readonly [attribute: string, link: LinkName])[];
}

interface Row {
  readonly hash: number;
  readonly word: number;
}

/** Lengths below this are written in one octet. */
const longLength = 0x80;

/** One value as an OCTET STRING with tag and length. */
export function encodeValue(value: string | Buffer): Buffer {
  const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
  if (length < longLength) {
    const bytes = Buffer.allocUnsafe(2 + length);
    bytes[0] = octetStringTag;
    bytes[1] = length;
    if (typeof value === 'string') bytes.write(value, 2);
    else bytes.set(value, 2);
    return bytes;
  }
  return element(octetStringTag, typeof value === 'string' ? Buffer.from(value) : value);
}

/** A PartialAttribute (RFC 4511 §4.1.7) with its values. */
export function encodeAttribute(name: string, values: readonly (string | Buffer)[]): Buffer {
  return element(sequenceTag, encodeValue(name), element(setTag, ...values.map(encodeValue)));
}

function needAttribute(schema: Schema, name: string): AttributeType {
  const type = schema.attribute(name);
  if (type === undefined) throw new SchemaError(`an entry has the attribute ${name}, which the schema does not define`);
  return type;
}

interface PlacedAttribute {
  readonly type: AttributeType;
  readonly values: readonly (string | Buffer)[];
}

function placeAttributes(schema: Schema, content: EntryContent): readonly PlacedAttribute[] {
  const user: PlacedAttribute[] = [];
  const operational: PlacedAttribute[] = [];
  for (const [name, values] of content.attributes) {
    if (values.length === 0) continue;
    const type = needAttribute(schema, name);
    if (linkOf(type.key) !== undefined) throw new SchemaError(`values of ${type.name} are links`);
    (type.operational ? operational : user).push({ type, values });
  }
  return user.concat(operational);
}

function linkRows(schema: Schema, content: EntryContent): Row[] {
  return content.links.map(([name, link]) => {
    const type = needAttribute(schema, name);
    if (linkOf(type.key) !== link) throw new SchemaError(`values of ${type.name} are not in the link ${link}`);
    return { hash: type.hash, word: linkFlag + (type.operational ? operationalFlag : 0) + linkNames.indexOf(link) };
  });
}

function sortRows(rows: Row[], dn: string): readonly Row[] {
  // By insertion: for the forty or so rows of an entry that takes a fifth of the time of `sort` (measured).
  for (const [i, row] of rows.entries()) {
    let at = i;
    for (let before = rows[at - 1]; before !== undefined && before.hash > row.hash; before = rows[at - 1]) {
      rows[at--] = before;
    }
    rows[at] = row;
  }
  for (let i = 1; i < rows.length; i++) {
    if (rows[i]?.hash === rows[i - 1]?.hash) throw new SchemaError(`the entry ${dn} has an attribute twice`);
  }
  return rows;
}

// Entries are written one after the other into one buffer: a hundred small ones for each would cost three times as much
// (measured), and encoding is most of the work of a first publish.
const writer = new ElementWriter();

/**
 * The stored form of an entry; the same content gives the same bytes. Throws {@link SchemaError} for an attribute that the
 * schema does not define or that comes twice.
 */
export function encodeEntry(schema: Schema, content: EntryContent): Buffer {
  const attributes = placeAttributes(schema, content);
  const rows = linkRows(schema, content);
  const rowCount = attributes.length + rows.length;
  writer.reset(headerBytes + rowCount * rowBytes);
  writer.string(octetStringTag, content.dn);
  const userStart = writer.end;
  let operationalStart: number | undefined;
  for (const { type, values } of attributes) {
    if (type.operational) operationalStart ??= writer.end;
    rows.push({ hash: type.hash, word: writer.end });
    writer.attribute(type.name, values);
  }
  const bytes = writer.copy();
  bytes.fill(0, 0, headerBytes);
  bytes.writeUInt8(layoutVersion, 0);
  bytes.writeUInt8(
    rows.reduce((mask, { word }) => mask | linkBit(word), 0),
    1,
  );
  bytes.writeUInt16BE(rowCount, 2);
  bytes.writeUInt32BE(userStart, 4);
  bytes.writeUInt32BE(operationalStart ?? bytes.length, 8);
  let at = headerBytes;
  for (const row of sortRows(rows, content.dn)) {
    bytes.writeUInt32BE(row.hash, at);
    bytes.writeUInt32BE(row.word, at + 4);
    at += rowBytes;
  }
  return bytes;
}

// Everything below trusts its bytes: encodeEntry made them.

/** How many attributes the entry has, links included. */
export function rowCount(bytes: Buffer): number {
  return bytes.readUInt16BE(2);
}

/** The objectName element with tag and length. */
export function entryObjectName(bytes: Buffer): Buffer {
  return bytes.subarray(headerBytes + rowCount(bytes) * rowBytes, bytes.readUInt32BE(4));
}

/** All PartialAttributes of user attributes that the entry holds itself. */
export function entryUserAttributes(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.readUInt32BE(4), bytes.readUInt32BE(8));
}

/** All PartialAttributes of operational attributes that the entry holds itself. */
export function entryOperationalAttributes(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.readUInt32BE(8));
}

/** Hash and word of the row at `index`. */
export function entryRow(bytes: Buffer, index: number): Row {
  const at = headerBytes + index * rowBytes;
  return { hash: bytes.readUInt32BE(at), word: bytes.readUInt32BE(at + 4) };
}

/** The word of the row with this hash, or 0 when the entry has no such attribute. */
export function findRow(bytes: Buffer, hash: number): number {
  let low = 0;
  let high = bytes.readUInt16BE(2) - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const at = headerBytes + middle * rowBytes;
    const found = bytes.readUInt32BE(at);
    if (found === hash) return bytes.readUInt32BE(at + 4);
    if (found < hash) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

/** The link that a row's word names, or undefined when the word is the offset of a PartialAttribute. */
export function rowLink(word: number): LinkName | undefined {
  return word < linkFlag ? undefined : linkNames[word & 0xff];
}

/** The bit of the link that a row's word names; 0 when the word is the offset of a PartialAttribute. */
export function linkBit(word: number): number {
  return word < linkFlag ? 0 : 1 << (word & 0xff);
}

/** The bits of the links that the entry may have. */
export function linkBits(bytes: Buffer): number {
  return bytes[0] === 1 ? everyLink : (bytes[1] ?? 0);
}

/** The distinguished name as it is shown. */
export function entryDn(bytes: Buffer): string {
  const name = entryObjectName(bytes);
  return name.toString('utf8', contentStart(name, 0));
}

/** The values that the entry itself holds of an attribute, as views of `bytes`; none for links. The name is the schema's first, in any case. */
export function entryAttribute(bytes: Buffer, attribute: string): readonly Buffer[] {
  const word = findRow(bytes, attributeHash(attribute.toLowerCase()));
  if (word === 0 || rowLink(word) !== undefined) return [];
  return attributeValues(bytes, word);
}

/** The entry with another value in the place of an attribute's only one, which is as long; the name is the schema's first. */
export function replaceValue(bytes: Buffer, attribute: string, value: string): Buffer {
  const changed = Buffer.from(bytes);
  const [place] = entryAttribute(changed, attribute);
  if (place?.length !== value.length) throw new RangeError(`the value of ${attribute} has another length`);
  place.write(value, 'latin1');
  return changed;
}

/** The values of the PartialAttribute at `offset`, as views. */
export function attributeValues(bytes: Buffer, offset: number): readonly Buffer[] {
  const values: Buffer[] = [];
  const set = elementEnd(bytes, contentStart(bytes, offset));
  const end = elementEnd(bytes, set);
  for (let at = contentStart(bytes, set); at < end; ) {
    const next = elementEnd(bytes, at);
    values.push(bytes.subarray(contentStart(bytes, at), next));
    at = next;
  }
  return values;
}
