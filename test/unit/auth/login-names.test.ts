import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hashSync } from 'bcrypt';
import * as fc from 'fast-check';

import { newAppPassword } from '../../../src/auth/app-password-text.ts';
import { AppPasswords } from '../../../src/auth/app-passwords.ts';
import { createAuthenticator } from '../../../src/auth/authenticator.ts';
import type { BindOutcome } from '../../../src/auth/bind.ts';
import { Keyring } from '../../../src/auth/keyring.ts';
import { ServiceAccounts } from '../../../src/auth/service-accounts.ts';
import { type Diagnostics, defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { BcryptCalls } from '../../support/bcrypt-calls.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAppPasswords } from '../../support/memory-credentials.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { base, people, userDn } from './people.ts';

const password = 'the right one';
const serviceDn = (name: string): string => `cn=${name},ou=services,${base}`;
const serviceAccounts = [
  { name: 'gitlab', dn: serviceDn('gitlab'), passwordHash: hashSync('s3cret', 4) },
  { name: 'keyless', dn: serviceDn('keyless') },
];
const users = createUserLookup(memoryDirectory(people), standardSchema);
/** How long Entra takes to answer. */
const answerMs = 200;

/** What somebody sees who binds, and what it cost us. */
interface Seen {
  readonly result: Extract<BindOutcome, { kind: 'refused' }>['result'] | 'accepted';
  readonly bcrypt: readonly string[];
  readonly tookMs: number;
}

/** A daemon that has just started, but for what Entra has refused before. */
class Door {
  readonly #clock = new ManualClock();
  readonly #authenticator;
  readonly #bcrypt: BcryptCalls;
  asked = 0;

  constructor(bcrypt: BcryptCalls, diagnostics: Diagnostics) {
    this.#bcrypt = bcrypt;
    const clock = this.#clock;
    const means = { store: new MemoryAppPasswords(), keyring: new Keyring([{ id: 'k1', secret: randomBytes(32) }]) };
    const { appPasswords } = defaultBindSettings;
    this.#authenticator = createAuthenticator({
      serviceAccounts,
      users,
      passwords: { check: (_, text) => this.#check(text.toString()) },
      appPasswords: new AppPasswords(
        { ...means, users, clock, log: silentLog, issuer: 'Test' },
        appPasswords,
        new ServiceAccounts(serviceAccounts),
      ),
      bind: { ...defaultBindSettings, diagnostics, audit: undefined },
      clock,
      log: silentLog,
      random: () => 0,
    });
  }

  async #check(text: string): Promise<PasswordVerdict> {
    this.asked += 1;
    await this.#clock.sleep(answerMs);
    return text === password ? { kind: 'accepted' } : { kind: 'refused', reason: 'wrong', aadsts: 50126 };
  }

  async bind(name: string, text: string | Buffer): Promise<Seen> {
    this.#bcrypt.take();
    const startedAtMs = this.#clock.monotonicMs();
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    const outcome = await this.#clock.finish(this.#authenticator.bindSimple(name, Buffer.from(text), context));
    return {
      result: outcome.kind === 'accepted' ? 'accepted' : outcome.result,
      bcrypt: this.#bcrypt.take().map(({ kind, cost }) => `${kind} ${cost}`),
      tookMs: this.#clock.monotonicMs() - startedAtMs,
    };
  }
}

const passwords: readonly (readonly [what: string, password: string | Buffer])[] = [
  ['a wrong password', 'wrong'],
  ['what has the form of an app password', newAppPassword().text],
  ['what has the form of an app password with a code', `${newAppPassword().text}123456`],
  ['73 octets', 'x'.repeat(73)],
  ['a password with a NUL', 'wrong\0'],
  ['octets that are no UTF-8', Buffer.from([0xff, 0xfe, 0x41])],
  ['the right password of somebody else', 's3cret'],
];

const strangers = [
  'nobody',
  'nobody@contoso.com',
  'CONTOSO\\nobody',
  userDn('nobody'),
  'shared@contoso.com',
  'staff@contoso.com',
  'carol',
  userDn('carol'),
  'no name \0 at all',
  `uid=,ou=users,${base}`,
];

