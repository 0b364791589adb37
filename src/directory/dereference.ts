/**
 * The dereference control (draft-masarati-ldap-deref): with each entry go attributes of the entries that its DN-valued
 * attributes name. A client that wants a group with its members' names asks once instead of once for each member.
 */

import { element, elementHeader, octetStringTag, sequenceTag } from './ber.ts';
import { resolveDescription } from './attribute-description.ts';
import { attributeValues, encodeValue, entryObjectName, findRow, rowLink } from './entry-codec.ts';
import { EntryView } from './entry-view.ts';
import { linkOf } from './links.ts';
import { DirectoryStorageError } from './reader.ts';
import type { DirectoryReader, EntryId, LinkName } from './reader.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';
import type { DereferenceRequest } from './search-types.ts';
import { compileSelection, selectAttributes } from './selection.ts';
import type { Selection } from './selection.ts';

const attributeListTag = 0xa0;

/** A spec that can be carried out. */
export interface Dereference {
  /** As the client wrote it: so it is answered. */
  readonly attribute: string;
  readonly type: AttributeType;
  readonly selection: Selection;
}

/** Makes the specs ready; undefined when one of a critical request has no DN-valued attribute, or one that comes twice. */
export function compileDereferences(schema: Schema, request: DereferenceRequest): readonly Dereference[] | undefined {
  const ready = new Map<AttributeType, Dereference>();
  for (const { attribute, attributes } of request.specs) {
    const description = resolveDescription(schema, attribute);
    if (description !== undefined && namesEntries(description.type) && !ready.has(description.type)) {
      if (!description.hasOptions)
        ready.set(description.type, compileSpec(schema, attribute, description.type, attributes));
    } else if (request.critical) return undefined;
  }
  return [...ready.values()];
}

function compileSpec(
  schema: Schema,
  attribute: string,
  type: AttributeType,
  attributes: readonly string[],
): Dereference {
  // Only attributes by name can be asked for; without 1.1 an empty list would mean all of them.
  const named = attributes.filter((name) => name !== '*' && name !== '+');
  return { attribute, type, selection: compileSelection(schema, [...named, '1.1'], false) };
}

/** Whether an attribute's values are names of entries. */
function namesEntries(type: AttributeType): boolean {
  const link = linkOf(type.key);
  return link === undefined ? type.equality?.name === 'distinguishedNameMatch' : link !== 'memberUid';
}

/**
 * The results for one entry, one after the other: DerefRes elements with tag and length, in parts. Every step reads one entry at
 * most. Throws `DirectoryStorageError`.
 */
export function* dereferenceEntry(
  reader: DirectoryReader,
  id: EntryId,
  dereferences: readonly Dereference[],
): Generator<readonly Buffer[]> {
  const bytes = needEntry(reader, id);
  const view = new EntryView(reader);
  for (const dereference of dereferences) {
    const word = findRow(bytes, dereference.type.hash);
    if (word === 0) continue;
    const link = rowLink(word);
    yield* link === undefined
      ? followValues(view, reader, attributeValues(bytes, word), dereference)
      : followLink(view, reader, id, link, dereference);
  }
}

function* followLink(
  view: EntryView,
  reader: DirectoryReader,
  id: EntryId,
  link: LinkName,
  dereference: Dereference,
): Generator<readonly Buffer[]> {
  for (const block of reader.linkedIds(id, link)?.blocks() ?? []) {
    for (const target of block) {
      view.move(target, needEntry(reader, target));
      yield encodeResult(dereference, entryObjectName(view.bytes), view);
    }
  }
}

function* followValues(
  view: EntryView,
  reader: DirectoryReader,
  values: readonly Buffer[],
  dereference: Dereference,
): Generator<readonly Buffer[]> {
  for (const value of values) {
    const form = dereference.type.equality?.form(value);
    const target = form === undefined ? undefined : reader.findDn(form.toString());
    // A name that leads nowhere is answered without attributes: nothing is known of whom it names.
    if (target !== undefined) view.move(target, needEntry(reader, target));
    yield encodeResult(dereference, encodeValue(value), target === undefined ? undefined : view);
  }
}

function needEntry(reader: DirectoryReader, id: EntryId): Buffer {
  const bytes = reader.entry(id);
  if (bytes === undefined) throw new DirectoryStorageError(`the entry ${id} is named but not there`);
  return bytes;
}

/** A DerefRes; `name` is the derefVal element, `entry` what it names. */
function encodeResult(
  { attribute, selection }: Dereference,
  name: Buffer,
  entry: EntryView | undefined,
): readonly Buffer[] {
  const type = element(octetStringTag, Buffer.from(attribute));
  const selected = entry === undefined ? undefined : selectAttributes(entry, selection);
  const length = selected?.attributesByteLength ?? 0;
  if (selected === undefined || length === 0) return [element(sequenceTag, type, name)];
  const list = elementHeader(attributeListTag, length);
  const header = elementHeader(sequenceTag, type.length + name.length + list.length + length);
  const small = [header, type, name, list];
  return length <= copiedBytesMax
    ? [Buffer.concat([...small, ...selected.attributes])]
    : [...small, ...selected.attributes];
}

/** Longer attribute lists are not copied. */
const copiedBytesMax = 4096;
