/** The whole configuration as one zod schema. Rules that need more than one key are in `rules.ts`. */
import type { z } from 'zod';
import type { UidSource } from '../projection/settings.ts';
import { isSourceProperty, namedSources } from '../projection/source-property.ts';
import { choice, duration, flag, integer, list, percent, plainText, section, text } from './leaf.ts';
import { baseDnExpected, containerExpected, isOneLine, parseBaseDn, parseContainer } from './names.ts';
import { access } from './schema-access.ts';
import { policy } from './schema-policy.ts';
import { safety } from './schema-safety.ts';
import { bind, ldap, serviceAccounts } from './schema-ldap.ts';
import { groupScope, userScope } from './schema-scope.ts';
import { tenant } from './schema-tenant.ts';
import { parseDuration, type Reading } from './units.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The largest number that POSIX ids may have: readers exist that take them for signed 32-bit numbers. */
const posixNumberMax = 2_147_483_647;

const UID_SOURCES = [
  'userPrincipalNameLocalPart',
  'userPrincipalName',
  'mailNickname',
  'onPremisesSamAccountName',
] as const satisfies readonly UidSource[];

function container(description: string) {
  return text({ description, expected: containerExpected, examples: ['ou=users'], parse: parseContainer });
}

const directory = section('The LDAP tree.', {
  baseDn: text({
    description: 'The naming context below which everything is served.',
    expected: baseDnExpected,
    examples: ['dc=example,dc=com'],
    parse: parseBaseDn,
  }),
  users: container('The container of the users.').prefault('ou=users'),
  groups: container('The container of the groups.').prefault('ou=groups'),
  services: container('The container of the service accounts.').prefault('ou=services'),
  activeDirectory: flag(
    'Whether the tree looks like Active Directory: sAMAccountName, objectGUID, objectSid, userAccountControl and the rest, ' +
      'beside everything else. A service account may have it otherwise.',
  ).prefault(false),
  memberOf: choice(
    'Whether memberOf is a user attribute, returned to whoever asks for all attributes, or an operational one, returned when ' +
      'asked for. Without this key: user in the flavour of Active Directory, else operational.',
    ['user', 'operational'],
  ).optional(),
});

function posixNumber(description: string) {
  return integer({ description, min: 1, max: posixNumberMax });
}

// A field of a passwd(5) line: a colon would end it.
function passwdPath(description: string, expected: string, accept: (input: string) => boolean) {
  return plainText({
    description,
    expected,
    accept: (input) => isOneLine(input, 1024) && input.startsWith('/') && !input.includes(':') && accept(input),
  });
}

function source(kind: keyof typeof namedSources, description: string) {
  const extensions = kind === 'users' ? 'extensionAttribute1 to extensionAttribute15, ' : '';
  return plainText({
    description,
    expected: `must be ${extensions}a directory extension (extension_<application id>_<name>) or one of: ${namedSources[kind].join(', ')}`,
    examples: kind === 'users' ? ['extensionAttribute1'] : ['extension_00000000000000000000000000000000_gidNumber'],
    accept: (input) => isSourceProperty(kind, input),
  });
}

const primaryGroup = section('The primary POSIX group of users. It has no members of its own.', {
  name: plainText({
    description: 'The name of the group.',
    expected: 'must be a name of at most 64 characters without colon, comma and slash, for instance domain-users',
    accept: (input) => isOneLine(input, 64) && !/[:,/]/.test(input),
  }).prefault('domain-users'),
  gidNumber: posixNumber('The number of the group, outside both ranges.').prefault(1_000_000_000),
  gidNumberFrom: source(
    'users',
    "The property that holds the number of the user's primary group; whose property is empty gets gidNumber.",
  ).optional(),
  shown: flag('Whether the group appears in LDAP; false when all machines know it already.').prefault(true),
});

