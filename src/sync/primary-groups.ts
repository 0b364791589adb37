/** Finds out which of the groups that users may have as their primary one each user is in first. */
import type { MirrorReader } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import type { Pace } from './assignments.ts';
import { GroupFinder, singlyMax, usersBelow } from './group-reach.ts';

/** The first of the groups that a user who was looked up is in. */
export type PrimaryOf = (user: NodeId) => NodeId | undefined;

/** No user is in a group where there are none to be in. */
export const noPrimary: PrimaryOf = () => undefined;

/** What primary groups are worked out from. */
export interface PrimaryInput {
  readonly mirror: Pick<MirrorReader, 'groupsOf' | 'membersOf' | 'objectIdOf'>;
  /** The preferred group first. */
  readonly groups: readonly NodeId[];
  readonly nested: boolean;
  readonly pace: Pace;
}

/** The primary group of every user of the mirror. */
export async function primaryOfAll({ mirror, groups, nested, pace }: PrimaryInput): Promise<PrimaryOf> {
  if (groups.length === 0) return noPrimary;
  const found = new Map<NodeId, NodeId>();
  for (const group of groups) {
    for (const user of await usersBelow(mirror, group, nested)) if (!found.has(user)) found.set(user, group);
    await pace.pause();
  }
  return (user) => found.get(user);
}

/** The primary group of these users. */
export async function primaryOfSome(input: PrimaryInput, users: readonly NodeId[]): Promise<PrimaryOf> {
  if (users.length > singlyMax || input.groups.length === 0) return primaryOfAll(input);
  const found = new Map<NodeId, NodeId | undefined>();
  const finder = new PrimaryFinder(input);
  for (const user of users) {
    found.set(user, await finder.of(user));
    if (input.pace.due) await input.pace.pause();
  }
  return (user) => {
    if (!found.has(user)) throw new Error(`the primary group of node ${user} was not looked up`);
    return found.get(user);
  };
}

/** Looks up single users. */
export class PrimaryFinder {
  readonly #groups: readonly NodeId[];
  readonly #finder: GroupFinder;

  constructor({ mirror, groups, nested }: Omit<PrimaryInput, 'pace'>) {
    this.#groups = groups;
    this.#finder = new GroupFinder(mirror, new Set(groups), nested);
  }

  async of(user: NodeId): Promise<NodeId | undefined> {
    const around = await this.#finder.of(user);
    return this.#groups.find((group) => around.has(group));
  }
}
