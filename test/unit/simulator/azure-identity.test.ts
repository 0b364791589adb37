import assert from 'node:assert/strict';
import { createSign, createHash, X509Certificate, randomUUID } from 'node:crypto';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
} from '@azure/identity';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../../src/simulator/tenant/registration.ts';
import { TenantModel } from '../../../src/simulator/tenant/tenant-model.ts';
import { type ApplicationCertificate, createApplicationCertificate } from '../../support/rsa-credential.ts';
import { type Answer, SimulatorClient, string } from '../../support/simulator-client.ts';

const SCOPE = 'https://graph.microsoft.com/.default';

describe('simulator before @azure/identity', () => {
  let client: SimulatorClient;
  let certificate: ApplicationCertificate;
  before(async () => {
    certificate = await createApplicationCertificate();
    const base = generateTenant({ seed: 1, users: 10, groups: 2 });
    const [application] = base.facts.applications;
    assert.ok(application);
    const applications = [{ ...application, certificates: [certificate.certPem] }];
    client = await SimulatorClient.start({ tenant: new TenantModel({ ...base.facts, applications }, base.population) });
  });
  after(async () => {
    await client.close();
  });

  const options = (): ClientSecretCredentialOptions & { tlsOptions: { ca: string } } => ({
    authorityHost: client.simulator.url,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    tlsOptions: { ca: client.ca },
  });

  it('gives ClientSecretCredential a token that Graph accepts', async () => {
    const { tenantId } = client.simulator.tenant;
    const credential = new ClientSecretCredential(tenantId, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, options());
    const { token } = await credential.getToken(SCOPE);
    const answer = await client.raw('/v1.0/users', { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
  });

  it('gives ClientCertificateCredential a token for its signed assertion', async () => {
    const { tenantId } = client.simulator.tenant;
    const pem = { certificate: `${certificate.certPem}\n${certificate.keyPem}` };
    const credential = new ClientCertificateCredential(tenantId, DEFAULT_CLIENT_ID, pem, options());
    assert.equal((await credential.getToken(SCOPE)).token.split('.').length, 3);
  });

  it('lets a wrong secret and a certificate that is not registered be told apart by their codes', async () => {
    const { tenantId } = client.simulator.tenant;
    const wrong = new ClientSecretCredential(tenantId, DEFAULT_CLIENT_ID, 'wrong', options());
    await assert.rejects(wrong.getToken(SCOPE), /AADSTS7000215/);
    const other = await createApplicationCertificate();
    const pem = { certificate: `${other.certPem}\n${other.keyPem}` };
    const stranger = new ClientCertificateCredential(tenantId, DEFAULT_CLIENT_ID, pem, options());
    await assert.rejects(stranger.getToken(SCOPE), /AADSTS700027/);
  });

  interface Claims {
    readonly iss?: string;
    readonly aud?: string;
    readonly exp?: number;
    readonly nbf?: number;
  }

  function assertion(claims: Claims, key: ApplicationCertificate, thumbprint = true): string {
    const raw = new X509Certificate(certificate.certPem).raw;
    const x5t = createHash('sha1').update(raw).digest('base64url');
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: DEFAULT_CLIENT_ID,
      sub: DEFAULT_CLIENT_ID,
      aud: `${client.simulator.url}/${client.simulator.tenant.tenantId}/oauth2/v2.0/token`,
      jti: randomUUID(),
      nbf: now,
      exp: now + 300,
      ...claims,
    };
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ alg: 'RS256', typ: 'JWT', ...(thumbprint ? { x5t } : {}) })}.${encode(payload)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key.keyPem).toString('base64url')}`;
  }

  const present = (token: string): Promise<Answer> =>
    client.form({
      client_id: DEFAULT_CLIENT_ID,
      grant_type: 'client_credentials',
      scope: SCOPE,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: token,
    });

  it('accepts an assertion with a SHA-1 thumbprint (RFC 7515 §4.1.7)', async () => {
    assert.equal((await present(assertion({}, certificate))).status, 200);
  });

  it('refuses an assertion that does not say what it is (RFC 7521 §4.2)', async () => {
    const answer = await client.form({
      client_id: DEFAULT_CLIENT_ID,
      grant_type: 'client_credentials',
      scope: SCOPE,
      client_assertion: assertion({}, certificate),
    });
    assert.deepEqual(answer.json['error_codes'], [900144]);
  });

  it('refuses an assertion with a wrong signature, audience, time, issuer, thumbprint or form (RFC 7523 §3)', async () => {
    const other = await createApplicationCertificate();
    const now = Math.floor(Date.now() / 1000);
    const cases: readonly [string, string, number][] = [
      ['signature', assertion({}, other), 700027],
      ['thumbprint', assertion({}, certificate, false), 700027],
      ['audience', assertion({ aud: 'https://elsewhere.example/token' }, certificate), 700023],
      ['expiry', assertion({ exp: now - 1 }, certificate), 700024],
      ['not before', assertion({ nbf: now + 3600 }, certificate), 700024],
      ['issuer', assertion({ iss: randomUUID() }, certificate), 700021],
      ['form', 'not a token', 50027],
    ];
    for (const [what, token, code] of cases) {
      const answer = await present(token);
      assert.equal(answer.status, 401, what);
      assert.deepEqual(answer.json['error_codes'], [code], what);
      assert.match(string(answer.json['error']), /^invalid_client$/);
    }
  });
});