const users = section('Which users are read, and how they appear in LDAP.', {
  ...userScope,
  uidFrom: choice('Where the short name (uid) comes from. Names that were once given stay.', UID_SOURCES).prefault(
    'userPrincipalNameLocalPart',
  ),
  guests: flag('Whether guests of the tenant appear.').prefault(false),
  whenLocked: choice('Users whose account is disabled stay visible but locked, or are hidden.', [
    'lock',
    'hide',
  ]).prefault('lock'),
  uidNumbers: section('The range of uidNumber. It must not overlap the range of the groups.', {
    from: posixNumber('The first number.').prefault(100_000_000),
    to: posixNumber('The last number.').prefault(999_999_999),
  }).prefault({}),
  uidNumberFrom: source(
    'users',
    'The property that holds the uidNumber of users who were given none yet; whose property is empty gets one of the range.',
  ).optional(),
  homeDirectory: passwdPath(
    'The home directory; {uid} stands for the short name.',
    'must be an absolute path that holds {uid} and no colon, for instance /home/{uid}',
    (input) => input.includes('{uid}') && !/[{}]/.test(input.replaceAll('{uid}', '')),
  ).prefault('/home/{uid}'),
  homeDirectoryFrom: source('users', 'The property that holds the home directory, where it holds a path.').optional(),
  loginShell: passwdPath(
    'The login shell.',
    'must be an absolute path without a colon, for instance /bin/bash',
    () => true,
  ).prefault('/bin/bash'),
  loginShellFrom: source('users', 'The property that holds the login shell, where it holds a path.').optional(),
  sshPublicKeyFrom: list(
    'The properties that hold SSH public keys, each one or several lines or a list.',
    16,
    source('users', 'A property.'),
  ).prefault([]),
  primaryGroup: primaryGroup.prefault({}),
});

const groups = section('Which groups are read, and how they appear in LDAP.', {
  ...groupScope,
  withoutEmail: flag('Whether groups without a mail address appear; security groups have none.').prefault(true),
  gidNumbers: section('The range of gidNumber. It must not overlap the range of the users.', {
    from: posixNumber('The first number.').prefault(1_000_000_001),
    to: posixNumber('The last number.').prefault(1_999_999_999),
  }).prefault({}),
  gidNumberFrom: source(
    'groups',
    'The property that holds the gidNumber of groups that were given none yet; whose property is empty gets one of the range.',
  ).optional(),
  membership: choice('Whether the members of nested groups count as members (transitive) or not (direct).', [
    'transitive',
    'direct',
  ]).prefault('transitive'),
});

const fullIntervalExpected = 'must be a duration from 1h to 90d, for instance 7d, or never';

function parseFullInterval(input: string): Reading<{ readonly everyMs: number | undefined }> {
  if (input === 'never') return { value: { everyMs: undefined } };
  const reading = parseDuration(input);
  const inRange = 'value' in reading && reading.value >= HOUR && reading.value <= 90 * 24 * HOUR;
  return inRange ? { value: { everyMs: reading.value } } : { problem: fullIntervalExpected };
}

const sync = section('When the tenant is read.', {
  interval: duration({ description: 'The time between two rounds.', min: MINUTE, max: 24 * HOUR }).prefault('30m'),
  jitter: percent('By how much the interval varies at random, so that daemons do not all ask at once.', 0.5).prefault(
    '10%',
  ),
  assignedOnly: flag(
    'Whether only users and groups are read that are assigned to the enterprise application, users directly or by a group.',
  ).prefault(false),
  fullInterval: text({
    description: 'How often everything is read anew, to find what the reported changes have missed.',
    expected: fullIntervalExpected,
    examples: ['7d', 'never'],
    numberHint: 'add a unit (d, h, m, s or ms)',
    parse: parseFullInterval,
  }).prefault('7d'),
});

const store = section('The local copy.', {
  path: plainText({
    description:
      'The folder of the local copy, for this program alone. A relative path starts at the folder of this file.',
    expected: 'must be the path of a folder, at most 4096 characters on one line',
    accept: (input) => isOneLine(input, 4096),
  }).prefault('data'),
});

const log = section('What is logged, on standard output.', {
  level: choice('The least important events that are logged.', ['debug', 'info', 'warn', 'error']).prefault('info'),
  format: choice('Lines for people, or one JSON object per line.', ['text', 'json']).prefault('text'),
});

/** The schema of the document. Its input is the plain YAML; its output has units, ids and secrets as their own types. */
export const configSchema = section('The configuration of entra-ldapd.', {
  tenant,
  directory,
  users: users.prefault({}),
  groups: groups.prefault({}),
  policy: policy.prefault({}),
  sync: sync.prefault({}),
  safety: safety.prefault({}),
  store: store.prefault({}),
  ldap: ldap.prefault({}),
  serviceAccounts: serviceAccounts.prefault([]),
  bind: bind.prefault({}),
  access: access.prefault({}),
  log: log.prefault({}),
});

/** What {@link configSchema} yields. */
export type ParsedConfig = z.output<typeof configSchema>;
