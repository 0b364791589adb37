import assert from 'node:assert/strict';

import { TimeoutError, abortable, withTimeout } from '../../../src/timing/abortable.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const never = new Promise<never>(() => undefined);

describe('abortable', () => {
  it('passes the outcome of the promise on', async () => {
    const { signal } = new AbortController();
    assert.equal(await abortable(Promise.resolve(7), signal), 7);
    await assert.rejects(abortable(Promise.reject(new Error('broken')), signal), /broken/);
  });

  it('stops waiting when the signal aborts, with its reason', async () => {
    const controller = new AbortController();
    const waiting = abortable(never, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });

  it('does not wait at all when the signal has aborted before', async () => {
    await assert.rejects(abortable(never, AbortSignal.abort(new Error('too late'))), /too late/);
  });
});

describe('withTimeout', () => {
  it('answers what the work answers, and leaves no timer behind', async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    assert.equal(await withTimeout(clock, 1000, signal, () => Promise.resolve('done')), 'done');
    await clock.advance(0);
    assert.equal(clock.sleeping, 0);
  });

  it('aborts the work with a TimeoutError when the time is over', async () => {
    const clock = new ManualClock();
    let seen: AbortSignal | undefined;
    const running = withTimeout(clock, 1000, new AbortController().signal, (signal) => {
      seen = signal;
      return never;
    });
    const rejected = assert.rejects(running, (error) => error instanceof TimeoutError && error.timeoutMs === 1000);
    await clock.advance(999);
    assert.equal(seen?.aborted, false);
    await clock.advance(1);
    await rejected;
    assert.ok(seen.reason instanceof TimeoutError);
  });

  it('aborts the work with the reason of the outer signal', async () => {
    const clock = new ManualClock();
    const outer = new AbortController();
    let seen: AbortSignal | undefined;
    const running = withTimeout(clock, 1000, outer.signal, (signal) => {
      seen = signal;
      return never;
    });
    outer.abort(new Error('stopping'));
    await assert.rejects(running, /stopping/);
    assert.match(String(seen?.reason), /stopping/);
    await clock.advance(0);
    assert.equal(clock.sleeping, 0);
  });

  it('does not begin the work when the outer signal has aborted before', async () => {
    let begun = false;
    const running = withTimeout(new ManualClock(), 1000, AbortSignal.abort(new Error('over')), () => {
      begun = true;
      return never;
    });
    await assert.rejects(running, /over/);
    assert.equal(begun, false);
  });
});
