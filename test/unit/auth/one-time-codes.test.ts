import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hashSync } from 'bcrypt';

import { AppPasswords } from '../../../src/auth/app-passwords.ts';
import { createAuthenticator, type LiveAuthenticator } from '../../../src/auth/authenticator.ts';
import type { BindOutcome } from '../../../src/auth/bind.ts';
import { Keyring, KeyringError } from '../../../src/auth/keyring.ts';
import type { LinkRule } from '../../../src/auth/link-policy.ts';
import { OneTimeCodes } from '../../../src/auth/one-time-codes.ts';
import { RememberedPasswords } from '../../../src/auth/remembered-passwords.ts';
import { ServiceAccounts } from '../../../src/auth/service-accounts.ts';
import { type BindSettings, defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup, type UserLookupOutcome } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { AdminRefusal } from '../../../src/identity/admin.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAppPasswords, MemoryOneTimeCodes, MemoryRemembered } from '../../support/memory-credentials.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { codeOf, seedOf } from '../../support/otpauth.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { objectId, people, person } from './people.ts';

const STEP = 30_000;
const HOUR = 3_600_000;
const right = 'Passw0rd!';
const key = { id: 'k1', secret: randomBytes(32) };
const accepted: PasswordVerdict = { kind: 'accepted' };
const wrong: PasswordVerdict = { kind: 'refused', reason: 'wrong', aadsts: 50126 };
const down: PasswordVerdict = { kind: 'unavailable', aadsts: undefined, message: 'no answer' };
const rescue = person(30, 'rescue@contoso.com');
const localPerson: MemoryEntry = { ...rescue, attributes: [...rescue.attributes, ['entraSource', ['overlay']]] };
const localAccounts = [{ objectId: objectId(30), passwordHash: hashSync(right, 4), isLocked: false }];

