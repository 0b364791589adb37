import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createCertificateAuthority, issueServerCertificate } from '../../../src/certificates/authority.ts';
import { examine } from '../../../src/graph/examination.ts';
import type { ExaminationOptions } from '../../../src/graph/examination.ts';
import { decodeOrganization } from '../../../src/graph/organization.ts';
import type { Finding, Verdict } from '../../../src/identity/examination.ts';
import { wholeTenant } from '../../../src/identity/scope.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { parseTenant } from '../../../src/simulator/tenant-file.ts';
import { systemClock } from '../../../src/timing/clock.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { createApplicationCertificate } from '../../support/rsa-credential.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { secretCredential } from './graph-fixture.ts';

const dayMs = 86_400_000;
const least = ['User.Read.All', 'GroupMember.Read.All'];
const secret = 'simulated-secret~value';
const clientId = '00000000-0000-4000-8000-000000000001';
const subject = 'system:serviceaccount:ldap:entra-ldapd';
const issuer = 'https://cluster.example';
const clusterKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

let authorities: { readonly ca: string; readonly server: { certPem: string; keyPem: string } };

/** A tenant whose one registration is as given. */
async function tenantWith(application: object, users: readonly object[] = []): Promise<Simulator> {
  const text = JSON.stringify({
    tenant: {
      id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c11',
      domains: ['contoso.onmicrosoft.com', { name: 'contoso.com', default: true }],
    },
    applications: [{ clientId, secrets: [secret], permissions: least, ...application }],
    users: [{ userPrincipalName: 'anna@contoso.com', password: 'Passw0rd!' }, ...users],
  });
  return startSimulator({ tenant: parseTenant(text, 'tenant.json'), certificate: authorities.server });
}

async function examined(simulator: Simulator, changes: Partial<ExaminationOptions> = {}): Promise<Finding[]> {
  const findings: Finding[] = [];
  const options: ExaminationOptions = {
    tenantId: simulator.tenant.tenantId,
    clientId,
    credentials: [secretCredential(secret)],
    authorityHost: simulator.url,
    graphUrl: simulator.url,
    ca: authorities.ca,
    requestTimeoutMs: 10_000,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    properties: { users: [], groups: [] },
    scope: wholeTenant,
    reading: 'delta',
    signIn: true,
    user: undefined,
    signal: new AbortController().signal,
    ...changes,
  };
  for await (const finding of examine(options)) findings.push(finding);
  return findings;
}

function verdicts(findings: readonly Finding[]): Readonly<Record<string, Verdict>> {
  return Object.fromEntries(findings.map(({ id, verdict }) => [id, verdict]));
}

/** The only thing that is wrong. */
function onlyBad(findings: readonly Finding[]): Finding {
  const bad = findings.filter(({ verdict }) => verdict === 'bad');
  assert.equal(bad.length, 1, JSON.stringify(findings, undefined, 1));
  const [finding] = bad;
  assert.ok(finding);
  assert.match(finding.fix ?? '', /\.$/, 'what is wrong comes with a sentence on what to do');
  return finding;
}

