import type { GraphProperties } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import { type Account, type BaseTable, type ObjectRef, type OtherObject, type Population } from './population.ts';

/** A user or group of a listed population. */
interface ListedObject {
  readonly id: ObjectId;
  readonly record: GraphProperties;
  readonly deletedAtMs: number | undefined;
}

/** A group with its direct members. */
export interface ListedGroup extends ListedObject {
  readonly members: readonly ObjectRef[];
}

/** A user with what it signs in with. */
export interface ListedUser extends ListedObject {
  readonly account: Account;
}

function table(objects: readonly ListedObject[]): BaseTable {
  const indexes = new Map(objects.map((object, index) => [object.id, index]));
  const at = (index: number): ListedObject => {
    const object = objects[index];
    if (object === undefined) throw new RangeError(`no object at ${index}`);
    return object;
  };
  return {
    count: objects.length,
    id: (index) => at(index).id,
    indexOf: (id) => indexes.get(id) ?? -1,
    record: (index) => at(index).record,
    deletedAtMs: (index) => objects[index]?.deletedAtMs,
  };
}

function lowerName({ userPrincipalName }: GraphProperties): string {
  return typeof userPrincipalName === 'string' ? userPrincipalName.toLowerCase() : '';
}

/** Makes a population of objects that are all given, as a tenant file gives them. */
export function listedPopulation(
  users: readonly ListedUser[],
  groups: readonly ListedGroup[],
  others: readonly OtherObject[],
): Population {
  const named = new Map(users.map(({ record }, index) => [lowerName(record), index]));
  const memberSets = groups.map((group) => new Set(group.members));
  const groupsOf = new Map<ObjectRef, number[]>();
  for (const [index, group] of groups.entries()) {
    for (const ref of group.members) groupsOf.set(ref, [...(groupsOf.get(ref) ?? []), index]);
  }
  return {
    users: table(users),
    groups: table(groups),
    others,
    userNamed: (name) => named.get(name) ?? -1,
    account: (user) => users[user]?.account ?? { password: undefined, signIn: 'noPassword' },
    memberCount: (group) => groups[group]?.members.length ?? 0,
    member: (group, position) => {
      const ref = groups[group]?.members[position];
      if (ref === undefined) throw new RangeError(`group ${group} has no member at ${position}`);
      return ref;
    },
    isMember: (group, ref) => memberSets[group]?.has(ref) === true,
    groupsOf: (ref) => [...(groupsOf.get(ref) ?? [])],
  };
}
