/**
 * What a bind comes to, for every answer of Entra × what is let through × what is remembered of passwords × for how long that
 * is good. The expectation is made from the sentences of docs/binding.md and of Microsoft's pages in this file alone.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { createAuthenticator, type LiveAuthenticator } from '../../../src/auth/authenticator.ts';
import { Keyring } from '../../../src/auth/keyring.ts';
import { RememberedPasswords } from '../../../src/auth/remembered-passwords.ts';
import { type BindSettings, defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { CredentialChain } from '../../../src/graph/credential-chain.ts';
import { createPasswordChecker } from '../../../src/graph/password-grant.ts';
import type { TransportAnswer } from '../../../src/graph/transport.ts';
import { parseObjectId } from '../../../src/identity/ids.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import type { RememberedPassword } from '../../../src/identity/remembered-password.ts';
import { Secret } from '../../../src/identity/secret.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { BcryptCalls } from '../../support/bcrypt-calls.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryRemembered } from '../../support/memory-credentials.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { objectId, people } from './people.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What an answer of Entra says. */
type Said =
  /** The password is right. */
  | 'yes'
  /** The password is right, and a second factor is wanted. */
  | 'secondFactor'
  /** The password is right, and nothing lets it through. */
  | 'expired'
  /** The password is wrong, or Entra does not say whether it is. */
  | 'no'
  /** The account is not to be opened by any password. */
  | 'closed'
  /** Ask again later. */
  | 'notNow'
  /** The application itself is refused. */
  | 'alarm';

/** Every code that Entra can answer a password grant with, and three that nobody knows. */
const codes: Readonly<Record<Said, readonly number[]>> = {
  yes: [],
  secondFactor: [50072, 50074, 50076, 50079, 50158, 53004],
  expired: [50055, 50144],
  no: [50126, 50056, 50064, 50053, 1, 99_999, 500_121],
  closed: [50034, 51004, 50020, 50142, 50057, 53000, 53001, 53002, 53003, 53011, 530035, 50131, 50105],
  notNow: [50196, 80001, 80002, 80005, 80014, 90006, 90024, 90033, 90055],
  alarm: [
    50059, 50128, 90002, 65001, 650056, 650057, 700016, 700025, 700027, 7000215, 7000112, 700021, 700023, 700024, 70021,
    700211, 700212, 700213, 7000218, 7000222,
  ],
};

type Answer = TransportAnswer | 'nothing';

interface Row {
  readonly what: string;
  readonly said: Said;
  readonly aadsts?: number;
  readonly answer: Answer;
}

const answered = (status: number, body: string): Answer => ({ status, headers: new Map(), body });
const token = (uid: string): string =>
  JSON.stringify({ access_token: 'x', client_info: Buffer.from(JSON.stringify({ uid })).toString('base64url') });

const rows: readonly Row[] = [
  { what: 'a token', said: 'yes', answer: answered(200, token(objectId(3))) },
  { what: 'a token of somebody else', said: 'no', answer: answered(200, token(objectId(1))) },
  { what: 'status 200 without a token', said: 'notNow', answer: answered(200, '<html>Welcome to the airport</html>') },
  { what: 'a page of a proxy', said: 'notNow', answer: answered(403, '<html>Forbidden</html>') },
  { what: 'status 429', said: 'notNow', answer: answered(429, refusal(50126)) },
  { what: 'status 503', said: 'notNow', answer: answered(503, '') },
  { what: 'no answer', said: 'notNow', answer: 'nothing' },
  ...Object.entries(codes).flatMap(([said, numbers]) =>
    numbers.map((aadsts) => ({
      what: `AADSTS${aadsts}`,
      said: said as Said,
      aadsts,
      answer: answered(said === 'alarm' ? 401 : 400, refusal(aadsts)),
    })),
  ),
];

function refusal(aadsts: number): string {
  return JSON.stringify({ error: 'x', error_codes: [aadsts], error_description: `AADSTS${aadsts}: Text.` });
}

const policies: readonly (readonly number[])[] = [
  [],
  [50076],
  codes.secondFactor,
  // The configuration refuses these; if it did not, they would let nobody in either.
  [50126, 50053, 50055, 50057, 53003, 65001, 7000222, 90033, 99_999],
];

interface Times {
  readonly freshMs: number;
  readonly outageMs: number;
}

const settings: readonly (Times | undefined)[] = [
  undefined,
  { freshMs: 0, outageMs: 24 * HOUR },
  { freshMs: HOUR, outageMs: 0 },
  { freshMs: HOUR, outageMs: 24 * HOUR },
  { freshMs: 24 * HOUR, outageMs: HOUR },
];

const typed = 'the one that is typed';
const another = 'another one';

