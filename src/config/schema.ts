/** The whole configuration as one zod schema. Rules that need more than one key are in `rules.ts`. */
import type { z } from 'zod';
import { choice, flag, list, plainText, section, text } from './leaf.ts';
import {
  baseDnExpected,
  containerExpected,
  defaultStorePath,
  isOneLine,
  parseBaseDn,
  parseContainer,
} from './names.ts';
import { access } from './schema-access.ts';
import { attributes, pathTemplate, source } from './schema-attributes.ts';
import { overlay } from './schema-overlay.ts';
import { policy } from './schema-policy.ts';
import { posixNumber, primaryGroup } from './schema-primary-group.ts';
import { safety } from './schema-safety.ts';
import { bind } from './schema-bind.ts';
import { http } from './schema-http.ts';
import { history, undo } from './schema-memory.ts';
import { ldap, serviceAccounts } from './schema-ldap.ts';
import { groupScope, userScope } from './schema-scope.ts';
import { sudo } from './schema-sudo.ts';
import { sync } from './schema-sync.ts';
import { secrets } from './schema-secrets.ts';
import { tenant } from './schema-tenant.ts';

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
  privateGroups: container(
    'The container of the private groups of users, which is there with users.primaryGroup.kind: private.',
  ).prefault('ou=private-groups'),
  sudoers: container('The container of the sudo rules, which is there with the section sudo.').prefault('ou=SUDOers'),
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

const users = section('Which users are read, and how they appear in LDAP.', {
  ...userScope,
  uidFrom: source(
    'users',
    'Where the short name (uid) comes from; whose source is empty is named by the local part of the user principal name. ' +
      'userPrincipalNameLocalPart is short for {userPrincipalName|local}.',
  ).prefault('userPrincipalNameLocalPart'),
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
  homeDirectory: pathTemplate(
    'The home directory; {uid} stands for the short name.',
    'must be an absolute path that holds {uid} and no colon, for instance /home/{uid}',
    (input) => /\{\s*uid(?:Number)?\s*[|}]/.test(input),
  ).prefault('/home/{uid}'),
  homeDirectoryFrom: source('users', 'The property that holds the home directory, where it holds a path.').optional(),
  loginShell: pathTemplate(
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
  attributes: attributes('users').prefault({}),
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
  nameFrom: source(
    'groups',
    'Where the name (cn) comes from; whose source is empty is named by the display name. Names that were once given stay.',
  ).prefault(['displayName', 'mailNickname']),
  attributes: attributes('groups').prefault({}),
  membership: choice('Whether the members of nested groups count as members (transitive) or not (direct).', [
    'transitive',
    'direct',
  ]).prefault('transitive'),
});

const store = section('The local copy.', {
  path: plainText({
    description:
      'The folder of the local copy, for this program alone. A relative path starts at the folder of this file.',
    expected: 'must be the path of a folder, at most 4096 characters on one line',
    accept: (input) => isOneLine(input, 4096),
  }).prefault(defaultStorePath),
  undo,
  history,
});

const log = section('What is logged, on standard output.', {
  level: choice('The least important events that are logged.', ['debug', 'info', 'warn', 'error']).prefault('info'),
  format: choice(
    'Lines for people (text), or one JSON object per line (json); auto: lines for people on a terminal, JSON elsewhere.',
    ['auto', 'text', 'json'],
  ).prefault('auto'),
});

/** The schema of the document. Its input is the plain YAML; its output has units, ids and secrets as their own types. */
export const configSchema = section('The configuration of entra-ldapd.', {
  tenant,
  directory,
  users: users.prefault({}),
  groups: groups.prefault({}),
  policy: policy.prefault({}),
  sudo: sudo.optional(),
  sync: sync.prefault({}),
  safety: safety.prefault({}),
  store: store.prefault({}),
  secrets: secrets.prefault({}),
  ldap: ldap.prefault({}),
  http: http.prefault({}),
  serviceAccounts: serviceAccounts.prefault([]),
  bind: bind.prefault({}),
  access: access.prefault({}),
  overlay: overlay.prefault({}),
  log: log.prefault({}),
});

/** What {@link configSchema} yields. */
export type ParsedConfig = z.output<typeof configSchema>;
