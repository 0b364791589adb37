import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '../../src/auth/hash-password.ts';
import { createControlClient } from '../../src/http/control-client.ts';
import type { StatusReport } from '../../src/identity/admin.ts';
import type { HeldItem, HoldReport } from '../../src/identity/safety.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { expectedDirectory } from '../support/expected-directory.ts';
import { type Ended, type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { readServedDirectory } from '../support/served-directory.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const servicePassword = 'held-test';
const bindDn = 'cn=reader,ou=services,dc=contoso,dc=com';
const heldExit = 9;

/** What `sync held --json` prints. */
interface Listed {
  readonly hold: HoldReport | null;
  readonly items: readonly HeldItem[];
}

describe('a change that reaches too far (P4)', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let simulator: Simulator;
  let daemon: RunningProgram;
  let config: string;
  let url: string;

  before(async () => {
    const { ca, server } = await loopbackCertificates();
    simulator = await startSimulator({
      tenant: generateTenant({ seed: 23, users: 100, groups: 12 }),
      certificate: server,
      pageSize: 50,
      memberSliceSize: 40,
    });
    config = writeDaemonConfig(folder.path, simulator, ca.certPem, {
      serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(servicePassword) }],
    });
    await startDaemon();
    await daemon.waitFor(/sync\.round\.finished/);
  });

  after(async () => {
    await daemon[Symbol.asyncDispose]();
    await simulator.close();
    folder[Symbol.dispose]();
  });

  async function startDaemon(): Promise<void> {
    daemon = startProgram(['serve', '--config', config]);
    const [, port] = await daemon.waitFor(/ldap\.server\.listening.*?"port":(\d+)/);
    url = `ldap://127.0.0.1:${port ?? ''}`;
  }

  function command(...args: readonly string[]): Promise<Ended> {
    return runProgram([...args, '--config', config]);
  }

  async function listed(): Promise<Listed> {
    return JSON.parse((await command('sync', 'held', '--json')).stdout) as Listed;
  }

  function status(): Promise<StatusReport> {
    return createControlClient(join(folder.path, 'store')).status();
  }

  function expected(): ReturnType<typeof expectedDirectory> {
    return expectedDirectory(simulator.control.snapshot());
  }

  async function served(): Promise<ReturnType<typeof expectedDirectory> | undefined> {
    return (await readServedDirectory(url, bindDn, servicePassword))?.entries;
  }

  /** Who is there. Who once made way for a namesake keeps the longer name when the other one goes. */
  function objectIds(directory: ReturnType<typeof expectedDirectory> | undefined): readonly string[] {
    return [...(directory?.values() ?? [])].map(({ entryUUID = [] }) => String(entryUUID[0])).toSorted();
  }

  /** Members of the tenant that are shown and can sign in. */
  function people(): readonly string[] {
    const { users } = simulator.control.snapshot();
    return [...users]
      .filter(({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest')
      .filter(({ properties }) => properties['accountEnabled'] !== false)
      .map(({ id }) => id);
  }

  it('is held back with the list of whom it concerns, while the old directory is served', async () => {
    const before = expected();
    const gone = people().slice(0, 30);
    for (const id of gone) simulator.control.removeUser(id);
    const round = await command('sync');
    assert.equal(round.code, heldExit, round.stderr);
    assert.match(round.stdout, /is held back[\s\S]*users removed: 30 of \d+, \d+ allowed/);
    assert.deepEqual(await served(), before);
    const { state, sync } = await status();
    assert.deepEqual([state, sync.held?.decision, sync.held?.cause], ['held', 'open', 'tenant']);
    const { hold, items } = await listed();
    assert.deepEqual(hold, sync.held);
    const removed = items.filter(({ kind }) => kind === 'usersRemoved').map(({ objectId }) => objectId);
    assert.deepEqual(removed.toSorted(), gone.toSorted());
    const text = await command('sync', 'held');
    assert.equal(text.code, heldExit);
    for (const { dn } of items) assert.ok(text.stdout.includes(dn), dn);
    assert.match(daemon.output, /"level":"warn".*"event":"sync\.round\.held".*"usersRemoved":30/);
  });

  it('is still held back after the process was killed, and a rejected one stays so', async () => {
    const before = await served();
    const { hold } = await listed();
    assert.equal((await command('sync', 'reject')).code, 0);
    daemon.signal('SIGKILL');
    await daemon.ended();
    const alone = await listed();
    assert.deepEqual(alone.hold, { ...hold, decision: 'rejected' }, 'without a daemon the store tells');
    await startDaemon();
    await daemon.waitFor(/sync\.round\.held/);
    assert.deepEqual(await served(), before);
    assert.deepEqual((await status()).sync.held, { ...hold, decision: 'rejected' });
  });

  it('is published as it was listed once it is approved', async () => {
    const { hold } = await listed();
    assert.ok(hold !== null);
    const other = await command('sync', 'approve', '--change', String(hold.hold + 1));
    assert.equal(other.code, 8);
    assert.match(other.stderr, new RegExp(`change ${hold.hold} is\\.`));
    const approved = await command('sync', 'approve', '--change', String(hold.hold));
    assert.equal(approved.code, 0, approved.stderr);
    assert.match(approved.stdout, /published/);
    assert.deepEqual(objectIds(await served()), objectIds(expected()));
    assert.deepEqual(await listed(), { hold: null, items: [] });
    assert.equal((await status()).state, 'serving');
    assert.equal((await command('sync', 'approve')).code, 8, 'nothing is left to be approved');
  });

  it('ends by itself when it goes away', async () => {
    const before = await served();
    const gone = people().slice(0, 20);
    for (const id of gone) simulator.control.disableUser(id);
    assert.equal((await command('sync')).code, heldExit);
    for (const id of gone) simulator.control.enableUser(id);
    assert.equal((await command('sync')).code, 0);
    assert.deepEqual(await served(), before);
    assert.deepEqual(await listed(), { hold: null, items: [] });
    assert.match(daemon.output, /"event":"sync\.hold\.ended"/);
  });

  it('is held back when the configuration makes it, and can be approved without a daemon', async () => {
    const shown = (await served())?.size ?? 0;
    await daemon.stop();
    const text = readFileSync(config, 'utf8');
    for (const id of people().slice(0, 20)) simulator.control.disableUser(id);
    writeFileSync(config, JSON.stringify({ ...JSON.parse(text), safety: { locks: { count: 100, share: '100%' } } }));
    assert.equal((await command('sync')).code, 0, 'the limits are those of the configuration');
    const hiding = { ...JSON.parse(text), users: { whenLocked: 'hide' } };
    writeFileSync(config, JSON.stringify(hiding));
    await startDaemon();
    await daemon.waitFor(/sync\.round\.held/);
    assert.equal((await served())?.size, shown);
    assert.equal((await status()).sync.held?.cause, 'configuration');
    await daemon.stop();
    const approved = await command('sync', 'approve');
    assert.equal(approved.code, 0, approved.stderr);
    await startDaemon();
    assert.ok(((await served())?.size ?? 0) <= shown - 20);
    assert.deepEqual(await listed(), { hold: null, items: [] });
  });
});