/** What is remembered of the person when the bind begins. */
interface State {
  readonly what: string;
  readonly password: string;
  readonly ageMs: number;
  readonly isOfNow: boolean;
  /** With which code Entra had let it through. */
  readonly aadsts?: number;
}

const right = { password: typed, ageMs: HOUR / 2, isOfNow: true };
const states: readonly (State | undefined)[] = [
  undefined,
  { ...right, what: 'fresh' },
  { ...right, what: 'some hours old', ageMs: 5 * HOUR },
  { ...right, what: 'older than anything', ageMs: 30 * HOUR },
  { ...right, what: 'of the time before a change of password', isOfNow: false },
  { ...right, what: 'let through with AADSTS50076', aadsts: 50076 },
  { ...right, what: 'of another password', password: another },
  { ...right, what: 'of another password, some hours old', password: another, ageMs: 5 * HOUR },
];

interface Cell {
  readonly row: Row;
  readonly acceptProven: readonly number[];
  readonly times: Times | undefined;
  readonly state: State | undefined;
}

/** What is to be seen of a bind. */
interface Outcome {
  /** The result code. */
  readonly code: number;
  /** How often Entra was asked. */
  readonly asked: number;
  /** Whether the person has an attempt less. */
  readonly isCounted: boolean;
  /** Whether the administrator is alarmed. */
  readonly isAlarmed: boolean;
  /** Which passwords get in while Entra is down, from now on. */
  readonly opening: readonly string[];
}

/** Whether what is remembered may be looked at, when it must not be older than this. */
function isGood(state: State | undefined, { acceptProven }: Cell, ageMaxMs: number): state is State {
  if (state === undefined || !state.isOfNow || ageMaxMs === 0 || state.ageMs > ageMaxMs) return false;
  return state.aadsts === undefined || acceptProven.includes(state.aadsts);
}

function expected(cell: Cell): Outcome {
  const { row, acceptProven, times = { freshMs: 0, outageMs: 0 }, state } = cell;
  const isLetThrough = row.said === 'secondFactor' && row.aadsts !== undefined && acceptProven.includes(row.aadsts);
  const isYes = row.said === 'yes' || isLetThrough;
  const isTrouble = row.said === 'notNow' || row.said === 'alarm';
  const kept = isGood(state, cell, 24 * HOUR) ? [state.password] : [];
  const isFresh = isGood(state, cell, times.freshMs);
  const isForOutages = isGood(state, cell, times.outageMs);
  if (isFresh && state.password === typed)
    return { code: 0, asked: 0, isCounted: false, isAlarmed: false, opening: kept };
  const isAlarmed = row.said === 'alarm';
  const asked = { asked: 1, isAlarmed };
  if (isYes) return { ...asked, code: 0, isCounted: false, opening: [typed] };
  if (isTrouble) {
    const isSame = isForOutages && state.password === typed;
    return { ...asked, code: isSame ? 0 : 52, isCounted: !isSame && (isFresh || isForOutages), opening: kept };
  }
  // Where Entra says "no", that is about the password that was typed; all other refusals end what was remembered, because
  // another password is right, or none is.
  // Of an account that it has locked Entra does not look at the password, so that nothing follows for what is remembered.
  const isLocked = row.aadsts === 50053;
  const opening = isLocked ? kept : row.said === 'no' ? kept.filter((each) => each !== typed) : [];
  return { ...asked, code: 49, isCounted: true, opening };
}

const bob = parseObjectId(objectId(3)) ?? assert.fail('no object id');
const keyring = new Keyring([{ id: 'k1', secret: randomBytes(32) }]);
const users = createUserLookup(memoryDirectory(people), standardSchema);

/** An authenticator over a store of remembered passwords, and how often it has asked. */
class Bench {
  readonly clock = new ManualClock();
  readonly store: MemoryRemembered;
  readonly #remembered: RememberedPasswords;
  readonly authenticator: LiveAuthenticator;
  asked = 0;

  constructor(store: MemoryRemembered, bind: Partial<BindSettings>, says: PasswordVerdict) {
    this.store = store;
    this.#remembered = new RememberedPasswords({ store, keyring, clock: this.clock });
    const check = (): Promise<PasswordVerdict> => {
      this.asked += 1;
      return Promise.resolve(says);
    };
    this.authenticator = createAuthenticator({
      serviceAccounts: [],
      users,
      passwords: { check },
      remembered: this.#remembered,
      bind: { ...defaultBindSettings, audit: undefined, memory: { acceptedMs: 0, refusedMs: 0 }, ...bind },
      clock: this.clock,
      log: silentLog,
      random: () => 0,
    });
  }

  async bind(password: string): Promise<number> {
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    const outcome = await this.authenticator.bindSimple('bob', Buffer.from(password), context);
    await this.#remembered.settled();
    return outcome.kind === 'accepted' ? 0 : outcome.result.code;
  }
}

