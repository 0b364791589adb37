import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { principalName } from '../support/expected-directory.ts';

const refusedExit = 8;

describe('removing a tenant from the store (FAM-26)', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.serving({
      tenant: generateTenant({ seed: 5, users: 40, groups: 5 }),
      sections: { tenant: { displayName: 'Contoso' } },
    });
  });

  after(() => daemon[Symbol.asyncDispose]());

  function principalNames(): readonly string[] {
    return [...daemon.simulator.control.snapshot().users].map(({ properties }) => principalName(properties));
  }

  /** User principal names that appear in a file of the store. */
  function leftOver(): readonly string[] {
    const path = join(daemon.folder, 'store', 'db');
    const files = readdirSync(path).map((name) => readFileSync(join(path, name)));
    return principalNames().filter((name) => files.some((bytes) => bytes.includes(name)));
  }

  it('is refused while the daemon runs, with what to do', async () => {
    const { code, stderr } = await daemon.run('purge', '--yes');
    assert.equal(code, refusedExit);
    assert.match(stderr, /stop it first/);
    await daemon.stop();
  });

  it('wants to be confirmed, and says what is there', async () => {
    const { code, stdout, stderr } = await daemon.run('purge');
    assert.equal(code, refusedExit);
    assert.match(stdout, /Tenant Contoso .*: \d+ users and \d+ groups published/);
    assert.match(stderr, /Nothing was changed: --yes is needed/);
    assert.ok(leftOver().length > 0);
  });

  it('leaves nothing of a person in the files but the name and the number that were given, for the next time', async () => {
    const ids = await daemon.run('ids', 'export', '--json');
    const { stdout, code, stderr } = await daemon.run('purge', '--yes', '--json');
    assert.equal(code, 0, stderr);
    const { purged } = JSON.parse(stdout) as { purged: { ids: { count: number; removed: boolean } } };
    assert.ok(purged.ids.count > 40 && !purged.ids.removed);
    const given = (name: string): boolean => ids.stdout.includes(`"${name}"`);
    assert.deepEqual(
      leftOver().filter((name) => !given(name)),
      [],
      'but for those who were given the long name because of a namesake',
    );
    await daemon.sync();
    assert.equal((await daemon.run('ids', 'export', '--json')).stdout, ids.stdout);
  });

  it('removes names and numbers too when it is told to, and is refused when nothing is left', async () => {
    const { code, stdout, stderr } = await daemon.run('purge', '--with-ids', '--yes');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Names and numbers of \d+ objects are removed as well\.\nRemoved\./);
    assert.deepEqual(leftOver(), []);
    const again = await daemon.run('purge', '--yes');
    assert.equal(again.code, refusedExit);
    assert.match(again.stderr, /has nothing of the tenant/);
  });
});