/** A token of a cluster, as Kubernetes projects it into a pod. */
function clusterToken(claims: object = {}): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const body = {
    iss: issuer,
    sub: subject,
    aud: 'api://AzureADTokenExchange',
    nbf: nowSeconds - 10,
    exp: nowSeconds + 600,
    ...claims,
  };
  const unsigned = [{ alg: 'RS256', kid: 'cluster' }, body]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${unsigned}.${sign('sha256', Buffer.from(unsigned), clusterKeys.privateKey).toString('base64url')}`;
}

describe('an examination', () => {
  before(async () => {
    const nowMs = Date.now();
    const ca = await createCertificateAuthority({ commonName: 'Examination authority', nowMs, days: 2 });
    const server = await issueServerCertificate({ authority: ca, hosts: ['127.0.0.1'], nowMs, days: 1 });
    authorities = { ca: ca.certPem, server };
  });

  it('of a tenant with the least permissions finds nothing wrong (FAM-10, FOX-04, PAIN-21, SNP-12)', async () => {
    await using simulator = await tenantWith({});
    const findings = await examined(simulator);
    assert.deepEqual(verdicts(findings), {
      'network.authority': 'good',
      'network.graph': 'good',
      clock: 'good',
      tenant: 'good',
      credential: 'good',
      'permission.users': 'good',
      'permission.groups': 'good',
      'permission.organization': 'skipped',
      'requests.users': 'good',
      'requests.groups': 'good',
      organization: 'skipped',
      signIn: 'good',
    });
    assert.ok(findings.every(({ verdict, fix }) => (fix === null) === (verdict === 'good' || verdict === 'skipped')));
  });

  for (const permission of ['Directory.Read.All', 'Directory.ReadWrite.All']) {
    it(`takes ${permission} for all that is needed (FAM-04, OOM-06)`, async () => {
      await using simulator = await tenantWith({ permissions: [permission] });
      const findings = await examined(simulator);
      const about = findings.find(({ id }) => id === 'organization')?.finding ?? '';
      assert.match(about, /contoso\.onmicrosoft\.com, contoso\.com \(primary\); cloud-only$/);
      const found = verdicts(findings);
      assert.deepEqual(
        [found['permission.users'], found['permission.groups'], found['organization']],
        ['good', 'good', 'good'],
      );
      assert.equal(found['permissions.surplus'], permission.includes('Write') ? 'doubtful' : undefined);
    });
  }

  it('tells hybrid tenants from those in the cloud only (SNP-19)', () => {
    const isHybrid = (onPremisesSyncEnabled: unknown): boolean =>
      decodeOrganization({ value: [{ onPremisesSyncEnabled }] }).isHybrid;
    assert.deepEqual([true, false, null, undefined].map(isHybrid), [true, false, false, false]);
  });

  const mistakes: readonly [what: string, application: object, id: string, says: RegExp, fix: RegExp][] = [
    [
      'a secret that is wrong',
      { secrets: ['another'] },
      'credential',
      /secret is wrong.*7000215/,
      /value \(not its ID\)/,
    ],
    [
      'a secret that has expired (FAM-06)',
      { secrets: [{ value: secret, expires: '2020-01-01T00:00:00Z' }] },
      'credential',
      /has expired.*7000222/,
      /Create a new secret/,
    ],
    [
      'a client id that the tenant does not know',
      { clientId: '00000000-0000-4000-8000-00000000000f' },
      'credential',
      /700016/,
      /tenant\.clientId/,
    ],
    ['a disabled application', { disabled: true }, 'credential', /disabled.*7000112/, /Enabled for users/],
    [
      'Conditional Access for workloads that does not know this server (FOX-10)',
      { blockedAddress: true },
      'credential',
      /Conditional Access.*53003/,
      /public address of this server/,
    ],
    [
      'a public client that must not show a secret',
      { secrets: [], publicClient: true },
      'credential',
      /700025/,
      /Remove the credential/,
    ],
  ];
  for (const [what, application, id, says, fix] of mistakes) {
    it(`names ${what} and how to mend it (FAM-10)`, async () => {
      await using simulator = await tenantWith(application);
      const finding = onlyBad(await examined(simulator));
      assert.equal(finding.id, id);
      assert.match(finding.finding, says);
      assert.match(finding.fix ?? '', fix);
    });
  }

  it('names each missing permission, and where admin consent is granted (FAM-05, OOM-08, SNP-26)', async () => {
    const missing: readonly [application: object, ids: readonly string[], says: RegExp][] = [
      [{ permissions: ['User.Read.All'] }, ['permission.groups', 'requests.groups'], /missing, or admin consent not/],
      [{ permissions: ['GroupMember.Read.All'] }, ['permission.users', 'requests.users'], /missing, or admin consent/],
      [
        { adminConsent: false },
        ['permission.users', 'permission.groups', 'requests.users', 'requests.groups'],
        /admin consent not granted/,
      ],
    ];
    for (const [application, ids, says] of missing) {
      await using simulator = await tenantWith(application);
      const bad = (await examined(simulator, { signIn: false })).filter(({ verdict }) => verdict === 'bad');
      assert.deepEqual(
        bad.map(({ id }) => id),
        ids,
      );
      assert.match(bad[0]?.finding ?? '', says);
      for (const { fix } of bad) assert.match(fix ?? '', /Grant admin consent/);
    }
  });

  it('names a tenant id that no tenant has, and asks no more then', async () => {
    await using simulator = await tenantWith({});
    const findings = await examined(simulator, { tenantId: '99999999-9999-4999-8999-999999999999' });
    const finding = onlyBad(findings);
    assert.match(finding.finding, /tenant does not exist in this cloud.*90002/);
    assert.match(finding.fix ?? '', /Directory \(tenant\) ID/);
    assert.equal(simulator.control.statistics().requests['token'], undefined);
  });

  it('tells the stages of the way apart: name, connection, proxy, authority and host of the certificate', async () => {
    await using simulator = await tenantWith({});
    const nowMs = Date.now();
    const stranger = await createCertificateAuthority({ commonName: 'Stranger', nowMs, days: 2 });
    const other = await issueServerCertificate({ authority: stranger, hosts: ['other.example'], nowMs, days: 1 });
    const longAgo = nowMs - 5 * dayMs;
    const old = await createCertificateAuthority({ commonName: 'Old', nowMs: longAgo, days: 20 });
    const over = await issueServerCertificate({ authority: old, hosts: ['127.0.0.1'], nowMs: longAgo, days: 1 });
    await using expired = await startSimulator({ tenant: simulator.tenant, certificate: over });
    await using misnamed = await startSimulator({ tenant: simulator.tenant, certificate: other });
    await using proxy = await startConnectProxy({ refuses: 403 });
    const cases: readonly [changes: Partial<ExaminationOptions>, says: RegExp, fix: RegExp][] = [
      [{ authorityHost: 'https://login.invalid' }, /DNS|resolved/, /resolv\.conf/],
      [{ authorityHost: 'https://127.0.0.1:1' }, /nothing listens/, /firewall.*tenant\.proxy/],
      [{ ca: stranger.certPem }, /not trusted|unknown authority/, /tenant\.caFile/],
      [
        { authorityHost: misnamed.url, ca: `${authorities.ca}\n${stranger.certPem}` },
        /another host name/,
        /Something else/,
      ],
      [{ authorityHost: expired.url, ca: old.certPem }, /has expired/, /Correct the clock/],
      [{ proxy: { url: proxy.url, login: undefined, bypass: [] } }, /proxy .* does not lead to/, /allow CONNECT/],
      [{ proxy: { url: 'http://127.0.0.1:1', login: undefined, bypass: [] } }, /through the proxy/, /tenant\.proxy/],
    ];
    for (const [changes, says, fix] of cases) {
      const [authority] = await examined(simulator, changes);
      assert.deepEqual([authority?.id, authority?.verdict], ['network.authority', 'bad'], String(says));
      assert.match(authority?.finding ?? '', says);
      assert.match(authority?.fix ?? '', fix);
    }
  });

  it('compares the clock with that of Microsoft: a warning from one minute on, an error from five', async () => {
    await using simulator = await tenantWith({});
    for (const [offMs, verdict, says] of [
      [30_000, 'good', /agrees/],
      [90_000, 'doubtful', /(?:89|9\d) s fast/],
      [-90_000, 'doubtful', /(?:8[5-9]|90) s slow/],
      [400_000, 'bad', /fast/],
    ] as const) {
      const clock = { ...systemClock, now: () => systemClock.now() + offMs };
      const finding = (await examined(simulator, { clock })).find(({ id }) => id === 'clock');
      assert.equal(finding?.verdict, verdict);
      assert.match(finding.finding, says);
    }
  });

  it('looks at every credential, and warns of one that ends within a month (FOX-09, FAM-06)', async () => {
    await using simulator = await tenantWith({});
    const credentials = [
      secretCredential('wrong', 'tenant.credentials[0]'),
      secretCredential(secret, 'tenant.credentials[1]', Date.now() + 20.5 * dayMs),
      secretCredential(secret, 'tenant.credentials[2]', Date.now() + 50.5 * dayMs),
    ];
    const found = (await examined(simulator, { credentials })).filter(({ id }) => id === 'credential');
    assert.deepEqual(
      found.map(({ subject: name, verdict }) => [name, verdict]),
      [
        ['tenant.credentials[0]', 'bad'],
        ['tenant.credentials[1]', 'doubtful'],
        ['tenant.credentials[2]', 'good'],
      ],
    );
    assert.match(found[1]?.finding ?? '', /20 days left/);
  });

  it('takes a certificate and the token of a cluster as credentials', async () => {
    using folder = temporaryFolder();
    const { certPem, keyPem } = await createApplicationCertificate();
    const publicKey = clusterKeys.publicKey.export({ type: 'spki', format: 'pem' });
    await using simulator = await tenantWith({
      certificates: [certPem],
      federatedCredentials: [{ issuer, subject, publicKey }],
    });
    const tokenFile = join(folder.path, 'token');
    const token = { name: 't', kind: 'workloadIdentity', tokenFile } as const;
    const certificate = { name: 'c', kind: 'certificate', pem: certPem + keyPem, sendCertificateChain: false } as const;
    writeFileSync(tokenFile, clusterToken());
    for (const credential of [certificate, token]) {
      const found = verdicts(await examined(simulator, { credentials: [credential] }));
      assert.deepEqual([found['requests.users'], found['signIn']], ['good', 'good'], credential.kind);
    }
    for (const [claims, code] of [
      [{ iss: 'https://else.example' }, 700211],
      [{ aud: 'else' }, 700212],
      [{ sub: 'else' }, 700213],
      [{ exp: 1 }, 700024],
    ] as const) {
      writeFileSync(tokenFile, clusterToken(claims));
      const finding = onlyBad(await examined(simulator, { credentials: [token] }));
      assert.match(finding.finding, new RegExp(`AADSTS${code}`));
    }
  });

  it('tells whether a given user can sign in, and why not (PAIN-01)', async () => {
    const password = 'Passw0rd!';
    const users = ['mfaRequired', 'securityDefaults', 'passwordExpired', 'disabled', 'conditionalAccess'].map(
      (signIn) => ({
        userPrincipalName: `${signIn.toLowerCase()}@contoso.com`,
        password,
        signIn,
      }),
    );
    await using simulator = await tenantWith({}, users);
    const cases: readonly [name: string, password: string, verdict: Verdict, says: RegExp][] = [
      ['anna', password, 'good', /works/],
      ['anna', 'Not-The-0ne', 'bad', /password is wrong.*50126/],
      ['nobody', password, 'bad', /no such user.*50034/],
      ['mfarequired', password, 'bad', /multi-factor.*50076/],
      ['securitydefaults', password, 'bad', /security defaults.*530035/],
      ['passwordexpired', password, 'bad', /expired.*50055/],
      ['disabled', password, 'bad', /disabled.*50057/],
      ['conditionalaccess', password, 'bad', /Conditional Access.*53003/],
    ];
    for (const [name, tried, verdict, says] of cases) {
      const user = { userPrincipalName: `${name}@contoso.com`, password: tried };
      const finding = (await examined(simulator, { user })).at(-1);
      assert.deepEqual([finding?.id, finding?.verdict], ['signIn', verdict], name);
      assert.match(finding?.finding ?? '', says);
      assert.ok(!JSON.stringify(finding).includes(tried), 'the password is not said');
    }
  });

  it('says that passwords cannot be checked when Entra is not to check them', async () => {
    await using simulator = await tenantWith({});
    const finding = (await examined(simulator, { signIn: false })).at(-1);
    assert.deepEqual([finding?.id, finding?.verdict], ['signIn', 'skipped']);
    assert.equal(simulator.control.statistics().requests['token'], 1);
  });

  it('ends when it is stopped, and leaves nothing open', async () => {
    await using simulator = await tenantWith({});
    simulator.control.injectFault({ kind: 'slow', match: { kind: 'token' } });
    const stopping = new AbortController();
    const findings = examined(simulator, { signal: stopping.signal });
    while (simulator.control.statistics().requests['token'] === undefined) await new Promise(setImmediate);
    stopping.abort(new Error('stopped'));
    await assert.rejects(findings);
  });

  it('tries the filters of the configuration, and asks for no permission that its scope does not need (FAM-21, PAIN-21)', async () => {
    await using simulator = await tenantWith({});
    const { users, groups } = wholeTenant;
    const good = await examined(simulator, {
      signIn: false,
      scope: {
        users: { ...users, filter: "startsWith(userPrincipalName,'anna')" },
        groups: { ...groups, enabled: false },
        assignedOnly: false,
      },
    });
    const filter = good.find(({ id }) => id === 'filter.users');
    assert.deepEqual([filter?.verdict, filter?.finding], ['good', 'lets 1 of the users through']);
    assert.ok(!good.some(({ id }) => id === 'requests.groups'));
    const none = await examined(simulator, {
      signIn: false,
      scope: { users: { ...users, filter: "department eq 'x'" }, groups, assignedOnly: false },
    });
    assert.equal(none.find(({ id }) => id === 'filter.users')?.verdict, 'doubtful');
    const wrong = await examined(simulator, {
      signIn: false,
      scope: { users, groups: { ...groups, filter: "departmen eq 'x'" }, assignedOnly: false },
    });
    assert.match(
      onlyBad(wrong).finding,
      /^groups\.filter is refused\. Microsoft Graph says: Could not find a property/,
    );
  });

  it('names the permission that reading assignments needs (SNP-14)', async () => {
    await using simulator = await tenantWith({});
    const findings = await examined(simulator, { signIn: false, scope: { ...wholeTenant, assignedOnly: true } });
    const { id, subject, finding } = onlyBad(findings);
    assert.deepEqual([id, subject], ['permission.assignments', 'Application.Read.All']);
    assert.match(finding, /sync\.assignedOnly/);
  });

  it('asks for the permission that a mapped property takes, and for none when it is not mapped (PAIN-21)', async () => {
    await using simulator = await tenantWith({});
    for (const [property, permission] of [
      ['customSecurityAttributes', 'CustomSecAttributeAssignment.Read.All'],
      ['employeeLeaveDateTime', 'User-LifeCycleInfo.Read.All'],
    ] as const) {
      const findings = await examined(simulator, {
        signIn: false,
        properties: { users: ['mail', property], groups: [] },
      });
      const { id, subject, finding, fix } = onlyBad(findings);
      assert.deepEqual([id, subject], [`permission.${property}`, permission]);
      assert.match(finding, new RegExp(`to read ${property} of users \\(users\\.attributes\\)`));
      assert.match(fix ?? '', new RegExp(permission.replaceAll('.', '\\.')));
    }
    await using granted = await tenantWith({ permissions: [...least, 'CustomSecAttributeAssignment.ReadWrite.All'] });
    const properties = { users: ['customSecurityAttributes'], groups: [] };
    const found = await examined(granted, { signIn: false, properties });
    assert.equal(found.find(({ id }) => id === 'permission.customSecurityAttributes')?.verdict, 'good');
  });

  it('asks for every property that is mapped, and names one that the tenant does not have', async () => {
    await using simulator = await tenantWith({});
    const properties = { users: ['mail', 'manager', 'onPremisesExtensionAttributes'], groups: ['displayName'] };
    const good = await examined(simulator, { signIn: false, properties });
    for (const id of ['properties.users', 'properties.groups']) {
      assert.equal(good.find((finding) => finding.id === id)?.verdict, 'good', id);
    }
    const wrong = { ...properties, users: ['mail', 'extzzzzzzzz_desk'] };
    const { id, finding, fix } = onlyBad(await examined(simulator, { signIn: false, properties: wrong }));
    assert.equal(id, 'properties.users');
    assert.match(finding, /named 'extzzzzzzzz_desk'.*attributes discover users/);
    assert.match(fix ?? '', /users\.attributes/);
  });
});
