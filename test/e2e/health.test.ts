import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { HttpOfDaemon, httpOnFreePort } from '../support/http-daemon.ts';

describe('health over HTTP (PAIN-20)', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;
  let http: HttpOfDaemon;

  before(async () => {
    daemon = await DaemonOnSimulator.open({
      tenant: generateTenant({ seed: 41, users: 100, groups: 12 }),
      sections: { http: httpOnFreePort },
    });
    http = new HttpOfDaemon(daemon);
    daemon.simulator.control.injectFault({ kind: 'slow', match: { kind: 'usersDelta' } });
    await daemon.start();
  });

  after(() => daemon[Symbol.asyncDispose]());

  /** What both paths and the command say. */
  async function health() {
    const [alive, ready] = [await http.ask('/healthz'), await http.ask('/readyz')];
    const { code, stdout } = await daemon.run('healthcheck');
    return {
      alive: alive.status,
      ready: ready.status,
      state: ready.json['state'],
      check: [code, stdout.replace(/:.*\n$/, '')],
    };
  }

  it('is alive and not ready while the first sync does not end, and says so', async () => {
    await daemon.waitFor(/"event":"sync\.round\.started"/);
    assert.deepEqual(await health(), { alive: 200, ready: 503, state: 'starting', check: [1, 'unhealthy (starting)'] });
    assert.match((await http.ask('/readyz')).text, /answered busy.*"ready":false/);
    assert.equal(await http.metric('entra_ldapd_state', '{state="starting"}'), 1);
    assert.equal(await http.metric('entra_ldapd_ready'), 0);
    const overLdap = await daemon.run('healthcheck', '--ldap', '--json');
    assert.deepEqual([overLdap.code, (JSON.parse(overLdap.stdout) as { state: string }).state], [1, 'starting']);
  });

  it('is ready as soon as something is published', async () => {
    daemon.simulator.control.releaseSlow();
    await daemon.published(1);
    await daemon.waitFor(/"event":"sync\.round\.finished"/);
    assert.deepEqual(await health(), { alive: 200, ready: 200, state: 'serving', check: [0, 'healthy (serving)'] });
    const overLdap = await daemon.run('healthcheck', '--ldap');
    assert.deepEqual([overLdap.code, overLdap.stderr], [0, '']);
    assert.equal(await http.metric('entra_ldapd_state', '{state="serving"}'), 1);
  });

  it('answers in text to whoever asks for it', async () => {
    const { text, headers } = await http.ask('/readyz', { headers: { accept: 'text/plain' } });
    assert.match(text, /^serving: .+\n$/);
    assert.match(headers.get('content-type') ?? '', /^text\/plain/);
  });

  it('is stale and ready while Microsoft Graph is down, as lookups go on (P6, FED-20)', async () => {
    daemon.simulator.control.injectFault({ kind: 'forbidden', match: { kind: 'usersDelta' } });
    assert.equal((await daemon.run('sync')).code, 4);
    assert.deepEqual(await health(), { alive: 200, ready: 200, state: 'stale', check: [0, 'healthy (stale)'] });
    assert.equal(await http.metric('entra_ldapd_sync_rounds_total', '{outcome="failed"}'), 1);
  });

  it('is not ready then where the configuration says so, without a restart', async () => {
    daemon.edit({ http: { ...httpOnFreePort, ready: { stale: false } } });
    daemon.reload();
    await daemon.waitFor(/"event":"config\.reloaded"/);
    assert.deepEqual(await health(), { alive: 200, ready: 503, state: 'stale', check: [1, 'unhealthy (stale)'] });
    await daemon.sync();
    assert.equal((await health()).ready, 200);
  });

  it('tells that a change is held back, with its number, and is ready (P4)', async () => {
    const { users } = daemon.simulator.control.snapshot();
    const gone = [...users].filter(({ state }) => state === 'live').slice(0, 60);
    for (const { id } of gone) daemon.simulator.control.removeUser(id);
    assert.equal((await daemon.run('sync')).code, 9);
    assert.deepEqual(await health(), { alive: 200, ready: 200, state: 'held', check: [0, 'healthy (held)'] });
    assert.equal(typeof (await http.ask('/readyz')).json['heldChange'], 'number');
    assert.equal(await http.metric('entra_ldapd_sync_held'), 1);
    assert.ok((await http.metric('entra_ldapd_sync_held_changes', '{kind="usersRemoved"}')) > 30);
    assert.equal((await daemon.run('sync', 'approve')).code, 0);
    assert.equal((await health()).state, 'serving');
    assert.equal(await http.metric('entra_ldapd_sync_held'), 0);
  });

  it('is not alive when the store cannot be read (P1)', async () => {
    // What a start finds in LevelDB's log goes into a table, which is read when it is needed.
    await daemon.stop();
    await daemon.start();
    await http.url();
    const folder = join(daemon.folder, 'store', 'db');
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.ldb'))) blank(join(folder, name));
    assert.deepEqual(await health(), { alive: 503, ready: 503, state: 'broken', check: [1, 'unhealthy (broken)'] });
    assert.match((await daemon.run('healthcheck', '--json')).stdout, /cannot be read/);
    assert.equal(await http.metric('entra_ldapd_state', '{state="broken"}'), 1);
  });
});

/** Puts zeros in the place of all that a file holds. */
function blank(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.alloc(statSync(path).size));
  } finally {
    closeSync(file);
  }
}
