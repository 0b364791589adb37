import assert from 'node:assert/strict';

import type { StatusReport } from '../../src/identity/admin.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { parseLdif } from '../support/ldif-text.ts';
import { everyPermission, offeringTenant } from '../support/offering-tenant.ts';
import { type Ended, type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { type LoopbackCertificates, loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const assignmentRead = 'CustomSecAttributeAssignment.Read.All';
const attributes = {
  floor: 'customSecurityAttributes.Site.Floor',
  project: 'customSecurityAttributes.Site.Projects',
  desk: 'extabcdefgh_desk.number',
};

describe('properties that Microsoft Graph does not report changes of (SNP-05, PAIN-18)', function () {
  this.timeout(120_000);
  let certificates: LoopbackCertificates;
  let folder: ReturnType<typeof temporaryFolder>;
  let simulator: Simulator | undefined;
  let daemon: RunningProgram | undefined;
  let config: string;

  before(async () => {
    certificates = await loopbackCertificates();
  });
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await daemon?.[Symbol.asyncDispose]();
    daemon = undefined;
    await simulator?.close();
    folder[Symbol.dispose]();
  });

  /** The tenant, whose application has these permissions from now on. */
  async function tenantWith(permissions: readonly string[]): Promise<Simulator> {
    await simulator?.close();
    const started = await startSimulator({ tenant: offeringTenant(permissions), certificate: certificates.server });
    simulator = started;
    config = writeDaemonConfig(folder.path, started, certificates.ca.certPem, {
      users: { attributes },
      groups: { attributes: { desk: 'extabcdefgh_desk.number' } },
    });
    return started;
  }

  async function run(...words: readonly string[]): Promise<Ended> {
    return await runProgram([...words, '--config', config]);
  }

  /** What an entry has of the attributes. */
  async function served(name: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const { code, stdout, stderr } = await run('export');
    assert.equal(code, 0, stderr);
    const entry = parseLdif(stdout).find((each) => String(each.get('dn')).startsWith(`${name},`));
    assert.ok(entry !== undefined, stdout);
    const values = ['floor', 'project', 'desk'].map((attribute) => [
      attribute,
      (entry.get(attribute) ?? []).map(String),
    ]);
    return Object.fromEntries(values) as Readonly<Record<string, readonly string[]>>;
  }

  it('are read by lists, of users and of groups, and served as they are mapped', async () => {
    const { control } = await tenantWith(everyPermission);
    assert.equal((await run('sync')).code, 0);
    assert.deepEqual(await served('uid=anna'), { floor: ['3'], project: ['a', 'b'], desk: ['7'] });
    assert.deepEqual(await served('uid=ben'), { floor: [], project: [], desk: [] });
    assert.deepEqual(await served('cn=Staff'), { floor: [], project: [], desk: ['9'] });
    control.setUserProperties('anna@contoso.com', {
      customSecurityAttributes: { Site: { Floor: 4 } },
      extabcdefgh_desk: null,
    });
    control.resetStatistics();
    await run('sync');
    assert.equal(control.statistics().requests['users'], undefined, 'they were read less than an hour ago');
    await run('sync', '--full');
    assert.deepEqual(await served('uid=anna'), { floor: ['4'], project: [], desk: [] });
  });

  it('stay what they are without the permission, which check, the log and status name (PAIN-21)', async () => {
    await tenantWith(everyPermission);
    assert.equal((await run('sync')).code, 0);
    await tenantWith(everyPermission.filter((permission) => permission !== assignmentRead));
    const check = await run('check');
    assert.equal(check.code, 4, check.stdout);
    assert.match(check.stdout, new RegExp(`^FAIL +${assignmentRead} .*customSecurityAttributes of users`, 'im'));
    daemon = startProgram(['serve', '--config', config]);
    const [line] = await daemon.waitFor(/^.*"event":"sync\.property\.unreadable".*$/m);
    assert.match(line, new RegExp(`"property":"customSecurityAttributes","permission":"${assignmentRead}"`));
    await daemon.waitFor(/"event":"sync\.round\.finished"/);
    assert.deepEqual(await served('uid=anna'), { floor: ['3'], project: ['a', 'b'], desk: ['7'] });
    const status = await run('status', '--json');
    assert.deepEqual((JSON.parse(status.stdout) as StatusReport).unreadableProperties, [
      { collection: 'users', property: 'customSecurityAttributes', permission: assignmentRead },
    ]);
    assert.match(
      (await run('status')).stdout,
      /^Properties +customSecurityAttributes of users cannot be read without/m,
    );
  });

  it('are named by the round when the tenant does not have them any more, and nothing is lost', async () => {
    await tenantWith(everyPermission);
    assert.equal((await run('sync')).code, 0);
    config = writeDaemonConfig(folder.path, simulator ?? assert.fail(), certificates.ca.certPem, {
      users: { attributes: { ...attributes, other: 'extzzzzzzzz_other.number' } },
      groups: { attributes: { desk: 'extabcdefgh_desk.number' } },
    });
    const { code, stderr, stdout } = await run('sync');
    assert.equal(code, 4, stdout);
    assert.match(stderr + stdout, /extzzzzzzzz_other.*attributes discover users/);
    assert.deepEqual(await served('uid=anna'), { floor: ['3'], project: ['a', 'b'], desk: ['7'] });
  });
});
