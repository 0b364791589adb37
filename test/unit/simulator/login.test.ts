import assert from 'node:assert/strict';
import { AADSTS } from '../../../src/simulator/login/aadsts.ts';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../../src/simulator/tenant/registration.ts';
import { SIGN_IN_CODES, isSignIn } from '../../../src/simulator/tenant/sign-in.ts';
import { TenantModel } from '../../../src/simulator/tenant/tenant-model.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type Answer, SimulatorClient, objects, string } from '../../support/simulator-client.ts';

const APP = { client_id: DEFAULT_CLIENT_ID, client_secret: DEFAULT_CLIENT_SECRET };
const CREDENTIALS = { ...APP, grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' };

function code(answer: Answer): unknown {
  const codes = answer.json['error_codes'];
  return Array.isArray(codes) ? codes[0] : undefined;
}

describe('simulated token endpoint', () => {
  const clock = new ManualClock();
  let client: SimulatorClient;
  beforeEach(async () => {
    client = await SimulatorClient.start({ clock });
  });
  afterEach(async () => {
    await client.close();
  });

  it('gives an access token for the client secret and counts it', async () => {
    const answer = await client.form(CREDENTIALS);
    assert.equal(answer.status, 200);
    assert.equal(answer.json['token_type'], 'Bearer');
    assert.equal(answer.json['expires_in'], 3599);
    assert.equal(string(answer.json['access_token']).split('.').length, 3);
    assert.equal(client.control.statistics().tokensIssued, 1);
  });

  it('takes the tenant by a domain name, a query string and the scope of its own host', async () => {
    assert.equal((await client.form(CREDENTIALS, 'contoso.com')).status, 200);
    assert.equal((await client.form({ ...CREDENTIALS, scope: `${client.simulator.url}/.default` })).status, 200);
    const answer = await client.raw(
      `/contoso.com/oauth2/v2.0/token?client-request-id=2bd41f9f-0ec3-44e8-8ad0-f34262084004`,
      {
        method: 'POST',
        body: new URLSearchParams({ ...CREDENTIALS, client_secret: 'x' }).toString(),
      },
    );
    assert.equal(answer.json['correlation_id'], '2bd41f9f-0ec3-44e8-8ad0-f34262084004');
  });

  it('answers errors with the envelope and the headers of Entra', async () => {
    const answer = await client.form({ ...CREDENTIALS, client_secret: 'wrong' });
    assert.equal(answer.status, 401);
    const { json, headers } = answer;
    assert.equal(json['error'], 'invalid_client');
    assert.deepEqual(json['error_codes'], [7000215]);
    assert.match(
      string(json['error_description']),
      /^AADSTS7000215: .* Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: /,
    );
    assert.equal(json['timestamp'], '2026-01-01 00:00:00Z');
    assert.match(string(json['trace_id']), /^[0-9a-f-]{36}$/);
    assert.match(string(json['error_uri']), /\/error\?code=7000215$/);
    assert.equal(headers['x-ms-request-id'], json['trace_id']);
    assert.equal(headers['x-ms-clitelem'], '1,7000215,0,,');
    assert.match(string(headers['x-ms-ests-server']), /ProdSlices/);
    assert.equal(headers['cache-control'], 'no-store, no-cache');
    assert.ok(Array.isArray(headers['set-cookie']) && headers['set-cookie'].length === 3);
    assert.equal(string(json['error_description']).includes('wrong'), false, 'the secret is not repeated');
  });

  const REQUESTS: readonly [string, Record<string, string>, number, number, string?][] = [
    ['an unknown tenant', CREDENTIALS, 400, 90002, 'c9a559d2-7aab-4f13-a6ed-e7e9c52aec87'],
    ['an unknown application', { ...CREDENTIALS, client_id: 'c9a559d2-7aab-4f13-a6ed-e7e9c52aec87' }, 400, 700016],
    ['no grant type', APP, 400, 900144],
    ['no client id', { grant_type: 'client_credentials' }, 400, 900144],
    [
      'no secret',
      { client_id: DEFAULT_CLIENT_ID, grant_type: 'client_credentials', scope: CREDENTIALS.scope },
      401,
      7000216,
    ],
    ['a scope without .default', { ...CREDENTIALS, scope: 'https://graph.microsoft.com/User.Read' }, 400, 1002012],
    ['a foreign resource', { ...CREDENTIALS, scope: 'https://vault.example/.default' }, 400, 500011],
    ['an unknown grant', { ...CREDENTIALS, grant_type: 'implicit' }, 400, 70003],
    [
      'a password grant without a client credential',
      {
        client_id: DEFAULT_CLIENT_ID,
        grant_type: 'password',
        scope: 'openid',
        username: 'alice@contoso.com',
        password: 'Passw0rd!',
      },
      401,
      7000218,
    ],
    [
      'a password grant without a password',
      { ...APP, grant_type: 'password', scope: 'openid', username: 'alice@contoso.com', password: '' },
      400,
      900144,
    ],
    ['a password grant over /common', { ...APP, grant_type: 'password' }, 400, 9001023, 'common'],
  ];
  for (const [what, parameters, status, expected, tenant] of REQUESTS) {
    it(`answers ${what} with AADSTS${expected} and ${status}`, async () => {
      const answer = await client.form(parameters, tenant);
      assert.deepEqual([answer.status, code(answer)], [status, expected]);
    });
  }

  it('signs a user in by password in any letter case, with id token and client info when asked (PAIN-10)', async () => {
    const answer = await client.signIn('ALICE@Contoso.COM', 'Passw0rd!', { client_info: '1' });
    assert.equal(answer.status, 200);
    assert.equal(string(answer.json['id_token']).split('.').length, 3);
    const info: unknown = JSON.parse(Buffer.from(string(answer.json['client_info']), 'base64url').toString());
    assert.deepEqual(info, { uid: client.simulator.tenant.users.id(0), utid: client.simulator.tenant.tenantId });
  });

  it('refuses wrong, padded and foreign passwords and unknown names (P7)', async () => {
    const expected: [string, string, number][] = [
      ['alice@contoso.com', 'passw0rd!', 50126],
      ['alice@contoso.com', ' Passw0rd!', 50126],
      ['alice@contoso.com', 'Passw0rd! ', 50126],
      ['alicia@contoso.com', 'Passw0rd!', 50034],
      ['alice', 'Passw0rd!', 50034],
      ['alice@elsewhere.example', 'Passw0rd!', 50128],
    ];
    for (const [name, password, aadsts] of expected) {
      const answer = await client.signIn(name, password);
      assert.deepEqual([answer.status, code(answer)], [400, aadsts], name);
    }
  });

  it('refuses a password that begins or ends with a space even when it is the right one', async () => {
    client.control.changePassword('bob@contoso.com', 'spaced ');
    assert.equal(code(await client.signIn('bob@contoso.com', 'spaced ')), 50126);
    assert.equal(code(await client.signIn('bob@contoso.com', 'spaced')), 50126);
  });

  for (const [name, aadsts] of Object.entries(SIGN_IN_CODES).filter(([, value]) => value !== 0)) {
    it(`answers a sign-in of a user with behaviour ${name} with AADSTS${aadsts}`, async () => {
      assert.ok(isSignIn(name));
      client.control.setSignIn('bob@contoso.com', name);
      const right = await client.signIn('bob@contoso.com', 'Passw0rd!');
      assert.deepEqual([right.status, code(right)], [400, aadsts]);
      const proves = AADSTS.get(aadsts)?.provesPassword === true;
      const wrong = await client.signIn('bob@contoso.com', 'nope');
      assert.equal(code(wrong), name === 'consentRequired' ? aadsts : proves ? 50126 : aadsts);
      if (AADSTS.get(aadsts)?.claims === true) assert.match(string(right.json['claims']), /capolids/);
    });
  }

  it('names an expired password by suberror and tells where to change it', async () => {
    const { json } = await client.signIn('dave@contoso.com', 'Passw0rd!');
    assert.equal(json['suberror'], 'user_password_expired');
    assert.match(string(json['password_change_url']), /^https:/);
  });

  it('answers a disabled user with AADSTS50057', async () => {
    client.control.disableUser('bob@contoso.com');
    assert.equal(code(await client.signIn('bob@contoso.com', 'Passw0rd!')), 50057);
    client.control.enableUser('bob@contoso.com');
    assert.equal((await client.signIn('bob@contoso.com', 'Passw0rd!')).status, 200);
  });

  it('takes a changed password at once and the old one no more (PAIN-04)', async () => {
    client.control.changePassword('bob@contoso.com', 'N3w-password');
    assert.equal((await client.signIn('bob@contoso.com', 'N3w-password')).status, 200);
    assert.equal(code(await client.signIn('bob@contoso.com', 'Passw0rd!')), 50126);
  });

  it('locks an account after ten different wrong passwords, for a minute, and counts every attempt (PAIN-22)', async () => {
    for (let n = 0; n < 10; n += 1) assert.equal(code(await client.signIn('bob@contoso.com', `wrong-${n}`)), 50126);
    assert.equal(code(await client.signIn('bob@contoso.com', 'Passw0rd!')), 50053);
    await clock.advance(60_001);
    assert.equal((await client.signIn('BOB@contoso.com', 'Passw0rd!')).status, 200);
    assert.deepEqual(client.control.statistics().signIns['bob@contoso.com'], {
      attempts: 12,
      succeeded: 1,
      lastCode: 0,
    });
  });

  it('does not count the same wrong password twice towards the lockout', async () => {
    for (let n = 0; n < 15; n += 1) await client.signIn('bob@contoso.com', 'same wrong one');
    assert.equal((await client.signIn('bob@contoso.com', 'Passw0rd!')).status, 200);
    assert.equal(client.control.statistics().signIns['bob@contoso.com']?.attempts, 16);
  });

  it('forgets a soft-deleted user and knows a restored one', async () => {
    const id = client.simulator.tenant.users.id(1);
    client.control.removeUser('bob@contoso.com');
    assert.equal(code(await client.signIn('bob@contoso.com', 'Passw0rd!')), 50034);
    client.control.restoreUser(id);
    assert.equal((await client.signIn('bob@contoso.com', 'Passw0rd!')).status, 200);
  });

  it('follows a rename', async () => {
    client.control.renameUser('bob@contoso.com', 'robert@contoso.com');
    assert.equal(code(await client.signIn('bob@contoso.com', 'Passw0rd!')), 50034);
    assert.equal((await client.signIn('robert@contoso.com', 'Passw0rd!')).status, 200);
  });

  const DEVICE = { ...APP, grant_type: 'urn:ietf:params:oauth:grant-type:device_code' };

  function beginDevice(parameters: Record<string, string> = { client_id: DEFAULT_CLIENT_ID, scope: 'openid' }) {
    return client.raw('/contoso.com/oauth2/v2.0/devicecode', {
      method: 'POST',
      body: new URLSearchParams(parameters).toString(),
    });
  }

  it('lets a device wait until somebody has signed in for it, and tells it once (RFC 8628 §3.5)', async () => {
    const begun = await beginDevice();
    assert.equal(begun.status, 200);
    assert.deepEqual([begun.json['expires_in'], begun.json['interval']], [900, 5]);
    const userCode = string(begun.json['user_code']);
    assert.match(userCode, /^[A-Z0-9]{9}$/);
    assert.ok(
      string(begun.json['message']).includes(
        `${string(begun.json['verification_uri'])} and enter the code ${userCode}`,
      ),
    );
    const polling = { ...DEVICE, device_code: string(begun.json['device_code']), client_info: '1' };
    const pending = await client.form(polling);
    assert.deepEqual([pending.status, pending.json['error'], code(pending)], [400, 'authorization_pending', 70016]);
    client.control.approveDevice(userCode.toLowerCase(), 'alice@contoso.com');
    const finished = await client.form(polling);
    assert.equal(finished.status, 200);
    assert.equal(string(finished.json['id_token']).split('.').length, 3);
    const info: unknown = JSON.parse(Buffer.from(string(finished.json['client_info']), 'base64url').toString());
    assert.deepEqual(info, { uid: client.simulator.tenant.users.id(0), utid: client.simulator.tenant.tenantId });
    const again = await client.form(polling);
    assert.deepEqual([again.json['error'], code(again)], ['bad_verification_code', 70018]);
    assert.throws(() => client.control.approveDevice(userCode, 'alice@contoso.com'), /no sign-in with this user code/);
  });

  it('lets a device sign-in expire after fifteen minutes (RFC 8628 §3.2)', async () => {
    const { json } = await beginDevice();
    const polling = { ...DEVICE, device_code: string(json['device_code']) };
    await clock.advance(899_999);
    assert.equal(code(await client.form(polling)), 70016);
    await clock.advance(1);
    const expired = await client.form(polling);
    assert.deepEqual([expired.status, expired.json['error'], code(expired)], [400, 'expired_token', 70020]);
    assert.throws(() => client.control.approveDevice(string(json['user_code']), 'alice@contoso.com'));
  });

  it('gives no device code to an unknown application or tenant, without a scope, or by GET', async () => {
    assert.equal(
      code(await beginDevice({ client_id: 'c9a559d2-7aab-4f13-a6ed-e7e9c52aec87', scope: 'openid' })),
      700016,
    );
    assert.equal(code(await beginDevice({ client_id: DEFAULT_CLIENT_ID })), 900144);
    assert.equal(code(await client.raw('/contoso.com/oauth2/v2.0/devicecode')), 900561);
    assert.equal(code(await client.raw('/nobody.example/oauth2/v2.0/devicecode', { method: 'POST' })), 90002);
  });

  it('answers a device without a client credential with AADSTS7000218, and a device code of nobody as unknown', async () => {
    const nobody = { ...DEVICE, device_code: 'nobody' };
    assert.equal(code(await client.form(nobody)), 70018);
    const { client_secret: _, ...bare } = nobody;
    assert.equal(code(await client.form(bare)), 7000218);
  });

  it('publishes discovery documents and answers an unknown tenant with 400 invalid_tenant', async () => {
    const { tenantId } = client.simulator.tenant;
    const metadata = await client.raw(`/${tenantId}/v2.0/.well-known/openid-configuration`);
    assert.equal(metadata.json['token_endpoint'], `${client.simulator.url}/${tenantId}/oauth2/v2.0/token`);
    for (const key of ['authorization_endpoint', 'issuer', 'jwks_uri', 'end_session_endpoint'])
      string(metadata.json[key]);
    const keys = await client.raw(new URL(string(metadata.json['jwks_uri'])).pathname);
    assert.equal(objects(keys.json['keys'])[0]?.['kty'], 'EC');
    const instance = await client.raw('/common/discovery/instance?api-version=1.1');
    assert.ok(objects(instance.json['metadata']).length > 1);
    const unknown = await client.raw('/nobody.example/v2.0/.well-known/openid-configuration');
    assert.deepEqual([unknown.status, unknown.json['error'], code(unknown)], [400, 'invalid_tenant', 90002]);
  });

  it('answers a GET of the token endpoint and a form that is none with an envelope', async () => {
    assert.equal(code(await client.raw('/contoso.com/oauth2/v2.0/token')), 900561);
    const answer = await client.raw('/contoso.com/oauth2/v2.0/token', { method: 'POST', body: '%zz=%' });
    assert.equal(code(answer), 900144);
  });
});

describe('simulated app registrations', () => {
  const base = generateTenant({ seed: 3, users: 5, groups: 0 });
  const [application] = base.facts.applications;
  assert.ok(application);

  async function withApplication(
    change: Partial<typeof application>,
    run: (client: SimulatorClient) => Promise<void>,
  ): Promise<void> {
    assert.ok(application);
    const tenant = new TenantModel({ ...base.facts, applications: [{ ...application, ...change }] }, base.population);
    const client = await SimulatorClient.start({ tenant });
    try {
      await run(client);
    } finally {
      await client.close();
    }
  }

  it('refuse an expired secret with AADSTS7000222 and 401 (FAM-06)', () =>
    withApplication({ secrets: [{ value: 'old', expiresAtMs: 1 }] }, async (client) => {
      const answer = await client.form({ ...CREDENTIALS, client_secret: 'old' });
      assert.deepEqual([answer.status, code(answer)], [401, 7000222]);
    }));

  it('give a token without roles when consent is missing, and then Graph knows no identity (FAM-05)', () =>
    withApplication({ adminConsent: false }, async (client) => {
      const answer = await client.get('/users');
      assert.equal(answer.status, 401);
      assert.match(answer.text, /Authorization_IdentityNotFound/);
      assert.equal(code(await client.signIn('alice@contoso.com', 'Passw0rd!')), 65001);
    }));

  it('allow the password grant without a credential to a public client only', () =>
    withApplication({ publicClient: true }, async (client) => {
      const parameters = {
        client_id: DEFAULT_CLIENT_ID,
        grant_type: 'password',
        scope: 'openid',
        username: 'alice@contoso.com',
        password: 'Passw0rd!',
      };
      assert.equal((await client.form(parameters)).status, 200);
    }));

  it('refuse a credential where none is registered with AADSTS700025', () =>
    withApplication({ secrets: [], publicClient: true }, async (client) => {
      const answer = await client.form(CREDENTIALS);
      assert.deepEqual([answer.status, code(answer)], [401, 700025]);
    }));

  it('limit what a token may read to the permissions granted (FAM-04, SNP-26)', () =>
    withApplication({ permissions: ['User.Read.All'] }, async (client) => {
      assert.equal((await client.get('/users')).status, 200);
      const refused = await client.get('/groups/delta');
      assert.equal(refused.status, 403);
      assert.match(refused.text, /"Authorization_RequestDenied"/);
      assert.equal((await client.get('/domains')).status, 403);
      assert.equal((await client.get('/organization')).status, 403);
    }));

  it('read everything with Directory.Read.All alone (OOM-06)', () =>
    withApplication({ permissions: ['Directory.Read.All'] }, async (client) => {
      for (const path of [
        '/users',
        '/groups',
        '/domains',
        '/organization',
        '/servicePrincipals',
        '/users/delta',
        '/groups/delta',
      ]) {
        assert.equal((await client.get(path)).status, 200, path);
      }
    }));
});
