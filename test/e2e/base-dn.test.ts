import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { type LoopbackCertificates, loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['contoso.com', 'fabrikam.com'] },
  users: [{ userPrincipalName: 'anna@contoso.com', displayName: 'Anna' }],
});

/** A configuration of tenant id, client id and secret, and where this machine's simulator is. */
describe('a configuration without a base DN (OOM-04)', () => {
  let certificates: LoopbackCertificates;
  let simulator: Simulator;
  let folder: ReturnType<typeof temporaryFolder>;
  let config: string;

  before(async () => {
    certificates = await loopbackCertificates();
  });

  beforeEach(async () => {
    folder = temporaryFolder();
    simulator = await startSimulator({
      tenant: parseTenant(tenantText, 'tenant.json'),
      certificate: certificates.server,
    });
    config = writeDaemonConfig(folder.path, simulator, certificates.ca.certPem, { directory: undefined });
  });

  afterEach(async () => {
    await simulator.close();
    folder[Symbol.dispose]();
  });

  const run = (...command: readonly string[]) => runProgram([...command, '--config', config]);
  const kept = (): string => join(folder.path, 'store', 'base-dn');

  it('gets that of the primary domain at the first round, and keeps it when the tenant cannot be asked any more', async () => {
    const synced = await run('sync');
    assert.equal(synced.code, 0, synced.stderr);
    assert.equal(readFileSync(kept(), 'utf8'), 'dc=contoso,dc=com\n');
    const { stdout } = await run('export');
    assert.match(stdout, /^dn: uid=anna,ou=users,dc=contoso,dc=com$/m);
    await simulator.close();
    await using daemon = startProgram(['serve', '--config', config]);
    await daemon.waitFor(/"event":"ldap\.server\.listening"/);
    const status = await run('status', '--json');
    assert.equal((JSON.parse(status.stdout) as { baseDn: string }).baseDn, 'dc=contoso,dc=com');
  });

  it('is right to config check and check, which ask for no base DN and write none', async () => {
    const checked = await run('config', 'check');
    assert.equal(checked.code, 0);
    assert.match(checked.stderr, /follows from the primary domain of the tenant/);
    assert.match((await run('check')).stdout, /the base DN will follow from the primary domain/);
    assert.ok(!existsSync(kept()));
  });

  it('cannot be served before the tenant was asked once, and the error says what to do (FAM-10)', async () => {
    await simulator.close();
    const { code, stderr } = await run('serve');
    assert.equal(code, 4);
    assert.match(stderr, /the tenant cannot be asked: .* Or say what it is: directory\.baseDn/s);
    const users = await run('users');
    assert.equal(users.code, 3);
    assert.match(users.stderr, /entra-ldapd serve and sync ask it/);
  });
});