describe('the names that people log in with', () => {
  let bcrypt: BcryptCalls;

  beforeEach(() => {
    bcrypt = new BcryptCalls();
  });

  afterEach(() => bcrypt[Symbol.dispose]());

  const forms: readonly (readonly [form: string, name: string])[] = [
    ['a uid', 'alice'],
    ['a user principal name', 'alice@contoso.com'],
    ['a mail address', 'alice.jones@contoso.com'],
    ['a DN', userDn('alice')],
    ['DOMAIN\\uid', 'contoso\\alice'],
  ];

  for (const [form, name] of forms) {
    it(`let a person in by ${form} in any letter case (PAIN-10, fast-check prints the seed)`, async () => {
      const cases = fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length });
      const door = new Door(bcrypt, 'plain');
      await fc.assert(
        fc.asyncProperty(cases, async (upper) => {
          const spelt = Array.from(name, (each, i) => (upper[i] === true ? each.toUpperCase() : each)).join('');
          assert.equal((await door.bind(spelt, password)).result, 'accepted', spelt);
        }),
        { numRuns: 30 },
      );
      assert.equal(door.asked, 1, 'it is one account, whose password is remembered for a moment');
    });
  }

  it('that stand for several people let in nobody, whose password it may be (PAIN-10, P7)', async () => {
    const door = new Door(bcrypt, 'plain');
    assert.notEqual((await door.bind('shared@contoso.com', password)).result, 'accepted');
    assert.equal(door.asked, 0);
  });

  for (const diagnostics of ['plain', 'activeDirectory'] as const) {
    for (const [what, text] of passwords) {
      it(`are answered alike, after as much work and time, with ${what} and diagnostics ${diagnostics} (P7)`, async () => {
        // So that it is known how long Entra takes to refuse.
        const door = async (): Promise<Door> => {
          const fresh = new Door(bcrypt, diagnostics);
          await fresh.bind('bob', 'teaches');
          return fresh;
        };
        const known = await (await door()).bind('alice', text);
        assert.equal(known.tookMs, answerMs);
        // Real comparisons cost much, and which kind of name it is makes no difference to them.
        const names = known.bcrypt.length > 0 ? ['carol', userDn('nobody')] : strangers;
        for (const name of names) assert.deepEqual(await (await door()).bind(name, text), known, name);
      });
    }
  }

  for (const [what, text] of passwords.slice(0, -1)) {
    it(`of service accounts are answered alike, after as much work, with ${what} (P7)`, async () => {
      const known = await new Door(bcrypt, 'plain').bind(serviceDn('gitlab'), text);
      assert.deepEqual(known.bcrypt, ['compare 4']);
      for (const name of ['nobody', 'keyless', 'GitLab2']) {
        assert.deepEqual(await new Door(bcrypt, 'plain').bind(serviceDn(name), text), known, name);
      }
    });
  }

  for (const [what, known, unknown] of [
    ['people', 'alice', 'nobody'],
    ['service accounts', serviceDn('gitlab'), serviceDn('nobody')],
  ] as const) {
    it(`of ${what} are answered alike however often they are tried, beyond every allowance too (P7, P8)`, async () => {
      const doors = [new Door(bcrypt, 'plain'), new Door(bcrypt, 'plain')] as const;
      for (const door of doors) await door.bind('bob', 'teaches');
      for (let i = 0; i < 90; i++) {
        const text = `wrong ${i % 3 === 2 ? i - 1 : i}`;
        const [one, other] = [await doors[0].bind(known, text), await doors[1].bind(unknown, text)];
        assert.deepEqual(one, other, `try ${i}`);
      }
    });
  }

  it('cost one comparison with an app password, as costly as one with a real one, whoever has the name', async () => {
    for (const name of ['alice', 'nobody', 'carol']) {
      const { bcrypt: work } = await new Door(bcrypt, 'plain').bind(name, newAppPassword().text);
      assert.deepEqual(work, ['compare 10'], name);
    }
  });
});
