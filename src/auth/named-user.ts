import { AdminRefusal } from '../identity/admin.ts';
import { type ObjectId, parseObjectId } from '../identity/ids.ts';
import type { BindUser, UserLookup } from './user-lookup.ts';

/** The published user whom an administrator names, by any login form or the object id. Throws `AdminRefusal`. */
export function namedUser(users: UserLookup, name: string): BindUser {
  const objectId = parseObjectId(name);
  const found = objectId === undefined ? users.find(name) : users.byObjectId(objectId);
  switch (found.kind) {
    case 'user':
      return found.user;
    case 'ambiguous':
      throw new AdminRefusal(`Several users are called ${JSON.stringify(name)}: give the DN or the object id.`);
    case 'unpublished':
      throw new AdminRefusal('There is no complete directory yet: run entra-ldapd sync first.');
    case 'unavailable':
      throw new AdminRefusal('The store cannot be read.', { cause: found.cause });
    case 'none':
      throw new AdminRefusal(`No user in the directory is called ${JSON.stringify(name)}.`);
  }
}

/** The object id of a published user. Throws `AdminRefusal`. */
export function idOf({ objectId, dn }: BindUser): ObjectId {
  const id = parseObjectId(objectId);
  if (id === undefined) throw new AdminRefusal(`${dn} has no object id.`);
  return id;
}

/** Whom an administrator names; somebody who is not in the directory any more can be named by the object id. Throws `AdminRefusal`. */
export function idOfNamed(users: UserLookup, name: string): ObjectId {
  return parseObjectId(name) ?? idOf(namedUser(users, name));
}
