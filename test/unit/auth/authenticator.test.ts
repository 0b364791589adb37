import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { hashSync } from 'bcrypt';

import {
  type AuthenticatorOptions,
  createAuthenticator,
  type LiveAuthenticator,
} from '../../../src/auth/authenticator.ts';
import type { BindOutcome } from '../../../src/auth/bind.ts';
import { defaultAuthLimits } from '../../../src/auth/limits.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import type { UserLookup } from '../../../src/auth/user-lookup.ts';
import { type CertificatePair, createCertificateAuthority } from '../../../src/certificates/authority.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { parseObjectId } from '../../../src/identity/ids.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { clientCertificate, type SubjectRdns } from '../../support/client-certificate.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { type LoggedEvent, type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { objectId, people, userDn } from './people.ts';

const serviceDn = 'cn=gitlab,ou=services,dc=example,dc=com';
const serviceAccounts = [{ name: 'gitlab', dn: serviceDn, passwordHash: hashSync('s3cret', 4) }];
const password = 'Passw0rd!';
const accepted: PasswordVerdict = { kind: 'accepted' };

interface Fixture {
  readonly authenticator: LiveAuthenticator;
  readonly log: RecordingLog;
  readonly clock: ManualClock;
  /** The names that Entra was asked about. */
  readonly asked: string[];
}

type Check = (name: string, password: string, signal: AbortSignal) => Promise<PasswordVerdict>;

function fixture(check: Check | PasswordVerdict = accepted, overrides: Partial<AuthenticatorOptions> = {}): Fixture {
  const log = recordingLog();
  const clock = new ManualClock();
  const asked: string[] = [];
  const authenticator = createAuthenticator({
    serviceAccounts,
    users: createUserLookup(memoryDirectory(people), standardSchema),
    passwords: {
      check: (name, text, signal) => {
        asked.push(name);
        return typeof check === 'function' ? check(name, text.toString(), signal) : Promise.resolve(check);
      },
    },
    clock,
    log,
    random: () => 0,
    ...overrides,
  });
  return { authenticator, log, clock, asked };
}

/** Binds, and lets the time pass that refusals take. */
async function bind(
  { authenticator, clock }: Fixture,
  name: string,
  bytes: string | Buffer = password,
  signal = new AbortController().signal,
): Promise<BindOutcome> {
  const binding = authenticator.bindSimple(name, Buffer.from(bytes), {
    remoteAddress: '192.0.2.1',
    secure: true,
    signal,
  });
  await clock.advance(10_000);
  return await binding;
}

/** Binds as SASL PLAIN does when the client asks to act as somebody. */
async function bindAs({ authenticator, clock }: Fixture, name: string, authorizationId: string): Promise<BindOutcome> {
  const { signal } = new AbortController();
  const context = { remoteAddress: '192.0.2.1', secure: true, signal, authorizationId };
  const binding = authenticator.bindSimple(name, Buffer.from(password), context);
  await clock.advance(10_000);
  return await binding;
}

const aboveDebug = ({ events }: RecordingLog): LoggedEvent[] => events.filter(({ level }) => level !== 'debug');

const codeOf = (outcome: BindOutcome): number => (outcome.kind === 'accepted' ? 0 : outcome.result.code);

const lookupOf = (kind: 'unpublished' | 'unavailable'): UserLookup => ({
  find: () => (kind === 'unpublished' ? { kind } : { kind, cause: new DirectoryStorageError('disk') }),
  byObjectId: () => ({ kind: 'none' }),
});

describe('a bind as a service account', () => {
  it('is accepted with its own identity', async () => {
    const outcome = await bind(fixture(), serviceDn.toUpperCase(), 's3cret');
    assert.deepEqual(outcome, { kind: 'accepted', identity: { kind: 'service', dn: serviceDn, name: 'gitlab' } });
  });

  it('is never passed on to Entra, right or wrong', async () => {
    const bound = fixture();
    assert.equal(codeOf(await bind(bound, serviceDn, 'wrong')), 49);
    assert.equal(codeOf(await bind(bound, serviceDn.replace('gitlab', 'nobody'), 's3cret')), 49);
    assert.deepEqual(bound.asked, []);
  });

  it('works before anything is published and while the store is broken (P6)', async () => {
    for (const kind of ['unpublished', 'unavailable'] as const) {
      assert.equal(codeOf(await bind(fixture(accepted, { users: lookupOf(kind) }), serviceDn, 's3cret')), 0);
    }
  });
});

