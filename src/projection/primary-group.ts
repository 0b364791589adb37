/** Which POSIX group is a user's primary one. Pure: is told what is known of the user, and decides. */
import type { LedgerEntry } from '../identity/ledger.ts';
import type { NodeId } from '../identity/node.ts';
import type { GroupMatches } from './named-groups.ts';
import type { PrimaryGroup } from './settings.ts';

/** What decided about a user's primary group. */
export type PrimaryChoice = { readonly gidNumber: number } & (
  | { readonly by: 'property' | 'shared' }
  /** The user's own group, whose number is the uidNumber. */
  | { readonly by: 'private' }
  /** The user would have a group of their own, but a group has the uidNumber as its number. */
  | { readonly by: 'numberTaken' }
  /** The first of the configured groups that the user is in. */
  | { readonly by: 'group'; readonly group: string }
);

/** What is known of a user. */
export interface PrimaryFacts {
  /** The number that a property holds. */
  readonly own: number | undefined;
  readonly uidNumber: number;
  /** Whether a group was ever given the uidNumber as its number. */
  readonly isNumberTaken: () => boolean;
  /** The first of the configured groups that the user is in, as the ledger has it. */
  readonly match: LedgerEntry | undefined;
}

/**
 * A number that a property holds comes first. A private group is never given the number of another group: `getgrgid` would have
 * two answers (P5); the user is then in the shared group.
 */
export function choosePrimaryGroup(
  { kind, gidNumber }: PrimaryGroup,
  { own, uidNumber, isNumberTaken, match }: PrimaryFacts,
): PrimaryChoice {
  if (own !== undefined) return { by: 'property', gidNumber: own };
  switch (kind) {
    case 'shared':
      return { by: 'shared', gidNumber };
    case 'private':
      return uidNumber === gidNumber || isNumberTaken()
        ? { by: 'numberTaken', gidNumber }
        : { by: 'private', gidNumber: uidNumber };
    case 'firstMatch':
      return match === undefined
        ? { by: 'shared', gidNumber }
        : { by: 'group', gidNumber: match.number, group: match.name };
  }
}

/**
 * The groups that users get their primary group from, the preferred first. A name that no group has that is shown, or that
 * several have, stands for none.
 */
export function primaryGroupNodes(matches: GroupMatches): readonly NodeId[] {
  return [...new Set(matches.flatMap((nodes) => (nodes.length === 1 ? nodes : [])))];
}

/** A name that stands for no group, so that nobody gets a primary group by it. */
export interface UnknownPrimaryGroup {
  readonly list: 'primaryGroup';
  readonly group: string;
  /** How many groups that are shown have this name: none, or several. */
  readonly found: number;
}

/** The names that have no effect, for the administrator. */
export function unknownPrimaryGroups({ groups }: PrimaryGroup, matches: GroupMatches): readonly UnknownPrimaryGroup[] {
  return matches.flatMap((nodes, position) => {
    const group = groups[position] ?? '';
    return nodes.length === 1 ? [] : [{ list: 'primaryGroup' as const, group, found: nodes.length }];
  });
}
