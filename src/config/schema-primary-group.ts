import { primaryGroupKinds } from '../projection/settings.ts';
import { choice, flag, integer, list, plainText, section } from './leaf.ts';
import { isOneLine } from './names.ts';
import { source } from './schema-attributes.ts';

/** The largest number that POSIX ids may have: readers exist that take them for signed 32-bit numbers. */
const posixNumberMax = 2_147_483_647;
const groupsMax = 64;

/** A uidNumber or gidNumber. */
export function posixNumber(description: string) {
  return integer({ description, min: 1, max: posixNumberMax });
}

/** Which POSIX group is the primary one of users. */
export const primaryGroup = section('The primary POSIX group of users.', {
  kind: choice(
    'One group for all (shared), one for each user with the name and the number of the user (private), or the first of some ' +
      'groups of the tenant that the user is in (firstMatch).',
    primaryGroupKinds,
  ).prefault('shared'),
  name: plainText({
    description:
      'The name of the shared group, which has no members of its own. It is also of those who have no other.',
    expected: 'must be a name of at most 64 characters without colon, comma and slash, for instance domain-users',
    accept: (input) => isOneLine(input, 64) && !/[:,/]/.test(input),
  }).prefault('domain-users'),
  gidNumber: posixNumber('The number of the shared group, outside both ranges.').prefault(1_000_000_000),
  groups: list(
    'With kind firstMatch: the groups, the preferred first. One that the directory does not show counts for nobody.',
    groupsMax,
    plainText({
      description: 'The display name or the object id of a group.',
      expected: 'must be the name or the object id of a group, at most 256 characters on one line',
      examples: ['Staff', '22222222-2222-2222-2222-222222222222'],
      accept: (name) => isOneLine(name, 256),
    }),
  ).optional(),
  nested: flag(
    'With kind firstMatch: whether the members of nested groups count as members. Without this key, they do.',
  ).optional(),
  gidNumberFrom: source(
    'users',
    "The property that holds the number of the user's primary group, whatever the kind.",
  ).optional(),
  shown: flag(
    'Whether the shared group and private groups appear in LDAP; false when the machines know them already.',
  ).prefault(true),
});
