import { type ObjectId, parseObjectId } from '../../identity/ids.ts';
import type { OverlayReference } from '../../projection/overlay.ts';
import { isOneLine } from '../names.ts';

/** What a name in an overlay looks like; continues the sentence "the key …". */
export const memberExpected =
  'must be a user principal name, a short name, the name of a group or an object id, at most 256 characters on one line';

/** What the name of a group looks like. */
export const groupExpected = 'must be the name or the object id of a group, at most 256 characters on one line';

/** What the target of an override looks like. */
export const targetExpected = 'must be a user principal name, the name of a group or an object id';

/** True for a text that may name something. */
export function isName(text: string): boolean {
  return isOneLine(text, 256);
}

/** Reads who is a member. */
export function memberReference(text: string): OverlayReference {
  return byObjectId(text) ?? byPrincipalName(text) ?? { by: 'name', name: text };
}

/** Reads which group is meant. */
export function groupReference(text: string): OverlayReference {
  return byObjectId(text) ?? { by: 'groupName', name: text };
}

/** Reads whose attributes are changed. */
export function targetReference(text: string): OverlayReference {
  return byObjectId(text) ?? byPrincipalName(text) ?? { by: 'groupName', name: text };
}

/** A reference by an object id; undefined for anything else. */
export function byObjectId(text: string): { readonly by: 'objectId'; readonly objectId: ObjectId } | undefined {
  const objectId = parseObjectId(text);
  return objectId && { by: 'objectId', objectId };
}

function byPrincipalName(text: string): OverlayReference | undefined {
  return text.includes('@') ? { by: 'property', property: 'userPrincipalName', value: text } : undefined;
}
