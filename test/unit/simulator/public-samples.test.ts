import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { describeWithSamples, samplesFolder } from '../../support/public-samples.ts';
import { type Answer, SimulatorClient, object, objects, string } from '../../support/simulator-client.ts';

type Json = Readonly<Record<string, unknown>>;

function sample(name: string): Json {
  return object(JSON.parse(readFileSync(resolve(samplesFolder, `${name}.json`), 'utf8')));
}

function kind(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

/** Checks that an answer has every key of the sample with a value of the same kind; null may stand for anything. */
function assertShape(actual: Json, expected: Json, where: string): void {
  for (const [key, value] of Object.entries(expected)) {
    assert.ok(key in actual, `${where} has ${key}`);
    const kinds = [kind(actual[key]), kind(value)];
    assert.ok(kinds.includes('null') || kinds[0] === kinds[1], `${where}.${key}: ${kinds.join(' for ')}`);
  }
}

describeWithSamples('simulator beside the public samples', () => {
  let client: SimulatorClient;
  before(async () => {
    client = await SimulatorClient.start({ tenant: generateTenant({ seed: 2, users: 40, groups: 30 }), pageSize: 10 });
  });
  after(async () => {
    await client.close();
  });

  const LISTS: readonly [string, string, readonly string[]][] = [
    ['users-delta-initial-page', '/users/delta?$select=displayName,givenName,surname', []],
    ['groups-delta-initial-members', '/groups/delta?$select=displayName,description,members', ['members@delta']],
    ['real-group-members-user', '/groups/GROUP/members', []],
    ['real-user-memberof', '/users/alice@contoso.com/memberOf', []],
    ['domains-list', '/domains', []],
    ['organization-list', '/organization', []],
    ['groups-list-unified', `/groups?$filter=${encodeURIComponent("groupTypes/any(c:c eq 'Unified')")}`, []],
    ['serviceprincipal-approleassignedto', '/servicePrincipals/PRINCIPAL/appRoleAssignedTo', []],
  ];
  for (const [name, path, optional] of LISTS) {
    it(`answers with the shape of ${name}`, async () => {
      const { tenant } = client.simulator;
      const real = path
        .replace('GROUP', tenant.groups.id(1))
        .replace('PRINCIPAL', tenant.facts.applications[0]?.objectId ?? '');
      const { json } = await client.get(real);
      const expected = sample(name);
      const [first = {}] = objects(json['value']);
      const [wanted = {}] = objects(expected['value']);
      const envelope = Object.fromEntries(Object.entries(expected).filter(([key]) => key !== 'value'));
      assertShape(json, envelope, name);
      assertShape(first, Object.fromEntries(Object.entries(wanted).filter(([key]) => !optional.includes(key))), name);
    });
  }

  it('answers a single user with the keys of real-user-get and no others', async () => {
    const { json } = await client.get('/users/alice@contoso.com');
    assert.deepEqual(Object.keys(json).sort(), Object.keys(sample('real-user-get')).sort());
    assert.equal(
      new URL(string(json['@odata.context'])).hash,
      new URL(string(sample('real-user-get')['@odata.context'])).hash,
    );
  });

  const ERRORS: readonly [string, string, Record<string, string>][] = [
    ['error-400-count-segment-without-consistencylevel', '/users/$count', {}],
    ['error-400-search-without-consistencylevel', '/users?$search="displayName:a"', {}],
    ['error-400-delta-select-signinactivity', '/users/delta?$select=id,signInActivity', {}],
    [
      'error-400-endswith-missing-advanced-params-2023',
      `/users?$filter=${encodeURIComponent("endsWith(mail,'@outlook.com')")}`,
      {},
    ],
    [
      'error-400-filter-property-not-indexed',
      `/users?$count=true&$filter=${encodeURIComponent("id ge '398164b1-5196-49dd-ada2-364b49f99b27'")}`,
      { ConsistencyLevel: 'eventual' },
    ],
  ];
  for (const [name, path, headers] of ERRORS) {
    it(`answers with the error of ${name}`, async () => {
      const answer = await client.get(path, headers);
      const [actual, expected] = [object(answer.json['error']), object(sample(name)['error'])];
      assert.equal(answer.status, 400);
      assert.deepEqual([actual['code'], actual['message']], [expected['code'], expected['message']]);
      assertShape(object(actual['innerError']), object(expected['innerError']), name);
    });
  }

  it('answers 401, 403 and 429 with the codes and keys of the samples', async () => {
    const faults = [
      ['error-401-invalidauthenticationtoken', 'expiredToken'],
      ['error-403-authorization-requestdenied', 'forbidden'],
      ['error-429-toomanyrequests', 'throttled'],
    ] as const;
    for (const [name, fault] of faults) {
      client.control.injectFault({ kind: fault });
      const answer = await client.get('/users');
      const expected = object(sample(name)['error']);
      assert.equal(object(answer.json['error'])['code'], expected['code']);
    }
  });

  const SIGN_INS: readonly [string, () => Promise<Answer>][] = [
    ['token-aadsts50126-invalid-credentials', () => client.signIn('alice@contoso.com', 'wrong')],
    ['token-aadsts50034-user-not-found', () => client.signIn('nobody@contoso.com', 'wrong')],
    ['token-aadsts50076-mfa-required', () => client.signIn('carol@contoso.com', 'Passw0rd!')],
    ['token-aadsts53003-conditional-access-blocked', () => client.signIn('grace@contoso.com', 'Passw0rd!')],
    ['token-aadsts50055-password-expired', () => client.signIn('dave@contoso.com', 'Passw0rd!')],
    [
      'token-aadsts7000215-wrong-client-secret-2023-wording',
      () => client.signIn('a@contoso.com', 'x', { client_secret: 'wrong' }),
    ],
    ['token-aadsts90002-tenant-not-found', () => client.form({ grant_type: 'password' }, 'nobody.example')],
    [
      'token-aadsts700016-app-not-in-tenant',
      () => client.signIn('a@contoso.com', 'x', { client_id: '8060e3ec-cbe3-4174-94cf-80065f998444' }),
    ],
  ];
  for (const [name, ask] of SIGN_INS) {
    it(`answers a sign-in with the envelope of ${name}`, async () => {
      const answer = await ask();
      const expected = sample(name);
      assertShape(answer.json, expected, name);
      assert.deepEqual(answer.json['error_codes'], expected['error_codes']);
      const status = /^HTTP\/[\d.]+ (\d+)/.exec(readFileSync(resolve(samplesFolder, `${name}.http`), 'utf8'))?.[1];
      assert.equal(String(answer.status), status);
    });
  }

  it('answers a token request with the keys of the samples, without a refresh token that nobody asked for', async () => {
    const { refresh_token: _asked, ...expected } = sample('token-success-ropc-docs');
    assertShape((await client.signIn('alice@contoso.com', 'Passw0rd!')).json, expected, 'ropc');
  });
});
