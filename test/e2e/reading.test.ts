import assert from 'node:assert/strict';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import type { ConfigChanges } from '../support/daemon-config.ts';
import { DaemonOnSimulator, type DaemonSurroundings } from '../support/daemon-on-simulator.ts';
import { parseLdif } from '../support/ldif-text.ts';
import type { Ended } from '../support/program.ts';

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
  let daemon: DaemonOnSimulator;

  afterEach(() => daemon[Symbol.asyncDispose]());

  async function begin(options: Partial<DaemonSurroundings> = {}): Promise<void> {
    daemon = await DaemonOnSimulator.open({ tenant: parseTenant(tenantText, 'reading'), ...options });
  }

  function run(words: readonly string[], changes: ConfigChanges): Promise<Ended> {
    daemon.configure(changes);
    return daemon.run(...words);
  }

  async function ok(words: readonly string[], changes: ConfigChanges): Promise<string> {
    const { code, stdout, stderr } = await run(words, changes);
    assert.equal(code, 0, `${stdout}${stderr}`);
    return stdout;
  }

  /** Short names of users and names of groups with their members. */
  async function served(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { code, stdout, stderr } = await daemon.run('export');
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
    daemon.simulator.control.leave('Staff', 'Inner');
    daemon.simulator.control.purgeUser('eve@fabrikam.com');
    await ok(['sync'], {});
    assert.deepEqual(await served(), { Inner: ['bob'], Staff: ['ada'], ada: [], bob: [] });
    const { inBatches, requests } = daemon.simulator.control.statistics();
    assert.deepEqual([inBatches['members'], requests['members'] ?? 0], [4, 0]);
    const check = await run(['check', '--json'], {});
    assert.match(check.stdout, /each round lists everything \(this tenant has no delta queries\)/);
    const refused = await run(['check'], { sync: { mode: 'delta' } });
    assert.equal(refused.code, 4);
    assert.match(refused.stdout, /this tenant has no delta queries[^]*Leave out sync\.mode/);
    daemon.configure({});
    await daemon.start();
    await daemon.waitFor(/"sync.round.finished"/);
    assert.match(
      await ok(['status'], {}),
      /^Reading +each round lists everything \(the tenant has no delta queries\)$/m,
    );
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
      daemon.simulator.control.injectFault({ kind: 'forbidden', match: { kind } });
      const failed = await run(['sync'], lists);
      daemon.simulator.control.clearFaults();
      assert.equal(failed.code, 4, kind);
      assert.deepEqual(await served(), whole, kind);
    }
    daemon.simulator.control.injectFault({ kind: 'throttled', match: { kind: 'members' }, count: 2 });
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
    const { control } = daemon.simulator;
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
    const requests = daemon.simulator.control.statistics().requests['usersDelta'];
    const plan = await ok(['plan'], {});
    assert.match(plan, /uid=new,ou=users/);
    assert.match(plan, /cn=Newcomers,ou=groups/);
    assert.equal(daemon.simulator.control.statistics().requests['usersDelta'], requests, 'nobody asked Graph anew');
    await ok(['sync'], {});
    assert.deepEqual(await served(), { ...left, Inner: [], Newcomers: ['ada'], Staff: ['ada', 'new'], new: [] });
  });

  /** The rows of `domains`, as its JSON has them. */
  async function domains(
    changes: ConfigChanges,
    ...words: readonly string[]
  ): Promise<Readonly<Record<string, unknown>>> {
    const report = JSON.parse(await ok(['domains', ...words, '--json'], changes)) as {
      domains: readonly { name: string; users: number; shown: number; isVerified: boolean; isShown: boolean }[];
    };
    return Object.fromEntries(
      report.domains.map(({ name, users, shown, isVerified, isShown }) => [name, [users, shown, isVerified, isShown]]),
    );
  }

  const verified = { users: { domains: 'verified' } };

  it('lists the domains of the tenant with how many users each has (FOX-19)', async () => {
    await begin();
    daemon.simulator.control.addUser({ userPrincipalName: 'max@unverified.example' });
    await ok(['sync'], { users: { domains: ['contoso.com'] } });
    const listed = await domains({ users: { domains: ['contoso.com'] } });
    assert.deepEqual(listed['contoso.com'], [2, 2, true, true]);
    assert.deepEqual(listed['fabrikam.com'], [1, 0, true, false]);
    assert.deepEqual(listed['unverified.example'], [1, 0, false, false]);
    const text = await ok(['domains'], {});
    assert.match(text, /^contoso\.com +2 +2 .*primary/m);
    assert.match(text, /^unverified\.example .*not a verified domain of the tenant/m);
    assert.match(text, /^The tenant is cloud-only: 4 accounts made in Entra, 0 synchronized/m);
  });

  it('shows only users in verified domains, and takes a new list over at once while it runs (FOX-20)', async () => {
    await begin();
    daemon.simulator.control.addUser({ userPrincipalName: 'max@unverified.example' });
    await ok(['sync'], verified);
    assert.deepEqual(await served(), whole);
    assert.match(await ok(['users', '--skipped'], verified), /max@unverified\.example.*other domain/);
    daemon.configure(verified);
    await daemon.start();
    await daemon.waitFor(/"sync.round.finished"/);
    assert.match(await ok(['status'], verified), /^Tenant .*, cloud-only$/m);
    const { facts } = daemon.simulator.tenant;
    Object.assign(facts, {
      domains: [...facts.domains, { ...facts.domains[0], name: 'unverified.example', isDefault: false }],
    });
    const asked = daemon.simulator.control.statistics().requests['usersDelta'];
    await ok(['domains', 'refresh'], verified);
    await daemon.waitFor(/"directory.published"/);
    assert.deepEqual((await domains(verified))['unverified.example'], [1, 1, true, true]);
    assert.equal(daemon.simulator.control.statistics().requests['usersDelta'], asked, 'users were not asked for anew');
  });

  it('keeps the old list when the domains cannot be read, so that nobody is removed (P2)', async () => {
    await begin();
    await ok(['sync'], verified);
    const refuse = (): void => {
      for (const kind of ['organization', 'domains']) {
        daemon.simulator.control.injectFault({ kind: 'forbidden', match: { kind }, count: 1000 });
      }
    };
    refuse();
    const full = await run(['sync', '--full'], verified);
    assert.equal(full.code, 0, full.stdout);
    assert.match(full.stderr, /tenant\.facts\.kept.*Organization\.Read\.All or Domain\.Read\.All/);
    assert.deepEqual(await served(), whole);
    const refused = await run(['domains', 'refresh'], verified);
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /Organization\.Read\.All or Domain\.Read\.All.*The old list stays\./);
    assert.deepEqual((await domains(verified))['contoso.com'], [2, 2, true, true]);
  });

  it('publishes nothing with users.domains: verified while no list was ever read, and says what it needs (P1)', async () => {
    await begin();
    for (const kind of ['organization', 'domains']) {
      daemon.simulator.control.injectFault({ kind: 'forbidden', match: { kind }, count: 1000 });
    }
    const refused = await run(['sync'], verified);
    assert.equal(refused.code, 4);
    assert.match(refused.stdout, /users\.domains is verified, and the verified domains of the tenant are not known\./);
    const nothing = await daemon.run('export');
    assert.equal(nothing.code, 8, 'nothing was published');
    daemon.simulator.control.clearFaults();
    daemon.simulator.control.injectFault({ kind: 'forbidden', match: { kind: 'organization' }, count: 1000 });
    await ok(['sync'], verified);
    assert.deepEqual(await served(), whole, 'the list of domains suffices');
  });

  it('tells hybrid tenants apart, and people with two accounts (SNP-02, SNP-19)', async () => {
    await begin();
    daemon.simulator.control.setUserProperties('ada@contoso.com', { mail: 'ada@contoso.com' });
    daemon.simulator.control.addUser({
      userPrincipalName: 'ada1234@contoso.onmicrosoft.com',
      properties: { onPremisesSyncEnabled: true, mail: 'Ada@contoso.com' },
    });
    await ok(['sync'], {});
    assert.deepEqual(Object.keys(await served()), ['Inner', 'Staff', 'ada', 'ada1234', 'bob', 'eve']);
    const twice =
      /^twice +user ada <ada@contoso\.com> is shown beside the synchronized account ada1234@contoso\.onmicrosoft/m;
    assert.match(await ok(['conflicts'], {}), twice);
    assert.match(await ok(['domains'], {}), /^The tenant is hybrid: 3 accounts made in Entra, 1 synchronized/m);
    assert.match(await ok(['check'], {}), /hybrid, synchronized with Active Directory/);
    const preferring = { users: { duplicates: 'preferSynchronized' } };
    await ok(['sync'], preferring);
    assert.deepEqual(Object.keys(await served()), ['Inner', 'Staff', 'ada1234', 'bob', 'eve']);
    assert.match(await ok(['users', '--skipped'], preferring), /ada@contoso\.com.*has a synchronized account too/);
    const [ada] = [...daemon.simulator.control.snapshot().users].map(({ id }) => id);
    assert.match(await ok(['explain', 'user', ada ?? ''], preferring), /skipped +.*\(users\.duplicates\)/);
    assert.match(await ok(['conflicts'], preferring), /is left out for the synchronized account/);
  });
});