describe('a bind as a user', () => {
  const verdicts: readonly (readonly [verdict: PasswordVerdict, code: number])[] = [
    [accepted, 0],
    ...(
      ['wrong', 'noSuchUser', 'locked', 'expired', 'disabled', 'interactionRequired', 'notAllowed', 'unknown'] as const
    ).map((reason) => [{ kind: 'refused', reason, aadsts: 50126 }, 49] as const),
    [{ kind: 'unavailable', aadsts: undefined, message: 'no network' }, 52],
    [{ kind: 'misconfigured', aadsts: 7000222, message: 'the client secret has expired' }, 52],
  ];
  // What is known of the name decides before Entra does: whom Entra is asked about, and the code if it is not.
  const states: readonly [state: string, name: string, asked: string | undefined, users?: UserLookup, code?: number][] =
    [
      ['known by DN', userDn('alice'), 'alice@contoso.com'],
      ['known by mail', 'alice.jones@contoso.com', 'alice@contoso.com'],
      ['known by DOMAIN\\uid', 'CONTOSO\\bob', 'bob@contoso.com'],
      ['not in the directory (FED-04)', 'mallory@contoso.com', undefined],
      ['shared by two', 'shared@contoso.com', undefined],
      ['locked', 'carol', undefined],
      ['a guest', 'dave@x.com', undefined],
      ['asked for before anything is published (P1)', 'alice', undefined, lookupOf('unpublished'), 51],
      ['asked for while the store is broken (P1)', 'alice', undefined, lookupOf('unavailable'), 52],
    ];
  for (const [state, name, expectedName, users, code = 49] of states) {
    for (const [verdict, verdictCode] of verdicts) {
      const reason = verdict.kind === 'refused' ? ` (${verdict.reason})` : '';
      const expected = expectedName === undefined ? code : verdictCode;
      it(`whose name is ${state} ends with ${expected} when Entra says ${verdict.kind}${reason} (B12)`, async () => {
        const bound = fixture(verdict, users === undefined ? {} : { users });
        assert.equal(codeOf(await bind(bound, name)), expected);
        assert.deepEqual(bound.asked, expectedName === undefined ? [] : [expectedName]);
      });
    }
  }

  it('gives the identity of the entry', async () => {
    const outcome = await bind(fixture(), 'alice');
    assert.ok(outcome.kind === 'accepted' && outcome.identity.kind === 'user');
    const { dn, objectId: id } = outcome.identity;
    assert.deepEqual({ dn, id }, { dn: userDn('alice'), id: objectId(1) });
  });

  it('hands the password to Entra as it is, and says it nowhere else', async () => {
    const secret = ' päss\u{1F511} ';
    let seen = '';
    const bound = fixture((_name, text) => {
      seen = text;
      return Promise.resolve({ kind: 'refused', reason: 'wrong', aadsts: 50126 });
    });
    await bind(bound, 'alice', secret);
    assert.equal(seen, secret);
    assert.ok(!JSON.stringify(bound.log.events).includes('päss'));
  });

  const malformed: readonly [what: string, bytes: Buffer][] = [
    ['is empty (RFC 4513 §5.1.2)', Buffer.alloc(0)],
    ['is not UTF-8', Buffer.from([0x70, 0xff])],
    ['is cut in the middle of a character', Buffer.from('ä').subarray(0, 1)],
    ['has an octet of zero', Buffer.from(`${password}\0`)],
  ];
  for (const [what, bytes] of malformed) {
    it(`is refused without asking Entra when the password ${what} (P7)`, async () => {
      const bound = fixture();
      assert.equal(codeOf(await bind(bound, 'alice', bytes)), 49);
      assert.deepEqual(bound.asked, []);
    });
  }

  it('keeps a byte order mark as part of the password', async () => {
    let seen = '';
    const bound = fixture((_name, text) => {
      seen = text;
      return Promise.resolve(accepted);
    });
    await bind(bound, 'alice', '\uFEFFx');
    assert.equal(seen, '\uFEFFx');
  });

  it('is refused when the name belongs to somebody else at Entra by now (P7)', async () => {
    const owner = (n: number): PasswordVerdict => {
      const id = parseObjectId(objectId(n));
      assert.ok(id !== undefined);
      return { kind: 'accepted', objectId: id };
    };
    assert.equal(codeOf(await bind(fixture(owner(1)), 'alice')), 0);
    assert.equal(codeOf(await bind(fixture(owner(3)), 'alice')), 49);
  });

  for (const [change, name] of [
    ['locked', 'carol'],
    ['removed', 'mallory'],
    ['replaced by somebody else', 'bob'],
  ] as const) {
    it(`is refused when the user was ${change} while Entra thought about it (P7)`, async () => {
      const users = createUserLookup(memoryDirectory(people), standardSchema);
      let moved = false;
      const moving: UserLookup = { ...users, find: (asked) => users.find(moved ? name : asked) };
      const check = (): Promise<PasswordVerdict> => {
        moved = true;
        return Promise.resolve(accepted);
      };
      assert.equal(codeOf(await bind(fixture(check, { users: moving }), 'alice')), 49);
    });
  }

  it('is refused for everybody when passwords are not checked at all (FED-02)', async () => {
    for (const name of ['alice', 'mallory']) {
      assert.equal(codeOf(await bind(fixture(accepted, { passwords: undefined }), name)), 49);
    }
  });

  it('says the same text for every reason to refuse', async () => {
    const refused: PasswordVerdict = { kind: 'refused', reason: 'expired', aadsts: 50055 };
    const texts = new Set<string>();
    for (const name of ['alice', 'mallory', 'shared@contoso.com', 'carol', 'dave', serviceDn]) {
      const outcome = await bind(fixture(refused), name);
      assert.ok(outcome.kind === 'refused');
      texts.add(JSON.stringify(outcome.result));
    }
    assert.equal(texts.size, 1);
  });

  it('takes as long to refuse a name that nobody has as Entra takes to refuse a password', async () => {
    const bound = fixture(async () => {
      await bound.clock.sleep(450);
      return { kind: 'refused', reason: 'wrong', aadsts: 50126 };
    });
    await bind(bound, 'alice');
    for (const name of ['mallory', 'shared@contoso.com', 'carol', 'dave']) {
      const signal = new AbortController().signal;
      const context = { remoteAddress: '192.0.2.1', secure: true, signal };
      const binding = bound.authenticator.bindSimple(name, Buffer.from(password), context);
      assert.equal(await bound.clock.untilDueIn(() => true), 450);
      await bound.clock.advance(450);
      assert.equal(codeOf(await binding), 49);
    }
  });

  it('is busy when as many wait for Entra as may, and not one earlier (P8)', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<PasswordVerdict>((resolve) => {
      release = () => resolve(accepted);
    });
    const limits = { ...defaultAuthLimits, checksMax: 2, checksWaitingMax: 3 };
    const bound = fixture(() => held, { limits });
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    const start = (name: string): Promise<BindOutcome> =>
      bound.authenticator.bindSimple(name, Buffer.from(password), context);
    const long = 'l'.repeat(150);
    const waiting = ['alice', 'alice@fabrikam.com', 'bob', 'zoë@contoso.com', `${long}1@contoso.com`].map(start);
    assert.equal(codeOf(await start(`${long}2@contoso.com`)), 51);
    assert.equal(bound.asked.length, 2);
    release();
    assert.deepEqual((await Promise.all(waiting)).map(codeOf), [0, 0, 0, 0, 0]);
  });

  it('whose client has gone before it was its turn ends, and is not reported as an error', async () => {
    const bound = fixture();
    assert.equal(codeOf(await bind(bound, 'alice', password, AbortSignal.abort(new Error('gone')))), 52);
    assert.ok(bound.log.events.every(({ level }) => level !== 'error'));
    assert.deepEqual(bound.asked, []);
  });

  it('is asked about to the end when its client has gone in the middle: Entra counts it', async () => {
    const controller = new AbortController();
    let wasAborted: boolean | undefined;
    const bound = fixture((_name, _password, signal) => {
      controller.abort(new Error('gone'));
      wasAborted = signal.aborted;
      return Promise.resolve(accepted);
    });
    await bind(bound, 'alice', password, controller.signal);
    assert.equal(wasAborted, false);
  });

  /** Looks at the first directory until Entra is asked, and at the second from then on. */
  function moving(second: UserLookup): Fixture {
    const first = createUserLookup(memoryDirectory(people), standardSchema);
    let current = first;
    const users: UserLookup = { find: (name) => current.find(name), byObjectId: (id) => current.byObjectId(id) };
    const check = (): Promise<PasswordVerdict> => {
      current = second;
      return Promise.resolve(accepted);
    };
    const bound = fixture(check, { users });
    const { authenticator } = bound;
    const bindSimple: LiveAuthenticator['bindSimple'] = (...attempt) => {
      current = first;
      return authenticator.bindSimple(...attempt);
    };
    return { ...bound, authenticator: { ...authenticator, bindSimple } };
  }

  it('ends with unavailable when the store breaks while Entra is asked, and is not refused from memory then (P1)', async () => {
    const bound = moving(lookupOf('unavailable'));
    assert.equal(codeOf(await bind(bound, 'alice')), 52);
    assert.equal(codeOf(await bind(bound, 'alice')), 52);
    assert.equal(bound.asked.length, 2);
  });

  it('ends with busy when a publish tells of another password meanwhile: nobody knows which was right (P7)', async () => {
    const times = ['pwdChangedTime', ['20261121100000Z']] as const;
    const later = people.map((each) =>
      each.dn === userDn('alice') ? { ...each, attributes: [...each.attributes, times] } : each,
    );
    const bound = moving(createUserLookup(memoryDirectory(later), standardSchema));
    assert.equal(codeOf(await bind(bound, 'alice')), 51);
  });

  it('ends with unavailable, never with success, when something throws that should not', async () => {
    const bound = fixture(() => Promise.reject(new Error('bug')));
    assert.equal(codeOf(await bind(bound, 'alice')), 52);
    assert.equal(aboveDebug(bound.log).at(-1)?.level, 'error');
    assert.match(String(aboveDebug(bound.log).at(-1)?.cause), /bug/);
  });
});

