import assert from 'node:assert/strict';
import { BindSeries } from '../../../../src/http/pages/bind-series.ts';
import type { BindCounts } from '../../../../src/identity/auth-report.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const minuteMs = 60_000;

function followed() {
  const clock = new ManualClock();
  const counts = { accepted: 5, refused: 0, busy: 0, unavailable: 0 };
  const series = new BindSeries(clock, (): BindCounts => ({ ...counts }));
  const ending = new AbortController();
  const ended = series.follow(ending.signal);
  const stop = async (): Promise<void> => {
    ending.abort();
    await ended;
  };
  return { clock, counts, series, stop };
}

const accepted = (series: BindSeries, steps: number, minutes: number): readonly number[] =>
  series.steps(steps, minutes).map(({ counts }) => counts.accepted);

describe('sign-ins over time', () => {
  it('counts for each minute what has been added to the counts, and nothing of before', async () => {
    const { clock, counts, series, stop } = followed();
    counts.accepted += 2;
    assert.deepEqual(accepted(series, 3, 1), [0, 0, 2]);
    await clock.advance(minuteMs);
    counts.accepted += 1;
    counts.refused += 4;
    assert.deepEqual(accepted(series, 3, 1), [0, 2, 1]);
    assert.equal(series.steps(1, 1)[0]?.counts.refused, 4);
    await stop();
  });

  it('looks every minute by itself, so that what nobody looked at in time is in its place', async () => {
    const { clock, counts, series, stop } = followed();
    await clock.advance(minuteMs - 1);
    counts.accepted += 3;
    await clock.advance(5 * minuteMs);
    assert.deepEqual(accepted(series, 7, 1), [0, 0, 3, 0, 0, 0, 0]);
    await stop();
  });

  it('gathers minutes into steps that begin where the clock has them', async () => {
    const { clock, counts, series, stop } = followed();
    for (let minute = 0; minute < 60; minute += 1) {
      counts.accepted += 1;
      await clock.advance(minuteMs);
    }
    const steps = series.steps(3, 30);
    assert.deepEqual(
      steps.map(({ fromMs, counts: each }) => [fromMs % (30 * minuteMs), each.accepted]),
      [
        [0, 29],
        [0, 30],
        [0, 1],
      ],
    );
    await stop();
  });

  it('forgets what is longer ago than a day (P8)', async () => {
    const { clock, counts, series, stop } = followed();
    counts.accepted += 7;
    accepted(series, 1, 1);
    await clock.advance(1440 * minuteMs);
    counts.accepted += 1;
    assert.deepEqual(
      accepted(series, 1442, 1).filter((value) => value > 0),
      [1],
    );
    await stop();
  });
});
