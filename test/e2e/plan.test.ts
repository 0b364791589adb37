import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '../../src/auth/hash-password.ts';
import type { PlannedItem, PlanResult } from '../../src/identity/plan.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { type Ended, runProgram } from '../support/program.ts';
import { readServedDirectory } from '../support/served-directory.ts';

const servicePassword = 'plan-test';
const bindDn = 'cn=reader,ou=services,dc=contoso,dc=com';

describe('"plan" (P9)', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.serving({
      tenant: generateTenant({ seed: 29, users: 60, groups: 8 }),
      pageSize: 50,
      memberSliceSize: 40,
      sections: { serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(servicePassword) }] },
    });
  });

  after(() => daemon[Symbol.asyncDispose]());

  /** A copy of the configuration in the same folder, with these sections. */
  function tried(sections: Readonly<Record<string, unknown>>): string {
    const file = join(daemon.folder, 'tried.yaml');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(daemon.config, 'utf8')), ...sections }));
    return file;
  }

  function plan(file: string, ...options: readonly string[]): Promise<Ended> {
    return runProgram(['plan', '--config', file, ...options]);
  }

  async function planned(file: string, ...options: readonly string[]): Promise<PlanResult> {
    const { stdout, stderr } = await plan(file, '--json', ...options);
    return JSON.parse(stdout === '' ? assert.fail(stderr) : stdout) as PlanResult;
  }

  function shown(): ReturnType<typeof readServedDirectory> {
    return readServedDirectory(daemon.url, bindDn, servicePassword);
  }

  function liveUsers(): readonly { readonly id: string; readonly enabled: boolean }[] {
    return [...daemon.simulator.control.snapshot().users]
      .filter(({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest')
      .map(({ id, properties }) => ({ id, enabled: properties['accountEnabled'] !== false }));
  }

  it('says that nothing would change when nothing has', async () => {
    const { code, stdout } = await plan(daemon.config);
    assert.deepEqual([code, stdout], [0, 'Nothing would change.\n']);
  });

  it('prints what another configuration would change of each entry, and changes nothing', async () => {
    const before = await shown();
    const file = tried({ users: { loginShell: '/bin/zsh', whenLocked: 'hide' } });
    const { users, items, more, readsOtherwise } = await planned(file);
    const locked = liveUsers().filter(({ enabled }) => !enabled);
    const ids = (change: string): readonly string[] =>
      items.filter(({ changes }) => changes.join() === change).map(({ objectId }) => objectId);
    assert.deepEqual(ids('removed').toSorted(), locked.map(({ id }) => id).toSorted());
    assert.deepEqual([users.created, users.removed, more, readsOtherwise], [0, locked.length, 0, false]);
    const changed = items.filter(({ kind, changes }) => kind === 'user' && changes.includes('changed'));
    assert.equal(changed.length, liveUsers().length - locked.length);
    for (const { attributes } of changed) {
      assert.deepEqual(attributes, [{ name: 'loginShell', before: ['/bin/bash'], after: ['/bin/zsh'] }]);
    }
    const text = await plan(file);
    assert.match(text.stdout, /^changed: uid=.*\n {4}loginShell: \/bin\/bash -> \/bin\/zsh$/m);
    assert.match(text.stdout, /^removed: uid=/m);
    assert.deepEqual(await shown(), before);
    assert.equal((await daemon.control.status()).sync.held, null);
  });

  it('says what would be held back, and ends with exit code 9 then (P4)', async () => {
    const file = tried({ users: { uidFrom: 'userPrincipalName' } });
    const { code, stdout } = await plan(file, '--limit', '2');
    assert.equal(code, 9);
    assert.match(stdout, /^renamed: uid=\S+,ou=users,dc=contoso,dc=com to uid=\S+@/m);
    assert.match(stdout, /… and \d+ entries more/);
    assert.match(stdout, /would be held back[\s\S]*users renamed: \d+ of \d+, \d+ allowed/);
  });

  it('tells every problem of a configuration that is wrong', async () => {
    const { code, stderr } = await plan(tried({ users: { uidFrom: 'nothing' }, groups: { membership: 'some' } }));
    assert.notEqual(code, 0);
    assert.match(stderr, /users\.uidFrom[\s\S]*groups\.membership/);
  });

  it('says that a configuration which reads other properties can be told only in part', async () => {
    const file = tried({ users: { sshPublicKeyFrom: ['extension_00000000000000000000000000000000_sshKey'] } });
    assert.match((await plan(file)).stdout, /reads other users, groups or properties/);
  });

  it('with --pull prints what the tenant has changed, and leaves publishing it to the next round', async () => {
    const before = await shown();
    const [leaver, locked] = liveUsers().filter(({ enabled }) => enabled);
    const joiner = daemon.simulator.control.addUser({ userPrincipalName: 'planned.joiner@contoso.com' });
    daemon.simulator.control.removeUser(leaver?.id ?? '');
    daemon.simulator.control.disableUser(locked?.id ?? '');
    const { items, memberships } = await planned(daemon.config, '--pull');
    const find = (id: string | undefined): PlannedItem | undefined => items.find(({ objectId }) => objectId === id);
    assert.deepEqual(find(joiner)?.changes, ['created']);
    assert.deepEqual(find(leaver?.id)?.changes, ['removed']);
    assert.deepEqual(find(locked?.id)?.changes, ['locked']);
    const losing = items.filter(({ kind, removed }) => kind === 'group' && removed.count > 0);
    for (const { removed } of losing) assert.deepEqual(removed.dns, [find(leaver?.id)?.dn]);
    assert.equal(memberships.removed, losing.length);
    assert.ok(losing.length > 0);
    assert.deepEqual(await shown(), before);
    await daemon.sync();
    const served = new Set<string | undefined>((await shown())?.numbers.keys() ?? []);
    assert.deepEqual([served.has(joiner), served.has(leaver?.id)], [true, false]);
  });

  it('works without a daemon in the same way', async () => {
    const file = tried({ users: { loginShell: '/bin/zsh', whenLocked: 'hide' } });
    const beside = await planned(file);
    await daemon.stop();
    assert.deepEqual(await planned(file), beside);
  });
});
