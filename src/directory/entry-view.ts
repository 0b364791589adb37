/** One entry as filters and attribute selection see it: stored attributes, links, and attributes that are computed. */

import { contentStart, elementEnd } from './ber.ts';
import { entryDn, findRow, rowLink } from './entry-codec.ts';
import type { DirectoryReader, EntryId } from './reader.ts';
import type { AttributeType } from './schema-elements.ts';

/** Name of the entry that holds the schema (RFC 4512 §4.2). */
export const subschemaDn = 'cn=Subschema';

/** What an entry's links and place in the tree are asked from. */
export type EntrySurroundings = Pick<DirectoryReader, 'linked' | 'linkedIds' | 'childCount'>;

/** Keys of the attributes that are computed and not stored. */
export const computedAttributes: readonly string[] = [
  'entrydn',
  'distinguishedname',
  'subschemasubentry',
  'hassubordinates',
  'numsubordinates',
];

const computed: ReadonlySet<string> = new Set(computedAttributes);

/** Whether the values of an attribute are computed (RFC 5020 and RFC 4512 §3.4.1, §4.2). */
export function isComputed(attributeKey: string): boolean {
  return computed.has(attributeKey);
}

/** A view that is moved from entry to entry. */
export class EntryView {
  readonly surroundings: EntrySurroundings;
  id: EntryId = 0;
  bytes: Buffer = Buffer.alloc(0);

  constructor(surroundings: EntrySurroundings) {
    this.surroundings = surroundings;
  }

  /** Shows another entry. */
  move(id: EntryId, bytes: Buffer): void {
    this.id = id;
    this.bytes = bytes;
  }

  /** The value of a computed attribute. */
  computedValue(attributeKey: string): string {
    switch (attributeKey) {
      case 'subschemasubentry':
        return subschemaDn;
      case 'hassubordinates':
        return this.surroundings.childCount(this.id) > 0 ? 'TRUE' : 'FALSE';
      case 'numsubordinates':
        return String(this.surroundings.childCount(this.id));
      default:
        return entryDn(this.bytes);
    }
  }

  /** Whether the entry has a value of exactly this type. */
  has(type: AttributeType): boolean {
    if (isComputed(type.key)) return true;
    const word = findRow(this.bytes, type.hash);
    if (word === 0) return false;
    const link = rowLink(word);
    if (link === undefined) return true;
    if (link === 'memberUid') return (this.surroundings.linked(this.id, link)?.count ?? 0) > 0;
    return (this.surroundings.linkedIds(this.id, link)?.size ?? 0) > 0;
  }

  /** Whether some value of exactly this type passes the test, which is given the octets `start` to `end` of a buffer. */
  some(type: AttributeType, test: ValueTest): boolean {
    if (isComputed(type.key)) {
      const value = Buffer.from(this.computedValue(type.key));
      return test(value, 0, value.length);
    }
    const word = findRow(this.bytes, type.hash);
    if (word === 0) return false;
    const link = rowLink(word);
    if (link !== undefined) return this.#someLinked(link, test);
    const set = elementEnd(this.bytes, contentStart(this.bytes, word));
    return someElement(this.bytes, contentStart(this.bytes, set), elementEnd(this.bytes, set), test);
  }

  #someLinked(link: 'member' | 'memberUid' | 'memberOf', test: ValueTest): boolean {
    for (const run of this.surroundings.linked(this.id, link)?.runs ?? []) {
      if (someElement(run, 0, run.length, test)) return true;
    }
    return false;
  }
}

/** Decides on the value in the octets `start` to `end`. */
export type ValueTest = (bytes: Buffer, start: number, end: number) => boolean;

function someElement(bytes: Buffer, from: number, end: number, test: ValueTest): boolean {
  for (let at = from; at < end; ) {
    const next = elementEnd(bytes, at);
    if (test(bytes, contentStart(bytes, at), next)) return true;
    at = next;
  }
  return false;
}
