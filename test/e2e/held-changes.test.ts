import assert from 'node:assert/strict';
import { hashPassword } from '../../src/auth/hash-password.ts';
import type { StatusReport } from '../../src/identity/admin.ts';
import type { HeldItem, HoldReport } from '../../src/identity/safety.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { expectedDirectory } from '../support/expected-directory.ts';
import { readServedDirectory } from '../support/served-directory.ts';

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
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.serving({
      tenant: generateTenant({ seed: 23, users: 100, groups: 12 }),
      pageSize: 50,
      memberSliceSize: 40,
      sections: { serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(servicePassword) }] },
    });
  });

  after(() => daemon[Symbol.asyncDispose]());

  async function listed(): Promise<Listed> {
    return JSON.parse((await daemon.run('sync', 'held', '--json')).stdout) as Listed;
  }

  function status(): Promise<StatusReport> {
    return daemon.control.status();
  }

  function expected(): ReturnType<typeof expectedDirectory> {
    return expectedDirectory(daemon.simulator.control.snapshot());
  }

  async function served(): Promise<ReturnType<typeof expectedDirectory> | undefined> {
    return (await readServedDirectory(daemon.url, bindDn, servicePassword))?.entries;
  }

  /** Who is there. Who once made way for a namesake keeps the longer name when the other one goes. */
  function objectIds(directory: ReturnType<typeof expectedDirectory> | undefined): readonly string[] {
    return [...(directory?.values() ?? [])].map(({ entryUUID = [] }) => String(entryUUID[0])).toSorted();
  }

  /** Members of the tenant that are shown and can sign in. */
  function people(): readonly string[] {
    const { users } = daemon.simulator.control.snapshot();
    return [...users]
      .filter(({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest')
      .filter(({ properties }) => properties['accountEnabled'] !== false)
      .map(({ id }) => id);
  }

  it('is held back with the list of whom it concerns, while the old directory is served', async () => {
    const before = expected();
    const gone = people().slice(0, 30);
    for (const id of gone) daemon.simulator.control.removeUser(id);
    const round = await daemon.run('sync');
    assert.equal(round.code, heldExit, round.stderr);
    assert.match(round.stdout, /is held back[\s\S]*users removed: 30 of \d+, \d+ allowed/);
    assert.deepEqual(await served(), before);
    const { state, sync } = await status();
    assert.deepEqual([state, sync.held?.decision, sync.held?.cause], ['held', 'open', 'tenant']);
    const { hold, items } = await listed();
    assert.deepEqual(hold, sync.held);
    const removed = items.filter(({ kind }) => kind === 'usersRemoved').map(({ objectId }) => objectId);
    assert.deepEqual(removed.toSorted(), gone.toSorted());
    const text = await daemon.run('sync', 'held');
    assert.equal(text.code, heldExit);
    for (const { dn } of items) assert.ok(text.stdout.includes(dn), dn);
    assert.match(daemon.output, /"level":"warn".*"event":"sync\.round\.held".*"usersRemoved":30/);
  });

  it('is still held back after the process was killed, and a rejected one stays so', async () => {
    const before = await served();
    const { hold } = await listed();
    assert.equal((await daemon.run('sync', 'reject')).code, 0);
    await daemon.kill();
    const alone = await listed();
    assert.deepEqual(alone.hold, { ...hold, decision: 'rejected' }, 'without a daemon the store tells');
    await daemon.start();
    await daemon.waitFor(/sync\.round\.held/);
    assert.deepEqual(await served(), before);
    assert.deepEqual((await status()).sync.held, { ...hold, decision: 'rejected' });
  });

  it('is published as it was listed once it is approved', async () => {
    const { hold } = await listed();
    assert.ok(hold !== null);
    const other = await daemon.run('sync', 'approve', '--change', String(hold.hold + 1));
    assert.equal(other.code, 8);
    assert.match(other.stderr, new RegExp(`change ${hold.hold} is\\.`));
    const approved = await daemon.run('sync', 'approve', '--change', String(hold.hold));
    assert.equal(approved.code, 0, approved.stderr);
    assert.match(approved.stdout, /published/);
    assert.deepEqual(objectIds(await served()), objectIds(expected()));
    assert.deepEqual(await listed(), { hold: null, items: [] });
    assert.equal((await status()).state, 'serving');
    assert.equal((await daemon.run('sync', 'approve')).code, 8, 'nothing is left to be approved');
  });

  it('ends by itself when it goes away', async () => {
    const before = await served();
    const gone = people().slice(0, 20);
    for (const id of gone) daemon.simulator.control.disableUser(id);
    assert.equal((await daemon.run('sync')).code, heldExit);
    for (const id of gone) daemon.simulator.control.enableUser(id);
    assert.equal((await daemon.run('sync')).code, 0);
    assert.deepEqual(await served(), before);
    assert.deepEqual(await listed(), { hold: null, items: [] });
    assert.match(daemon.output, /"event":"sync\.hold\.ended"/);
  });

  it('is held back when the configuration makes it, and can be approved without a daemon', async () => {
    const shown = (await served())?.size ?? 0;
    await daemon.stop();
    for (const id of people().slice(0, 20)) daemon.simulator.control.disableUser(id);
    daemon.edit({ safety: { locks: { count: 100, share: '100%' } } });
    assert.equal((await daemon.run('sync')).code, 0, 'the limits are those of the configuration');
    daemon.edit({ safety: undefined, users: { whenLocked: 'hide' } });
    await daemon.start();
    await daemon.waitFor(/sync\.round\.held/);
    assert.equal((await served())?.size, shown);
    assert.equal((await status()).sync.held?.cause, 'configuration');
    await daemon.stop();
    const approved = await daemon.run('sync', 'approve');
    assert.equal(approved.code, 0, approved.stderr);
    await daemon.start();
    assert.ok(((await served())?.size ?? 0) <= shown - 20);
    assert.deepEqual(await listed(), { hold: null, items: [] });
  });
});
