/** Finds out what the groups that decide who may sign in say of users. */
import type { MirrorReader } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import { type PolicyGroups, type Standing, standing, type StandingOf } from '../projection/policy.ts';
import type { PolicySettings } from '../projection/settings.ts';
import type { Pace } from './assignments.ts';
import { GroupFinder, singlyMax, usersBelow } from './group-reach.ts';
import { NodeSet } from './node-set.ts';

/** Everybody is active where no group decides. */
export const everybodyActive: StandingOf = () => 'active';

/** What standings are worked out from. */
export interface StandingsInput {
  readonly mirror: Pick<MirrorReader, 'groupsOf' | 'membersOf' | 'objectIdOf'>;
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
  if (users.length > singlyMax || (allowed === undefined && disabled.size === 0)) return standingsOfAll(input);
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

/** Looks up single users. */
export class StandingFinder {
  readonly #groups: PolicyGroups;
  readonly #finder: GroupFinder;

  constructor({ mirror, settings, groups }: Omit<StandingsInput, 'pace'>) {
    this.#groups = groups;
    const deciding = new Set([...(groups.allowed ?? []), ...groups.disabled]);
    this.#finder = new GroupFinder(mirror, deciding, settings.nested);
  }

  async of(user: NodeId): Promise<Standing> {
    const { allowed, disabled } = this.#groups;
    const around = [...(await this.#finder.of(user))];
    return standing(
      allowed === undefined || around.some((group) => allowed.has(group)),
      around.some((group) => disabled.has(group)),
    );
  }
}

async function membersOf({ mirror, settings, pace }: StandingsInput, groups: ReadonlySet<NodeId>): Promise<NodeSet> {
  const members = new NodeSet();
  for (const group of groups) {
    for (const user of await usersBelow(mirror, group, settings.nested)) members.add(user);
    await pace.pause();
  }
  return members;
}
