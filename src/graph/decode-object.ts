import type {
  Collection,
  DirectoryChange,
  GraphProperties,
  GraphValue,
  MemberChange,
  MemberType,
} from '../identity/change.ts';
import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import { asRecord } from './json.ts';
import type { JsonRecord } from './json.ts';
import { groupProperties, userProperties } from './properties.ts';
import type { PropertyShape } from './properties.ts';

/**
 * One element of a delta page could not be decoded; the element is left out, and the page stands. The message names the
 * property and never quotes a value.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

const shapes: Readonly<Record<Collection, ReadonlyMap<string, PropertyShape>>> = {
  users: new Map<string, PropertyShape>(Object.entries(userProperties)),
  groups: new Map<string, PropertyShape>(Object.entries(groupProperties)),
};

const noMembers: readonly MemberChange[] = [];

/** The object id of an element, when it has one. Throws nothing. */
export function decodeId(element: JsonRecord): ObjectId | undefined {
  return typeof element['id'] === 'string' ? parseObjectId(element['id']) : undefined;
}

/**
 * Decodes one element of a delta page. Properties that we know must have their documented shape; others are kept as they
 * came. Throws {@link DecodeError}.
 */
export function decodeObject(collection: Collection, element: JsonRecord): DirectoryChange {
  const id = decodeId(element);
  if (id === undefined) throw new DecodeError('id is missing or is not a GUID');
  const removed = element['@removed'];
  if (removed !== undefined) return { kind: 'removed', id, reason: decodeRemovedReason(removed) };
  const properties = decodeProperties(shapes[collection], element);
  if (collection === 'users') return { kind: 'user', id, properties };
  const members = element['members@delta'];
  return { kind: 'group', id, properties, members: members === undefined ? noMembers : decodeMembers(members) };
}

function decodeProperties(shapeOf: ReadonlyMap<string, PropertyShape>, element: JsonRecord): GraphProperties {
  const properties: Record<string, GraphValue> = {};
  for (const name in element) {
    if (name === 'id') continue;
    const shape = shapeOf.get(name);
    if (shape === undefined) {
      if (name.includes('@')) continue;
      // Assigned like the others it would become the prototype instead of a property.
      if (name === '__proto__') throw new DecodeError('a property is named __proto__');
    }
    const value = element[name];
    if (value !== null && shape !== undefined && !hasShape(value, shape))
      throw new DecodeError(`${name} is not ${shape}`);
    properties[name] = value as GraphValue;
  }
  return properties;
}

function hasShape(value: unknown, shape: PropertyShape): boolean {
  switch (shape) {
    case 'text':
      return typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'texts by name': {
      const record = asRecord(value);
      return record !== undefined && Object.values(record).every((item) => item === null || typeof item === 'string');
    }
  }
}

function decodeRemovedReason(removed: unknown): 'changed' | 'deleted' {
  const reason = asRecord(removed)?.['reason'];
  if (reason === 'changed' || reason === 'deleted') return reason;
  throw new DecodeError('@removed has no known reason');
}

function decodeMembers(value: unknown): readonly MemberChange[] {
  if (!Array.isArray(value)) throw new DecodeError('members@delta is not a list');
  return value.map((member: unknown) => decodeMember(member));
}

function decodeMember(value: unknown): MemberChange {
  const member = asRecord(value);
  const id = member && decodeId(member);
  if (member === undefined || id === undefined)
    throw new DecodeError('an element of members@delta has no id that is a GUID');
  // The only documented reason here is "deleted"; it says that the membership, not the member, has ended.
  if (member['@removed'] !== undefined) return { id, type: memberType(member), removed: true };
  if (typeof member['@odata.type'] !== 'string')
    throw new DecodeError('an element of members@delta has no @odata.type');
  return { id, type: memberType(member), removed: false };
}

function memberType(member: JsonRecord): MemberType {
  switch (member['@odata.type']) {
    case '#microsoft.graph.user':
      return 'user';
    case '#microsoft.graph.group':
      return 'group';
    default:
      return 'other';
  }
}
