import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { aadstsMeanings } from '../../../src/graph/aadsts.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { json, reset, silent, text, tokenFailure, truncated } from '../../support/fake-microsoft.ts';
import type { Answer } from '../../support/fake-microsoft.ts';
import { createApplicationCertificate } from '../../support/rsa-credential.ts';
import { secretValue, startFixture, timeoutMs } from './graph-fixture.ts';
import type { GraphFixture } from './graph-fixture.ts';

const password = 'pass&word=ü +%';

function check({ graph }: GraphFixture, signal = new AbortController().signal): Promise<PasswordVerdict> {
  return graph.passwords.check('alice@contoso.com', Buffer.from(password), signal);
}

/** The codes with which Entra says that the password is right although it refuses the sign-in. */
const proving: ReadonlySet<number> = new Set([50055, 50072, 50074, 50076, 50079, 50144, 50158, 53004]);

/** The verdict, whose correlation id is the one of the request. */
async function verdictOf(answer: Answer): Promise<PasswordVerdict> {
  await using fixture = await startFixture();
  fixture.microsoft.token(answer);
  const verdict = await check(fixture);
  // A refused password that is sent again counts towards the lockout.
  assert.equal(fixture.microsoft.tokenRequests.length, 1);
  assert.ok(!inspect(verdict, { depth: 9 }).includes(password));
  const { correlationId, ...rest } = verdict;
  assert.match(correlationId ?? '', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(fixture.microsoft.tokenRequests[0]?.headers['client-request-id'], correlationId);
  return rest;
}

describe('a password check', () => {
  it('asks for the least, with the secret in the body and nothing in the URL', async () => {
    await using fixture = await startFixture();
    assert.equal((await check(fixture)).kind, 'accepted');
    const [request] = fixture.microsoft.tokenRequests;
    assert.equal(request?.url, '/tenant/oauth2/v2.0/token');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request.body)), {
      client_id: 'client',
      client_secret: secretValue,
      grant_type: 'password',
      scope: 'openid',
      client_info: '1',
      username: 'alice@contoso.com',
      password,
    });
    assert.deepEqual(fixture.log.events, []);
  });

  it('signs an assertion instead when the application has a certificate', async () => {
    const { certPem, keyPem } = await createApplicationCertificate();
    const pem = certPem + keyPem;
    const credentials = [{ name: 'c', kind: 'certificate', pem, sendCertificateChain: false }] as const;
    await using fixture = await startFixture({ credentials });
    assert.equal((await check(fixture)).kind, 'accepted');
    const body = new URLSearchParams(fixture.microsoft.tokenRequests[0]?.body);
    assert.equal(body.get('client_secret'), null);
    assert.equal(body.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    assert.equal(body.get('client_assertion')?.split('.').length, 3);
  });

  it('asks each time: no answer is remembered (PAIN-04)', async () => {
    await using fixture = await startFixture();
    await check(fixture);
    fixture.microsoft.token(tokenFailure(50126));
    assert.equal((await check(fixture)).kind, 'refused');
  });

  it('tells whose password it was', async () => {
    const uid = '00000000-0000-0000-0000-00000000000A';
    const info = Buffer.from(JSON.stringify({ uid, utid: 'x' })).toString('base64url');
    const verdict = await verdictOf(json({ access_token: 'x', client_info: info }));
    assert.deepEqual(verdict, { kind: 'accepted', objectId: uid.toLowerCase() });
  });

  for (const info of ['', '!', 'bnVsbA', 7]) {
    it(`does not mind a client_info that says nothing: ${info}`, async () => {
      assert.deepEqual(await verdictOf(json({ access_token: 'x', client_info: info })), { kind: 'accepted' });
    });
  }

  for (const [aadsts, { verdict, text: meaning }] of aadstsMeanings) {
    it(`that ends with AADSTS${aadsts} is ${verdict}`, async () => {
      const expected =
        verdict === 'unavailable' || verdict === 'misconfigured'
          ? { kind: verdict, aadsts, message: `${meaning} (AADSTS${aadsts})` }
          : { kind: 'refused', reason: verdict, aadsts, passwordProven: proving.has(aadsts) };
      assert.deepEqual(await verdictOf(tokenFailure(aadsts)), expected);
    });
  }

  const unknown: readonly [what: string, answer: Answer, aadsts: number | undefined][] = [
    ['a code that nobody knows', tokenFailure(999999), 999999],
    ['a code in the description only', json({ error: 'invalid_grant', error_description: 'AADSTS4711: x' }, 400), 4711],
    ['codes of the wrong type', json({ error: 'x', error_codes: ['50126'], error_description: '' }, 400), undefined],
    ['no code', json({ error: 'invalid_grant' }, 400), undefined],
  ];
  for (const [what, answer, aadsts] of unknown) {
    it(`that ends with ${what} refuses (P7)`, async () => {
      assert.deepEqual(await verdictOf(answer), { kind: 'refused', reason: 'unknown', aadsts });
    });
  }

  const unavailable: readonly [what: string, answer: Answer][] = [
    ['an HTML page', text('<html>', 503)],
    ['a page of a proxy with status 403', text('<html>', 403)],
    ['a captive portal with status 200', text('<html>Welcome</html>', 200)],
    ['a 200 without a token', json({ token_type: 'Bearer' })],
    ['a 200 with an empty token', json({ access_token: '' })],
    ['a 200 with a token that is no text', json({ access_token: true })],
    ['a redirect', text('', 302, { location: 'https://evil.example/' })],
    ['throttling', json({ error: 'x', error_codes: [50126] }, 429, { 'retry-after': '1' })],
    ['a server error, even with the code of a wrong password', json({ error: 'x', error_codes: [50126] }, 500)],
    ['a connection that is reset', reset],
    ['a body that is cut off', truncated],
  ];
  for (const [what, answer] of unavailable) {
    it(`that ends with ${what} says neither yes nor no (P6, P7)`, async () => {
      assert.equal((await verdictOf(answer)).kind, 'unavailable');
    });
  }

  it('is given up after its own time', async () => {
    await using fixture = await startFixture({ passwordTimeoutMs: 5000 });
    const arrived = new Promise<void>((resolve) => {
      fixture.microsoft.token((...request) => {
        silent(...request);
        resolve();
      });
    });
    const checking = check(fixture);
    await arrived;
    await fixture.clock.advance(5000);
    const verdict = await checking;
    assert.ok(timeoutMs > 5000);
    assert.equal(verdict.kind, 'unavailable');
  });

  it('is unavailable when the client gives up', async () => {
    await using fixture = await startFixture();
    const controller = new AbortController();
    fixture.microsoft.token(() => controller.abort(new Error('unbound')));
    assert.equal((await check(fixture, controller.signal)).kind, 'unavailable');
  });
});
