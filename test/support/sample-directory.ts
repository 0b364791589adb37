import type { EntryContent } from '../../src/directory/entry-codec.ts';
import type { MemoryEntry } from './memory-directory.ts';

/** The naming context of the sample. */
export const sampleBase = 'dc=example,dc=com';
/** The container of the sample's people. */
export const sampleUsers = `ou=users,${sampleBase}`;
/** The container of the sample's groups. */
export const sampleGroups = `ou=groups,${sampleBase}`;

type Attributes = EntryContent['attributes'];

function operational(structural: string, number: number): Attributes {
  return [
    ['structuralObjectClass', [structural]],
    ['entryUUID', [sampleUuid(number)]],
    ['createTimestamp', ['20240229120000Z']],
    ['modifyTimestamp', [`202506${String((number % 28) + 1).padStart(2, '0')}080000Z`]],
    ['creatorsName', ['cn=entra-ldapd']],
    ['modifiersName', ['cn=entra-ldapd']],
    ['entryCSN', ['20250601080000.000000Z#000000#000#000000']],
  ];
}

/** The entryUUID of the sample's entry with this number. */
export function sampleUuid(number: number): string {
  return `a1b2c3d4-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

const userClasses = [
  'top',
  'person',
  'organizationalPerson',
  'inetOrgPerson',
  'posixAccount',
  'ldapPublicKey',
  'entraUser',
];

function user(uid: string, cn: string, sn: string, number: number, more: Attributes = []): MemoryEntry {
  return {
    dn: `uid=${uid},${sampleUsers}`,
    attributes: [
      ['objectClass', userClasses],
      ['uid', [uid]],
      ['cn', [cn]],
      ['sn', [sn]],
      ['displayName', [cn]],
      ['mail', [`${uid}@example.com`]],
      ['userPrincipalName', [`${uid}@example.com`]],
      ['uidNumber', [String(number)]],
      ['gidNumber', ['10000']],
      ['homeDirectory', [`/home/${uid}`]],
      ['telephoneNumber', [`+1 555-${number}`]],
      ['userAccountControl', [uid === 'dave' ? '514' : '512']],
      ['objectGUID', [Buffer.from(number.toString(16).padStart(32, '0'), 'hex')]],
      ['accountEnabled', [uid === 'dave' ? 'FALSE' : 'TRUE']],
      ...more,
      ...operational('inetOrgPerson', number),
    ],
    links: [['memberOf', 'memberOf']],
  };
}

function group(cn: string, number: number, members: readonly string[]): MemoryEntry {
  return {
    dn: `cn=${cn},${sampleGroups}`,
    attributes: [
      ['objectClass', ['top', 'groupOfMembers', 'posixGroup', 'entraGroup']],
      ['cn', [cn]],
      ['gidNumber', [String(number)]],
      ['groupType', ['-2147483646']],
      ['description', [`Group ${cn}`]],
      ...operational('groupOfMembers', number),
    ],
    links: [
      ['member', 'member'],
      ['uniqueMember', 'member'],
      ['memberUid', 'memberUid'],
      ['memberOf', 'memberOf'],
    ],
    members,
  };
}

function container(dn: string, name: string, number: number): MemoryEntry {
  return {
    dn,
    attributes: [
      ['objectClass', ['top', 'organizationalUnit']],
      ['ou', [name]],
      ...operational('organizationalUnit', number),
    ],
    links: [],
  };
}

const person = (uid: string): string => `uid=${uid},${sampleUsers}`;

/** Five people, one of them disabled, and four groups, one with a group in it and one empty. */
export const sampleEntries: readonly MemoryEntry[] = [
  {
    dn: sampleBase,
    attributes: [
      ['objectClass', ['top', 'organization', 'dcObject']],
      ['dc', ['example']],
      ['o', ['Example']],
      ...operational('organization', 1),
    ],
    links: [],
  },
  container(sampleUsers, 'users', 2),
  container(sampleGroups, 'groups', 3),
  container(`ou=services,${sampleBase}`, 'services', 4),
  user('alice', 'Alice Archer', 'Archer', 10_001, [
    ['manager', [person('bob')]],
    ['postalAddress', ['1 Main St.$Cost \\24 5$Springfield']],
    ['sshPublicKey', ['ssh-ed25519 AAAA alice']],
  ]),
  user('bob', 'Bob Baker', 'Baker', 10_002),
  user('carol', 'Comma, Carol (Ops) *', 'Comma', 10_004),
  user('dave', 'Dave Disabled', 'Disabled', 10_005, [['description', ['left  the   company']]]),
  user('zoe', 'Zoë Müller', 'Müller', 10_003),
  group('staff', 20_001, ['alice', 'bob', 'zoe'].map(person)),
  group('admins', 20_002, [person('alice')]),
  group('nested', 20_003, [`cn=staff,${sampleGroups}`]),
  group('empty', 20_004, []),
];
