import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { hashPassword } from '../../src/auth/hash-password.ts';
import type { StatusReport } from '../../src/identity/admin.ts';
import type { HistoryEntry } from '../../src/identity/history.ts';
import type { LoggedEvent } from '../../src/identity/logged-event.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan } from '../../src/identity/rollback.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { startProgram } from '../support/program.ts';
import { principalName } from '../support/expected-directory.ts';
import { readServedDirectory, type ServedDirectory } from '../support/served-directory.ts';

const servicePassword = 'rollback-test';
const bindDn = 'cn=reader,ou=services,dc=contoso,dc=com';
const heldExit = 9;
const refusedExit = 8;
const free = { count: 100_000, share: '100%' };

/** What `rollback --json` prints. */
interface RolledBack {
  readonly plan: RollbackPlan;
  readonly outcome: RollbackOutcome | null;
}

describe('undo and memory of the daemon', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.serving({
      tenant: generateTenant({ seed: 31, users: 60, groups: 8 }),
      pageSize: 30,
      memberSliceSize: 20,
      sections: {
        serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(servicePassword) }],
        safety: { removals: free, locks: free, renames: free, groupShrink: free },
      },
    });
  });

  after(() => daemon[Symbol.asyncDispose]());

  function status(): Promise<StatusReport> {
    return daemon.control.status();
  }

  async function history(...args: readonly string[]): Promise<readonly HistoryEntry[]> {
    return (await daemon.json<{ history: readonly HistoryEntry[] }>('history', ...args)).history;
  }

  async function served(): Promise<ServedDirectory> {
    return (await readServedDirectory(daemon.url, bindDn, servicePassword)) ?? assert.fail('nothing is served');
  }

  function people(): readonly string[] {
    return [...daemon.simulator.control.snapshot().users]
      .filter(({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest')
      .filter(({ properties }) => properties['accountEnabled'] !== false)
      .map(({ id }) => id);
  }

  it('shows again what a mistake in the configuration has taken away, and holds the mistake back', async () => {
    const before = await served();
    daemon.edit({ users: { domains: ['nobody.example'] } });
    daemon.reload();
    await daemon.waitFor(/directory\.published.*"users":0/);
    assert.ok((await served()).entries.size < before.entries.size);
    const look = await daemon.run('rollback', '--dry-run');
    assert.equal(look.code, 0, look.stderr);
    assert.match(look.stdout, /Going back from publication 2 to 1/);
    assert.match(look.stdout, /created: uid=/);
    const unconfirmed = await daemon.run('rollback');
    assert.equal(unconfirmed.code, refusedExit);
    assert.match(unconfirmed.stderr, /--yes is needed/);
    const { plan, outcome } = await daemon.json<RolledBack>('rollback', '--yes');
    assert.equal(plan.users.created, before.entries.size - (await groupCount(before)));
    assert.equal(outcome?.publication, 3);
    assert.deepEqual(await served(), before, 'entries, members and numbers are what they were');
    const { state, sync } = await status();
    assert.deepEqual([state, sync.held?.cause, sync.held?.decision], ['held', 'rollback', 'open']);
    assert.equal((await daemon.run('sync')).code, heldExit, 'a round does not publish the mistake again (P4)');
    const listed = await daemon.run('sync', 'held');
    assert.match(listed.stdout, /it was taken back[\s\S]*rolled back from publication 2 to 1/);
    assert.deepEqual(await served(), before);
  });

  async function groupCount({ entries }: ServedDirectory): Promise<number> {
    return [...entries.keys()].filter((dn) => dn.startsWith('cn=')).length;
  }

  it('survives kill -9, and ends when the mistake is mended (P3)', async () => {
    const before = await served();
    await daemon.kill();
    await daemon.start();
    assert.deepEqual(await served(), before);
    await daemon.waitFor(/sync\.round\.held/);
    daemon.edit({ users: undefined });
    daemon.reload();
    await daemon.waitFor(/sync\.hold\.ended/);
    assert.equal((await status()).state, 'serving');
    assert.deepEqual(await served(), before);
  });

  it('opens nobody again who was disabled since, and works without a daemon (P7)', async () => {
    const [disabled = '', deleted = '', renamed = ''] = people();
    daemon.simulator.control.disableUser(disabled);
    daemon.simulator.control.removeUser(deleted);
    daemon.simulator.control.setUserProperties(renamed, { displayName: 'Another Name' });
    assert.equal((await daemon.run('sync')).code, 0);
    await daemon.stop();
    const text = await daemon.run('rollback', '--dry-run');
    assert.match(text.stdout, /2 users whom Entra has disabled or deleted since will not come back/);
    const { plan, outcome } = await daemon.json<RolledBack>('rollback', '--yes');
    assert.deepEqual(plan.keptShut.map(({ objectId }) => objectId).toSorted(), [disabled, deleted].toSorted());
    assert.ok(outcome !== null);
    await daemon.start();
    const { entries } = await served();
    const byId = new Map([...entries.values()].map((entry) => [String(entry['entryUUID']?.[0]), entry]));
    assert.deepEqual(byId.get(disabled)?.['nsAccountLock'], ['TRUE']);
    assert.equal(byId.get(deleted), undefined);
    assert.notDeepEqual(byId.get(renamed)?.['displayName'], ['Another Name']);
    const approved = await daemon.run('sync', 'approve');
    assert.equal(approved.code, 0, approved.stderr);
    assert.equal((await daemon.run('rollback', '--to', '999', '--yes')).code, refusedExit);
  });

  it('lists what can be returned to', async () => {
    const { shown, points } = await daemon.json<ReturnPoints>('rollback', '--list');
    assert.ok(shown !== null && points.length >= 3, JSON.stringify(points));
    assert.equal(points[0]?.publication, shown - 1);
    assert.match((await daemon.run('rollback', '--list')).stdout, /publication +published +replaced/);
  });

  it('keeps a history over restarts, of rounds, settings, rollbacks and decisions (FED-21, FOX-06, FOX-12, FAM-23)', async () => {
    const lines = await history('--limit', '1000');
    const kinds = new Set(lines.map(({ kind }) => kind));
    for (const kind of ['round', 'rollback', 'approval', 'configuration'] as const) assert.ok(kinds.has(kind), kind);
    const first = lines.at(-1);
    assert.deepEqual([first?.kind, first?.by, first?.outcome, first?.round], ['round', 'start', 'published', 1]);
    assert.ok((first?.users?.created ?? 0) > 0 && (first?.groups?.created ?? 0) > 0, 'users and groups apart');
    const held = lines.find(({ kind, outcome }) => kind === 'round' && outcome === 'held');
    assert.ok(held !== undefined);
    assert.equal(lines.find(({ kind, hold }) => kind === 'approval' && hold !== null)?.by, 'command');
    const failing = await history('--outcome', 'failed');
    assert.deepEqual(failing, []);
    const text = await daemon.run('history', '--since', '1h', '--kind', 'rollback');
    assert.match(text.stdout, /rolled back, .*by command[\s\S]*Publication 1 is shown again in the place of 2/);
    await daemon.stop();
    assert.deepEqual((await history('--limit', '1000')).at(-1), first, 'without a daemon the store tells');
    await daemon.start();
  });

  it('starts over on demand while clients go on seeing the directory, with the same numbers (FED-24, SNP-15)', async () => {
    await daemon.waitFor(/sync\.round\.finished/);
    const before = await served();
    assert.equal((await daemon.run('sync', '--clear')).code, refusedExit, 'it asks first');
    const cleared = await daemon.run('sync', '--clear', '--yes');
    assert.equal(cleared.code, 0, cleared.stderr);
    assert.match(cleared.stdout, /users +\d+/);
    assert.match(cleared.stdout, /full/);
    assert.deepEqual(await served(), before);
    await daemon.stop();
    const alone = await daemon.run('sync', '--clear', '--yes', '--json');
    assert.equal(alone.code, 0, alone.stderr);
    await daemon.start();
    assert.deepEqual(await served(), before);
    assert.equal((await history('--kind', 'clear')).length, 2);
  });

  it('shows the latest events of its log, filtered and as they come (FOX-21)', async () => {
    const all = await daemon.run('logs');
    assert.equal(all.code, 0, all.stderr);
    assert.match(all.stdout, /ldap\.server\.listening/);
    const rounds = await daemon.run('logs', '--event', 'sync.*', '--level', 'info', '--json');
    const events = rounds.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LoggedEvent);
    assert.ok(events.length > 0 && events.every(({ event }) => event.startsWith('sync.')), rounds.stdout);
    await using following = startProgram(['logs', '--follow', '--event', 'sync.round.*', '--config', daemon.config]);
    await following.waitFor(/sync\.round\./);
    const before = following.output.length;
    assert.equal((await daemon.run('sync')).code, 0);
    while (!/sync\.round\.finished/.test(following.output.slice(before)))
      await following.waitFor(new RegExp(`[\\s\\S]{${before + 1},}`));
    const ended = await Promise.all([following.stop(), Promise.resolve()]);
    assert.equal(ended[0].code, 0);
    await daemon.stop();
    const alone = await daemon.run('logs');
    assert.equal(alone.code, 6);
    assert.match(alone.stderr, /journalctl/);
    await daemon.start();
  });

  it('logs nobody by name above level debug', async () => {
    await daemon.waitFor(/sync\.round\.finished/);
    const names = [...daemon.simulator.control.snapshot().users].map(({ properties }) => principalName(properties));
    for (const name of names) assert.ok(!daemon.output.includes(name), `${name} is in the log`);
    assert.ok(readdirSync(daemon.folder).includes('store'));
  });
});