describe('changed settings of binds (FAM-28)', () => {
  it('open with the new password and no longer with the old one', async () => {
    const bench = fixture();
    bench.authenticator.use({
      serviceAccounts: [{ name: 'gitlab', dn: serviceDn, passwordHash: hashSync('another', 4) }],
      passwords: undefined,
    });
    assert.equal((await bind(bench, serviceDn, 's3cret')).kind, 'refused');
    assert.equal((await bind(bench, serviceDn, 'another')).kind, 'accepted');
    assert.equal((await bind(bench, userDn('alice'))).kind, 'refused', 'users cannot bind any more');
    assert.deepEqual(bench.asked, []);
  });

  it('let nobody in whom only the settings of before would have let in (P7)', async () => {
    let answer: (verdict: PasswordVerdict) => void = () => {};
    const bench = fixture(() => new Promise((resolve) => (answer = resolve)));
    const binding = bind(bench, userDn('alice'));
    for (let turn = 0; bench.asked.length === 0 && turn < 1000; turn++)
      await new Promise((resolve) => setImmediate(resolve));
    bench.authenticator.use({ serviceAccounts: [], passwords: undefined });
    answer(accepted);
    const outcome = await binding;
    assert.equal(outcome.kind === 'refused' && outcome.result.code, 51);
  });
});

