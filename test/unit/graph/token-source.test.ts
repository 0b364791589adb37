import assert from 'node:assert/strict';

import type { SourceErrorCode } from '../../../src/identity/source-error.ts';
import { json, reset, text, tokenFailure } from '../../support/fake-microsoft.ts';
import type { Answer } from '../../support/fake-microsoft.ts';
import { createApplicationCertificate } from '../../support/rsa-credential.ts';
import { drive, secretValue, sourceError, startFixture } from './graph-fixture.ts';
import type { GraphFixture } from './graph-fixture.ts';

const organization = ({ graph }: GraphFixture): Promise<unknown> => graph.organization(new AbortController().signal);

describe('a token request', () => {
  const refused: readonly [aadsts: number, expected: SourceErrorCode, says: RegExp][] = [
    [7000215, 'credentials', /client secret is wrong; it must be the value.*not its id \(AADSTS7000215\)/],
    [7000222, 'credentials', /has expired/],
    [700016, 'credentials', /client id/],
    [700027, 'credentials', /certificate/],
    [65001, 'forbidden', /admin consent/],
    [650057, 'forbidden', /permission/],
    [4242, 'credentials', /AADSTS4242/],
  ];
  for (const [aadsts, expected, says] of refused) {
    it(`that ends with AADSTS${aadsts} is ${expected}, and is not repeated`, async () => {
      await using fixture = await startFixture();
      fixture.microsoft.token(tokenFailure(aadsts, 401));
      await assert.rejects(
        organization(fixture),
        sourceError(expected, ({ message, details }) => {
          assert.match(message, says);
          assert.ok(!message.includes(secretValue));
          return details.sourceCode === String(aadsts) && details.status === 401;
        }),
      );
      assert.equal(fixture.microsoft.tokenRequests.length, 1);
    });
  }

  it('for an unknown tenant names the tenant as the reason, although the library does not', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.discovery(tokenFailure(90002));
    await assert.rejects(
      organization(fixture),
      sourceError('credentials', ({ message }) => /tenant/.test(message)),
    );
  });

  const passing: readonly [what: string, answer: Answer][] = [
    ['a 500', json({ error: 'server_error', error_description: 'AADSTS50196: x', error_codes: [50196] }, 500)],
    ['an HTML page', text('<html>', 503)],
    ['an HTML page with status 200', text('<html>', 200)],
    ['a page of a proxy that forbids', text('<html>', 403)],
    ['a connection that is reset', reset],
    ['a code of passing trouble', tokenFailure(90033)],
  ];
  for (const [what, answer] of passing) {
    it(`is repeated after ${what}`, async () => {
      await using fixture = await startFixture();
      fixture.microsoft.token(answer);
      fixture.microsoft.graph(json({ value: [{ displayName: 'Contoso' }] }));
      const asking = organization(fixture);
      assert.deepEqual(await drive(fixture.clock, asking), [250]);
      assert.deepEqual(await asking, {
        id: undefined,
        displayName: 'Contoso',
        verifiedDomains: [],
        isHybrid: false,
      });
    });
  }

  it('is repeated when Entra throttles, after the time it names', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.token(json({ error: 'throttled' }, 429, { 'retry-after': '7' }));
    fixture.microsoft.graph(json({ value: [{}] }));
    const asking = organization(fixture);
    assert.deepEqual(await drive(fixture.clock, asking), [7000]);
    await asking;
  });

  it('is for the Graph of its cloud and nothing else', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(json({ value: [{}] }));
    await organization(fixture);
    const body = new URLSearchParams(fixture.microsoft.tokenRequests[0]?.body);
    assert.deepEqual(
      [body.get('grant_type'), body.get('scope')?.split(' ')[0]],
      ['client_credentials', `${fixture.microsoft.origin}/.default`],
    );
  });

  it('proves itself with the certificate when that is the credential', async () => {
    const { certPem, keyPem } = await createApplicationCertificate();
    const pem = keyPem + certPem;
    const credentials = [{ name: 'c', kind: 'certificate', pem, sendCertificateChain: true }] as const;
    await using fixture = await startFixture({ credentials });
    fixture.microsoft.graph(json({ value: [{}] }));
    await organization(fixture);
    const body = new URLSearchParams(fixture.microsoft.tokenRequests[0]?.body);
    assert.equal(body.get('client_secret'), null);
    const header = JSON.parse(
      Buffer.from(body.get('client_assertion')?.split('.')[0] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>;
    assert.equal(header['alg'], 'PS256');
    assert.ok(Array.isArray(header['x5c']));
  });

  it('is shared by all who wait for it, and one who gives up leaves it to the others', async () => {
    await using fixture = await startFixture();
    const controller = new AbortController();
    fixture.microsoft.graph(json({ value: [{}] }));
    fixture.microsoft.token((response, request) => {
      controller.abort(new Error('enough'));
      json({ token_type: 'Bearer', expires_in: 3600, access_token: 'shared' })(response, request);
    });
    const impatient = assert.rejects(fixture.graph.organization(controller.signal), sourceError('aborted'));
    await organization(fixture);
    await impatient;
    assert.equal(fixture.microsoft.tokenRequests.length, 1);
    assert.equal(fixture.microsoft.graphRequests[0]?.headers.authorization, 'Bearer shared');
  });
});

describe('the way to Microsoft', () => {
  it('is not taken when the certificate is from an unknown authority, and the message says so at once', async () => {
    await using trusted = await startFixture();
    const { origin } = trusted.microsoft;
    await using distrustful = await startFixture({ authorityHost: origin, graphUrl: origin, ca: '' });
    await assert.rejects(
      organization(distrustful),
      sourceError(
        'unavailable',
        ({ message, details }) => /authority to trust/.test(message) && details.attempts === 1,
      ),
    );
  });

  const unreachable: readonly [what: string, authorityHost: string, says: RegExp][] = [
    ['nothing listens', 'https://127.0.0.1:1', /nothing listens.*\(ECONNREFUSED\)/],
    ['the name does not exist', 'https://login.invalid', /DNS.*\((?:ENOTFOUND|EAI_AGAIN)\)/],
  ];
  for (const [what, authorityHost, says] of unreachable) {
    it(`is told apart when ${what}`, async () => {
      await using fixture = await startFixture({ authorityHost });
      const asking = organization(fixture);
      const rejected = assert.rejects(
        asking,
        sourceError('unavailable', ({ message }) => says.test(message)),
      );
      await drive(fixture.clock, asking);
      await rejected;
    });
  }

  for (const graphUrl of [
    'http://graph.example',
    'https://graph.example/v1.0',
    'https://me@graph.example',
    'nonsense',
  ]) {
    it(`does not begin at ${graphUrl}`, async () => {
      await assert.rejects(startFixture({ graphUrl }), TypeError);
    });
  }
});
