/** Finds out who is in the groups that decide, from above for everybody and from below for a few. */
import type { Mirror } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import { containingGroups, effectiveMembers } from '../projection/membership.ts';
import { type PolicyGroups, type Standing, standing, type StandingOf } from '../projection/policy.ts';
import type { PolicySettings } from '../projection/settings.ts';
import { NodeSet } from './node-set.ts';
import type { Pace } from './assignments.ts';

/** From so many users on, reading the groups that decide is quicker than asking each user for the own ones. */
const SINGLY_MAX = 1000;

/** Everybody is active where no group decides. */
export const everybodyActive: StandingOf = () => 'active';

/** What standings are worked out from. */
export interface StandingsInput {
  readonly mirror: Mirror;
  readonly settings: PolicySettings;
  readonly groups: PolicyGroups;
  readonly pace: Pace;
}

/** The standing of every user of the mirror. */
export async function standingsOfAll(input: StandingsInput): Promise<StandingOf> {
  const { allowed, disabled } = input.groups;
  if (allowed === undefined && disabled.size === 0) return everybodyActive;
  const allowedUsers = allowed && (await membersOf(input, allowed));
  const disabledUsers = await membersOf(input, disabled);
  return (user) => standing(allowedUsers?.has(user) ?? true, disabledUsers.has(user));
}

/** The standing of these users. */
export async function standingsOf(input: StandingsInput, users: readonly NodeId[]): Promise<StandingOf> {
  const { allowed, disabled } = input.groups;
  if (users.length > SINGLY_MAX || (allowed === undefined && disabled.size === 0)) return standingsOfAll(input);
  const found = new Map<NodeId, Standing>();
  const finder = new StandingFinder(input);
  for (const user of users) {
    found.set(user, await finder.of(user));
    if (input.pace.due) await input.pace.pause();
  }
  return (user) => {
    const known = found.get(user);
    if (known === undefined) throw new Error(`the standing of node ${user} was not looked up`);
    return known;
  };
}

/** Users whose standing may be another one now that the memberships of these nodes began or ended. */
export async function reachedUsers(
  { mirror, settings, pace }: Omit<StandingsInput, 'groups'>,
  moved: Uint32Array,
): Promise<ReadonlySet<NodeId>> {
  const users = new Set<NodeId>();
  if ((settings.allowedGroups?.length ?? 0) + settings.disabledGroups.length === 0) return users;
  for (const node of moved) {
    if (nodeKind(node) === 'user') users.add(node);
    else if (settings.nested && nodeKind(node) === 'group') {
      for (const user of await usersBelow(mirror, node, settings)) users.add(user);
    }
    if (pace.due) await pace.pause();
  }
  return users;
}

/** Looks up single users, and remembers of each group on the way what it leads to. */
export class StandingFinder {
  readonly #input: Omit<StandingsInput, 'pace'>;
  readonly #known = new Map<NodeId, { readonly allowed: boolean; readonly disabled: boolean }>();

  constructor(input: Omit<StandingsInput, 'pace'>) {
    this.#input = input;
  }

  async of(user: NodeId): Promise<Standing> {
    const { mirror, groups } = this.#input;
    let isAllowed = groups.allowed === undefined;
    let isDisabled = false;
    for (const group of await mirror.groupsOf(user)) {
      if (mirror.objectIdOf(group) === undefined) continue;
      const { allowed, disabled } = await this.#leadsTo(group);
      isAllowed ||= allowed;
      isDisabled ||= disabled;
    }
    return standing(isAllowed, isDisabled);
  }

  async #leadsTo(group: NodeId): Promise<{ readonly allowed: boolean; readonly disabled: boolean }> {
    const known = this.#known.get(group);
    if (known !== undefined) return known;
    const { mirror, settings, groups } = this.#input;
    const isLive = (node: NodeId): boolean => mirror.objectIdOf(node) !== undefined;
    const around = settings.nested ? [group, ...(await containingGroups(group, mirror, isLive))] : [group];
    const found = {
      allowed: around.some((each) => groups.allowed?.has(each) === true),
      disabled: around.some((each) => groups.disabled.has(each)),
    };
    this.#known.set(group, found);
    return found;
  }
}

async function membersOf({ mirror, settings, pace }: StandingsInput, groups: ReadonlySet<NodeId>): Promise<NodeSet> {
  const members = new NodeSet();
  for (const group of groups) {
    for (const user of await usersBelow(mirror, group, settings)) members.add(user);
    await pace.pause();
  }
  return members;
}

function usersBelow(mirror: Mirror, group: NodeId, { nested }: PolicySettings): Promise<Uint32Array> {
  const isUser = (node: NodeId): boolean => nodeKind(node) === 'user';
  const isLive = (node: NodeId): boolean => mirror.objectIdOf(node) !== undefined;
  return effectiveMembers(group, mirror, nested ? 'transitive' : 'direct', isUser, isLive);
}
