import type { ClientGroup, ClientPerson } from './client-directory.ts';

/** How many further users there are, so that lists need pages and one group is large. */
export const bulkUsers = 300;

/** A key that nobody has the private half of. */
export const aliceKey = sampleKey('alice@laptop', 1);

/** An ed25519 public key in the form of authorized_keys (RFC 8709 §4). */
export function sampleKey(comment: string, fill: number): string {
  const part = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const key = Buffer.concat([part(Buffer.from('ssh-ed25519')), part(Buffer.alloc(32, fill))]);
  return `ssh-ed25519 ${key.toString('base64')} ${comment}`;
}

const named: readonly ClientPerson[] = [
  {
    uid: 'alice',
    displayName: 'Alice Archer',
    surname: 'Archer',
    givenName: 'Alice',
    uidNumber: 10_001,
    gidNumber: 20_001,
    password: 'Alice-Pass-1',
    sshPublicKeys: [aliceKey],
  },
  {
    uid: 'bob',
    displayName: 'Bob Baker',
    surname: 'Baker',
    givenName: 'Bob',
    uidNumber: 10_002,
    gidNumber: 20_001,
    password: 'Bob-Pass-2',
    homeDirectory: '/srv/bob',
    loginShell: '/bin/sh',
  },
  {
    uid: 'zoe',
    displayName: 'Zoë Müller',
    surname: 'Müller',
    givenName: 'Zoë',
    uidNumber: 10_003,
    gidNumber: 20_001,
    password: 'Zoë pässwörd €3',
  },
  {
    uid: 'carol',
    displayName: 'Comma, Carol (Ops) *',
    surname: 'Comma',
    givenName: 'Carol',
    uidNumber: 10_004,
    gidNumber: 20_003,
    password: 'Carol-Pass-4',
  },
  {
    uid: 'dave',
    displayName: 'Dave Disabled',
    surname: 'Disabled',
    givenName: 'Dave',
    uidNumber: 10_005,
    gidNumber: 20_001,
    password: 'Dave-Pass-5',
    accountEnabled: false,
    sshPublicKeys: [sampleKey('dave@laptop', 2)],
  },
];

const bulk: readonly ClientPerson[] = Array.from({ length: bulkUsers }, (_, index) => ({
  uid: `u${String(index + 1).padStart(4, '0')}`,
  displayName: `User ${index + 1}`,
  surname: `Number${(index + 1) % 7}`,
  givenName: 'User',
  uidNumber: 11_001 + index,
  gidNumber: 20_001,
}));

/** Five people, one of them disabled, and the bulk. */
export const clientPeople: readonly ClientPerson[] = [...named, ...bulk];

/** Everybody but the disabled user, in the order of the tenant. */
export const enabledUids: readonly string[] = clientPeople
  .filter(({ accountEnabled }) => accountEnabled !== false)
  .map(({ uid }) => uid);

/** A small group, one with a single member, one with everybody, and one that holds another group. */
export const clientTeams: readonly ClientGroup[] = [
  { name: 'staff', gidNumber: 20_001, members: ['alice', 'bob', 'zoe'] },
  { name: 'admins', gidNumber: 20_002, members: ['alice'] },
  { name: 'everyone', gidNumber: 20_003, members: enabledUids },
  { name: 'nested', gidNumber: 20_004, members: ['staff'] },
];
