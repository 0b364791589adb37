/** Attribute selection (RFC 4511 §4.5.1.8): from the names a client asked for to the octets of one entry. */

import { resolveDescription } from './attribute-description.ts';
import { contentStart, elementEnd, elementHeader, sequenceTag, setTag } from './ber.ts';
import {
  encodeAttribute,
  encodeValue,
  entryObjectName,
  entryOperationalAttributes,
  entryUserAttributes,
  findRow,
  linkBits,
  rowLink,
} from './entry-codec.ts';
import { computedAttributes, isComputed } from './entry-view.ts';
import type { EntryView } from './entry-view.ts';
import { isUserAttribute, plainPresentation } from './presentation.ts';
import type { Presentation } from './presentation.ts';
import { attributeParts } from './matched-values.ts';
import type { ValueFilter } from './matched-values.ts';
import { linkAttributes, linkBitOf } from './links.ts';
import type { LinkName } from './reader.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';
import type { EncodedEntry } from './search-types.ts';
import { encodeValueRange, parseValueRange } from './value-range.ts';
import type { ValueRange } from './value-range.ts';

/** Attributes whose values are links, and the bits of these links. */
interface Links {
  readonly types: readonly AttributeType[];
  readonly bits: number;
}

/** What to return of every entry of one search. */
export interface Selection {
  readonly allUser: boolean;
  readonly allOperational: boolean;
  readonly links: Links;
  /** Types asked for by name beyond those, each once. */
  readonly types: readonly AttributeType[];
  /** Parts of the values of attributes, one of each attribute at most. */
  readonly ranges: readonly ValueRange[];
  readonly typesOnly: boolean;
  /** Which values are returned (RFC 3876); undefined means all. Without meaning for types alone. */
  readonly values?: ValueFilter;
  readonly schema: Schema;
  /** Says which attributes `*` and `+` stand for. */
  readonly presentation: Presentation;
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
export function compileSelection(
  schema: Schema,
  selectors: readonly string[],
  typesOnly: boolean,
  presentation: Presentation = plainPresentation,
): Selection {
  const allUser = selectors.length === 0 || selectors.includes('*');
  const allOperational = selectors.includes('+');
  const types = new Set<AttributeType>();
  const ranges = new Map<AttributeType, ValueRange>();
  for (const selector of selectors) {
    if (selector === '*' || selector === '+' || selector === '1.1') continue;
    const range = selector.includes(';') ? parseValueRange(schema, selector) : undefined;
    if (range !== undefined && !ranges.has(range.type)) ranges.set(range.type, range);
    for (const type of typesOf(schema, selector)) {
      if (isUserAttribute(presentation, type) ? !allUser : !allOperational) types.add(type);
    }
  }
  const links = linksOf(schema, presentation, { allUser, allOperational });
  return {
    allUser,
    allOperational,
    links,
    types: [...types],
    ranges: [...ranges.values()],
    typesOnly,
    schema,
    presentation,
  };
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

function addLinked(
  parts: Parts,
  entry: EntryView,
  type: AttributeType,
  link: LinkName,
  { typesOnly, values: filter }: Selection,
): void {
  if (typesOnly) {
    if (entry.has(type)) parts.add(encodeAttribute(type.name, []));
    return;
  }
  const name = encodeValue(type.name);
  if (filter !== undefined) {
    if (!entry.has(type)) return;
    for (const part of attributeParts(name, filter.passLinked(type, entry, link))) parts.add(part);
    return;
  }
  const values = entry.surroundings.linked(entry.id, link);
  if (values === undefined || values.count === 0) return;
  const set = elementHeader(setTag, values.byteLength);
  parts.add(elementHeader(sequenceTag, name.length + set.length + values.byteLength));
  parts.add(name);
  parts.add(set);
  for (const run of values.runs) parts.add(run);
}

function addComputed(parts: Parts, entry: EntryView, type: AttributeType, selection: Selection): void {
  const attribute = encodeAttribute(type.name, selection.typesOnly ? [] : [entry.computedValue(type.key)]);
  addStoredAttribute(parts, attribute, type, selection);
}

function addAllComputed(parts: Parts, entry: EntryView, selection: Selection): void {
  const { schema, presentation } = selection;
  for (const key of computedAttributes) {
    const type = schema.attribute(key);
    if (type === undefined) continue;
    if (isUserAttribute(presentation, type) ? !selection.allUser : !selection.allOperational) continue;
    addComputed(parts, entry, type, selection);
  }
}

/** Adds an attribute if the entry has it as a link. */
function addLink(parts: Parts, entry: EntryView, type: AttributeType, selection: Selection): void {
  const link = rowLink(findRow(entry.bytes, type.hash));
  if (link !== undefined) addLinked(parts, entry, type, link, selection);
}

function addType(parts: Parts, entry: EntryView, type: AttributeType, selection: Selection): void {
  if (isComputed(type.key)) {
    addComputed(parts, entry, type, selection);
    return;
  }
  const word = findRow(entry.bytes, type.hash);
  if (word === 0) return;
  const link = rowLink(word);
  if (link !== undefined) addLinked(parts, entry, type, link, selection);
  else if (selection.typesOnly) parts.add(encodeAttribute(type.name, []));
  else addStoredAttribute(parts, entry.bytes.subarray(word, elementEnd(entry.bytes, word)), type, selection);
}

/** Adds one PartialAttribute, with the values that are to be returned. */
function addStoredAttribute(
  parts: Parts,
  attribute: Buffer,
  type: AttributeType,
  { typesOnly, values }: Selection,
): void {
  if (typesOnly || values === undefined) {
    parts.add(attribute);
    return;
  }
  const name = contentStart(attribute, 0);
  const set = elementEnd(attribute, name);
  const run = attribute.subarray(contentStart(attribute, set), elementEnd(attribute, set));
  for (const part of attributeParts(attribute.subarray(name, set), values.pass(type, [run]))) parts.add(part);
}

/** Adds PartialAttributes one after another. */
function addStored(parts: Parts, attributes: Buffer, selection: Selection): void {
  if (!selection.typesOnly && selection.values === undefined) {
    parts.add(attributes);
    return;
  }
  for (let at = 0; at < attributes.length; at = elementEnd(attributes, at)) {
    const name = contentStart(attributes, at);
    const text = attributes.toString('latin1', contentStart(attributes, name), elementEnd(attributes, name));
    const type = selection.schema.attribute(text);
    if (selection.typesOnly) parts.add(encodeAttribute(text, []));
    else if (type !== undefined) {
      addStoredAttribute(parts, attributes.subarray(at, elementEnd(attributes, at)), type, selection);
    }
  }
}

/** The links that come with all user or all operational attributes. */
function linksOf(
  schema: Schema,
  presentation: Presentation,
  all: Pick<Selection, 'allUser' | 'allOperational'>,
): Links {
  const types: AttributeType[] = [];
  let bits = 0;
  for (const key of linkAttributes) {
    const type = schema.attribute(key);
    if (type === undefined) continue;
    if (!(isUserAttribute(presentation, type) ? all.allUser : all.allOperational)) continue;
    types.push(type);
    bits |= linkBitOf(key);
  }
  return { types, bits };
}

/** The selected attributes of an entry, as parts of a SearchResultEntry. */
export function selectAttributes(entry: EntryView, selection: Selection): EncodedEntry {
  const parts = new Parts();
  const { presentation } = selection;
  if (selection.allUser) addStored(parts, entryUserAttributes(entry.bytes), selection);
  if (selection.allOperational) addStored(parts, entryOperationalAttributes(entry.bytes), selection);
  if (selection.allOperational || presentation.userAttributes.size > 0) addAllComputed(parts, entry, selection);
  if ((linkBits(entry.bytes) & selection.links.bits) !== 0) {
    for (const type of selection.links.types) addLink(parts, entry, type, selection);
  }
  for (const type of selection.types) addType(parts, entry, type, selection);
  for (const range of selection.ranges) {
    for (const part of encodeValueRange(entry, range, selection)) parts.add(part);
  }
  return {
    id: entry.id,
    objectName: entryObjectName(entry.bytes),
    attributes: parts.buffers,
    attributesByteLength: parts.byteLength,
  };
}
