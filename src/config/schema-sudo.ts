/** Sudo rules, in the syntax of sudoers.ldap(5) where values are sudo's own. */
import { integer, list, plainText, section, text } from './leaf.ts';
import { isOneLine } from './names.ts';
import type { Reading } from './units.ts';

const rulesMax = 256;
const namesMax = 256;
const valuesMax = 512;
const printable = /^[\x20-\x7e]*$/;

const host = /^!?(?:ALL|\+?[\w.:/*?[\]-]+)$/;
const digest = String.raw`sha(?:224|256|384|512):[\w+/=]+`;
const command = new RegExp(
  String.raw`^!?(?:${digest}(?:\s*,\s*${digest})*\s+)?(?:ALL|sudoedit(?:\s.+)?|/.+|\^.+\$(?:\s.+)?)$`,
);
const option = /^(?:!?[a-z]\w*|[a-z]\w*\s*[+-]?=\s*\S.*)$/;
const runAs = /^(?:ALL|#\d{1,10}|%?[A-Za-z0-9_][\x21-\x7e]*)$/;

interface Values {
  readonly description: string;
  /** What one value is. */
  readonly item: string;
  readonly expected: string;
  readonly examples: readonly string[];
  readonly pattern: RegExp;
  readonly lengthMax?: number;
}

function values({ description, item, expected, examples, pattern, lengthMax = 256 }: Values) {
  const accept = (input: string): boolean =>
    isOneLine(input, lengthMax) && printable.test(input) && pattern.test(input);
  return list(description, valuesMax, plainText({ description: item, expected, examples, accept }));
}

function names(description: string, item: string, expected: string, examples: readonly string[]) {
  return list(
    description,
    namesMax,
    plainText({
      description: item,
      expected,
      examples,
      accept: (input) => isOneLine(input, 256) && !/^[%#+!]/.test(input),
    }),
  ).prefault([]);
}

const momentExpected =
  'must be a moment with its time zone (RFC 3339), for instance 2027-01-31T18:00Z or 2027-01-31T18:00:00+01:00';

function parseMoment(input: string): Reading<number> {
  const isComplete = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(input);
  const value = isComplete ? Date.parse(input) : Number.NaN;
  return Number.isNaN(value) ? { problem: momentExpected } : { value };
}

function moment(description: string) {
  return text({ description, expected: momentExpected, examples: ['2027-01-31T18:00Z'], parse: parseMoment });
}

function options(description: string) {
  return values({
    description,
    item: 'An option as in sudoers(5).',
    expected: 'must be an option of sudo, for instance timestamp_timeout=5 or, in quotes, "!authenticate"',
    examples: ['timestamp_timeout=5', '!authenticate'],
    pattern: option,
    lengthMax: 4096,
  }).prefault([]);
}

const rule = section('A sudo rule.', {
  name: plainText({
    description: 'The name of the rule, which is the cn of its entry.',
    expected: 'must be a name of at most 64 characters on one line',
    examples: ['web-servers'],
    accept: (input) => isOneLine(input, 64),
  }),
  description: plainText({
    description: 'What the rule is for.',
    expected: 'must be a text of at most 1024 characters on one line',
    accept: (input) => isOneLine(input, 1024),
  }).optional(),
  groups: names(
    'For the members of these groups of the tenant. The entry names each as it is called at the time.',
    'The display name or the object id of a group.',
    'must be the name or the object id of a group, without % or ! before it: there are no exceptions in a rule',
    ['Web admins'],
  ),
  users: names(
    'For these people.',
    'ALL for everybody, or the uid, the user principal name or the object id of a user.',
    'must be ALL, or the uid, the user principal name or the object id of a user; groups are listed under groups, and there ' +
      'are no exceptions in a rule',
    ['alice@example.com'],
  ),
  hosts: values({
    description: 'On which machines.',
    item: 'ALL, the name of a host, an address, a network, or + and a netgroup; ! before it for all but these.',
    expected:
      'must be ALL, a host, an address, a network or +netgroup; with ! before it in quotes, for instance "!db1"',
    examples: ['web1.example.com', '192.0.2.0/24', 'ALL'],
    pattern: host,
  }).prefault(['ALL']),
  commands: values({
    description: 'What may be run.',
    item: 'ALL, an absolute path with or without arguments, sudoedit and a path; ! before it forbids it.',
    expected:
      'must be ALL, an absolute path with its arguments or sudoedit and a path; with ! before it in quotes, for instance "!/bin/su"',
    examples: ['/usr/bin/systemctl restart nginx', '!/usr/bin/su', 'ALL'],
    pattern: command,
    lengthMax: 4096,
  }).prefault(['ALL']),
  runAsUsers: values({
    description: 'As which users. Without runAsUsers and runAsGroups, as root.',
    item: 'ALL, the name of a user, # and a number, or % and the name of a group.',
    expected: 'must be ALL, the name of a user, %group or, in quotes, "#" and a number',
    examples: ['postgres'],
    pattern: runAs,
  }).prefault([]),
  runAsGroups: values({
    description: 'As which groups.',
    item: 'ALL, the name of a group, or # and a number.',
    expected: 'must be ALL, the name of a group or, in quotes, "#" and a number',
    examples: ['www-data'],
    pattern: runAs,
  }).prefault([]),
  options: options('Options of this rule.'),
  notBefore: moment(
    'From when on. Old versions of sudo look at the time only when told to (docs/posix.md).',
  ).optional(),
  notAfter: moment('Until when.').optional(),
  order: integer({
    description: 'Of several rules that match, the one with the highest order counts. Without this key, 0.',
    min: 0,
    max: 2_147_483_647,
  }).optional(),
});

/** The sudo rules that all machines are given. */
export const sudo = section('Sudo rules for people and groups of the tenant, as entries of the class sudoRole.', {
  defaults: options('Options that hold for all rules, in the entry cn=defaults.'),
  rules: list('The rules, each an entry.', rulesMax, rule).prefault([]),
});