describe('the log of binds', () => {
  const cases: readonly [
    what: string,
    verdict: PasswordVerdict,
    name: string,
    level: string,
    event: string,
    fields: object,
  ][] = [
    [
      'who was accepted',
      accepted,
      'alice',
      'info',
      'bind.accepted',
      { account: objectId(1), by: 'entra', remembered: false, peer: '192.0.2.1', secure: true, aadsts: undefined },
    ],
    [
      'why somebody was refused, with the code of Entra (PAIN-01)',
      { kind: 'refused', reason: 'interactionRequired', aadsts: 50076 },
      'alice',
      'info',
      'bind.refused',
      {
        account: objectId(1),
        reason: 'interactionRequired',
        remembered: false,
        aadsts: 50076,
        peer: '192.0.2.1',
        secure: true,
      },
    ],
    [
      'what the administrator has to do',
      { kind: 'misconfigured', aadsts: 7000222, message: 'the client secret has expired' },
      'alice',
      'error',
      'bind.misconfigured',
      { reason: 'the client secret has expired', aadsts: 7000222 },
    ],
    [
      'that Entra cannot be asked',
      { kind: 'unavailable', aadsts: undefined, message: 'no network' },
      'alice',
      'warn',
      'bind.undecided',
      {
        account: objectId(1),
        answer: 'unavailable',
        reason: 'no network',
        aadsts: undefined,
        peer: '192.0.2.1',
        secure: true,
      },
    ],
    [
      'that nobody has a name',
      accepted,
      'nobody',
      'info',
      'bind.refused',
      {
        account: undefined,
        reason: 'no such user',
        remembered: false,
        aadsts: undefined,
        peer: '192.0.2.1',
        secure: true,
      },
    ],
  ];
  for (const [what, verdict, name, level, event, fields] of cases) {
    it(`says ${what}`, async () => {
      const bound = fixture(verdict);
      await bind(bound, name);
      assert.deepEqual(aboveDebug(bound.log), [{ level, event, fields, cause: undefined }]);
    });
  }

  it('has the names that clients send at level debug only, and up to a bound (P8)', async () => {
    const bound = fixture();
    await bind(bound, 'x'.repeat(1000));
    const named = { name: 'x'.repeat(256), peer: '192.0.2.1', answer: 'refused' };
    assert.deepEqual(
      bound.log.events.filter(({ level }) => level === 'debug').map(({ event, fields }) => [event, fields]),
      [['bind.named', named]],
    );
    assert.ok(!JSON.stringify(aboveDebug(bound.log)).includes('xxx'));
  });
});

