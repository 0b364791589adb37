import { formatDn, parseDn } from '../directory/dn.ts';
import { isKeystring } from '../directory/schema-notation.ts';
import { standardSchema } from '../directory/schema.ts';
import { choice, duration, flag, integer, list, section, text, wordOrList } from './leaf.ts';
import { isOneLine } from './names.ts';
import { nearest } from './nearest.ts';
import type { Reading } from './units.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** A size limit is at most `maxInt` (RFC 4511 §4.1.1). */
const MAX_INT = 2_147_483_647;

const baseExpected =
  'must be the distinguished name (RFC 4514) of an entry below directory.baseDn, for instance ou=users,dc=example,dc=com';

function parseBase(input: string): Reading<string> {
  const dn = isOneLine(input, 1024) ? parseDn(input) : undefined;
  return dn === undefined || dn.length === 0 ? { problem: baseExpected } : { value: formatDn(dn) };
}

const attributeExpected =
  'must be the name of an attribute that is served, or @ and the name of an object class for all of its attributes, ' +
  'for instance mail or @posixAccount';

function parseAttribute(input: string): Reading<string> {
  const isClass = input.startsWith('@');
  // Whether there is such an attribute depends on the maps of attributes, see `unknownAttribute`.
  return isKeystring(isClass ? input.slice(1) : input) ? { value: input } : { problem: attributeExpected };
}

/** What is wrong with the name of an attribute or class that the standard schema does not have; undefined when it has it. */
export function unknownAttribute(name: string): string | undefined {
  const isClass = name.startsWith('@');
  const known = isClass ? standardSchema.objectClass(name.slice(1)) : standardSchema.attribute(name);
  if (known !== undefined) return undefined;
  const names = isClass
    ? standardSchema.objectClasses.map((objectClass) => `@${objectClass.name}`)
    : standardSchema.attributes.map((type) => type.name);
  const meant = nearest(name, names);
  return meant === undefined ? attributeExpected : `${attributeExpected}; did you mean ${meant}?`;
}

function attributes(description: string) {
  return list(
    description,
    1000,
    text({
      description: 'The name of an attribute, or @ and the name of an object class.',
      expected: attributeExpected,
      examples: ['mail', '@posixAccount'],
      parse: parseAttribute,
    }),
  ).optional();
}

function grant(description: string) {
  return wordOrList({
    description,
    words: ['all', 'none'],
    expected: 'must be all, none, or a list of at most 256 group names or object ids, for instance [staff]',
    max: 256,
    itemExpected: 'must be the name or the object id of a group, at most 256 characters on one line',
    accept: (name) => isOneLine(name, 256),
  }).prefault('none');
}

/** What somebody may read. What is not granted is denied. */
export function rights(description: string) {
  return section(description, {
    users: grant('Which users: all, none, or the members of these groups.'),
    groups: grant('Which groups: all, with the private groups of users, none, or these.'),
    sudoRules: flag('Whether the sudo rules.').prefault(false),
    bases: list(
      'Entries below which everything lies that is granted. Without this key, the whole tree.',
      64,
      text({
        description: 'A distinguished name.',
        expected: baseExpected,
        examples: ['ou=users,dc=example,dc=com'],
        parse: parseBase,
      }),
    ).optional(),
    attributes: attributes('The attributes that can be read. Without this key, all but hiddenAttributes.'),
    hiddenAttributes: attributes('Attributes that cannot be read.'),
    operations: list(
      'What can be done: search, compare, sync (replicate, RFC 4533). Without this key, all three.',
      3,
      choice('An operation.', ['search', 'compare', 'sync']),
    ).optional(),
  });
}

/** What one account may use; the smaller of these, the limits of the server and those of a request counts. */
export const accountLimits = section('What the account may use, beside what all clients may.', {
  sizeLimit: integer({
    description: 'Entries in the answer to one search, or in one page of it.',
    min: 1,
    max: MAX_INT,
  }).optional(),
  timeLimit: duration({ description: 'Time for one search.', min: SECOND, max: HOUR }).optional(),
  operationsPerSecond: integer({
    description: 'Operations in a second, on all connections together; further ones wait for their turn.',
    min: 1,
    max: 1_000_000,
  }).optional(),
  burst: integer({
    description: 'Operations that may come at once before operationsPerSecond counts. Without this key, as many.',
    min: 1,
    max: 1_000_000,
  }).optional(),
  maxConnections: integer({
    description: 'Connections at the same time that are bound as the account.',
    min: 1,
    max: 100_000,
  }).optional(),
});

/** Rights of those who have none of their own. */
export const access = section('Who may read what. Everybody can read the root DSE and the schema.', {
  anonymous: rights('What clients without a bind may read. Without this key, nothing.').optional(),
  users: rights(
    'What users may read beside their own entry and the groups that they are in. Without this key, nothing.',
  ).optional(),
  services: rights(
    'What service accounts may read that have no rights of their own. Without this key, everything.',
  ).optional(),
});
