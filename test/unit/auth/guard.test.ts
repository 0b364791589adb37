import assert from 'node:assert/strict';
import { hashSync } from 'bcrypt';

import { createAuthenticator, type LiveAuthenticator } from '../../../src/auth/authenticator.ts';
import type { BindOutcome } from '../../../src/auth/bind.ts';
import { type BindSettings, defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { ldapResult } from '../../../src/directory/result.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { recordingLog, type RecordingLog } from '../../support/recording-log.ts';
import { people } from './people.ts';

const password = 'Passw0rd!';
const gitlab = { name: 'gitlab', dn: 'cn=gitlab,ou=services,dc=example,dc=com', passwordHash: hashSync('s3cret', 4) };
const [home, office, attacker] = ['192.0.2.1', '192.0.2.2', '198.51.100.9'];
const wrong: PasswordVerdict = { kind: 'refused', reason: 'wrong', aadsts: 50126 };

/** Longer than any bind is kept waiting, and shorter than what goes on behind binds. */
const bindMs = 10_000;

type Check = (name: string, password: string, signal: AbortSignal) => Promise<PasswordVerdict>;

interface Answer {
  readonly code: number;
  readonly text: string;
  readonly tookMs: number;
}

/** Entra takes 400 ms, and knows one password. */
class Bench {
  readonly clock = new ManualClock();
  readonly log: RecordingLog = recordingLog();
  readonly asked: string[] = [];
  readonly authenticator: LiveAuthenticator;
  readonly settings: BindSettings;
  check: Check = async (_name, text) => {
    await this.clock.sleep(400);
    return text === password ? { kind: 'accepted' } : wrong;
  };

  constructor(settings: Partial<BindSettings> = {}) {
    this.settings = { ...defaultBindSettings, ...settings };
    this.authenticator = createAuthenticator({
      ...this.options,
      users: createUserLookup(memoryDirectory(people), standardSchema),
      clock: this.clock,
      log: this.log,
      random: () => 0,
    });
  }

  get options() {
    const check = (name: string, octets: Buffer, signal: AbortSignal): Promise<PasswordVerdict> => {
      const text = octets.toString();
      this.asked.push(text);
      return this.check(name, text, signal);
    };
    return { serviceAccounts: [gitlab], passwords: { check }, bind: this.settings };
  }

  start(name: string, text: string, remoteAddress = home, signal = new AbortController().signal): Promise<BindOutcome> {
    return this.authenticator.bindSimple(name, Buffer.from(text), { remoteAddress, secure: true, signal });
  }

  async bind(name: string, text: string, remoteAddress = home): Promise<Answer> {
    const startedAtMs = this.clock.monotonicMs();
    const answers: Answer[] = [];
    const answered = this.start(name, text, remoteAddress).then((outcome) => {
      const tookMs = this.clock.monotonicMs() - startedAtMs;
      const { code, diagnosticMessage } = outcome.kind === 'accepted' ? ldapResult(0) : outcome.result;
      answers.push({ code, text: diagnosticMessage, tookMs });
    });
    // bcrypt runs on real time: the clock moves on only for whoever waits by it, and not while bcrypt works.
    while (answers.length === 0) {
      const dueMs = this.clock.nextDueInMs;
      if (dueMs !== undefined && dueMs <= bindMs) await this.clock.advance(dueMs);
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await answered;
    return answers[0] ?? assert.fail('no answer');
  }

  async codes(name: string, count: number, from: string): Promise<number[]> {
    const codes: number[] = [];
    for (let each = 0; each < count; each++) codes.push((await this.bind(name, `guess ${each}`, from)).code);
    return codes;
  }

  reasons(): unknown[] {
    return this.log.events.filter(({ level }) => level !== 'debug').map(({ fields }) => fields['reason']);
  }
}

describe('binds behind the guard', () => {
  it('are answered alike for a name that somebody has and one that nobody has, however long somebody tries (P7)', async () => {
    const one = { attempts: 12, refillMs: 3_600_000 };
    const settings = { shield: { ...defaultBindSettings.shield, address: one } };
    const told = async (name: string): Promise<unknown> => {
      const bench = new Bench(settings);
      await bench.bind('bob', 'wrong', office);
      const answers: Answer[] = [];
      for (let each = 0; each < 15; each++) {
        answers.push(await bench.bind(name, `guess ${each}`, attacker));
        // A client that repeats itself.
        answers.push(await bench.bind(name, 'the same', attacker));
      }
      return answers;
    };
    const known = await told('alice');
    for (const name of ['nobody', 'carol', 'dave', 'shared@contoso.com'])
      assert.deepEqual(await told(name), known, name);
  });

  it('by a name of a service account that nobody has cost as many comparisons as by one that somebody has (P7)', async () => {
    const answers = await Promise.all(
      [gitlab.dn, 'cn=nobody,ou=services,dc=example,dc=com'].map((name) => new Bench().codes(name, 10, attacker)),
    );
    assert.deepEqual(answers[0], answers[1]);
  });

  it('that come at the same time with the same credential are one question, and all get its answer', async () => {
    const bench = new Bench();
    const outcomes = Array.from({ length: 20 }, () => bench.start('alice', password));
    await bench.clock.advance(1000);
    for (const outcome of await Promise.all(outcomes)) assert.equal(outcome.kind, 'accepted');
    assert.equal(bench.asked.length, 1);
    const others = Array.from({ length: 20 }, () => bench.start('alice', 'wrong'));
    await bench.clock.advance(1000);
    for (const outcome of await Promise.all(others)) assert.equal(outcome.kind, 'refused');
    assert.equal(bench.asked.length, 2);
  });

  it('do not depend on another client that has gone in the middle of the same question', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    bench.check = (_name, _text, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        void bench.clock.sleep(400).then(() => resolve({ kind: 'accepted' }));
      });
    const [first, second] = [bench.start('alice', password, home, controller.signal), bench.start('alice', password)];
    await bench.clock.advance(100);
    controller.abort(new Error('gone'));
    await bench.clock.advance(1000);
    await first;
    assert.equal((await second).kind, 'accepted');
    assert.equal(bench.asked.length, 1);
  });

  it('count as tried also where the client does not wait for the answer, for Entra counts them too (PAIN-22)', async () => {
    const bench = new Bench();
    bench.check = (_name, _text, signal) =>
      new Promise((resolve) => {
        const message = 'the request was aborted';
        signal.addEventListener('abort', () => resolve({ kind: 'unavailable', aadsts: undefined, message }));
        void bench.clock.sleep(400).then(() => resolve(wrong));
      });
    for (let each = 0; each < 20; each++) {
      const controller = new AbortController();
      const left = bench.start('alice', `guess ${each}`, attacker, controller.signal);
      await bench.clock.advance(100);
      controller.abort(new Error('gone'));
      await bench.clock.advance(1000);
      await left;
    }
    // Of six, two are kept for where alice has bound from; one comes back within the twenty seconds at most.
    assert.ok(bench.asked.length <= 5, `Entra was asked ${bench.asked.length} times`);
  });

  it('whose client has gone while it waited for the same question end, and say nothing about others', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    const first = bench.start('alice', password);
    const second = bench.start('alice', password, home, controller.signal);
    controller.abort(new Error('gone'));
    assert.equal((await second).kind, 'refused');
    await bench.clock.advance(1000);
    assert.equal((await first).kind, 'accepted');
  });

  it('with an accepted credential ask nobody for a while, from the same address only (PAIN-04)', async () => {
    const bench = new Bench();
    for (const address of [home, home, office, home])
      assert.equal((await bench.bind('alice', password, address)).code, 0);
    assert.equal(bench.asked.length, 2);
    await bench.clock.advance(60_000);
    await bench.bind('alice', password);
    assert.equal(bench.asked.length, 3);
  });

  it('with an accepted credential of a service account compare no hash, and forget it with the configuration', async () => {
    const bench = new Bench();
    assert.equal((await bench.bind(gitlab.dn, 's3cret')).code, 0);
    assert.equal((await bench.bind(gitlab.dn, 's3cret')).code, 0);
    const remembered = bench.log.events
      .filter(({ event }) => event === 'bind.accepted')
      .map(({ fields }) => fields['remembered']);
    assert.deepEqual(remembered, [false, true]);
    bench.authenticator.use({ ...bench.options, serviceAccounts: [{ ...gitlab, passwordHash: hashSync('other', 4) }] });
    assert.equal((await bench.bind(gitlab.dn, 's3cret')).code, 49);
    assert.equal((await bench.bind(gitlab.dn, 'other')).code, 0);
  });

  it('are not remembered when the configuration says so', async () => {
    const bench = new Bench({ memory: { acceptedMs: 0, refusedMs: 0 } });
    for (const text of [password, password, 'wrong', 'wrong']) await bench.bind('alice', text);
    assert.equal(bench.asked.length, 4);
  });

  it('go on in a network that the account knows while strangers use up its allowance', async () => {
    const bench = new Bench({ memory: { acceptedMs: 0, refusedMs: 60_000 } });
    assert.equal((await bench.bind('alice', password, office)).code, 0);
    assert.deepEqual(new Set(await bench.codes('alice', 20, attacker)), new Set([49]));
    assert.equal(bench.asked.length, 1 + 4);
    assert.equal((await bench.bind('alice', password, attacker)).code, 49);
    assert.equal((await bench.bind('alice', password, office)).code, 0);
  });

  it('are asked about anew when Entra says that no password opens the account any more, wherever it was remembered', async () => {
    const bench = new Bench();
    for (const address of [home, office]) assert.equal((await bench.bind('alice', password, address)).code, 0);
    bench.check = () => Promise.resolve({ kind: 'refused', reason: 'disabled', aadsts: 50057 });
    assert.equal((await bench.bind('alice', 'another', attacker)).code, 49);
    for (const address of [home, office]) assert.equal((await bench.bind('alice', password, address)).code, 49);
  });

  it('fill the log with no more than a few lines a minute about one address (P8)', async () => {
    const bench = new Bench();
    for (let each = 0; each < 50; each++) await bench.bind('nobody', `guess ${each}`, attacker);
    assert.equal(bench.log.events.filter(({ event }) => event === 'bind.refused').length, 10);
    await bench.clock.advance(60_000);
    await bench.bind('nobody', 'guess', attacker);
    assert.ok(bench.log.events.some(({ event, fields }) => event === 'ldap.log.shortened' && fields['count'] === 40));
  });

  it('let Entra rest that has locked an account, and ask it again after that (AADSTS50053)', async () => {
    const bench = new Bench();
    bench.check = () => Promise.resolve({ kind: 'refused', reason: 'locked', aadsts: 50053 });
    assert.equal((await bench.bind('alice', password)).code, 49);
    bench.check = () => Promise.resolve({ kind: 'accepted' });
    assert.equal((await bench.bind('alice', password)).code, 49);
    assert.equal(bench.asked.length, 1);
    await bench.clock.advance(60_000);
    assert.equal((await bench.bind('alice', password)).code, 0);
    assert.ok(bench.reasons().includes('the account rests after a lock by Entra'));
  });

  it('cost an account nothing while Entra cannot be asked, and are never answered as wrong (P6)', async () => {
    const bench = new Bench();
    for (const verdict of [
      { kind: 'unavailable', aadsts: undefined, message: 'no network' },
      { kind: 'misconfigured', aadsts: 7000222, message: 'the secret has expired' },
    ] as const) {
      bench.check = () => Promise.resolve(verdict);
      for (let each = 0; each < 30; each++) assert.equal((await bench.bind('alice', `guess ${each}`)).code, 52);
    }
    bench.check = () => Promise.resolve({ kind: 'accepted' });
    assert.equal((await bench.bind('alice', password)).code, 0);
  });

  it('raise an alarm while Entra refuses the application, until it answers about a password again', async () => {
    const bench = new Bench();
    bench.check = () => Promise.resolve({ kind: 'misconfigured', aadsts: 7000222, message: 'the secret has expired' });
    for (const text of ['1', '2']) await bench.bind('alice', text);
    const { alarm } = bench.authenticator.admin.report();
    assert.deepEqual(
      { ...alarm, sinceMs: 0 },
      { reason: 'the secret has expired', aadsts: 7000222, sinceMs: 0, count: 2 },
    );
    bench.check = () => Promise.resolve({ kind: 'unavailable', aadsts: undefined, message: 'no network' });
    await bench.bind('alice', '3');
    assert.notEqual(bench.authenticator.admin.report().alarm, null);
    bench.check = () => Promise.resolve(wrong);
    await bench.bind('alice', '4');
    assert.equal(bench.authenticator.admin.report().alarm, null);
    assert.ok(bench.log.events.some(({ event }) => event === 'bind.alarm.ended'));
  });

  it('repeat the reason of a refusal that is remembered, with its code (PAIN-01)', async () => {
    const bench = new Bench({ diagnostics: 'activeDirectory' });
    bench.check = () => Promise.resolve({ kind: 'refused', reason: 'expired', aadsts: 50055, passwordProven: true });
    const answers = [await bench.bind('alice', password), await bench.bind('alice', password)];
    assert.equal(bench.asked.length, 1);
    assert.match(answers[0]?.text ?? '', /data 532/);
    assert.equal(answers[1]?.text, answers[0]?.text);
    const refusals = bench.log.events.filter(({ event }) => event === 'bind.refused').map(({ fields }) => fields);
    assert.deepEqual(
      refusals.map((each) => [each['reason'], each['aadsts'], each['remembered']]),
      [
        ['expired', 50055, false],
        ['expired', 50055, true],
      ],
    );
  });

  it('ask again after an answer that may pass, such as a code that nobody knows', async () => {
    const bench = new Bench();
    bench.check = () => Promise.resolve({ kind: 'refused', reason: 'unknown', aadsts: 99_999 });
    for (let each = 0; each < 3; each++) assert.equal((await bench.bind('alice', password)).code, 49);
    assert.equal(bench.asked.length, 3);
  });

  it('of one network wait for each other, and not those of another (P8)', async () => {
    const bench = new Bench();
    const flood = Array.from({ length: 40 }, (_, each) =>
      bench.start(['bob', 'zoë@contoso.com'][each % 2] ?? '', `x${each}`, attacker),
    );
    const flooded = Promise.all(flood);
    const alice = bench.start('alice', password, home);
    await bench.clock.advance(1000);
    assert.equal((await alice).kind, 'accepted');
    await bench.clock.advance(10_000);
    await flooded;
  });
});