describe('whom a SASL client asks to act as (RFC 4513 §5.2.1.8)', () => {
  const granted: readonly [name: string, authorizationId: string][] = [
    ['alice', ''],
    ['alice', 'alice'],
    ['alice', 'u:alice'],
    ['alice', `dn:${userDn('alice')}`],
    ['alice@contoso.com', `dn:UID=Alice, OU=Users,dc=example,dc=com`],
  ];
  for (const [name, authorizationId] of granted) {
    it(`may be ${JSON.stringify(authorizationId)} for ${name}`, async () => {
      const outcome = await bindAs(fixture(), name, authorizationId);
      assert.ok(outcome.kind === 'accepted');
      assert.equal(outcome.identity.kind === 'anonymous' ? '' : outcome.identity.dn, userDn('alice'));
    });
  }

  for (const authorizationId of ['bob', 'u:bob', `dn:${userDn('bob')}`, 'dn:', 'u:', 'dn:not a dn', 'ALICE', ' ']) {
    it(`may not be ${JSON.stringify(authorizationId)} for alice (P7)`, async () => {
      const bound = fixture();
      assert.equal(codeOf(await bindAs(bound, 'alice', authorizationId)), 49);
      assert.deepEqual(
        aboveDebug(bound.log).map(({ event, fields }) => [event, fields['reason']]),
        [['bind.refused', 'may not act as somebody else']],
      );
    });
  }

  it('is no matter of the password: who may not be somebody else gets in as the own self afterwards', async () => {
    const bound = fixture();
    assert.equal(codeOf(await bindAs(bound, 'alice', 'bob')), 49);
    assert.equal(codeOf(await bind(bound, 'alice')), 0);
    assert.equal(codeOf(await bindAs(bound, 'alice', 'bob')), 49);
    assert.equal(codeOf(await bind(bound, 'alice')), 0);
  });

  it('does not turn a wrong password into a right one', async () => {
    const refused = fixture({ kind: 'refused', reason: 'wrong', aadsts: 50126 });
    assert.equal(codeOf(await bindAs(refused, 'alice', 'alice')), 49);
  });
});

