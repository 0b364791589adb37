import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hashSync } from 'bcrypt';

import { AppPasswords, type AppPasswordSettings } from '../../../src/auth/app-passwords.ts';
import { createAuthenticator, type LiveAuthenticator } from '../../../src/auth/authenticator.ts';
import type { BindOutcome } from '../../../src/auth/bind.ts';
import { Keyring } from '../../../src/auth/keyring.ts';
import { oneTimeCode, timeStep } from '../../../src/auth/one-time-code.ts';
import { defaultAuthLimits } from '../../../src/auth/limits.ts';
import { ServiceAccounts } from '../../../src/auth/service-accounts.ts';
import { defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { AdminRefusal } from '../../../src/identity/admin.ts';
import type {
  AppPasswordReport,
  AppPasswordRequest,
  NewAppPassword,
  StoredAppPassword,
} from '../../../src/identity/app-password.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAppPasswords } from '../../support/memory-credentials.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { objectId, people, person, userDn } from './people.ts';

const DAY = 86_400_000;
const key = { id: 'k1', secret: randomBytes(32) };
const settings = defaultBindSettings.appPasswords;

const accounts = [
  {
    name: 'gitlab',
    dn: 'cn=gitlab,ou=services,dc=example,dc=com',
    passwordHash: hashSync('s3cret', 4),
    allowFrom: [{ family: 'ipv4', address: '10.20.0.0', prefix: 16 } as const],
  },
  { name: 'jira', dn: 'cn=jira,ou=services,dc=example,dc=com', passwordHash: hashSync('s3cret', 4) },
];

const local = person(30, 'rescue@contoso.com');
const localPerson: MemoryEntry = { ...local, attributes: [...local.attributes, ['entraSource', ['overlay']]] };

describe('app passwords', () => {
  let clock: ManualClock;
  let store: MemoryAppPasswords;
  let passwords: AppPasswords;
  let authenticator: LiveAuthenticator;
  let asked: string[];
  let denial: 'wrong' | 'locked';

  function open(changes: Partial<AppPasswordSettings> = {}, keys = [key], limits = defaultAuthLimits): void {
    const users = createUserLookup(memoryDirectory([...people, localPerson]), standardSchema);
    const log = recordingLog();
    const bind = { ...defaultBindSettings, appPasswords: { ...settings, ...changes } };
    const means = { store, keyring: new Keyring(keys), users, issuer: 'Contoso', clock, log };
    passwords = new AppPasswords(means, bind.appPasswords, new ServiceAccounts(accounts));
    const check = (name: string) => {
      asked.push(name);
      return Promise.resolve({ kind: 'refused', reason: denial, aadsts: 50126 } as const);
    };
    authenticator = createAuthenticator({
      serviceAccounts: accounts,
      users,
      passwords: { check },
      appPasswords: passwords,
      bind,
      clock,
      log,
      limits,
      random: () => 0,
    });
  }

  beforeEach(() => {
    clock = new ManualClock();
    store = new MemoryAppPasswords();
    asked = [];
    denial = 'wrong';
    open();
  });

  const make = (request: Partial<AppPasswordRequest> = {}): Promise<NewAppPassword> =>
    passwords.create({
      user: 'bob',
      label: 'printer',
      lifetimeMs: undefined,
      networks: [],
      services: [],
      withCode: false,
      ...request,
    });

  async function bind(name: string, password: string, remoteAddress = '192.0.2.1'): Promise<BindOutcome> {
    const { signal } = new AbortController();
    const binding = authenticator.bindSimple(name, Buffer.from(password), { remoteAddress, secure: true, signal });
    await clock.advance(10_000);
    return await binding;
  }

  const codeOf = async (...attempt: Parameters<typeof bind>): Promise<number> => {
    const outcome = await bind(...attempt);
    return outcome.kind === 'accepted' ? 0 : outcome.result.code;
  };

  const list = async (user?: string): Promise<AppPasswordReport[]> => {
    const reports: AppPasswordReport[] = [];
    for await (const report of passwords.list(user)) reports.push(report);
    return reports;
  };

  const stored = (): StoredAppPassword => {
    const [password] = [...store.kept.values()].flat();
    assert.ok(password);
    return password;
  };

  const codeAt = ({ otpauth }: NewAppPassword, shift = 0): string => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const secret = new URL(otpauth ?? '').searchParams.get('secret') ?? '';
    const bits = Array.from(secret, (character) => alphabet.indexOf(character).toString(2).padStart(5, '0')).join('');
    const seed = Buffer.from(bits.match(/\d{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
    return oneTimeCode(seed, timeStep(clock.now()) + shift);
  };

  it('open the account by every login name, without Entra being asked (PAIN-01, PAIN-10)', async () => {
    const { password } = await make();
    for (const name of ['bob', 'BOB@contoso.com', userDn('bob'), 'CONTOSO\\bob']) {
      const outcome = await bind(name, password);
      assert.ok(outcome.kind === 'accepted', name);
      assert.deepEqual(outcome.identity.kind === 'user' && outcome.identity.objectId, objectId(3));
    }
    assert.deepEqual(asked, []);
  });

  it('open no other account, and are not shown to Entra there (P7)', async () => {
    const { password } = await make();
    assert.equal(await codeOf('alice@contoso.com', password), 49);
    assert.deepEqual(asked, []);
  });

  it('leave whatever cannot be one to the links behind', async () => {
    await make();
    assert.equal(await codeOf('bob', 'Passw0rd!'), 49);
    assert.deepEqual(asked, ['bob@contoso.com']);
  });

  it('are kept as hashes, and nothing that is told of them opens an account (P7)', async () => {
    const made = await make({ withCode: true });
    const plain = made.password.replaceAll('-', '');
    const seed = new URL(made.otpauth ?? '').searchParams.get('secret') ?? 'none';
    for (const text of [JSON.stringify([...store.kept]), JSON.stringify(await list())]) {
      assert.ok(!text.includes(plain) && !text.includes(made.password) && !text.includes(plain.slice(6)));
      assert.ok(!text.includes(seed));
    }
    assert.match(stored().hash, /^\$2b\$/);
  });

  it('end when their time is over, at the moment', async () => {
    const { password, expiresAtMs } = await make({ lifetimeMs: DAY });
    assert.equal(expiresAtMs, clock.now() + DAY);
    assert.equal(await codeOf('bob', password), 0);
    await clock.advance(DAY);
    assert.equal(await codeOf('bob', password), 49);
    assert.deepEqual(asked, []);
  });

  it('end then also where they were accepted a moment before', async () => {
    const { password } = await make({ lifetimeMs: DAY });
    await clock.advance(DAY - 20_000);
    assert.equal(await codeOf('bob', password), 0);
    await clock.advance(10_000);
    assert.equal(await codeOf('bob', password), 49);
  });

  it('work while their use cannot be written down, and not where a code would be good twice (P6)', async () => {
    const [plain, coded] = [await make(), await make({ withCode: true })];
    store.put = () => Promise.reject(new Error('the disk is full'));
    assert.equal(await codeOf('bob', plain.password), 0);
    assert.equal(await codeOf('bob', coded.password + codeAt(coded)), 52);
    assert.deepEqual(asked, []);
  });

  it('are not shown to Entra where they cannot be checked, least of all when too many binds wait (P7, PAIN-22)', async () => {
    const { password } = await make();
    open({}, [key], { ...defaultAuthLimits, hashesMax: 0, hashesWaitingMax: 0 });
    assert.equal(await codeOf('bob', password), 51);
    open();
    store.of = () => {
      throw new Error('the disk cannot be read');
    };
    assert.equal(await codeOf('bob', password), 52);
    assert.deepEqual(asked, []);
  });

  it('cost a comparison also for a name that nobody has, so that the time does not tell (P7)', async () => {
    const { password } = await make();
    open({}, [key], { ...defaultAuthLimits, hashesMax: 0, hashesWaitingMax: 0 });
    for (const name of ['alice@contoso.com', 'nobody', 'shared@contoso.com', 'carol'])
      assert.equal(await codeOf(name, password), 51, name);
  });

  it('go on working while Entra has the account locked, and do not end its rest (PAIN-22)', async () => {
    const { password } = await make();
    denial = 'locked';
    assert.equal(await codeOf('bob', 'Passw0rd!'), 49);
    denial = 'wrong';
    assert.equal(await codeOf('bob', password, '192.0.2.2'), 0);
    assert.equal(await codeOf('bob', 'Passw0rd!'), 49);
    assert.equal(asked.length, 1);
  });

  it('last as long as the settings say, or for ever', async () => {
    assert.equal((await make()).expiresAtMs, clock.now() + 365 * DAY);
    assert.equal((await make({ lifetimeMs: null })).expiresAtMs, null);
    await assert.rejects(make({ lifetimeMs: 1e300 }), /36525 days at most/);
    open({ lifetimeMs: null });
    assert.equal((await make()).expiresAtMs, null);
  });

  it('work no longer once they are revoked, though they were accepted a moment ago; others of the user go on', async () => {
    const [first, second] = [await make(), await make({ label: 'mail' })];
    assert.deepEqual([await codeOf('bob', first.password), await codeOf('bob', second.password)], [0, 0]);
    const revoked: string[] = [];
    passwords.onRevoked((user) => revoked.push(user));
    assert.equal((await passwords.revoke(first.id)).label, 'printer');
    assert.deepEqual(revoked, [objectId(3)]);
    assert.deepEqual([await codeOf('bob', first.password), await codeOf('bob', second.password)], [49, 0]);
    assert.deepEqual(asked, []);
    await assert.rejects(passwords.revoke(first.id), AdminRefusal);
  });

  it('do not open an account that is locked (P7)', async () => {
    const { password } = await make({ user: 'carol' });
    assert.equal(await codeOf('carol', password), 49);
  });

  it('are good only from where they are for: networks, or those of a service account', async () => {
    const { password } = await make({ networks: [{ family: 'ipv4', address: '192.0.2.0', prefix: 28 }] });
    assert.deepEqual([await codeOf('bob', password), await codeOf('bob', password, '192.0.2.16')], [0, 49]);
    const { password: gitlab } = await make({ services: ['gitlab'] });
    assert.deepEqual([await codeOf('bob', gitlab, '10.20.3.4'), await codeOf('bob', gitlab, '10.21.0.1')], [0, 49]);
  });

  it('are good where they are for though somebody has tried them elsewhere a moment before', async () => {
    const { password } = await make({ networks: [{ family: 'ipv4', address: '192.0.2.0', prefix: 28 }] });
    assert.equal(await codeOf('bob', password, '198.51.100.1'), 49);
    assert.equal(await codeOf('bob', password), 0);
  });

  it('promise no part of an IPv6 network of 64 bits, for what is accepted is remembered for all of it', async () => {
    await make({ networks: [{ family: 'ipv6', address: '2001:db8::1', prefix: 128 }] });
    assert.deepEqual(stored().networks, [{ family: 'ipv6', address: '2001:db8::1', prefix: 64 }]);
  });

  it('with a one-time code want it behind them, each once (PAIN-02, RFC 6238 §5.2)', async () => {
    const made = await make({ withCode: true });
    const { password } = made;
    assert.equal(await codeOf('bob', password), 49);
    const code = codeAt(made);
    assert.equal(await codeOf('bob', password + code), 0);
    assert.equal(await codeOf('bob', password + code), 49);
    await clock.advance(60_000);
    assert.equal(await codeOf('bob', password + codeAt(made)), 0);
    assert.equal(await codeOf('bob', `${password}000000`), 49);
    assert.deepEqual(asked, []);
  });

  it('allow the clock of an authenticator to be off by the window and no more', async () => {
    const made = await make({ withCode: true });
    assert.equal(await codeOf('bob', made.password + codeAt(made, -2)), 49);
    // A refusal takes some of the ten seconds that each bind here takes, within the same step of thirty.
    await clock.advance(30_000 - (clock.now() % 30_000));
    assert.equal(await codeOf('bob', made.password + codeAt(made, -1)), 0);
  });

  it('without a code are refused with one behind them, and where the settings demand one (PAIN-02)', async () => {
    const { password } = await make();
    assert.equal(await codeOf('bob', `${password}123456`), 49);
    open({ codeRequired: true });
    assert.equal(await codeOf('bob', password), 49);
    const made = await make();
    assert.equal(await codeOf('bob', made.password + codeAt(made)), 0);
  });

  it('are not decided about while the key of their codes is missing', async () => {
    const made = await make({ withCode: true });
    open({}, [{ id: 'k2', secret: randomBytes(32) }]);
    assert.equal(await codeOf('bob', made.password + codeAt(made)), 52);
    assert.deepEqual(asked, []);
  });

  it('are turned off by the settings, and then neither made nor accepted', async () => {
    const { password } = await make();
    open({ enabled: false });
    assert.equal(await codeOf('bob', password), 49);
    assert.deepEqual(asked, ['bob@contoso.com']);
    await assert.rejects(make(), /bind\.appPasswords\.enabled/);
  });

  it('say when and from where they were last used, written down once a minute', async () => {
    const { password } = await make();
    const writes = store.writes;
    for (let i = 0; i < 5; i++) await bind('bob', password);
    assert.equal(store.writes, writes + 1);
    const [report] = await list('bob');
    assert.deepEqual([report?.lastUsedFrom, report?.dn, report?.hasCode], ['192.0.2.1', userDn('bob'), false]);
    await bind('bob', password, '192.0.2.2');
    assert.equal((await list('bob'))[0]?.lastUsedFrom, '192.0.2.2');
  });

  it('are listed of one user, and of everybody', async () => {
    await make();
    await make({ user: 'alice@contoso.com', label: 'vpn' });
    assert.deepEqual(
      (await list()).map(({ label }) => label).toSorted((a, b) => a.localeCompare(b)),
      ['printer', 'vpn'],
    );
    assert.deepEqual(
      (await list(objectId(1))).map(({ label }) => label),
      ['vpn'],
    );
    assert.throws(() => passwords.list('nobody'), AdminRefusal);
  });

  it('are at most 32 of one user, made at the same time too (P8)', async () => {
    const made = await Promise.allSettled(Array.from({ length: 34 }, () => make()));
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 32);
    assert.equal((await list('bob')).length, 32);
    // A hash takes tens of milliseconds, and there are 34 of them.
  }).timeout(120_000);

  for (const [what, request, message] of [
    ['nobody', { user: 'nobody' }, /No user in the directory is called "nobody"/],
    ['several people', { user: 'shared@contoso.com' }, /Several users are called/],
    ['no name', { label: ' ' }, /1 to 100 characters/],
    ['a name of two lines', { label: 'a\nb' }, /1 to 100 characters/],
    ['an unknown service account', { services: ['nobody'] }, /no service account "nobody"/],
    ['a service account without networks', { services: ['jira'] }, /jira may bind from everywhere/],
    ['somebody whom only the overlay has', { user: 'rescue' }, /binds with the password there/],
    [
      'a network that is none',
      { networks: [{ family: 'ipv4', address: '10.0.0.0', prefix: 33 }] },
      /an IP address and a prefix/,
    ],
    ['an address that is none', { networks: [{ family: 'ipv4', address: 'here', prefix: 8 }] }, /an IP address/],
    [
      'too many networks',
      { networks: Array.from({ length: 65 }, () => ({ family: 'ipv4', address: '10.0.0.0', prefix: 8 }) as const) },
      /at most 64/,
    ],
  ] as const) {
    it(`are not made for ${what}, and the reason is a sentence`, async () => {
      await assert.rejects(
        make(request),
        (error: unknown) => error instanceof AdminRefusal && message.test(error.message),
      );
      assert.equal(store.kept.size, 0);
    });
  }
});
