import assert from 'node:assert/strict';
import { hashSync } from 'bcrypt';

import { Gate } from '../../../src/auth/gate.ts';
import type { LinkVerdict } from '../../../src/auth/link.ts';
import { PasswordHashes } from '../../../src/auth/password-hashes.ts';
import { ServiceAccounts } from '../../../src/auth/service-accounts.ts';
import { ServiceLink } from '../../../src/auth/service-link.ts';
import { identify } from '../../../src/auth/subject.ts';

const { signal } = new AbortController();
const users = { find: () => ({ kind: 'none' }) as const, byObjectId: () => ({ kind: 'none' }) as const };
const long = 'x'.repeat(72);
const hash = (password: string | Buffer, minor: 'a' | 'b' = 'b'): string =>
  hashSync(password, `$2${minor}$04$abcdefghijklmnopqrstuu`);

function accounts(): ServiceAccounts {
  const account = (name: string, passwordHash: string): { name: string; dn: string; passwordHash: string } => ({
    name,
    dn: `cn=${name},ou=services,dc=example,dc=com`,
    passwordHash,
  });
  const list = [
    account('gitlab', hash('s3cret')),
    account('old', hash('s3cret', 'a')),
    account('apache', hash('s3cret').replace('$2b$', '$2y$')),
    account('long', hash(long)),
    account('long-a', hash(long, 'a')),
    account('umlaut', hash('pässwörd')),
    account('empty', hash('')),
    account('broken', '$2b$04$broken'),
  ];
  return new ServiceAccounts(list);
}

/** What the link of service accounts says about a name and a password. */
async function verify(
  own: ServiceAccounts,
  name: string,
  password: string | Buffer,
  gate = new Gate({ runningMax: 2, waitingMax: 10 }),
): Promise<LinkVerdict> {
  const identified = identify(name, own, users);
  assert.ok('subject' in identified);
  const link = new ServiceLink(new PasswordHashes(gate, undefined));
  return await link.verify({
    subject: identified.subject,
    password: Buffer.from(password),
    address: '192.0.2.1',
    network: '',
    signal,
  });
}

async function kindOf(name: string, password: string | Buffer): Promise<string> {
  return (await verify(accounts(), name, password)).kind;
}

const dn = (name: string): string => `cn=${name},ou=services,dc=example,dc=com`;

