import assert from 'node:assert/strict';
import { hashSync } from 'bcrypt';
import { EntraLink } from '../../../src/auth/entra-link.ts';
import { Gate } from '../../../src/auth/gate.ts';
import { LocalLink } from '../../../src/auth/local-link.ts';
import type { BindAttempt } from '../../../src/auth/link.ts';
import { PasswordHashes } from '../../../src/auth/password-hashes.ts';
import { RefusalPace } from '../../../src/auth/refusal-pace.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { base, objectId, person, userDn } from './people.ts';

const password = 'in case of fire';
const signal = new AbortController().signal;

/** Everybody: somebody of the tenant, somebody of both, and two of the overlay alone, of whom one has a principal name. */
const directory = memoryDirectory([
  { dn: base, attributes: [['objectClass', ['top', 'domain']]], links: [] },
  withSource(person(1, 'tenant@contoso.com'), 'tenant'),
  withSource(person(2, 'both@contoso.com'), 'tenant', 'overlay'),
  withSource(person(3, 'local@contoso.com'), 'overlay'),
  {
    dn: userDn('glass'),
    attributes: [
      ['entryUUID', [objectId(4)]],
      ['uid', ['glass']],
      ['entraSource', ['overlay']],
    ],
    links: [],
  },
]);

function withSource(entry: ReturnType<typeof person>, ...sources: readonly string[]): ReturnType<typeof person> {
  return { ...entry, attributes: [...entry.attributes, ['entraSource', sources]] };
}

function attempt(name: string, text = password): BindAttempt {
  const found = createUserLookup(directory, standardSchema).find(name);
  assert.equal(found.kind, 'user');
  return { subject: found, password: Buffer.from(text), address: '192.0.2.1', network: '192.0.2.1', signal };
}

function link(areLocked = false): LocalLink {
  const hashes = new PasswordHashes(new Gate({ runningMax: 2, waitingMax: 2 }), undefined);
  return new LocalLink(hashes, [
    { objectId: objectId(1), passwordHash: hashSync(password, 4), isLocked: false },
    { objectId: objectId(2), passwordHash: hashSync(password, 4), isLocked: false },
    { objectId: objectId(4), passwordHash: hashSync(password, 4), isLocked: areLocked },
  ]);
}

describe('the link for users whom only the overlay has', () => {
  it('accepts the password of its file, by uid or DN, and refuses any other', async () => {
    for (const name of ['glass', 'CONTOSO\\glass', userDn('glass')]) {
      assert.deepEqual(await link().verify(attempt(name)), { kind: 'accepted' });
    }
    assert.deepEqual(await link().verify(attempt('glass', 'guess')), {
      kind: 'refused',
      reason: 'wrong',
      denial: 'wrong',
    });
  });

  for (const [what, text, reason] of [
    ['longer than bcrypt reads', 'x'.repeat(73), 'the password has more than 72 octets, and bcrypt reads no more'],
    [
      'of two octets each that are too many',
      'ä'.repeat(37),
      'the password has more than 72 octets, and bcrypt reads no more',
    ],
    ['with a NUL', `${password}\0`, 'the password holds a NUL, at which bcrypt ends'],
  ] as const) {
    it(`says in the log why a password ${what} matches no hash (P7)`, async () => {
      assert.deepEqual(await link().verify(attempt('glass', text)), { kind: 'refused', reason, denial: 'wrong' });
    });
  }

  it('refuses whom the files have no password for, or do not have any more (P7)', async () => {
    const verdict = { kind: 'refused', reason: 'the account has no password', denial: 'wrong' } as const;
    assert.deepEqual(await link().verify(attempt('local@contoso.com')), verdict);
  });

  it('refuses whom the files lock before that is published, with the right password too (P7)', async () => {
    assert.deepEqual(await link(true).verify(attempt('glass')), {
      kind: 'refused',
      reason: 'locked',
      denial: 'disabled',
      isProven: true,
    });
  });

  it('leaves everybody to Entra whom the tenant has, although the files have a password (P7)', async () => {
    for (const name of ['tenant@contoso.com', 'both@contoso.com']) {
      assert.deepEqual(await link().verify(attempt(name)), { kind: 'notMine' });
    }
  });

  it('is the only one that is asked about them: Entra is not, even when this one cannot tell', async () => {
    const clock = new ManualClock();
    const entra = new EntraLink({
      passwords: { check: () => assert.fail('Entra was asked') },
      gate: new Gate({ runningMax: 1, waitingMax: 1 }),
      pace: new RefusalPace(clock, () => 0),
      clock,
      acceptProven: [],
    });
    for (const name of ['local@contoso.com', 'glass']) {
      assert.deepEqual(await entra.verify(attempt(name)), { kind: 'notMine' });
    }
  });
});
