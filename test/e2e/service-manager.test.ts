import assert from 'node:assert/strict';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { describeWithPackages } from '../support/debian-packages.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describeWithPackages(['systemd'], 'the daemon under a service manager', function () {
  this.timeout(60_000);
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.open({ tenant: generateTenant({ seed: 5, users: 40, groups: 5 }) });
  });

  after(() => daemon[Symbol.asyncDispose]());

  it('says when it serves and how it is, that it lives, when it reloads and when it stops (sd_notify(3))', async () => {
    using folder = temporaryFolder();
    await using manager = await NotifySocket.open(folder.path);
    await using program = startProgram(['serve', '--config', daemon.config], {
      env: { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '400000', WATCHDOG_PID: '' },
    });
    await manager.waitFor(/"READY=1"/);
    assert.match(program.output, /"event":"ldap\.server\.listening"/, 'ready means that it listens');
    await manager.waitFor(/"STATUS=serving; \d+ users, \d+ groups; synchronized \d{4}-\d\d-\d\d [\d:]+Z"/);
    await manager.waitFor(/"WATCHDOG=1"[^]*"WATCHDOG=1"/);
    program.signal('SIGHUP');
    await manager.waitFor(/"RELOADING=1", "MONOTONIC_USEC=\d+"\][^]*\["READY=1"\]/);
    assert.match(program.output, /"event":"config\.unchanged"/);
    const { code } = await program.stop();
    assert.equal(code, 0);
    const said = manager.messages;
    assert.deepEqual(said[0]?.[0], 'READY=1');
    assert.deepEqual(said.at(-1), ['STOPPING=1', 'STATUS=stopping']);
    assert.equal(said.filter(([first]) => first === 'STOPPING=1').length, 1);
  });

  it('says nothing of a watchdog that is meant for another process', async () => {
    using folder = temporaryFolder();
    await using manager = await NotifySocket.open(folder.path);
    await using program = startProgram(['serve', '--config', daemon.config], {
      env: { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' },
    });
    await manager.waitFor(/"READY=1"/);
    await program.stop();
    assert.ok(manager.messages.flat().every((each) => each !== 'WATCHDOG=1'));
  });

  it('goes on when nobody takes what it says, and says so once', async () => {
    using folder = temporaryFolder();
    await using program = startProgram(['serve', '--config', daemon.config], {
      env: { NOTIFY_SOCKET: `${folder.path}/nobody`, WATCHDOG_USEC: '100000', WATCHDOG_PID: '' },
    });
    await program.waitFor(/"event":"service\.notify\.failed"/);
    await program.waitFor(/"event":"sync\.round\.finished"/);
    const { code } = await program.stop();
    assert.equal(code, 0, program.output);
    assert.equal(program.output.split('"event":"service.notify.failed"').length, 2);
  });
});

describe('stopping the daemon', function () {
  this.timeout(60_000);
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.open({
      tenant: generateTenant({ seed: 6, users: 1500, groups: 100 }),
      pageSize: 100,
      memberSliceSize: 100,
    });
  });

  after(() => daemon[Symbol.asyncDispose]());

  it('by TERM in the middle of the first sync ends it with 0, and the next start goes on there (P3)', async () => {
    await daemon.start();
    await daemon.waitFor(/"event":"sync\.round\.started"/);
    for await (const event of daemon.control.followRound(1, AbortSignal.timeout(30_000))) {
      if (event.kind === 'progress' && event.progress.read > 0) break;
    }
    const { code, stdout } = await daemon.stop();
    assert.equal(code, 0);
    assert.match(stdout, /"event":"sync\.round\.aborted"/);
    assert.doesNotMatch(stdout, /"level":"error"/);
    await daemon.start();
    await daemon.waitFor(/"event":"sync\.round\.started".*"resumed":true/);
  });

  it('by TERM in the middle of a publish ends it with 0, and what is shown then is whole (P2, P3)', async () => {
    for await (const event of daemon.control.followRound(1, AbortSignal.timeout(30_000))) {
      if (event.kind === 'progress' && event.progress.phase === 'publish') break;
    }
    const { code, stdout } = await daemon.stop();
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /"level":"error"/);
    await daemon.start();
    await daemon.waitFor(/"event":"directory\.published"|"event":"sync\.round\.finished"/);
    await daemon.waitFor(/"event":"sync\.round\.finished"/);
    const { directory } = await daemon.control.status();
    const shown = [...daemon.simulator.control.snapshot().users].filter(
      ({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest',
    ).length;
    assert.equal(directory?.users, shown);
    assert.equal((await daemon.stop()).code, 0);
  });
});
