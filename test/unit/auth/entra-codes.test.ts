import assert from 'node:assert/strict';

import { createAuthenticator } from '../../../src/auth/authenticator.ts';
import { type BindSettings, type Diagnostics, defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { aadstsMeanings } from '../../../src/graph/aadsts.ts';
import { CredentialChain } from '../../../src/graph/credential-chain.ts';
import { createPasswordChecker } from '../../../src/graph/password-grant.ts';
import { type PasswordVerdict, secondFactorCodes } from '../../../src/identity/password-check.ts';
import { Secret } from '../../../src/identity/secret.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { people } from './people.ts';

interface Answer {
  readonly code: number;
  readonly text: string;
}

/** What Entra says by this code, as the token endpoint words it. */
async function verdictOfCode(aadsts: number): Promise<PasswordVerdict> {
  const body = JSON.stringify({ error: 'x', error_codes: [aadsts], error_description: `AADSTS${aadsts}: Text.` });
  const clock = new ManualClock();
  const credential = { name: 'c', kind: 'secret', secret: new Secret('x'), expiresAtMs: undefined } as const;
  const checker = createPasswordChecker({
    tokenEndpoint: 'https://login.example/token',
    clientId: 'x',
    credentials: new CredentialChain([credential], clock, silentLog),
    transport: {
      send: () => Promise.resolve({ status: 400, headers: new Map(), body }),
      close: () => Promise.resolve(),
    },
    clock,
  });
  return await checker.check('alice@contoso.com', Buffer.from('x'), new AbortController().signal);
}

/** How a bind of Alice is answered to which Entra says this. */
async function answerTo(verdict: PasswordVerdict, changes: Partial<BindSettings>, name = 'alice'): Promise<Answer> {
  const clock = new ManualClock();
  const authenticator = createAuthenticator({
    serviceAccounts: [],
    passwords: { check: () => Promise.resolve(verdict) },
    bind: { ...defaultBindSettings, ...changes },
    users: createUserLookup(memoryDirectory(people), standardSchema),
    clock,
    log: silentLog,
    random: () => 0,
  });
  const { signal } = new AbortController();
  const binding = authenticator.bindSimple(name, Buffer.from('x'), {
    remoteAddress: '192.0.2.1',
    secure: true,
    signal,
  });
  await clock.advance(10_000);
  const outcome = await binding;
  if (outcome.kind === 'accepted') return { code: 0, text: '' };
  return { code: outcome.result.code, text: outcome.result.diagnosticMessage };
}

const wordOf = ({ text }: Answer): string | undefined =>
  /^80090308: LdapErr: DSID-\w{8}, comment: AcceptSecurityContext error, data (\w+), v4563$/.exec(text)?.[1];

/** The word of Active Directory for each code when it is told to everybody; the rest is 52e. */
const words: Readonly<Record<number, string>> = {
  50034: '525',
  51004: '525',
  50020: '525',
  50053: '775',
  50055: '532',
  50144: '532',
  50142: '773',
  50057: '533',
  50072: '530',
  50074: '530',
  50076: '530',
  50079: '530',
  50158: '530',
  53004: '530',
  53000: '530',
  53001: '530',
  53002: '530',
  53003: '530',
  53011: '530',
  530035: '530',
  50131: '530',
  50105: '530',
};

/** Codes that prove the password, by whose words the right one may be told from a wrong one. */
const proving = new Set([...secondFactorCodes, 50055, 50144]);

const codes = [...aadstsMeanings.keys(), 1, 99_999, 500_121, 90_094];
const policies: readonly (readonly [what: string, acceptProven: readonly number[]])[] = [
  ['nothing is let through', []],
  ['AADSTS50076 is let through', [50076]],
  ['every code of a second factor is let through', secondFactorCodes],
  // The configuration refuses these, and nothing lets them in if it did not.
  ['codes that prove nothing are let through', [50126, 53003, 50057, 50053, 7000222, 99_999]],
];
const diagnostics: readonly Diagnostics[] = ['plain', 'activeDirectory', 'activeDirectoryFull'];

describe('what a code of Entra means for a bind', () => {
  for (const aadsts of codes) {
    const meaning = aadstsMeanings.get(aadsts)?.verdict ?? 'unknown';
    const isTrouble = meaning === 'unavailable' || meaning === 'misconfigured';
    for (const [what, acceptProven] of policies) {
      const isAccepted = acceptProven.includes(aadsts) && secondFactorCodes.includes(aadsts);
      const expected = isAccepted ? 0 : isTrouble ? 52 : 49;
      it(`AADSTS${aadsts} (${meaning}) is answered ${expected} when ${what} (PAIN-03, P7)`, async () => {
        const verdict = await verdictOfCode(aadsts);
        for (const kind of diagnostics) {
          const answer = await answerTo(verdict, { acceptProven, diagnostics: kind });
          assert.equal(answer.code, expected, kind);
          if (expected !== 49) continue;
          const full = words[aadsts] ?? '52e';
          const word = {
            plain: undefined,
            activeDirectory: proving.has(aadsts) ? full : '52e',
            activeDirectoryFull: full,
          };
          assert.equal(wordOf(answer), word[kind], kind);
        }
      });
    }
  }

  it('has a word for every code that refuses, and no other', () => {
    const refusing = [...aadstsMeanings].filter(
      ([, { verdict }]) => !['unavailable', 'misconfigured', 'wrong'].includes(verdict),
    );
    assert.deepEqual(
      refusing.map(([code]) => code).toSorted((a, b) => a - b),
      Object.keys(words)
        .map(Number)
        .toSorted((a, b) => a - b),
    );
  });

  it('is not asked for names that nobody has, or that are locked, which are answered like a wrong password', async () => {
    const wrong = await answerTo(await verdictOfCode(50126), { diagnostics: 'activeDirectory' });
    for (const name of ['nobody', 'carol', 'dave', 'shared@contoso.com']) {
      assert.deepEqual(await answerTo({ kind: 'accepted' }, { diagnostics: 'activeDirectory' }, name), wrong, name);
    }
    const told = await Promise.all(
      ['nobody', 'carol'].map((name) => answerTo({ kind: 'accepted' }, { diagnostics: 'activeDirectoryFull' }, name)),
    );
    assert.deepEqual(told.map(wordOf), ['525', '533']);
  });
});
