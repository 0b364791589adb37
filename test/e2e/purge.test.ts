import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateTenant } from '../../src/simulator/generate.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { principalName } from '../support/expected-directory.ts';
import { type Ended, type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const refusedExit = 8;

describe('removing a tenant from the store (FAM-26)', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let simulator: Simulator;
  let daemon: RunningProgram;
  let config: string;

  before(async () => {
    const { ca, server } = await loopbackCertificates();
    simulator = await startSimulator({
      tenant: generateTenant({ seed: 5, users: 40, groups: 5 }),
      certificate: server,
    });
    config = writeDaemonConfig(folder.path, simulator, ca.certPem, { tenant: { displayName: 'Contoso' } });
    daemon = startProgram(['serve', '--config', config]);
    await daemon.waitFor(/sync\.round\.finished/);
  });

  after(async () => {
    await daemon[Symbol.asyncDispose]();
    await simulator.close();
    folder[Symbol.dispose]();
  });

  function command(...args: readonly string[]): Promise<Ended> {
    return runProgram([...args, '--config', config]);
  }

  function principalNames(): readonly string[] {
    return [...simulator.control.snapshot().users].map(({ properties }) => principalName(properties));
  }

  /** User principal names that appear in a file of the store. */
  function leftOver(): readonly string[] {
    const path = join(folder.path, 'store', 'db');
    const files = readdirSync(path).map((name) => readFileSync(join(path, name)));
    return principalNames().filter((name) => files.some((bytes) => bytes.includes(name)));
  }

  it('is refused while the daemon runs, with what to do', async () => {
    const { code, stderr } = await command('purge', '--yes');
    assert.equal(code, refusedExit);
    assert.match(stderr, /stop it first/);
    await daemon.stop();
  });

  it('wants to be confirmed, and says what is there', async () => {
    const { code, stdout, stderr } = await command('purge');
    assert.equal(code, refusedExit);
    assert.match(stdout, /Tenant Contoso .*: \d+ users and \d+ groups published/);
    assert.match(stderr, /Nothing was changed: --yes is needed/);
    assert.ok(leftOver().length > 0);
  });

  it('leaves nothing of a person in the files but the name and the number that were given, for the next time', async () => {
    const ids = await command('ids', 'export', '--json');
    const { stdout, code, stderr } = await command('purge', '--yes', '--json');
    assert.equal(code, 0, stderr);
    const { purged } = JSON.parse(stdout) as { purged: { ids: { count: number; removed: boolean } } };
    assert.ok(purged.ids.count > 40 && !purged.ids.removed);
    const given = (name: string): boolean => ids.stdout.includes(`"${name}"`);
    assert.deepEqual(
      leftOver().filter((name) => !given(name)),
      [],
      'but for those who were given the long name because of a namesake',
    );
    assert.equal((await command('sync')).code, 0);
    assert.equal((await command('ids', 'export', '--json')).stdout, ids.stdout);
  });

  it('removes names and numbers too when it is told to, and is refused when nothing is left', async () => {
    const { code, stdout, stderr } = await command('purge', '--with-ids', '--yes');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Names and numbers of \d+ objects are removed as well\.\nRemoved\./);
    assert.deepEqual(leftOver(), []);
    const again = await command('purge', '--yes');
    assert.equal(again.code, refusedExit);
    assert.match(again.stderr, /has nothing of the tenant/);
  });
});