describe('binds by client certificate (RFC 4513 §5.2.3)', () => {
  const accounts = [{ name: 'gitlab', dn: serviceDn, certificateSubject: 'CN=gitlab, O=Example' }];
  let authority: CertificatePair;

  before(async () => {
    authority = await createCertificateAuthority({ commonName: 'CA', nowMs: Date.now(), days: 2 });
  });

  async function external(rdns: SubjectRdns, authorizationId = ''): Promise<Fixture & { outcome: BindOutcome }> {
    const bound = fixture(accepted, { serviceAccounts: accounts });
    const certificate = new X509Certificate((await clientCertificate(authority, rdns)).cert);
    const { signal } = new AbortController();
    const context = { remoteAddress: '192.0.2.1', secure: true, signal, authorizationId };
    return { ...bound, outcome: await bound.authenticator.bindExternal(certificate, context) };
  }

  for (const authorizationId of ['', `dn:${serviceDn.toUpperCase()}`, 'u:gitlab', 'gitlab']) {
    it(`are accepted for the account with its subject, as ${JSON.stringify(authorizationId)}`, async () => {
      const { outcome, log, asked } = await external([{ O: 'EXAMPLE' }, { CN: 'GitLab' }], authorizationId);
      const identity = { kind: 'service', dn: serviceDn, name: 'gitlab' };
      assert.deepEqual(outcome, { kind: 'accepted', identity });
      const fields = {
        account: serviceDn,
        by: 'certificate',
        remembered: false,
        peer: '192.0.2.1',
        secure: true,
        aadsts: undefined,
      };
      assert.deepEqual(aboveDebug(log), [{ level: 'info', event: 'bind.accepted', fields, cause: undefined }]);
      assert.deepEqual(asked, []);
    });
  }

  const others: readonly SubjectRdns[] = [
    [{ CN: 'gitlab' }],
    [{ CN: 'gitlab' }, { O: 'Example' }],
    [{ O: 'Example' }, { CN: 'gitlab' }, { CN: 'gitlab' }],
    [{ O: 'Example', CN: 'gitlab' }],
    [{ O: 'Example' }, { CN: 'alice' }],
    [{ O: 'Example' }, { CN: 'gitlab\0' }],
    [{ CN: 'gitlab,O=Example' }],
    [],
  ];
  for (const rdns of others) {
    it(`are refused for ${JSON.stringify(rdns)} (P7)`, async () => {
      const { outcome, log } = await external(rdns);
      assert.equal(codeOf(outcome), 49);
      assert.equal(log.events[0]?.fields['reason'], 'no account has this certificate');
    });
  }

  for (const authorizationId of ['alice', `dn:${userDn('alice')}`, 'dn:', 'u:']) {
    it(`are refused to whoever asks to act as ${JSON.stringify(authorizationId)} (P7)`, async () => {
      const { outcome } = await external([{ O: 'Example' }, { CN: 'gitlab' }], authorizationId);
      assert.equal(codeOf(outcome), 49);
    });
  }
});

describe('source networks of service accounts', () => {
  const allowFrom = [
    { family: 'ipv4', address: '10.0.0.0', prefix: 8 },
    { family: 'ipv6', address: '2001:db8::', prefix: 32 },
  ] as const;
  const [gitlab] = serviceAccounts;

  async function bindFrom(remoteAddress: string, given: string): Promise<Fixture & { code: number }> {
    const passwordHash = gitlab?.passwordHash;
    const account = { name: 'gitlab', dn: serviceDn, passwordHash, certificateSubject: 'CN=gitlab', allowFrom };
    const bound = fixture(accepted, { serviceAccounts: [account] });
    const context = { remoteAddress, secure: true, signal: new AbortController().signal };
    if (given !== 'certificate') {
      return { ...bound, code: codeOf(await bound.authenticator.bindSimple(serviceDn, Buffer.from(given), context)) };
    }
    const authority = await createCertificateAuthority({ commonName: 'CA', nowMs: Date.now(), days: 2 });
    const certificate = new X509Certificate((await clientCertificate(authority, [{ CN: 'gitlab' }])).cert);
    return { ...bound, code: codeOf(await bound.authenticator.bindExternal(certificate, context)) };
  }

  for (const given of ['s3cret', 'certificate']) {
    it(`let in from inside (${given === 's3cret' ? 'password' : given})`, async () => {
      for (const address of ['10.255.0.1', '::ffff:10.0.0.1', '2001:db8:1::5']) {
        assert.equal((await bindFrom(address, given)).code, 0, address);
      }
    });

    it(`keep out from elsewhere (${given === 's3cret' ? 'password' : given}, P7)`, async () => {
      for (const address of ['11.0.0.1', '192.0.2.1', '::ffff:11.0.0.1', '2001:db9::1', '::1', 'unix', '']) {
        const { code, log } = await bindFrom(address, given);
        assert.equal(code, 49, address);
        assert.equal(log.events[0]?.fields['reason'], 'the address is not allowed');
      }
    });
  }

  it('do not tell from elsewhere whether the password was right', async () => {
    const [right, wrong] = [await bindFrom('192.0.2.1', 's3cret'), await bindFrom('192.0.2.1', 'wrong')];
    assert.equal(right.code, wrong.code);
    assert.equal(wrong.log.events[0]?.fields['reason'], 'wrong');
  });

  it('are no matter for people', async () => {
    const account = { name: 'gitlab', dn: serviceDn, allowFrom };
    assert.equal(codeOf(await bind(fixture(accepted, { serviceAccounts: [account] }), 'alice')), 0);
  });
});
