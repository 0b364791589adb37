/**
 * Who may sign in, by membership of groups. Decides from facts that it is handed; walks no memberships itself.
 */
import type { NodeId } from '../identity/node.ts';
import type { GroupMatches } from './named-groups.ts';
import type { PolicySettings } from './settings.ts';

/**
 * What others decide about a user: `inactive` is in no allowed group, `disabled` is in a disabled one, and `duplicate` has
 * another account that is preferred.
 */
export type Standing = 'active' | 'inactive' | 'disabled' | 'duplicate';

/** Decides the standing of a user who was looked up already. */
export type StandingOf = (user: NodeId) => Standing;

/** A group that the settings name and that cannot be told, so that the name has no effect. */
export interface UnknownPolicyGroup {
  readonly list: 'allowedGroups' | 'disabledGroups';
  readonly group: string;
  /** How many groups have this name: none, or several. */
  readonly found: number;
}

/** The groups that decide. */
export interface PolicyGroups {
  /** Undefined: everybody is allowed who is not disabled. */
  readonly allowed: ReadonlySet<NodeId> | undefined;
  readonly disabled: ReadonlySet<NodeId>;
}

/**
 * The groups that the names mean. A name that no group has, or that several have, means none: as an allowed group it lets
 * nobody in, as a disabled one it stops nobody.
 */
export function policyGroups({ allowedGroups, disabledGroups }: PolicySettings, matches: GroupMatches): PolicyGroups {
  const certain = (lists: GroupMatches): ReadonlySet<NodeId> =>
    new Set(lists.flatMap((nodes) => (nodes.length === 1 ? nodes : [])));
  const split = allowedGroups?.length ?? 0;
  return {
    allowed: allowedGroups && certain(matches.slice(0, split)),
    disabled: certain(matches.slice(split, split + disabledGroups.length)),
  };
}

/** The names that have no effect, for the administrator. */
export function unknownPolicyGroups(
  { allowedGroups = [], disabledGroups }: PolicySettings,
  matches: GroupMatches,
): readonly UnknownPolicyGroup[] {
  const named = [
    ...allowedGroups.map((group) => ({ list: 'allowedGroups' as const, group })),
    ...disabledGroups.map((group) => ({ list: 'disabledGroups' as const, group })),
  ];
  return named.flatMap((each, position) => {
    const found = matches[position]?.length ?? 0;
    return found === 1 ? [] : [{ ...each, found }];
  });
}

/** Who is in a disabled group is disabled, whatever else the user is in (FOX-18). */
export function standing(isAllowed: boolean, isDisabled: boolean): Standing {
  if (isDisabled) return 'disabled';
  return isAllowed ? 'active' : 'inactive';
}
