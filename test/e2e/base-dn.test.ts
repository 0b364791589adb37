import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { StatusReport } from '../../src/identity/admin.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['contoso.com', 'fabrikam.com'] },
  users: [{ userPrincipalName: 'anna@contoso.com', displayName: 'Anna' }],
});

/** A configuration of tenant id, client id and secret, and where this machine's simulator is. */
describe('a configuration without a base DN (OOM-04)', () => {
  let daemon: DaemonOnSimulator;

  beforeEach(async () => {
    daemon = await DaemonOnSimulator.open({
      tenant: parseTenant(tenantText, 'tenant.json'),
      sections: { directory: undefined },
    });
  });

  afterEach(() => daemon[Symbol.asyncDispose]());

  const kept = (): string => join(daemon.folder, 'store', 'base-dn');

  it('gets that of the primary domain at the first round, and keeps it when the tenant cannot be asked any more', async () => {
    await daemon.sync();
    assert.equal(readFileSync(kept(), 'utf8'), 'dc=contoso,dc=com\n');
    const { stdout } = await daemon.run('export');
    assert.match(stdout, /^dn: uid=anna,ou=users,dc=contoso,dc=com$/m);
    await daemon.simulator.close();
    await daemon.start();
    const { baseDn } = await daemon.json<StatusReport>('status');
    assert.equal(baseDn, 'dc=contoso,dc=com');
  });

  it('is right to config check and check, which ask for no base DN and write none', async () => {
    const checked = await daemon.run('config', 'check');
    assert.equal(checked.code, 0);
    assert.match(checked.stderr, /follows from the primary domain of the tenant/);
    assert.match((await daemon.run('check')).stdout, /the base DN will follow from the primary domain/);
    assert.ok(!existsSync(kept()));
  });

  it('cannot be served before the tenant was asked once, and the error says what to do (FAM-10)', async () => {
    const { control } = daemon.simulator;
    control.injectFault({ kind: 'serverError', match: { kind: 'organization' }, count: 1000 });
    const { code, stderr } = await daemon.run('serve');
    assert.equal(code, 4);
    assert.match(stderr, /the tenant cannot be asked: .*[^.]\. Or say what it is: directory\.baseDn/s);
    assert.equal(control.statistics().requests['organization'], 3, 'it gives up soon, because somebody waits');
    const users = await daemon.run('users');
    assert.equal(users.code, 3);
    assert.match(users.stderr, /entra-ldapd serve and sync ask it/);
  });
});