describe('one-time codes of people', () => {
  let clock: ManualClock;
  let log: RecordingLog;
  let store: MemoryOneTimeCodes;
  let codes: OneTimeCodes;
  let appPasswords: AppPasswords;
  let remembered: RememberedPasswords;
  let authenticator: LiveAuthenticator;
  let asked: string[];
  let entra: PasswordVerdict;
  const rememberedStore = new MemoryRemembered();
  const appPasswordStore = new MemoryAppPasswords();

  function open(settings: Partial<BindSettings> = {}, keys = [key]): void {
    const users = createUserLookup(memoryDirectory([...people, localPerson]), standardSchema);
    const keyring = new Keyring(keys);
    const bind = { ...defaultBindSettings, oneTimeCodes: { required: true, window: 1 }, ...settings };
    const means = { keyring, users, issuer: 'Contoso', clock, log };
    codes = new OneTimeCodes({ ...means, store }, bind.oneTimeCodes.window);
    appPasswords = new AppPasswords({ ...means, store: appPasswordStore }, bind.appPasswords, new ServiceAccounts([]));
    remembered = new RememberedPasswords({ store: rememberedStore, keyring, clock });
    const check = (_name: string, password: Buffer): Promise<PasswordVerdict> => {
      asked.push(password.toString());
      return Promise.resolve(entra === accepted && password.toString() !== right ? wrong : entra);
    };
    authenticator = createAuthenticator({
      serviceAccounts: [],
      localAccounts,
      users,
      passwords: { check },
      appPasswords,
      oneTimeCodes: codes,
      remembered,
      bind,
      clock,
      log,
      random: () => 0,
    });
  }

  beforeEach(() => {
    clock = new ManualClock(Date.UTC(2026, 10, 21, 10));
    log = recordingLog();
    store = new MemoryOneTimeCodes();
    rememberedStore.kept.clear();
    appPasswordStore.kept.clear();
    asked = [];
    entra = accepted;
    open();
  });

  async function bind(password: string, name = 'bob', remoteAddress = '192.0.2.1'): Promise<BindOutcome> {
    const context = { remoteAddress, secure: true, signal: new AbortController().signal };
    const binding = authenticator.bindSimple(name, Buffer.from(password), context);
    await clock.advance(1000);
    const outcome = await binding;
    await remembered.settled();
    return outcome;
  }

  async function result(...attempt: Parameters<typeof bind>): Promise<number> {
    const outcome = await bind(...attempt);
    return outcome.kind === 'accepted' ? 0 : outcome.result.code;
  }

  const create = async (user = 'bob', replace = false): Promise<string> =>
    (await codes.create({ user, replace })).otpauth;
  /** So many codes that are not right now, nor soon. */
  function wrongCodes(otpauth: string, count: number): readonly string[] {
    const near = new Set([-2, -1, 0, 1, 2].map((shift) => codeOf(otpauth, clock.now(), shift)));
    const candidates = Array.from({ length: count + near.size }, (_, n) => String(n).padStart(6, '0'));
    return candidates.filter((code) => !near.has(code)).slice(0, count);
  }

  function userOfBob(): Extract<UserLookupOutcome, { kind: 'user' }> {
    const found = createUserLookup(memoryDirectory(people), standardSchema).find('bob');
    assert.ok(found.kind === 'user');
    return found;
  }

  const lastReason = (): unknown =>
    log.events.findLast(({ event }) => event === 'bind.refused' || event === 'bind.undecided')?.fields['reason'];

  it('are demanded with the password of Entra, which is not asked by anybody without (PAIN-02)', async () => {
    const otpauth = await create();
    assert.equal(await result(right), 49);
    assert.equal(lastReason(), 'the one-time code is missing');
    assert.equal(await result(`${right}${wrongCodes(otpauth, 1)[0]}`), 49);
    assert.equal(lastReason(), 'the one-time code is wrong, too old or used');
    assert.deepEqual(asked, []);
    const outcome = await bind(`${right}${codeOf(otpauth, clock.now())}`);
    assert.ok(outcome.kind === 'accepted' && outcome.identity.kind === 'user');
    assert.deepEqual(outcome.identity.proof, { link: 'entra', address: '192.0.2.1', hasCode: true, letThrough: [] });
    assert.deepEqual(asked, [right], 'Entra sees the password alone');
  });

  it('lock out who has none set up, and say so to the administrator alone (P7)', async () => {
    assert.equal(await result(`${right}123456`), 49);
    assert.equal(lastReason(), 'a one-time code is demanded, and none are set up');
    assert.deepEqual(asked, []);
  });

  it('are good for once, at the same time too, and are not remembered as accepted (RFC 6238 §5.2)', async () => {
    const otpauth = await create();
    const octets = `${right}${codeOf(otpauth, clock.now())}`;
    const all = await Promise.all([bind(octets), bind(octets), bind(octets, 'bob', '192.0.2.9')]);
    assert.deepEqual(all.map(({ kind }) => kind).toSorted(), ['accepted', 'refused', 'refused']);
    assert.equal(await result(octets), 49);
    assert.equal(asked.length, 1);
    assert.equal(
      await result(`${right}${codeOf(otpauth, clock.now(), -1)}`),
      49,
      'an earlier one is not good after it',
    );
    assert.equal(await result(`${right}${codeOf(otpauth, clock.now(), 1)}`), 0);
  });

  it('stay used while their verdict is waited for, whatever becomes of later ones meanwhile (RFC 6238 §5.2)', async () => {
    const otpauth = await create();
    const { user } = userOfBob();
    const now = codeOf(otpauth, clock.now());
    const first = codes.show(user, now);
    const later = codes.show(user, codeOf(otpauth, clock.now(), 1));
    assert.ok(typeof first === 'object' && typeof later === 'object');
    later.giveBack();
    assert.equal(typeof codes.show(user, now), 'string', 'it is used by a bind that is under way');
    assert.equal(
      typeof codes.show(user, codeOf(otpauth, clock.now(), 1)),
      'object',
      'what was given back is good again',
    );
    assert.equal(await first.spend('192.0.2.1'), true);
    assert.equal(typeof codes.show(user, now), 'string');
  });

  it('may be off by the window and no more, and a later one becomes good in its time', async () => {
    const otpauth = await create();
    const early = `${right}${codeOf(otpauth, clock.now(), 2)}`;
    assert.equal(await result(early), 49);
    await clock.advance(STEP);
    assert.equal(await result(early), 0, 'that it was refused is not remembered');
  });

  it('count as tried when they are wrong, so that nobody guesses them (P8)', async () => {
    for (const code of wrongCodes(await create(), 20)) await result(`${right}${code}`);
    assert.equal(lastReason(), 'too many wrong passwords');
    const looked = log.events.filter(
      ({ fields }) => fields['reason'] === 'the one-time code is wrong, too old or used',
    );
    assert.equal(looked.length, 4, 'of six a third is kept for where the person has bound from');
    assert.deepEqual(asked, []);
  });

  it('are used up by a wrong password, so that each lets one be tried at Entra', async () => {
    const otpauth = await create();
    const code = codeOf(otpauth, clock.now());
    assert.equal(await result(`something else${code}`), 49);
    assert.equal(await result(`${right}${code}`), 49);
    assert.deepEqual(asked, ['something else']);
  });

  it('are as good as before when nothing could be decided', async () => {
    const otpauth = await create();
    const octets = `${right}${codeOf(otpauth, clock.now())}`;
    entra = down;
    assert.equal(await result(octets), 52);
    entra = accepted;
    assert.equal(await result(octets), 0);
  });

  it('are demanded with remembered passwords too, which learn the password without the code (P6)', async () => {
    open({ remembered: { freshMs: HOUR, outageMs: HOUR } });
    const otpauth = await create();
    assert.equal(await result(`${right}${codeOf(otpauth, clock.now())}`), 0);
    entra = down;
    await clock.advance(STEP);
    assert.equal(await result(right), 49);
    assert.equal(await result(`${right}${codeOf(otpauth, clock.now())}`), 0);
    assert.equal(asked.length, 1);
    await clock.advance(STEP);
    const code = codeOf(otpauth, clock.now());
    assert.equal(await result(`something else${code}`), 52, 'it may be a new password');
    assert.equal(await result(`${right}${code}`), 49, 'but it was compared, so that the code is used up');
  });

  it('are demanded with passwords of the overlay too', async () => {
    const otpauth = await create('rescue');
    assert.equal(await result(right, 'rescue'), 49);
    assert.equal(await result(`${right}${codeOf(otpauth, clock.now())}`, 'rescue'), 0);
    assert.deepEqual(asked, []);
  });

  it('of an app password are its own, and those of the person do not stand for them', async () => {
    open({ oneTimeCodes: { required: false, window: 1 } });
    const otpauth = await create();
    const request = { user: 'bob', label: 'mail', lifetimeMs: null, networks: [], services: [], withCode: false };
    const without = await appPasswords.create(request);
    open();
    const made = await appPasswords.create(request);
    assert.notEqual(made.otpauth, null, 'where codes are demanded it comes with one');
    assert.equal(await result(without.password), 49);
    assert.equal(lastReason(), 'a one-time code is demanded, and the app password has none');
    assert.equal(await result(`${made.password}${codeOf(otpauth, clock.now())}`), 49);
    assert.equal(await result(`${made.password}${codeOf(made.otpauth ?? '', clock.now())}`), 0);
    assert.deepEqual(asked, []);
  });

  it('are told of once, are kept sealed, and are replaced only when that is said', async () => {
    const heard: string[] = [];
    codes.onRevoked((user) => heard.push(user));
    const otpauth = await create();
    const seed = seedOf(otpauth);
    assert.equal(seed.length, 20);
    const kept = JSON.stringify([...store.kept]);
    assert.ok(!kept.includes(seed.toString('base64')) && !kept.includes(seed.toString('hex')));
    assert.match(otpauth, /^otpauth:\/\/totp\/Contoso:bob%40contoso\.com\?secret=[A-Z2-7]{32}&issuer=Contoso$/);
    await assert.rejects(create(), (error) => error instanceof AdminRefusal && /--replace/.test(error.message));
    assert.deepEqual(heard, []);
    const another = await create('bob', true);
    assert.deepEqual(heard, [objectId(3)]);
    assert.equal(await result(`${right}${codeOf(otpauth, clock.now())}`), 49);
    assert.equal(await result(`${right}${codeOf(another, clock.now())}`), 0);
    const reports = [];
    for await (const report of codes.list()) reports.push(report);
    assert.deepEqual(
      reports.map(({ objectId: id, dn, lastUsedFrom }) => [id, dn, lastUsedFrom]),
      [[objectId(3), 'uid=bob,ou=users,dc=example,dc=com', '192.0.2.1']],
    );
    assert.ok(!JSON.stringify([reports, log.events]).includes(seedOf(another).toString('base64')));
  });

  it('end when they are revoked, also for a bind that is under way (P7)', async () => {
    const otpauth = await create();
    let answer: (verdict: PasswordVerdict) => void = () => {};
    entra = accepted;
    const waiting = new Promise<PasswordVerdict>((resolve) => (answer = resolve));
    authenticator.use({
      serviceAccounts: [],
      passwords: { check: () => waiting },
      bind: { ...defaultBindSettings, oneTimeCodes: { required: true, window: 1 } },
    });
    const binding = bind(`${right}${codeOf(otpauth, clock.now())}`);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    await codes.revoke('bob');
    answer(accepted);
    const outcome = await binding;
    assert.equal(outcome.kind, 'refused');
    await assert.rejects(codes.revoke('bob'), AdminRefusal);
    await assert.rejects(create('nobody'), AdminRefusal);
  });

  it('let nobody in while it cannot be written that they were used (P3)', async () => {
    const otpauth = await create();
    store.isBroken = true;
    const octets = `${right}${codeOf(otpauth, clock.now())}`;
    assert.equal(await result(octets), 52);
    store.isBroken = false;
    assert.equal(await result(octets), 0);
  });

  it('let nobody try any number of passwords while it cannot be written that they were used (PAIN-22)', async () => {
    const otpauth = await create();
    store.isBroken = true;
    for (let n = 0; n < 20; n++) await bind(`guess${n}${codeOf(otpauth, clock.now())}`);
    assert.ok(asked.length <= defaultBindSettings.shield.account.attempts + 1, `Entra was asked ${asked.length} times`);
  });

  it('take over a new key, and are an alarm while theirs is missing, which ends when it is there again and not before', async () => {
    const otpauth = await create();
    const newer = { id: 'k2', secret: randomBytes(32) };
    open({}, [newer]);
    assert.equal(await result(`${right}${codeOf(otpauth, clock.now())}`), 52);
    const alarmed = () => authenticator.admin.report();
    assert.match(alarmed().keysAlarm?.reason ?? '', /one-time codes cannot be checked: the key k1 is not there/);
    assert.equal(alarmed().alarm, null);
    await assert.rejects(codes.reseal(), KeyringError);
    const other = await create('alice');
    assert.equal(
      await result(`${right}${codeOf(other, clock.now())}`, 'alice'),
      0,
      'Entra answers about somebody else',
    );
    assert.notEqual(alarmed().keysAlarm, null);
    await create('bob', true);
    assert.equal(alarmed().keysAlarm, null, 'nothing needs the missing key any more');
    assert.ok(log.events.some(({ event }) => event === 'bind.keys.alarm.ended'));
    open({}, [{ id: 'k3', secret: randomBytes(32) }, newer]);
    assert.equal(await codes.reseal(), 2);
    assert.equal(await codes.reseal(), 0);
    open({}, [newer]);
    await assert.rejects(codes.reseal(), KeyringError);
  });

  it('are demanded by a rule of those whom it is about, from where it is about (PAIN-02)', async () => {
    const rules: readonly LinkRule[] = [{ groups: undefined, services: ['vpn'], switches: { codeRequired: true } }];
    const settings = { ...defaultBindSettings, rules };
    const vpn = {
      name: 'vpn',
      dn: 'cn=vpn,ou=services,dc=example,dc=com',
      allowFrom: [{ family: 'ipv4', address: '10.0.0.0', prefix: 8 } as const],
    };
    authenticator.use({
      serviceAccounts: [vpn],
      passwords: { check: () => Promise.resolve(accepted) },
      bind: settings,
    });
    assert.equal(await result(right), 0);
    assert.equal(await result(right, 'bob', '10.0.0.1'), 49);
    const otpauth = await create();
    assert.equal(await result(`${right}${codeOf(otpauth, clock.now())}`, 'bob', '10.0.0.1'), 0);
    assert.equal(await result(right), 0);
  });
});
