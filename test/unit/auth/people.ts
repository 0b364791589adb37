import type { MemoryEntry } from '../../support/memory-directory.ts';

/** The base of the test directory. */
export const base = 'dc=example,dc=com';

/** The DN of a user of the test directory. */
export const userDn = (uid: string): string => `uid=${uid},ou=users,${base}`;

/** The object id of the n-th object of the test directory. */
export const objectId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** What makes a person of the test directory special. */
export interface Traits {
  readonly uid?: string;
  readonly mail?: string;
  readonly locked?: boolean;
  readonly guest?: boolean;
  /** The change sequence number of its last change. */
  readonly version?: string;
}

/** A user entry whose user principal name is `userPrincipalName`. */
export function person(n: number, userPrincipalName: string, traits: Traits = {}): MemoryEntry {
  const uid = traits.uid ?? userPrincipalName.split('@')[0] ?? '';
  return {
    dn: userDn(uid),
    attributes: [
      ['objectClass', ['top', 'person', 'organizationalPerson', 'inetOrgPerson', 'entraUser']],
      ['entryUUID', [objectId(n)]],
      ['uid', [uid]],
      ['cn', [uid]],
      ['sn', [uid]],
      ['userPrincipalName', [userPrincipalName]],
      ['mail', traits.mail === undefined ? [] : [traits.mail]],
      ['userType', [traits.guest === true ? 'Guest' : 'Member']],
      ['nsAccountLock', traits.locked === true ? ['TRUE'] : []],
      ['entryCSN', traits.version === undefined ? [] : [traits.version]],
    ],
    links: [],
  };
}

/** Everybody, and what is not a person. */
export const people: readonly MemoryEntry[] = [
  { dn: base, attributes: [['objectClass', ['top', 'domain']]], links: [] },
  { dn: `ou=users,${base}`, attributes: [['objectClass', ['top', 'organizationalUnit']]], links: [] },
  person(1, 'alice@contoso.com', { mail: 'Alice.Jones@contoso.com' }),
  person(2, 'alice@fabrikam.com', { uid: 'alice@fabrikam.com', mail: 'shared@contoso.com' }),
  person(3, 'bob@contoso.com', { mail: 'shared@contoso.com' }),
  person(4, 'carol@contoso.com', { locked: true }),
  person(5, 'dave_x.com#EXT#@contoso.com', {
    uid: 'dave',
    guest: true,
    mail: 'dave@x.com',
    version: '20260101000000.000000Z#000001#000#000000',
  }),
  person(6, `${'l'.repeat(150)}1@contoso.com`),
  person(7, `${'l'.repeat(150)}2@contoso.com`),
  person(8, 'zoë@contoso.com'),
  {
    dn: `cn=staff,ou=users,${base}`,
    attributes: [
      ['objectClass', ['top', 'groupOfMembers']],
      ['entryUUID', [objectId(20)]],
      ['cn', ['staff']],
      ['mail', ['staff@contoso.com']],
    ],
    links: [],
  },
];
