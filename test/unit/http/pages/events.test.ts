import assert from 'node:assert/strict';
import { Pulse, streamsMax } from '../../../../src/http/pages/pulse.ts';
import type { StatusReport } from '../../../../src/identity/admin.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { sampleNowMs, sampleRound, sampleStatus } from '../../../support/sample-administration.ts';

function beating() {
  const clock = new ManualClock(sampleNowMs);
  const now = { status: sampleStatus, isWelcome: true };
  const pulse = new Pulse(clock, () => now.status);
  const ending = new AbortController();
  const follow = (seen?: string) => pulse.follow(seen, () => now.isWelcome, ending.signal);
  return { clock, now, pulse, ending, follow };
}

/** The next text of a stream, letting time pass until there is one. */
async function next(stream: AsyncGenerator<string, void, void>, clock: ManualClock): Promise<string | undefined> {
  const text = stream.next();
  const arrival = { isThere: false };
  void text.then(() => (arrival.isThere = true));
  for (let second = 0; second < 60 && !arrival.isThere; second += 1) await clock.advance(1000);
  assert.ok(arrival.isThere, 'nothing came for a minute');
  return (await text).value ?? undefined;
}

const idOf = (text: string | undefined): string => /^id: (.+)$/m.exec(text ?? '')?.[1] ?? assert.fail('no id');

function failed(status: StatusReport): StatusReport {
  const last = { ...sampleRound, round: 13, outcome: 'failed' as const, error: 'Graph is away' };
  return { ...status, state: 'stale', sync: { ...status.sync, last } };
}

describe('events of the status page', () => {
  it('tell at once how things are, and then only what has changed', async () => {
    const { clock, now, follow } = beating();
    const stream = follow();
    assert.equal(await next(stream, clock), 'retry: 3000\n\n');
    const first = await next(stream, clock);
    assert.match(
      first ?? '',
      /^event: status\nid: [\w-]{16}\ndata: \{"headline":"Everything is well\. Round 12: published\."\}\n\n$/,
    );
    assert.equal(await next(stream, clock), ': still here\n\n');
    now.status = failed(sampleStatus);
    const second = await next(stream, clock);
    assert.match(second ?? '', /Serving an older state\. Round 13: failed\./);
    assert.notEqual(idOf(first), idOf(second));
    await stream.return();
  });

  it('go on where a browser has stopped: what it has seen is not told again, what it has missed is', async () => {
    const { clock, now, follow } = beating();
    const first = follow();
    await next(first, clock);
    const seen = idOf(await next(first, clock));
    await first.return();
    const again = follow(seen);
    await next(again, clock);
    assert.equal(await next(again, clock), ': still here\n\n');
    await again.return();
    now.status = failed(sampleStatus);
    const later = follow(seen);
    await next(later, clock);
    assert.match((await next(later, clock)) ?? '', /^event: status/);
    await later.return();
  });

  it('end when whoever follows is not signed in any more, and when the daemon stops', async () => {
    const { clock, now, ending, follow } = beating();
    const stream = follow();
    await next(stream, clock);
    await next(stream, clock);
    now.isWelcome = false;
    assert.equal(await next(stream, clock), undefined);
    now.isWelcome = true;
    const other = follow();
    await next(other, clock);
    await next(other, clock);
    const last = other.next();
    ending.abort();
    assert.equal((await last).done, true);
  });

  it('are for so many at a time and no more (P8)', () => {
    const { pulse } = beating();
    const leaving = Array.from({ length: streamsMax }, () => pulse.enter());
    assert.ok(leaving.every((leave) => leave !== undefined));
    assert.equal(pulse.enter(), undefined);
    leaving[0]?.();
    leaving[0]?.();
    assert.ok(pulse.enter(), 'a place that was given back is free again');
    assert.equal(pulse.enter(), undefined, 'and only one is, however often it is given back');
  });
});
