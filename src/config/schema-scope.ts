/** Which users and groups are read. */
import { z } from 'zod';
import { accountTypes, groupTypes, membershipTypes } from '../projection/settings.ts';
import { choice, flag, list, plainText, text } from './leaf.ts';
import { isOneLine } from './names.ts';
import { parseODataFilter } from './odata-filter.ts';

function filter(kind: 'users' | 'groups', examples: readonly [string, ...string[]]) {
  return text({
    description:
      `Only ${kind} that this filter of Microsoft Graph ($filter) lets through are read; the others are not kept here. ` +
      'Without this key: all.',
    expected: `must be a filter of Microsoft Graph, for instance ${examples[0]}`,
    examples: [...examples],
    parse: parseODataFilter,
  }).optional();
}

/** A list with at least one item: none at all would be a way to lose everybody by an oversight. */
function someOf<T extends Parameters<typeof list>[2]>(description: string, max: number, item: T) {
  return list(description, max, item).refine((items) => items.length > 0, 'is empty, so that nothing would be left');
}

function lowerCase(description: string, examples: readonly [string, ...string[]], accept: (input: string) => boolean) {
  const expected = `must be a text such as ${examples[0]}, at most 256 characters on one line`;
  return text({
    description,
    expected,
    examples: [...examples],
    parse: (input) => (isOneLine(input, 256) && accept(input) ? { value: input.toLowerCase() } : { problem: expected }),
  });
}

const domainName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

const domainsExpected = 'must be verified, or a list of 1 to 256 domains such as example.com';

const domains = z
  .union([z.literal('verified'), z.array(z.string()).max(256)], { error: domainsExpected })
  .superRefine((input, context) => {
    if (input === 'verified') return;
    if (input.length === 0) context.addIssue({ code: 'custom', message: 'is empty, so that nothing would be left' });
    for (const [index, name] of input.entries()) {
      if (domainName.test(name) && isOneLine(name, 256)) continue;
      context.addIssue({ code: 'custom', path: [index], message: 'must be a domain such as example.com' });
    }
  })
  .transform((input) => (input === 'verified' ? input : input.map((name) => name.toLowerCase())))
  .meta({
    description:
      'Only users whose user principal name is in one of these domains appear, or with "verified" in one of the verified ' +
      'domains of the tenant. Without this key: all.',
    examples: ['verified', ['example.com']],
  });

/** The keys of `users` that say which are read. */
export const userScope = {
  enabled: flag('Whether users are read at all.').prefault(true),
  filter: filter('users', ["department in ('Retail','Sales')", "startsWith(givenName, 'J')"]),
  memberOf: someOf(
    'Only members of these groups, nested ones included, are read; the others are not kept here. Without this key: all.',
    64,
    plainText({
      description: 'The display name or the object id of a group.',
      expected: 'must be the name or the object id of a group, at most 256 characters on one line',
      examples: ['LDAP users', '22222222-2222-2222-2222-222222222222'],
      accept: (name) => isOneLine(name, 256),
    }),
  ).optional(),
  domains: domains.optional(),
  duplicates: choice(
    'What becomes of a cloud account whose person has a synchronized one too: conflicts lists both (report), or only the ' +
      'synchronized one is shown (preferSynchronized).',
    ['report', 'preferSynchronized'],
  ).prefault('report'),
  accountTypes: someOf(
    'Users appear whose account was made in Entra (cloud) or comes from an Active Directory (synchronized).',
    accountTypes.length,
    choice('Where the account comes from.', accountTypes),
  ).prefault([...accountTypes]),
};

/** The keys of `groups` that say which are read. */
export const groupScope = {
  enabled: flag('Whether groups are read at all.').prefault(true),
  filter: filter('groups', ["startsWith(displayName, 'LDAP-')", "displayName in ('Staff','Contractors')"]),
  namePrefixes: someOf(
    'Only groups whose name begins with one of these texts, in any letter case, appear. Without this key: all.',
    256,
    lowerCase('The beginning of a name.', ['LDAP-'], () => true),
  ).optional(),
  types: someOf('The kinds of groups that appear.', groupTypes.length, choice('A kind of group.', groupTypes)).prefault(
    [...groupTypes],
  ),
  membershipTypes: someOf(
    'Groups appear whose members are assigned, or follow from a rule (dynamic).',
    membershipTypes.length,
    choice('How a group gets its members.', membershipTypes),
  ).prefault([...membershipTypes]),
};
