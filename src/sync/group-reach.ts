/** Who is in some groups, found from above for everybody and from below for a few. */
import type { MirrorReader } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import { containingGroups, effectiveMembers } from '../projection/membership.ts';
import type { Pace } from './assignments.ts';

/** From so many users on, reading the groups is quicker than asking each user for the own ones. */
export const singlyMax = 1000;

type Memberships = Pick<MirrorReader, 'groupsOf' | 'membersOf' | 'objectIdOf'>;

/** The users in a group; with `nested` also those in groups in it. */
export function usersBelow(mirror: Memberships, group: NodeId, nested: boolean): Promise<Uint32Array> {
  const isUser = (node: NodeId): boolean => nodeKind(node) === 'user';
  const isLive = (node: NodeId): boolean => mirror.objectIdOf(node) !== undefined;
  return effectiveMembers(group, mirror, nested ? 'transitive' : 'direct', isUser, isLive);
}

/** Users who may be in other groups than before, now that the memberships of these nodes began or ended. */
export async function reachedUsers(
  mirror: Memberships,
  moved: Uint32Array,
  nested: boolean,
  pace: Pace,
): Promise<ReadonlySet<NodeId>> {
  const users = new Set<NodeId>();
  for (const node of moved) {
    if (nodeKind(node) === 'user') users.add(node);
    else if (nested && nodeKind(node) === 'group') {
      for (const user of await usersBelow(mirror, node, nested)) users.add(user);
    }
    if (pace.due) await pace.pause();
  }
  return users;
}

/** Looks up which of some groups single users are in, and remembers of each group on the way where it leads. */
export class GroupFinder {
  readonly #mirror: Memberships;
  readonly #wanted: ReadonlySet<NodeId>;
  readonly #nested: boolean;
  readonly #known = new Map<NodeId, readonly NodeId[]>();

  constructor(mirror: Memberships, wanted: ReadonlySet<NodeId>, nested: boolean) {
    this.#mirror = mirror;
    this.#wanted = wanted;
    this.#nested = nested;
  }

  /** The wanted groups that a user is in. */
  async of(user: NodeId): Promise<ReadonlySet<NodeId>> {
    const found = new Set<NodeId>();
    if (this.#wanted.size === 0) return found;
    for (const group of await this.#mirror.groupsOf(user)) {
      if (this.#mirror.objectIdOf(group) === undefined) continue;
      for (const wanted of await this.#leadsTo(group)) found.add(wanted);
    }
    return found;
  }

  async #leadsTo(group: NodeId): Promise<readonly NodeId[]> {
    const known = this.#known.get(group);
    if (known !== undefined) return known;
    const isLive = (node: NodeId): boolean => this.#mirror.objectIdOf(node) !== undefined;
    const around = this.#nested ? [group, ...(await containingGroups(group, this.#mirror, isLive))] : [group];
    const found = around.filter((each) => this.#wanted.has(each));
    this.#known.set(group, found);
    return found;
  }
}
