import assert from 'node:assert/strict';
import { WakeableSleep } from '../../../src/timing/wakeable-sleep.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('wakeable sleep', () => {
  const { signal } = new AbortController();

  it('ends when the time is over', async () => {
    const clock = new ManualClock();
    const sleeping = new WakeableSleep(clock).sleep(1000, signal);
    await clock.advance(1000);
    await sleeping;
    assert.equal(clock.sleeping, 0);
  });

  it('ends sooner when somebody wakes the sleeper, and leaves no timer behind', async () => {
    const clock = new ManualClock();
    const sleep = new WakeableSleep(clock);
    const sleeping = sleep.sleep(1000, signal);
    sleep.wake();
    await sleeping;
    assert.deepEqual([clock.now(), clock.sleeping], [new ManualClock().now(), 0]);
  });

  it('ends without an error when the signal aborts', async () => {
    const stop = new AbortController();
    const sleeping = new WakeableSleep(new ManualClock()).sleep(1000, stop.signal);
    stop.abort();
    await sleeping;
  });

  it('does not remember a wake from before it sleeps', async () => {
    const clock = new ManualClock();
    const sleep = new WakeableSleep(clock);
    sleep.wake();
    const sleeping = sleep.sleep(1000, signal);
    await clock.untilSleeping();
    assert.equal(clock.sleeping, 1);
    await clock.advance(1000);
    await sleeping;
  });
});
