/** The shape of an overlay file in YAML. */
import { z } from 'zod';
import { isPersonalNumber } from '../../projection/source-property.ts';
import { flag, list, plainText, section } from '../leaf.ts';
import { isOneLine } from '../names.ts';
import { passwordHash } from '../schema-ldap.ts';
import { groupExpected, isName, memberExpected } from './references.ts';

/** Users, groups, and groups with further members, of one file. */
const objectsMax = 10_000;
/** Members of one group in one place. */
const membersMax = 100_000;

function line(description: string, lengthMax: number, accept: (text: string) => boolean = () => true, form = '') {
  return plainText({
    description,
    expected: `must be a text of at most ${lengthMax} characters on one line${form}`,
    accept: (text) => isOneLine(text, lengthMax) && accept(text),
  });
}

function number(description: string) {
  const expected = 'must be a whole number from 1000 to 2147483647, without 65534 and 65535';
  return z.number({ error: expected }).refine(isPersonalNumber, expected).meta({ description });
}

const mail = line(
  'The mail address.',
  256,
  (text) => /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(text),
  ', for instance ann@example.com',
);

const members = list(
  'Who is in the group.',
  membersMax,
  plainText({ description: 'A member.', expected: memberExpected, accept: isName }),
);

/** Attributes by name; what they hold is checked against the schema of the directory. */
const attributes = z.record(z.string(), z.unknown(), { error: 'must be a section with attributes of LDAP' });

const user = section('A user whom the tenant does not have.', {
  userPrincipalName: line(
    'The user principal name.',
    256,
    (text) => /^[^@\s]+@[^@\s]+$/.test(text),
    ', for instance ann@example.com',
  ).optional(),
  uid: line('The short name.', 64, (text) => !/[\s:/@\\,]/.test(text), ', without blanks and : / @ \\ ,').optional(),
  displayName: line('The full name.', 256).optional(),
  givenName: line('The first name.', 64).optional(),
  surname: line('The last name.', 64).optional(),
  mail: mail.optional(),
  uidNumber: number('The number to give it first.').optional(),
  passwordHash: passwordHash(
    'The bcrypt hash of the password that it binds with. Without it, it cannot bind.',
  ).optional(),
  enabled: flag('Whether it may bind; else it is shown as locked.').prefault(true),
  attributes: attributes.optional(),
});

const group = section('A group that the tenant does not have.', {
  name: plainText({ description: 'The name.', expected: groupExpected, accept: isName }),
  description: line('What it is for.', 1024).optional(),
  mail: mail.optional(),
  gidNumber: number('The number to give it first.').optional(),
  members: members.prefault([]),
  attributes: attributes.optional(),
});

/** One overlay file. */
export const overlaySchema = section('What there is beside the tenant.', {
  users: list('Users whom the tenant does not have.', objectsMax, user).prefault([]),
  groups: list('Groups that the tenant does not have.', objectsMax, group).prefault([]),
  members: z
    .record(z.string(), members, { error: 'must be a section with a list of members for each group' })
    .prefault({}),
  overrides: z
    .record(z.string(), z.record(z.string(), z.unknown(), { error: 'must be a section with attributes of LDAP' }), {
      error: 'must be a section with attributes for each user or group',
    })
    .prefault({}),
  everyone: list(
    'Groups that every user is in.',
    64,
    plainText({ description: 'A group.', expected: groupExpected, accept: isName }),
  ).prefault([]),
});

/** What one overlay file says. */
export type OverlayDocument = z.output<typeof overlaySchema>;