describe('the administration of binds', () => {
  it('counts what became of binds, and tells who is held back', async () => {
    const bench = new Bench();
    await bench.bind('alice', password, office);
    await bench.codes('bob', 6, attacker);
    const { counts, resting, limited } = bench.authenticator.admin.report();
    assert.deepEqual([counts, resting, limited], [{ accepted: 1, refused: 6, busy: 0, unavailable: 0 }, 0, 0]);
    const { accounts, addresses } = bench.authenticator.admin.shield();
    assert.deepEqual(
      accounts.map(({ dn, left }) => [dn, left]),
      [['uid=bob,ou=users,dc=example,dc=com', 2]],
    );
    assert.deepEqual(
      addresses.map(({ address }) => address),
      [attacker],
    );
  });

  it('unlocks users by any of their names, service accounts by name or DN, and addresses', async () => {
    const bench = new Bench();
    const { admin } = bench.authenticator;
    for (const name of ['bob', 'BOB@contoso.com', 'uid=bob,ou=users,dc=example,dc=com']) {
      await bench.codes('bob', 5, attacker);
      const { name: dn, wasHeld } = admin.unlock(name) ?? {};
      assert.deepEqual([dn, wasHeld], ['uid=bob,ou=users,dc=example,dc=com', true]);
      assert.equal(admin.unlock(name)?.wasHeld, false);
    }
    for (const name of ['GitLab', gitlab.dn]) {
      await bench.codes(gitlab.dn, 3, attacker);
      assert.deepEqual(admin.unlock(name), { kind: 'service', name: gitlab.dn, wasHeld: true });
    }
    assert.deepEqual(admin.unlock(attacker), { kind: 'address', name: attacker, wasHeld: true });
    await bench.codes('nobody', 1, '2001:db8::7');
    for (const name of ['2001:db8::9', '2001:db8:0:0::/64'].entries()) {
      assert.deepEqual(admin.unlock(name[1]), { kind: 'address', name: '2001:db8:0:0::/64', wasHeld: name[0] === 0 });
    }
    assert.equal(admin.unlock('nobody'), undefined);
  });
});
