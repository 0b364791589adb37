import assert from 'node:assert/strict';

import { systemClock } from '../../../src/timing/clock.ts';
import type { Clock } from '../../../src/timing/clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const clocks: readonly [name: string, clock: () => Clock][] = [
  ['systemClock', () => systemClock],
  ['ManualClock', () => new ManualClock()],
];

for (const [name, make] of clocks) {
  describe(name, () => {
    it('rejects a sleep with the reason of a signal that has aborted before', async () => {
      await assert.rejects(make().sleep(60_000, AbortSignal.abort(new Error('no'))), /no/);
    });

    it('ends a sleep with the reason of the signal that aborts', async () => {
      const controller = new AbortController();
      const sleeping = make().sleep(60_000, controller.signal);
      controller.abort(new Error('awake'));
      await assert.rejects(sleeping, /awake/);
    });

    it('never goes back on the monotonic clock', () => {
      const clock = make();
      const first = clock.monotonicMs();
      assert.ok(clock.monotonicMs() >= first);
    });
  });
}

describe('systemClock', () => {
  it('resolves a sleep of no time', async () => {
    await systemClock.sleep(0);
  });
});

describe('ManualClock', () => {
  it('wakes sleepers in the order of their due times, and at their time', async () => {
    const clock = new ManualClock(1000);
    const woken: string[] = [];
    const note = (name: string) => () => woken.push(`${name}@${clock.now()}`);
    const all = Promise.all([
      clock.sleep(20).then(note('late')),
      clock.sleep(10).then(note('first')),
      clock.sleep(10).then(note('second')),
    ]);
    await clock.advance(30);
    await all;
    assert.deepEqual(woken, ['first@1010', 'second@1010', 'late@1020']);
    assert.equal(clock.now(), 1030);
    assert.equal(clock.monotonicMs(), 30);
  });

  it('also wakes sleepers that begin on the way', async () => {
    const clock = new ManualClock();
    const start = clock.now();
    const chain = clock.sleep(10).then(() => clock.sleep(10));
    await clock.advance(20);
    await chain;
    assert.equal(clock.now() - start, 20);
  });

  it('leaves sleepers alone that are due later, and says when', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(50, controller.signal);
    await clock.advance(30);
    assert.equal(clock.sleeping, 1);
    assert.equal(clock.nextDueInMs, 20);
    controller.abort();
    await assert.rejects(sleeping);
    assert.equal(clock.nextDueInMs, undefined);
  });

  it('tells when somebody begins to sleep', async () => {
    const clock = new ManualClock();
    const waiting = clock.untilSleeping(2);
    const sleeps = [clock.sleep(1), clock.sleep(2)];
    await waiting;
    await clock.advance(2);
    await Promise.all(sleeps);
  });
});
