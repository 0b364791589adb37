/** Attribute selection (RFC 4511 §4.5.1.8): from the names a client asked for to the octets of one entry. */

import { resolveDescription } from './attribute-description.ts';
import { contentStart, elementEnd, elementHeader, sequenceTag, setTag } from './ber.ts';
import {
  encodeAttribute,
  encodeValue,
  entryObjectName,
  entryOperationalAttributes,
  entryRow,
  entryUserAttributes,
  findRow,
  isOperationalLink,
  rowCount,
  rowLink,
} from './entry-codec.ts';
import { computedAttributes, isComputed } from './entry-view.ts';
import type { EntryView } from './entry-view.ts';
import type { LinkName } from './reader.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';
import type { EncodedEntry } from './search-types.ts';
import { encodeValueRange, parseValueRange } from './value-range.ts';
import type { ValueRange } from './value-range.ts';

/** What to return of every entry of one search. */
export interface Selection {
  readonly allUser: boolean;
  readonly allOperational: boolean;
  /** Types asked for by name beyond those, each once. */
  readonly types: readonly AttributeType[];
  /** Parts of the values of attributes, one of each attribute at most. */
  readonly ranges: readonly ValueRange[];
  readonly typesOnly: boolean;
  readonly schema: Schema;
}

function typesOf(schema: Schema, selector: string): readonly AttributeType[] {
  if (selector.startsWith('@')) {
    // RFC 4529: everything that the class requires or allows.
    const objectClass = schema.objectClass(selector.slice(1));
    return objectClass === undefined ? [] : [...objectClass.must, ...objectClass.may];
  }
  const description = resolveDescription(schema, selector);
  // Nothing is served with options, so that `cn;lang-de` selects nothing (RFC 4512 §2.5.2.1).
  return description === undefined || description.hasOptions ? [] : schema.subtypes(description.type);
}

/**
 * Resolves selectors: none and `*` mean all user attributes, `+` all operational ones (RFC 3673), `1.1` none, `@class` those of
 * an object class; a name stands for its subtypes too; `name;range=0-99` means some of the values. What is not recognized is ignored.
 */
export function compileSelection(schema: Schema, selectors: readonly string[], typesOnly: boolean): Selection {
  const allUser = selectors.length === 0 || selectors.includes('*');
  const allOperational = selectors.includes('+');
  const types = new Set<AttributeType>();
  const ranges = new Map<AttributeType, ValueRange>();
  for (const selector of selectors) {
    if (selector === '*' || selector === '+' || selector === '1.1') continue;
    const range = selector.includes(';') ? parseValueRange(schema, selector) : undefined;
    if (range !== undefined && !ranges.has(range.type)) ranges.set(range.type, range);
    for (const type of typesOf(schema, selector)) {
      if (type.operational ? !allOperational : !allUser) types.add(type);
    }
  }
  return { allUser, allOperational, types: [...types], ranges: [...ranges.values()], typesOnly, schema };
}

/** Gathers the parts of one entry's attributes. */
class Parts {
  readonly buffers: Buffer[] = [];
  byteLength = 0;

  add(buffer: Buffer): void {
    if (buffer.length === 0) return;
    this.buffers.push(buffer);
    this.byteLength += buffer.length;
  }
}

function addLinked(parts: Parts, entry: EntryView, type: AttributeType, link: LinkName, typesOnly: boolean): void {
  if (typesOnly) {
    if (entry.has(type)) parts.add(encodeAttribute(type.name, []));
    return;
  }
  const values = entry.surroundings.linked(entry.id, link);
  if (values === undefined || values.count === 0) return;
  const name = encodeValue(type.name);
  const set = elementHeader(setTag, values.byteLength);
  parts.add(elementHeader(sequenceTag, name.length + set.length + values.byteLength));
  parts.add(name);
  parts.add(set);
  for (const run of values.runs) parts.add(run);
}

function addComputed(parts: Parts, entry: EntryView, type: AttributeType, typesOnly: boolean): void {
  parts.add(encodeAttribute(type.name, typesOnly ? [] : [entry.computedValue(type.key)]));
}

function addNamed(parts: Parts, entry: EntryView, selection: Selection, key: string): void {
  const type = selection.schema.attribute(key);
  if (type !== undefined) addComputed(parts, entry, type, selection.typesOnly);
}

function addType(parts: Parts, entry: EntryView, type: AttributeType, typesOnly: boolean): void {
  if (isComputed(type.key)) {
    addComputed(parts, entry, type, typesOnly);
    return;
  }
  const word = findRow(entry.bytes, type.hash);
  if (word === 0) return;
  const link = rowLink(word);
  if (link !== undefined) addLinked(parts, entry, type, link, typesOnly);
  else if (typesOnly) parts.add(encodeAttribute(type.name, []));
  else parts.add(entry.bytes.subarray(word, elementEnd(entry.bytes, word)));
}

/** Adds PartialAttributes one after another, without their values. */
function addTypesOf(parts: Parts, attributes: Buffer): void {
  for (let at = 0; at < attributes.length; at = elementEnd(attributes, at)) {
    const name = contentStart(attributes, at);
    const type = attributes.toString('latin1', contentStart(attributes, name), elementEnd(attributes, name));
    parts.add(encodeAttribute(type, []));
  }
}

function addStored(parts: Parts, attributes: Buffer, typesOnly: boolean): void {
  if (typesOnly) addTypesOf(parts, attributes);
  else parts.add(attributes);
}

function addAllLinks(parts: Parts, entry: EntryView, selection: Selection): void {
  const count = rowCount(entry.bytes);
  for (let index = 0; index < count; index++) {
    const { hash, word } = entryRow(entry.bytes, index);
    const link = rowLink(word);
    if (link === undefined || !(isOperationalLink(word) ? selection.allOperational : selection.allUser)) continue;
    const type = selection.schema.attributeByHash(hash);
    if (type !== undefined) addLinked(parts, entry, type, link, selection.typesOnly);
  }
}

/** The selected attributes of an entry, as parts of a SearchResultEntry. */
export function selectAttributes(entry: EntryView, selection: Selection): EncodedEntry {
  const parts = new Parts();
  if (selection.allUser) addStored(parts, entryUserAttributes(entry.bytes), selection.typesOnly);
  if (selection.allOperational) {
    addStored(parts, entryOperationalAttributes(entry.bytes), selection.typesOnly);
    for (const key of computedAttributes) addNamed(parts, entry, selection, key);
  }
  if (selection.allUser || selection.allOperational) addAllLinks(parts, entry, selection);
  for (const type of selection.types) addType(parts, entry, type, selection.typesOnly);
  for (const range of selection.ranges) {
    for (const part of encodeValueRange(entry, range, selection.typesOnly)) parts.add(part);
  }
  return {
    id: entry.id,
    objectName: entryObjectName(entry.bytes),
    attributes: parts.buffers,
    attributesByteLength: parts.byteLength,
  };
}