describe('service accounts', () => {
  const accepted: readonly [what: string, name: string, password: string][] = [
    ['their DN', dn('gitlab'), 's3cret'],
    ['their DN in other letter case and spacing (RFC 4518)', 'CN=GitLab , OU=Services,DC=example, DC=COM', 's3cret'],
    ['a hash of version 2a', dn('old'), 's3cret'],
    ['a hash of version 2y, as htpasswd writes it', dn('apache'), 's3cret'],
    ['a password of exactly 72 octets', dn('long'), long],
    ['a password that is not ASCII', dn('umlaut'), 'pässwörd'],
  ];
  for (const [what, name, password] of accepted) {
    it(`are let in by ${what}`, async () => assert.equal(await kindOf(name, password), 'accepted'));
  }

  const refused: readonly [what: string, name: string, password: string | Buffer][] = [
    ['a wrong password', dn('gitlab'), 'secret'],
    ['a password in other letter case', dn('gitlab'), 'S3CRET'],
    ['the right password and an octet of zero', dn('gitlab'), 's3cret\0'],
    ['the right password and more after an octet of zero', dn('gitlab'), 's3cret\0more'],
    // bcrypt repeats the password with its closing zero until 72 octets are full, so to it this is the same one.
    ['the right password twice with an octet of zero between', dn('gitlab'), 's3cret\0s3cret'],
    ['a password of 73 octets whose first 72 are right', dn('long'), `${long}y`],
    ['a password so long that a length of one octet overflows', dn('long-a'), `${long}${'y'.repeat(256)}`],
    ['no password, even if the hash is of the empty one (RFC 4513 §5.1.2)', dn('empty'), ''],
    ['Latin-1 in place of UTF-8', dn('umlaut'), Buffer.from('pässwörd', 'latin1')],
    ['the hash itself', dn('gitlab'), hash('s3cret')],
    ['any password when the hash is broken', dn('broken'), 's3cret'],
    ['a name beside theirs', dn('gitlab2'), 's3cret'],
  ];
  for (const [what, name, password] of refused) {
    it(`are not let in by ${what} (P7)`, async () => assert.equal(await kindOf(name, password), 'refused'));
  }

  for (const name of [
    'gitlab',
    '',
    'uid=gitlab,ou=users,dc=example,dc=com',
    'alice@contoso.com',
    'cn=x',
    'dc=example,dc=com',
  ]) {
    it(`have no say about the name ${JSON.stringify(name)}`, async () => {
      assert.equal(await kindOf(name, 's3cret'), 'notMine');
    });
  }

  it('cost as much to get wrong by name as by password: both compare a hash', async () => {
    let compared = 0;
    class CountingGate extends Gate {
      override run<T>(own: AbortSignal, task: () => Promise<T>): Promise<T> {
        compared += 1;
        return super.run(own, task);
      }
    }
    const list = [{ name: 'a', dn: dn('a'), passwordHash: hash('x') }];
    const gate = new CountingGate({ runningMax: 1, waitingMax: 1 });
    for (const name of ['a', 'nobody']) await verify(new ServiceAccounts(list), dn(name), 'wrong', gate);
    assert.equal(compared, 2);
  });

  it('that have no password are not let in by any, at the price of a hash all the same (P7)', async () => {
    const own = new ServiceAccounts([{ name: 'a', dn: dn('a'), certificateSubject: 'CN=a' }]);
    for (const password of ['', 'x', 'undefined']) {
      const verdict = await verify(own, dn('a'), password);
      assert.deepEqual(verdict, { kind: 'refused', reason: 'the account has no password', denial: 'wrong' });
    }
  });

  it('are found by the subject of their certificate, and no other is (P7)', () => {
    const list = [
      { name: 'a', dn: dn('a'), certificateSubject: 'CN=a, O=Example' },
      { name: 'b', dn: dn('b'), passwordHash: hash('x') },
    ];
    const own = new ServiceAccounts(list);
    assert.deepEqual(own.findByCertificate('cn=a,o=example', []), { kind: 'account', account: list[0] });
    for (const key of ['', 'cn=a', 'o=example,cn=a', 'cn=b', 'undefined']) {
      assert.deepEqual(own.findByCertificate(key, []), { kind: 'none' });
    }
  });

  it('are found by another name of their certificate, and by nothing that leads to two (P7)', () => {
    const list = [
      { name: 'a', dn: dn('a'), certificateSubject: 'CN=a', certificateAltName: 'DNS:A.example.com' },
      { name: 'b', dn: dn('b'), certificateAltName: 'dns:b.example.com' },
    ];
    const own = new ServiceAccounts(list);
    const [a, b] = ['dns:a.example.com', 'dns:b.example.com'];
    assert.deepEqual(own.findByCertificate(undefined, ['dns:x', a]), { kind: 'account', account: list[0] });
    assert.deepEqual(own.findByCertificate('cn=a', [a]), { kind: 'account', account: list[0] });
    for (const [subject, names] of [
      [undefined, [a, b]],
      ['cn=a', [b]],
    ] as const) {
      assert.equal(own.findByCertificate(subject, names).kind, 'several');
    }
    assert.throws(() => new ServiceAccounts([{ name: 'x', dn: dn('x'), certificateAltName: 'x' }]));
  });

  it('need a distinguished name as the subject of their certificate', () => {
    for (const certificateSubject of ['', 'gitlab']) {
      const list = [{ name: 'x', dn: dn('x'), certificateSubject }];
      assert.throws(() => new ServiceAccounts(list), RangeError);
    }
  });

  it('need a distinguished name', () => {
    const list = [{ name: 'x', dn: 'not a dn', passwordHash: hash('x') }];
    assert.throws(() => new ServiceAccounts(list), RangeError);
  });
});
