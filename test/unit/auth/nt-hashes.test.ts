import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createAuthenticator, type LiveAuthenticator } from '../../../src/auth/authenticator.ts';
import { Keyring, type SecretKey } from '../../../src/auth/keyring.ts';
import { NtHashLink } from '../../../src/auth/nt-hash-link.ts';
import { type NtHashSettings, NtHashes } from '../../../src/auth/nt-hashes.ts';
import { Ruling } from '../../../src/auth/ruling.ts';
import { defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { parseObjectId } from '../../../src/identity/ids.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryNtHashes } from '../../support/memory-credentials.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { objectId, people, person } from './people.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const first: SecretKey = { id: 'k1', secret: randomBytes(32) };
const second: SecretKey = { id: 'k2', secret: randomBytes(32) };
const right = 'Password';
const hashOfRight = 'A4F49C406510BDCAB6824EE7C30FD852';

const accepted: PasswordVerdict = { kind: 'accepted' };
const wrong: PasswordVerdict = { kind: 'refused', reason: 'wrong', aadsts: 50126 };
const down: PasswordVerdict = { kind: 'unavailable', aadsts: undefined, message: 'no answer' };
const secondFactor: PasswordVerdict = {
  kind: 'refused',
  reason: 'interactionRequired',
  passwordProven: true,
  aadsts: 50076,
};
const disabled: PasswordVerdict = { kind: 'refused', reason: 'disabled', aadsts: 50057 };

const settings: NtHashSettings = { ageMaxMs: 30 * DAY, acceptProven: [], readers: ['nas'] };
const bob = parseObjectId(objectId(3));
assert.ok(bob);

describe('NT hashes', () => {
  let clock: ManualClock;
  let store: MemoryNtHashes;
  let hashes: NtHashes;
  let authenticator: LiveAuthenticator;
  let entra: PasswordVerdict;
  let entries: readonly MemoryEntry[];

  interface Means {
    readonly ntHash?: NtHashSettings | undefined;
    readonly keys?: readonly SecretKey[];
    readonly acceptProven?: readonly number[];
  }

  function open(means: Means = {}): void {
    const { keys = [first], acceptProven = [] } = means;
    const ntHash = 'ntHash' in means ? means.ntHash : settings;
    const users = createUserLookup(memoryDirectory(entries), standardSchema);
    hashes = new NtHashes({ store, keyring: new Keyring(keys), users, clock, terms: ntHash, waitingMax: 4 });
    const check = (_name: string, password: Buffer) =>
      Promise.resolve(entra === accepted && password.toString() !== right ? wrong : entra);
    authenticator = createAuthenticator({
      serviceAccounts: [],
      users,
      passwords: { check },
      ntHashes: hashes,
      // So that each bind is decided by what is tested here.
      bind: { ...defaultBindSettings, ntHash, acceptProven, memory: { acceptedMs: 0, refusedMs: 0 } },
      clock,
      log: recordingLog(),
      random: () => 0,
    });
  }

  beforeEach(() => {
    clock = new ManualClock();
    store = new MemoryNtHashes();
    entra = accepted;
    entries = people;
    open();
  });

  async function bind(password = right): Promise<number> {
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    const binding = authenticator.bindSimple('bob', Buffer.from(password), context);
    await clock.advance(MINUTE);
    const outcome = await binding;
    return outcome.kind === 'accepted' ? 0 : outcome.result.code;
  }

  /** Bob's hash as somebody who may read it would see it in what is published now. */
  function shown(): string | undefined {
    const found = createUserLookup(memoryDirectory(entries), standardSchema).byObjectId(objectId(3));
    return found.kind === 'user' ? hashes.lookup.of(found.user)?.hash : undefined;
  }

  function becomes(...more: MemoryEntry['attributes']): void {
    const one = person(3, 'bob@contoso.com', { mail: 'shared@contoso.com' });
    entries = people.map((each) => (each.dn === one.dn ? { ...one, attributes: [...one.attributes, ...more] } : each));
  }

  it('are kept of a password that Entra has found right, and nowhere in clear', async () => {
    assert.equal(shown(), undefined);
    assert.equal(await bind(), 0);
    assert.equal(shown(), hashOfRight);
    assert.doesNotMatch(JSON.stringify([...store.kept]), new RegExp(`${hashOfRight}|${right}`, 'i'));
    assert.deepEqual(authenticator.admin.report().ntHashes, { kept: 1, readers: ['nas'] });
  });

  it('are kept of no other password, and of none unless the settings say so (P7)', async () => {
    for (const verdict of [wrong, down, secondFactor, disabled]) {
      entra = verdict;
      await bind();
      assert.equal(store.kept.size, 0, verdict.kind);
    }
    entra = accepted;
    open({ ntHash: undefined });
    assert.equal(await bind(), 0);
    assert.equal(store.kept.size, 0);
    assert.equal(authenticator.admin.report().ntHashes, null);
  });

  it('are kept of one that a code lets through only where the settings say so too, and no longer than they do', async () => {
    entra = secondFactor;
    open({ acceptProven: [50076] });
    assert.equal(await bind(), 0);
    assert.equal(store.kept.size, 0);
    open({ acceptProven: [50076], ntHash: { ...settings, acceptProven: [50076] } });
    assert.equal(await bind(), 0);
    assert.equal(shown(), hashOfRight);
    open({ acceptProven: [50076] });
    assert.equal(shown(), undefined);
    await bind();
    assert.equal(store.kept.size, 0, 'Entra has said by now that this password is not enough');
    open({ acceptProven: [50076], ntHash: { ...settings, acceptProven: [50076] } });
    await bind();
    assert.equal(hashes.count, 1);
    open();
    await hashes.prune(() => true);
    assert.equal(store.kept.size, 0);
  });

  it('are good up to their age, which a clock that was set back does not lengthen', async () => {
    await bind();
    const provenAtMs = store.of(bob)?.provenAtMs ?? 0;
    await clock.advance(provenAtMs + settings.ageMaxMs - clock.now());
    assert.equal(shown(), hashOfRight);
    await clock.advance(1);
    assert.equal(shown(), undefined);
    await store.put(bob, { sealed: '', version: '', provenAtMs: clock.now() + 1 });
    assert.equal(shown(), undefined);
  });

  for (const [what, attribute] of [
    ['the password was changed', ['pwdChangedTime', ['20300101000000Z']]],
    ['sessions were ended', ['entraSessionsValidFrom', ['20300101000000Z']]],
    ['the account is locked', ['nsAccountLock', ['TRUE']]],
  ] as const) {
    it(`are void as soon as the directory says that ${what}, and then deleted (P7)`, async () => {
      await bind();
      becomes(attribute);
      assert.equal(shown(), undefined);
      open();
      await hashes.prune(() => true);
      assert.equal(store.kept.size, 0);
    });
  }

  it('of who is gone are deleted, but not while nothing can be said of anybody', async () => {
    await bind();
    const unpublished = { byObjectId: () => ({ kind: 'unpublished' }) as const };
    const waiting = new NtHashes({
      store,
      keyring: new Keyring([first]),
      users: unpublished,
      clock,
      terms: settings,
    });
    await waiting.prune(() => true);
    assert.equal(waiting.count, 1);
    entries = people.filter(({ dn }) => !dn.startsWith('uid=bob'));
    open();
    await hashes.prune(() => true);
    assert.equal(hashes.count, 0);
    assert.equal(store.kept.size, 0);
  });

  it('go when Entra refuses that very password or the account, and stay when somebody mistypes (P7)', async () => {
    await bind();
    entra = wrong;
    await bind('guess');
    assert.equal(shown(), hashOfRight);
    await bind();
    assert.equal(store.kept.size, 0);
    for (const verdict of [disabled, secondFactor]) {
      entra = accepted;
      await bind();
      assert.equal(shown(), hashOfRight);
      entra = verdict;
      await bind('guess');
      assert.equal(store.kept.size, 0, String(verdict.aadsts));
    }
    assert.equal(hashes.count, 0);
  });

  it('stay while Entra cannot be reached (P6)', async () => {
    await bind();
    entra = down;
    assert.equal(await bind(), 52);
    assert.equal(shown(), hashOfRight);
  });

  it('are deleted when they are turned off, those that wait to be written too', async () => {
    await bind();
    const attempt = {
      subject: { kind: 'unknown', among: 'users', reason: '' } as const,
      password: Buffer.from(right),
      address: '192.0.2.1',
      network: '192.0.2.1',
      signal: new AbortController().signal,
    };
    const found = createUserLookup(memoryDirectory(entries), standardSchema).byObjectId(objectId(3));
    assert.ok(found.kind === 'user');
    const learning = hashes.learn(attempt, found.user, undefined);
    const off = hashes.use(undefined);
    await Promise.all([learning, off, hashes.learn(attempt, found.user, undefined)]);
    assert.equal(store.kept.size, 0);
    assert.equal(hashes.count, 0);
  });

  it('wait to be written in bounded number, and a refusal that finds no room leaves none (P8)', async () => {
    await bind();
    const found = createUserLookup(memoryDirectory(entries), standardSchema).byObjectId(objectId(3));
    assert.ok(found.kind === 'user');
    const attempt = {
      subject: found,
      password: Buffer.from('guess'),
      address: '192.0.2.1',
      network: '192.0.2.1',
      signal: new AbortController().signal,
    } as const;
    const refused = (): Promise<void> => hashes.refused(attempt, found.user);
    await Promise.all(Array.from({ length: 4 }, refused));
    assert.equal(shown(), hashOfRight, 'another password says nothing');
    const learning = Array.from({ length: 5 }, () => hashes.learn(attempt, found.user, undefined));
    await Promise.all([...learning, refused()]);
    assert.equal(store.kept.size, 0);
  });

  it('are kept of nobody who has to show a one-time code as well, and dropped when one is demanded', async () => {
    const found = createUserLookup(memoryDirectory(entries), standardSchema).byObjectId(objectId(3));
    assert.ok(found.kind === 'user');
    const switched = (codeRequired: boolean): Ruling => {
      const on = { isOn: true, rule: undefined };
      const switches = { local: on, appPasswords: on, entra: on, remembered: on };
      return new Ruling({ ...switches, codeRequired: { isOn: codeRequired, rule: undefined } }, false);
    };
    const link = new NtHashLink({ name: 'entra', verify: () => Promise.resolve({ kind: 'accepted' }) }, hashes);
    for (const [isRequired, expected] of [
      [true, undefined],
      [false, hashOfRight],
      [true, undefined],
    ] as const) {
      await link.verify({
        subject: found,
        password: Buffer.from(right),
        address: '192.0.2.1',
        network: '192.0.2.1',
        signal: new AbortController().signal,
        ruling: switched(isRequired),
      });
      assert.equal(shown(), expected);
    }
    assert.equal(hashes.count, 0);
  });

  it('are deleted of whom no rule lets in by the password any more', async () => {
    await bind();
    await hashes.prune(() => false);
    assert.equal(store.kept.size, 0);
  });

  it('are worthless without the key, and to nobody else', async () => {
    await bind();
    open({ keys: [second, first] });
    assert.equal(shown(), hashOfRight, 'an older key opens them still');
    const kept = store.of(bob);
    open({ keys: [second] });
    assert.equal(shown(), undefined);
    open();
    const other = parseObjectId(objectId(1));
    assert.ok(kept && other);
    await store.put(other, kept);
    assert.equal(
      hashes.lookup.of({ objectId: objectId(1), locked: false, credentialVersion: kept.version }),
      undefined,
    );
  });
});
