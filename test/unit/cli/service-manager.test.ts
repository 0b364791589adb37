import assert from 'node:assert/strict';
import { ServiceManager } from '../../../src/cli/service-manager.ts';
import type { DaemonState, StatusReport } from '../../../src/identity/admin.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';

/** What the manager looks at of a status. */
function statusOf(state: DaemonState): StatusReport {
  const directory = { publication: 1, publishedAtMs: 0, users: 2, groups: 1, services: 0, privateGroups: 0 };
  // The rest of a status is never looked at.
  return { state, directory, sync: { lastSuccessAtMs: 0 } } as unknown as StatusReport;
}

describe('the service manager', () => {
  const env = { NOTIFY_SOCKET: '/run/nobody' };

  function managerWith(
    surroundings: Readonly<Record<string, string>>,
    send: (assignments: readonly string[]) => Promise<void>,
  ): { readonly manager: ServiceManager; readonly clock: ManualClock; readonly log: ReturnType<typeof recordingLog> } {
    const [clock, log] = [new ManualClock(), recordingLog()];
    const manager = new ServiceManager({ env: surroundings, pid: 42, clock, kernelUs: () => 7n, log, send });
    return { manager, clock, log };
  }

  it('is told a state when it has become another, and not again', async () => {
    const sent: string[][] = [];
    const { manager, clock } = managerWith(env, async (assignments) => void sent.push([...assignments]));
    let state: DaemonState = 'serving';
    manager.started(() => statusOf(state));
    await clock.advance(30_000);
    state = 'stale';
    await clock.advance(30_000);
    await manager[Symbol.asyncDispose]();
    assert.deepEqual(sent, [
      ['READY=1', 'STATUS=serving; 2 users, 1 group; synchronized 1970-01-01 00:00:00Z'],
      ['STATUS=stale; 2 users, 1 group; synchronized 1970-01-01 00:00:00Z'],
    ]);
  });

  it('hears that the daemon lives twice in the time that it allows', async () => {
    let lives = 0;
    const { manager, clock } = managerWith(
      { ...env, WATCHDOG_USEC: '8000000', WATCHDOG_PID: '42' },
      async ([first]) => {
        if (first === 'WATCHDOG=1') lives++;
      },
    );
    manager.started(() => statusOf('serving'));
    for (let seconds = 0; seconds < 40; seconds++) await clock.advance(1000);
    await manager[Symbol.asyncDispose]();
    assert.equal(lives, 10);
  });

  it('is told that the daemon lives, and nothing else, while that closes and cannot say how it is', async () => {
    const sent: string[][] = [];
    const surroundings = { ...env, WATCHDOG_USEC: '20000000' };
    const { manager, clock } = managerWith(surroundings, async (assignments) => void sent.push([...assignments]));
    let isClosed = false;
    manager.started(() => (isClosed ? assert.fail('the store is closed') : statusOf('serving')));
    isClosed = true;
    await clock.advance(10_000);
    manager.stopping();
    await clock.advance(10_000);
    await manager[Symbol.asyncDispose]();
    assert.deepEqual(sent.slice(1), [['WATCHDOG=1'], ['STOPPING=1', 'STATUS=stopping'], ['WATCHDOG=1']]);
  });

  it('that takes nothing does not make messages gather, and is complained about once (P8)', async () => {
    let tried = 0;
    let refuse: (error: Error) => void = () => undefined;
    const { manager, log } = managerWith(env, () => {
      tried++;
      return new Promise((_resolve, reject) => {
        refuse = reject;
      });
    });
    for (let message = 0; message < 1000; message++) manager.reloaded();
    const end = manager[Symbol.asyncDispose]();
    for (let turns = 0; turns < 100; turns++) {
      refuse(new Error('refused'));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await end;
    assert.equal(tried, 32);
    assert.deepEqual(
      log.events.map(({ event }) => event),
      ['service.notify.failed'],
    );
  });

  it('that is not there is told nothing', async () => {
    const { manager, clock } = managerWith({}, async () => assert.fail('somebody was told'));
    manager.started(() => statusOf('serving'));
    manager.reloading();
    await clock.advance(60_000);
    manager.stopping();
    await manager[Symbol.asyncDispose]();
  });
});
