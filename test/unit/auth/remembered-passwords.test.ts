import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { createAuthenticator, type LiveAuthenticator } from '../../../src/auth/authenticator.ts';
import { Keyring, type SecretKey } from '../../../src/auth/keyring.ts';
import { RememberedPasswords } from '../../../src/auth/remembered-passwords.ts';
import { defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { parseObjectId } from '../../../src/identity/ids.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryRemembered } from '../../support/memory-credentials.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { objectId, people, person } from './people.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const first: SecretKey = { id: 'k1', secret: randomBytes(32) };
const right = 'Passw0rd!';

const accepted: PasswordVerdict = { kind: 'accepted' };
const wrong: PasswordVerdict = { kind: 'refused', reason: 'wrong', aadsts: 50126 };
const down: PasswordVerdict = { kind: 'unavailable', aadsts: undefined, message: 'no answer' };
const expiredSecret: PasswordVerdict = { kind: 'misconfigured', aadsts: 7000222, message: 'the secret has expired' };

const bob = parseObjectId(objectId(3));
assert.ok(bob);

describe('remembered passwords', () => {
  let clock: ManualClock;
  let store: MemoryRemembered;
  let remembered: RememberedPasswords;
  let authenticator: LiveAuthenticator;
  let entra: PasswordVerdict;
  let asked: number;
  let entries: readonly MemoryEntry[];

  function open(times = { freshMs: 0, outageMs: 24 * HOUR }, keys = [first]): void {
    remembered = new RememberedPasswords({ store, keyring: new Keyring(keys), clock, waitingMax: 4 });
    const check = (_name: string, password: Buffer) => {
      asked += 1;
      return Promise.resolve(entra === accepted && password.toString() !== right ? wrong : entra);
    };
    authenticator = createAuthenticator({
      serviceAccounts: [],
      users: createUserLookup(memoryDirectory(entries), standardSchema),
      passwords: { check },
      remembered,
      // So that each bind is decided by what is tested here.
      bind: { ...defaultBindSettings, remembered: times, memory: { acceptedMs: 0, refusedMs: 0 } },
      clock,
      log: recordingLog(),
      random: () => 0,
    });
  }

  beforeEach(() => {
    clock = new ManualClock();
    store = new MemoryRemembered();
    entra = accepted;
    asked = 0;
    entries = people;
    open();
  });

  async function code(password = right, name = 'bob'): Promise<number> {
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    const binding = authenticator.bindSimple(name, Buffer.from(password), context);
    await clock.advance(MINUTE);
    const outcome = await binding;
    await remembered.settled();
    return outcome.kind === 'accepted' ? 0 : outcome.result.code;
  }

  /** The same people, with another time at which Bob's password was set or his sessions were ended. */
  function changed(attribute: 'pwdChangedTime' | 'entraSessionsValidFrom', value: string): readonly MemoryEntry[] {
    const one = person(3, 'bob@contoso.com', { mail: 'shared@contoso.com' });
    return people.map((entry) =>
      entry.dn === one.dn ? { ...one, attributes: [...one.attributes, [attribute, [value]]] } : entry,
    );
  }

  for (const [name, trouble] of [
    ['cannot be reached', down],
    ['refuses the credential of the application', expiredSecret],
  ] as const) {
    it(`open the account while Entra ${name}, as long as they may (P6)`, async () => {
      assert.equal(await code(), 0);
      entra = trouble;
      assert.equal(await code(), 0);
      await clock.advance(24 * HOUR - 3 * MINUTE);
      assert.equal(await code(), 0);
      await clock.advance(MINUTE);
      assert.equal(await code(), 52);
    });
  }

  it('open it to nobody with another password, who may have a new one and is told to come back', async () => {
    await code();
    entra = down;
    assert.equal(await code('guess'), 52);
  });

  it('let nobody guess them while Entra is down: each guess counts as tried (P7)', async () => {
    await code();
    entra = down;
    const codes: number[] = [];
    for (let i = 0; i < 8; i++) {
      const context = { remoteAddress: '192.0.2.66', secure: true, signal: new AbortController().signal };
      const binding = authenticator.bindSimple('bob', Buffer.from(`guess ${i}`), context);
      await clock.advance(10);
      await clock.advance(500);
      const outcome = await binding;
      codes.push(outcome.kind === 'accepted' ? 0 : outcome.result.code);
    }
    assert.ok(codes.includes(49), `answered ${codes.join(', ')}`);
  });

  it('open nothing that Entra has never found right', async () => {
    entra = down;
    assert.equal(await code(), 52);
    entra = wrong;
    assert.equal(await code(), 49);
    entra = down;
    assert.equal(await code(), 52);
    assert.equal(store.kept.size, 0);
  });

  it('are not asked while Entra can be asked, unless the settings say so (PAIN-04)', async () => {
    await code();
    entra = wrong;
    assert.equal(await code(), 49);
    assert.equal(asked, 2);
  });

  it('are accepted without Entra for as long as the settings say, and then asked for again (PAIN-04)', async () => {
    open({ freshMs: HOUR, outageMs: 0 });
    await code();
    await clock.advance(HOUR - 3 * MINUTE);
    assert.equal(await code(), 0);
    assert.equal(asked, 1);
    await clock.advance(3 * MINUTE);
    assert.equal(await code(), 0);
    assert.equal(asked, 2);
    entra = down;
    await clock.advance(2 * HOUR);
    assert.equal(await code(), 52);
  });

  it('do not keep a new password from working at once (PAIN-04)', async () => {
    open({ freshMs: HOUR, outageMs: 0 });
    const now = store;
    await code();
    const before = bob && now.of(bob)?.hash;
    entra = { kind: 'accepted' };
    assert.equal(await code('a new one'), 0);
    assert.notEqual(bob && now.of(bob)?.hash, before);
  });

  it('are forgotten when Entra refuses them, and not when it refuses another password', async () => {
    await code();
    entra = wrong;
    await code('guess');
    assert.equal(store.kept.size, 1);
    await code();
    assert.equal(store.kept.size, 0);
    entra = down;
    assert.equal(await code(), 52);
  });

  for (const [denial, aadsts] of [
    ['disabled', 50057],
    ['expired', 50055],
    ['mustChange', 50144],
    ['noSuchUser', 50034],
    ['notAllowed', 50105],
  ] as const) {
    it(`are forgotten when Entra says that the account is ${denial}, whatever the password was (P7)`, async () => {
      await code();
      entra = { kind: 'refused', reason: denial, aadsts };
      await code('guess');
      assert.equal(store.kept.size, 0);
    });
  }

  for (const attribute of ['pwdChangedTime', 'entraSessionsValidFrom'] as const) {
    it(`are void as soon as the directory has another ${attribute} (PAIN-04, P7)`, async () => {
      await code();
      entra = down;
      entries = changed(attribute, '20261121100000Z');
      open();
      assert.equal(await code(), 52);
      entra = accepted;
      assert.equal(await code(), 0);
      entra = down;
      assert.equal(await code(), 0);
      entries = changed(attribute, '20261121100001Z');
      open();
      assert.equal(await code(), 52);
    });
  }

  it('are worthless without the key, and hashed anew under a new one', async () => {
    await code();
    const second: SecretKey = { id: 'k2', secret: randomBytes(32) };
    open(undefined, [second]);
    entra = down;
    assert.equal(await code(), 52);
    open(undefined, [second, first]);
    assert.equal(await code(), 0);
    entra = accepted;
    await code();
    assert.equal(bob && store.of(bob)?.keyId, 'k2');
    open(undefined, [second]);
    entra = down;
    assert.equal(await code(), 0);
  });

  it('are not made younger by a clock that is set back', async () => {
    await code();
    entra = down;
    const kept = bob && store.of(bob);
    assert.ok(bob && kept);
    store.kept.set(bob, { ...kept, provenAtMs: clock.now() + HOUR });
    assert.equal(await code(), 52);
  });

  it('are kept as hashes that say nothing about the password or about equal ones (P7)', async () => {
    await code();
    await code(right, 'alice@contoso.com');
    const [one, other] = [...store.kept.values()];
    assert.match(one?.hash ?? '', /^\$2b\$10\$/);
    assert.notEqual(one?.hash, other?.hash);
    assert.ok(!JSON.stringify([...store.kept]).includes(right));
  });

  it('tell passwords apart that begin with the same 72 octets', async () => {
    const long = 'x'.repeat(100);
    entra = { kind: 'accepted' };
    await code(`${long}1`);
    entra = down;
    assert.equal(await code(`${long}2`), 52);
    assert.equal(await code(`${long}1`), 0);
  });

  /** Binds, and does not wait for what is written of it. */
  async function start(password: string, name = 'bob'): Promise<void> {
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    await authenticator.bindSimple(name, Buffer.from(password), context);
  }

  it('are forgotten when Entra refuses them, though they wait to be written still (P7)', async () => {
    await start(right);
    entra = wrong;
    await start(right);
    await remembered.settled();
    assert.equal(store.kept.size, 0);
  });

  it('are as old as the answer of Entra, however long it took to write them', async () => {
    const provenAtMs = clock.now();
    await start(right);
    await clock.advance(HOUR);
    await remembered.settled();
    assert.equal(bob && store.of(bob)?.provenAtMs, provenAtMs);
  });

  it('that wait to be written are bounded, and what is refused beyond is forgotten (P8)', async () => {
    await code();
    open({ freshMs: 0, outageMs: HOUR });
    let puts = 0;
    const put = store.put.bind(store);
    store.put = (user, password) => {
      puts += 1;
      return put(user, password);
    };
    const asOf = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    for (let i = 0; i < 10; i++) await authenticator.bindSimple('bob', Buffer.from(right), asOf);
    entra = wrong;
    const refusing = authenticator.bindSimple('bob', Buffer.from('guess'), asOf);
    await remembered.settled();
    await refusing;
    assert.ok(puts <= 5, `${puts} were written`);
    assert.equal(store.kept.size, 0);
  });

  it('that were let through without a second factor are good only as long as that is (PAIN-03, P7)', async () => {
    const interaction: PasswordVerdict = {
      kind: 'refused',
      reason: 'interactionRequired',
      aadsts: 50076,
      passwordProven: true,
    };
    const settings = (acceptProven: readonly number[]) => ({
      serviceAccounts: [],
      passwords: { check: () => Promise.resolve(entra) },
      bind: {
        ...defaultBindSettings,
        acceptProven,
        remembered: { freshMs: HOUR, outageMs: HOUR },
        memory: { acceptedMs: 0, refusedMs: 0 },
      },
    });
    authenticator.use(settings([50076]));
    entra = interaction;
    assert.equal(await code(), 0);
    entra = down;
    assert.equal(await code(), 0);
    authenticator.use(settings([]));
    assert.equal(await code(), 52);
    entra = accepted;
    assert.equal(await code(), 0);
    entra = down;
    assert.equal(await code(), 0);
  });

  it('are accepted from memory no longer than they are good themselves', async () => {
    await code();
    authenticator.use({
      serviceAccounts: [],
      passwords: { check: () => Promise.resolve(down) },
      bind: { ...defaultBindSettings, remembered: { freshMs: 0, outageMs: HOUR } },
    });
    await clock.advance(HOUR - MINUTE - 10_000);
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    assert.equal((await authenticator.bindSimple('bob', Buffer.from(right), context)).kind, 'accepted');
    await clock.advance(9_000);
    assert.equal((await authenticator.bindSimple('bob', Buffer.from(right), context)).kind, 'accepted');
    await clock.advance(2_000);
    assert.equal(await code(), 52);
  });

  it('are not written by a bind that ends after they were turned off', async () => {
    let answer: (verdict: PasswordVerdict) => void = () => undefined;
    const held = new Promise<PasswordVerdict>((resolve) => {
      answer = resolve;
    });
    const bind = (times: { freshMs: number; outageMs: number } | undefined) => ({
      serviceAccounts: [],
      passwords: { check: () => held },
      bind: { ...defaultBindSettings, remembered: times },
    });
    authenticator.use(bind({ freshMs: 0, outageMs: HOUR }));
    const binding = start(right);
    authenticator.use(bind(undefined));
    await remembered.settled();
    answer(accepted);
    await binding;
    await remembered.settled();
    assert.equal(store.kept.size, 0);
  });

  it('are deleted when they are too old to be accepted, whether their owner comes back or not (P8)', async () => {
    await code();
    await clock.advance(23 * HOUR);
    await authenticator.prune();
    assert.equal(store.kept.size, 1);
    await clock.advance(HOUR + 1);
    await authenticator.prune();
    assert.equal(store.kept.size, 0);
  });

  it('are deleted when the settings want none', async () => {
    await code();
    authenticator.use({
      serviceAccounts: [],
      passwords: { check: () => Promise.resolve(down) },
      bind: { ...defaultBindSettings, remembered: undefined },
    });
    await remembered.settled();
    assert.equal(store.kept.size, 0);
  });
});
