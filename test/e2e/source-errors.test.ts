import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoundSummary } from '../../src/identity/round.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { type Ended, runProgram } from '../support/program.ts';
import { type ApplicationCertificate, createApplicationCertificate } from '../support/rsa-credential.ts';
import { type LoopbackCertificates, loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The registrations of the tenant, by what is particular about them. */
const clientIds = {
  leastPermissions: '00000000-0000-4000-8000-000000000001',
  directoryRead: '00000000-0000-4000-8000-000000000002',
  usersOnly: '00000000-0000-4000-8000-000000000003',
  groupsOnly: '00000000-0000-4000-8000-000000000004',
  noConsent: '00000000-0000-4000-8000-000000000005',
  expiredSecret: '00000000-0000-4000-8000-000000000006',
  certificate: '00000000-0000-4000-8000-000000000007',
} as const;

const unknownId = '99999999-9999-4999-8999-999999999999';

function tenantText(certPem: string): string {
  const secrets = [DEFAULT_CLIENT_SECRET];
  const least = ['User.Read.All', 'GroupMember.Read.All'];
  return JSON.stringify({
    tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c11', domains: ['contoso.com'] },
    applications: [
      { clientId: clientIds.leastPermissions, secrets, permissions: least },
      { clientId: clientIds.directoryRead, secrets, permissions: ['Directory.Read.All'] },
      { clientId: clientIds.usersOnly, secrets, permissions: ['User.Read.All'] },
      { clientId: clientIds.groupsOnly, secrets, permissions: ['GroupMember.Read.All'] },
      { clientId: clientIds.noConsent, secrets, permissions: least, adminConsent: false },
      {
        clientId: clientIds.expiredSecret,
        secrets: [{ value: DEFAULT_CLIENT_SECRET, expires: '2020-01-01T00:00:00Z' }],
        permissions: least,
      },
      { clientId: clientIds.certificate, certificates: [certPem], permissions: least },
    ],
    users: [{ userPrincipalName: 'anna@contoso.com', displayName: 'Anna' }],
    groups: [{ displayName: 'Sales', members: ['anna@contoso.com'] }],
  });
}

describe('synchronizing with a registration', () => {
  let certificates: LoopbackCertificates;
  let registered: ApplicationCertificate;
  let stranger: ApplicationCertificate;
  let simulator: Simulator;
  let folder: ReturnType<typeof temporaryFolder>;

  before(async () => {
    certificates = await loopbackCertificates();
    registered = await createApplicationCertificate();
    stranger = await createApplicationCertificate();
    const tenant = parseTenant(tenantText(registered.certPem), 'tenant.json');
    simulator = await startSimulator({ tenant, certificate: certificates.server });
  });

  after(async () => {
    await simulator.close();
  });

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  async function sync(tenant: Readonly<Record<string, unknown>>): Promise<Ended> {
    const config = writeDaemonConfig(folder.path, simulator, certificates.ca.certPem, { tenant });
    return runProgram(['sync', '--once', '--json', '--config', config]);
  }

  function writeCertificate({ certPem, keyPem }: ApplicationCertificate): Readonly<Record<string, unknown>> {
    writeFileSync(join(folder.path, 'application.pem'), keyPem + certPem);
    return { clientId: clientIds.certificate, credential: { certificateFile: 'application.pem' } };
  }

  const sufficient: readonly (readonly [what: string, clientId: string])[] = [
    ['User.Read.All and GroupMember.Read.All (PAIN-21, SNP-26)', clientIds.leastPermissions],
    ['Directory.Read.All alone (FAM-04, OOM-06)', clientIds.directoryRead],
  ];
  for (const [what, clientId] of sufficient) {
    it(`needs no more than ${what}`, async () => {
      const { code, stdout, stderr } = await sync({ clientId });
      assert.equal(code, 0, stderr);
      const { outcome, collections } = JSON.parse(stdout) as RoundSummary;
      assert.deepEqual([outcome, collections.users.read, collections.groups.read], ['published', 1, 1]);
    });
  }

  it('takes a certificate in place of a secret', async () => {
    const { code, stderr } = await sync(writeCertificate(registered));
    assert.equal(code, 0, stderr);
  });

  const insufficient: readonly (readonly [what: string, tenant: Readonly<Record<string, unknown>>, says: RegExp])[] = [
    [
      'a secret that is wrong (FAM-10)',
      { clientId: clientIds.leastPermissions, credential: { secret: 'wrong-secret-value' } },
      /client secret is wrong; it must be the value of a secret, not its id \(AADSTS7000215\)/,
    ],
    [
      'a secret that has expired (FAM-06)',
      { clientId: clientIds.expiredSecret },
      /client secret has expired; create a new one \(AADSTS7000222\)/,
    ],
    [
      'a tenant id that is wrong (FAM-10)',
      { id: unknownId, clientId: clientIds.leastPermissions },
      /tenant does not exist in this cloud; check the tenant id and the cloud \(AADSTS90002\)/,
    ],
    [
      'a client id that is wrong (FAM-10)',
      { clientId: unknownId },
      /tenant has no application with this client id \(AADSTS700016\)/,
    ],
    [
      'no admin consent (FAM-05, OOM-08)',
      { clientId: clientIds.noConsent },
      /permission User\.Read\.All is missing, or admin consent was not granted/,
    ],
    [
      'no permission for groups (FAM-05, PAIN-21)',
      { clientId: clientIds.usersOnly },
      /permission GroupMember\.Read\.All is missing, or admin consent was not granted/,
    ],
    [
      'no permission for users (FAM-05, PAIN-21)',
      { clientId: clientIds.groupsOnly },
      /permission User\.Read\.All is missing, or admin consent was not granted/,
    ],
    [
      'an authority that the configuration does not name',
      { clientId: clientIds.leastPermissions, caFile: undefined },
      /Cannot reach 127\.0\.0\.1:\d+: its certificate comes from .* name the authority to trust/,
    ],
  ];
  for (const [what, tenant, says] of insufficient) {
    it(`ends with exit code 4 and one clear sentence for ${what}`, async () => {
      assertExplained(await sync(tenant), says);
    });
  }

  it('ends with exit code 4 and one clear sentence for a certificate that is not registered', async () => {
    assertExplained(
      await sync(writeCertificate(stranger)),
      /certificate is not registered with the application, or has expired \(AADSTS700027\)/,
    );
  });

  it('ends with exit code 3, before anybody is asked, for the id of a secret in place of its value (SNP-27)', async () => {
    simulator.control.resetStatistics();
    const { code, stderr } = await sync({ clientId: clientIds.leastPermissions, credential: { secret: unknownId } });
    assert.equal(code, 3);
    assert.match(stderr, /tenant\.credential\.secret: is the ID of a client secret, not its value/);
    assert.deepEqual(simulator.control.statistics().requests, {});
  });
});

function assertExplained({ code, stdout, stderr }: Ended, says: RegExp): void {
  assert.equal(code, 4, stderr);
  const { outcome, error, retries } = JSON.parse(stdout) as RoundSummary;
  assert.equal(outcome, 'failed');
  assert.match(error ?? '', says);
  assert.equal(retries, 0, 'what will not change is not tried again');
  for (const hidden of ['wrong-secret-value', DEFAULT_CLIENT_SECRET, 'PRIVATE KEY', 'eyJ', '\n    at ']) {
    assert.ok(!`${stdout}${stderr}`.includes(hidden), `${hidden} is said`);
  }
}
