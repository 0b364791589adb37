import type { DirectoryChange, GraphProperties, MemberChange, MemberType } from '../identity/change.ts';
import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import { DecodeError, decodeProperties } from './decode-properties.ts';
import { asRecord } from './json.ts';
import type { JsonRecord } from './json.ts';
import type { Selection } from './selection.ts';

const noMembers: readonly MemberChange[] = [];

/** The object id of an element, when it has one. Throws nothing. */
export function decodeId(element: JsonRecord): ObjectId | undefined {
  return typeof element['id'] === 'string' ? parseObjectId(element['id']) : undefined;
}

/** Decodes one element of a delta page: the selected properties that it has. Throws {@link DecodeError}. */
export function decodeChange(selection: Selection, element: JsonRecord): DirectoryChange {
  const id = requiredId(element);
  const removed = element['@removed'];
  if (removed !== undefined) return { kind: 'removed', id, reason: decodeRemovedReason(removed) };
  const properties = decodeProperties(selection.tracked, element);
  if (selection.collection === 'users') {
    const manager = selection.manager ? decodeManagerChange(element['manager@delta']) : {};
    return { kind: 'user', id, properties: { ...properties, ...manager } };
  }
  const members = element['members@delta'];
  return { kind: 'group', id, properties, members: members === undefined ? noMembers : decodeMembers(members) };
}

/** Decodes one element of a list that was asked for with `listOptions`. Throws {@link DecodeError}. */
export function decodeListed(selection: Selection, element: JsonRecord): DirectoryChange {
  const id = requiredId(element);
  const properties = decodeProperties(selection.tracked, element);
  if (selection.collection === 'groups') return { kind: 'group', id, properties, members: noMembers };
  const manager = selection.manager ? { manager: decodeManager(element['manager']) } : {};
  return { kind: 'user', id, properties: { ...properties, ...manager } };
}

function requiredId(element: JsonRecord): ObjectId {
  const id = decodeId(element);
  if (id === undefined) throw new DecodeError('id is missing or is not a GUID');
  return id;
}

/** A manager as a list expands it; nobody, when there is none. */
function decodeManager(value: unknown): ObjectId | null {
  return value === undefined || value === null ? null : managerId(value);
}

function managerId(value: unknown): ObjectId {
  const manager = asRecord(value);
  const id = manager && decodeId(manager);
  if (id === undefined) throw new DecodeError('manager has no id that is a GUID');
  return id;
}

/** What a delta page says of the manager: nothing, somebody, or that there is nobody any more. */
function decodeManagerChange(value: unknown): GraphProperties {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return {};
  if (!Array.isArray(value)) throw new DecodeError('manager@delta is not a list');
  const changes = value.map((item: unknown) => ({
    id: managerId(item),
    ended: asRecord(item)?.['@removed'] !== undefined,
  }));
  // Whoever gets another manager loses the one before, in the same list and in any order.
  return { manager: changes.findLast(({ ended }) => !ended)?.id ?? null };
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

/** Decodes one element of a list of members. Throws {@link DecodeError}. */
export function decodeMember(value: unknown): MemberChange {
  const member = asRecord(value);
  const id = member && decodeId(member);
  if (member === undefined || id === undefined) throw new DecodeError('a member has no id that is a GUID');
  // The only documented reason here is "deleted"; it says that the membership, not the member, has ended.
  if (member['@removed'] !== undefined) return { id, type: memberType(member), removed: true };
  if (typeof member['@odata.type'] !== 'string') throw new DecodeError('a member has no @odata.type');
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
