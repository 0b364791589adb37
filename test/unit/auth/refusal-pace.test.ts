import assert from 'node:assert/strict';

import { RefusalPace } from '../../../src/auth/refusal-pace.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const { signal } = new AbortController();

async function paceOf(pace: RefusalPace, clock: ManualClock): Promise<number | undefined> {
  const keeping = pace.keep(clock.monotonicMs(), signal);
  const due = clock.nextDueInMs;
  await clock.advance(due ?? 0);
  await keeping;
  return due;
}

describe('RefusalPace', () => {
  it('waits as long as a refusal over the internet would, before it knows better', async () => {
    const clock = new ManualClock();
    assert.equal(await paceOf(new RefusalPace(clock, () => 0.5), clock), 300);
  });

  it('waits as long as one of the recent refusals took', async () => {
    const clock = new ManualClock();
    let drawn = 0;
    const pace = new RefusalPace(clock, () => drawn);
    for (const ms of [100, 200, 300, 400]) pace.learn(ms);
    assert.equal(await paceOf(pace, clock), 100);
    drawn = 0.99;
    assert.equal(await paceOf(pace, clock), 400);
  });

  it('forgets all but the last sixteen refusals (P8)', async () => {
    const clock = new ManualClock();
    const pace = new RefusalPace(clock, () => 0);
    for (let ms = 1; ms <= 16; ms += 1) pace.learn(ms);
    assert.equal(await paceOf(pace, clock), 1);
    pace.learn(17);
    assert.equal(await paceOf(pace, clock), 17);
  });

  it('ends without an error when the client has gone', async () => {
    const controller = new AbortController();
    const keeping = new RefusalPace(new ManualClock(), () => 0).keep(0, controller.signal);
    controller.abort(new Error('gone'));
    await keeping;
  });

  it('counts what has passed already', async () => {
    const clock = new ManualClock();
    const pace = new RefusalPace(clock, () => 0);
    pace.learn(400);
    const startedAtMs = clock.monotonicMs();
    await clock.advance(150);
    const keeping = pace.keep(startedAtMs, signal);
    assert.equal(clock.nextDueInMs, 250);
    await clock.advance(250);
    await keeping;
    await pace.keep(startedAtMs, signal);
    assert.equal(clock.nextDueInMs, undefined, 'what has taken longer already does not wait');
  });
});