const down: PasswordVerdict = { kind: 'unavailable', aadsts: undefined, message: 'no answer' };

/** What the checker of passwords makes of an answer. */
async function verdictOf(answer: Answer): Promise<PasswordVerdict> {
  const clock = new ManualClock();
  const credential = { name: 'c', kind: 'secret', secret: new Secret('x'), expiresAtMs: undefined } as const;
  const checker = createPasswordChecker({
    tokenEndpoint: 'https://login.example/token',
    clientId: 'x',
    credentials: new CredentialChain([credential], clock, silentLog),
    transport: {
      send: () =>
        answer === 'nothing' ? Promise.reject(new SourceError('unavailable', 'no answer')) : Promise.resolve(answer),
      close: () => Promise.resolve(),
    },
    clock,
  });
  return await checker.check('bob@contoso.com', Buffer.from(typed), new AbortController().signal);
}

describe('a bind, by what Entra answers, what is let through and what is remembered', () => {
  let bcrypt: BcryptCalls;
  /** Each password as it is kept, by what was typed. */
  const records = new Map<string, RememberedPassword>();

  before(async () => {
    bcrypt = new BcryptCalls({ isCheap: true });
    for (const password of [typed, another]) {
      const store = new MemoryRemembered();
      await new Bench(store, { remembered: { freshMs: 0, outageMs: HOUR } }, { kind: 'accepted' }).bind(password);
      const record = store.of(bob);
      assert.ok(record);
      records.set(password, record);
    }
  });

  after(() => bcrypt[Symbol.dispose]());

  function storeWith(state: State | undefined, nowMs: number): MemoryRemembered {
    const store = new MemoryRemembered();
    const record = state && records.get(state.password);
    if (state === undefined || record === undefined) return store;
    const version = state.isOfNow ? record.version : 'before';
    const code = state.aadsts === undefined ? {} : { aadsts: state.aadsts };
    store.kept.set(bob, { ...record, ...code, version, provenAtMs: nowMs - state.ageMs });
    return store;
  }

  async function observe({ acceptProven, times, state }: Cell, says: PasswordVerdict): Promise<Outcome> {
    const store = storeWith(state, new ManualClock().now());
    const bench = new Bench(store, { acceptProven, remembered: times }, says);
    const code = await bench.bind(typed);
    const { admin } = bench.authenticator;
    const [account] = admin.shield().accounts;
    const isAlarmed = admin.report().alarm !== null;
    const opening = await openingBy(store.of(bob), acceptProven);
    return { code, asked: bench.asked, isCounted: account !== undefined, isAlarmed, opening };
  }

  /** Which passwords get in by what is remembered; the same record under the same policy is tried once. */
  const tried = new Map<string, Promise<readonly string[]>>();
  function openingBy(
    record: RememberedPassword | undefined,
    acceptProven: readonly number[],
  ): Promise<readonly string[]> {
    const key = JSON.stringify([record, acceptProven]);
    const opening = tried.get(key) ?? tryOpening(record, acceptProven);
    tried.set(key, opening);
    return opening;
  }

  async function tryOpening(
    record: RememberedPassword | undefined,
    acceptProven: readonly number[],
  ): Promise<readonly string[]> {
    const store = new MemoryRemembered();
    await store.put(bob, record);
    const opening: string[] = [];
    for (const password of record === undefined ? [] : [typed, another]) {
      const later = new Bench(store, { acceptProven, remembered: { freshMs: 0, outageMs: 24 * HOUR } }, down);
      if ((await later.bind(password)) === 0) opening.push(password);
    }
    return opening;
  }

  for (const row of rows) {
    it(`is decided as docs/binding.md says where Entra answers ${row.what} (P6, P7, PAIN-03, PAIN-04)`, async () => {
      const says = await verdictOf(row.answer);
      const wrong: unknown[] = [];
      let count = 0;
      for (const acceptProven of policies) {
        for (const times of settings) {
          for (const state of states) {
            const cell = { row, acceptProven, times, state };
            // What was remembered before that was turned off is deleted and not looked at.
            const { opening: willOpen, ...expectation } = expected(cell);
            const { opening, ...outcome } = await observe(cell, says);
            const wanted = times === undefined ? expectation : { ...expectation, opening: willOpen };
            const found = times === undefined ? outcome : { ...outcome, opening };
            if (JSON.stringify(sorted(wanted)) !== JSON.stringify(sorted(found)))
              wrong.push({ acceptProven, times, state: state?.what, wanted, found });
            count += 1;
          }
        }
      }
      assert.deepEqual(wrong, []);
      assert.equal(count, policies.length * settings.length * states.length);
    });
  }
});

function sorted(object: object): unknown {
  return Object.entries(object).toSorted(([a], [b]) => a.localeCompare(b));
}
