/**
 * How a tenant looks before anybody changes it. A population is read-only and may derive its objects on demand, so that
 * a million users cost no memory; {@link TenantModel} lays changes over it.
 */
import type { GraphProperties } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import type { SignIn } from './sign-in.ts';

/** The kinds of directory objects that can be members of groups. */
export type ObjectKind = 'user' | 'group' | 'other';

/** A directory object of one tenant as a small integer: its index within its kind and the kind. */
export type ObjectRef = number;

/** The reference of the user with this index. */
export const userRef = (index: number): ObjectRef => index * 4;

/** The reference of the group with this index. */
export const groupRef = (index: number): ObjectRef => index * 4 + 1;

/** The reference of the device, service principal or contact with this index. */
export const otherRef = (index: number): ObjectRef => index * 4 + 2;

/** The index within its kind of a referenced object. */
export const refIndex = (ref: ObjectRef): number => Math.floor(ref / 4);

/** The kind of a referenced object. */
export function refKind(ref: ObjectRef): ObjectKind {
  const tag = ref % 4;
  return tag === 0 ? 'user' : tag === 1 ? 'group' : 'other';
}

/** The secret half of a user: what the token endpoint knows. */
export interface Account {
  readonly password: string | undefined;
  readonly signIn: SignIn;
}

/** A directory object that is neither user nor group. */
export interface OtherObject {
  readonly id: ObjectId;
  readonly type: 'device' | 'servicePrincipal' | 'orgContact';
  readonly displayName: string;
}

/** Objects of one kind by index. Records hold no key for properties that were never set. */
export interface BaseTable {
  readonly count: number;
  id(index: number): ObjectId;
  /** The index of an object id, or -1. */
  indexOf(id: ObjectId): number;
  record(index: number): GraphProperties;
  /** When the object was soft-deleted (milliseconds since the epoch), or undefined while it lives. */
  deletedAtMs(index: number): number | undefined;
}

/** Everything a tenant starts with. Positions of members are stable, so that an enumeration can be resumed at one. */
export interface Population {
  readonly users: BaseTable;
  readonly groups: BaseTable;
  readonly others: readonly OtherObject[];
  /** The index of the user with this user principal name in lower case, or -1. */
  userNamed(lowerPrincipalName: string): number;
  account(user: number): Account;
  memberCount(group: number): number;
  member(group: number, position: number): ObjectRef;
  isMember(group: number, ref: ObjectRef): boolean;
  groupsOf(ref: ObjectRef): number[];
}
