import assert from 'node:assert/strict';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { type ConfigChanges, writeDaemonConfig } from '../support/daemon-config.ts';
import { parseLdif } from '../support/ldif-text.ts';
import { type Ended, runProgram, startProgram } from '../support/program.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tenantText = JSON.stringify({
  tenant: { id: '11111111-2222-4333-8444-555555555555', domains: ['contoso.com', 'fabrikam.com'] },
  users: ['ada@contoso.com', 'bob@contoso.com', 'eve@fabrikam.com'].map((userPrincipalName) => ({ userPrincipalName })),
  groups: [
    { displayName: 'Inner', members: ['bob@contoso.com'] },
    { displayName: 'Staff', members: ['ada@contoso.com', 'Inner'] },
  ],
});

describe('reading the tenant as configured', function () {
  this.timeout(300_000);
  let certificates: Awaited<ReturnType<typeof loopbackCertificates>>;
  let simulator: Simulator;
  let folder: ReturnType<typeof temporaryFolder>;

  before(async () => {
    certificates = await loopbackCertificates();
  });
  afterEach(async () => {
    await simulator.close();
    folder[Symbol.dispose]();
  });

  async function begin(options: Partial<SimulatorOptions> = {}): Promise<void> {
    folder = temporaryFolder();
    const tenant = parseTenant(tenantText, 'reading');
    simulator = await startSimulator({ tenant, certificate: certificates.server, ...options });
  }

  function configure(changes: ConfigChanges): string {
    return writeDaemonConfig(folder.path, simulator, certificates.ca.certPem, changes);
  }

  async function run(words: readonly string[], changes: ConfigChanges): Promise<Ended> {
    return await runProgram([...words, '--config', configure(changes)]);
  }

  async function ok(words: readonly string[], changes: ConfigChanges): Promise<string> {
    const { code, stdout, stderr } = await run(words, changes);
    assert.equal(code, 0, `${stdout}${stderr}`);
    return stdout;
  }

  /** Short names of users and names of groups with their members. */
  async function served(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { code, stdout, stderr } = await runProgram(['export', '--config', `${folder.path}/entra-ldapd.yaml`]);
    assert.equal(code, 0, stderr);
    const names = parseLdif(stdout).flatMap((record) => {
      const name = /^(?:uid|cn)=([^,]+),ou=(?:users|groups),/.exec(String(record.get('dn')))?.[1];
      if (name === undefined || name === 'domain-users') return [];
      return [[name, (record.get('memberUid') ?? []).map(String).toSorted()] as const];
    });
    return Object.fromEntries(names.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  const whole = { Inner: ['bob'], Staff: ['ada', 'bob'], ada: [], bob: [], eve: [] };

  it('lists everything where the tenant has no delta queries, and says so in the log, status and check', async () => {
    await begin({ deltaRefusal: 'notImplemented' });
    const stdout = await ok(['sync', '--json'], {});
    assert.match(stdout, /"outcome": ?"published"/);
    assert.deepEqual(await served(), whole);
    simulator.control.leave('Staff', 'Inner');
    simulator.control.purgeUser('eve@fabrikam.com');
    await ok(['sync'], {});
    assert.deepEqual(await served(), { Inner: ['bob'], Staff: ['ada'], ada: [], bob: [] });
    const { inBatches, requests } = simulator.control.statistics();
    assert.deepEqual([inBatches['members'], requests['members'] ?? 0], [4, 0]);
    const check = await run(['check', '--json'], {});
    assert.match(check.stdout, /each round lists everything \(this tenant has no delta queries\)/);
    const refused = await run(['check'], { sync: { mode: 'delta' } });
    assert.equal(refused.code, 4);
    assert.match(refused.stdout, /this tenant has no delta queries[^]*Leave out sync\.mode/);
    await using daemon = startProgram(['serve', '--config', configure({})]);
    await daemon.waitFor(/"sync.round.finished"/);
    assert.match(await ok(['status'], {}), /^Reading +each round lists everything \(the tenant has no delta queries\)$/m);
    const { sync } = JSON.parse(await ok(['status', '--json'], {})) as { sync: { reading: unknown } };
    assert.deepEqual(sync.reading, { mode: 'auto', listsEverything: true, create: true });
  });

  it('lists everything when told to, shows the same, and goes back without a loss', async () => {
    await begin();
    await ok(['sync'], {});
    const before = await served();
    assert.deepEqual(before, whole);
    const numbers = await ok(['ids', 'export'], {});
    for (const mode of ['list', 'delta'] as const) {
      await ok(['sync'], { sync: { mode } });
      assert.deepEqual(await served(), before, mode);
      assert.equal(await ok(['ids', 'export'], { sync: { mode } }), numbers);
    }
    assert.match((await run(['config', 'check'], { sync: { mode: 'poll' } })).stderr, /sync\.mode[^]*auto[^]*list/);
  });

  it('removes nobody and empties no group when lists fail on the way (P2)', async () => {
    await begin();
    const lists = { sync: { mode: 'list' } };
    await ok(['sync'], lists);
    for (const kind of ['users', 'groups', 'members', 'batch']) {
      simulator.control.injectFault({ kind: 'forbidden', match: { kind } });
      const failed = await run(['sync'], lists);
      simulator.control.clearFaults();
      assert.equal(failed.code, 4, kind);
      assert.deepEqual(await served(), whole, kind);
    }
    simulator.control.injectFault({ kind: 'throttled', match: { kind: 'members' }, count: 2 });
    await ok(['sync'], lists);
  });

  it('lets nobody new in with sync.create: false, keeps who is known up to date, and removes (SNP-13)', async () => {
    await begin();
    const closed = { sync: { create: false } };
    const first = await ok(['sync'], closed);
    assert.match(first, /skipped users: 3 \(new here, and sync\.create is false\)/);
    assert.deepEqual(await served(), {});
    await ok(['sync'], {});
    assert.deepEqual(await served(), whole);
    const { control } = simulator;
    control.addUser({ userPrincipalName: 'new@contoso.com' });
    control.addGroup({ displayName: 'Newcomers' });
    control.join('Newcomers', 'ada@contoso.com');
    control.join('Staff', 'new@contoso.com');
    control.leave('Inner', 'bob@contoso.com');
    control.purgeUser('eve@fabrikam.com');
    await ok(['sync'], closed);
    const { eve: _, ...left } = whole;
    assert.deepEqual(await served(), { ...left, Inner: [], Staff: ['ada'] });
    assert.match(await ok(['users', '--skipped'], closed), /new@contoso\.com.*new here, and sync\.create is false/);
    const explained = await ok(['explain', 'user', 'new@contoso.com'], closed);
    assert.match(explained, /skipped +known here, or new ones are let in \(sync\.create\)/);
    const requests = simulator.control.statistics().requests['usersDelta'];
    const plan = await ok(['plan'], {});
    assert.match(plan, /uid=new,ou=users/);
    assert.match(plan, /cn=Newcomers,ou=groups/);
    assert.equal(simulator.control.statistics().requests['usersDelta'], requests, 'nobody asked Graph anew');
    await ok(['sync'], {});
    assert.deepEqual(await served(), { ...left, Inner: [], Newcomers: ['ada'], Staff: ['ada', 'new'], new: [] });
  });
});
