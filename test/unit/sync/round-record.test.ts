import assert from 'node:assert/strict';
import type { RoundSummary } from '../../../src/identity/round.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import { summarize } from '../../../src/sync/report.ts';
import { RoundRecord } from '../../../src/sync/round-record.ts';
import type { RoundResult } from '../../../src/sync/round-run.ts';
import { initialSyncState, step } from '../../../src/sync/sync-state.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A round that has read so many pages, and failed or not. */
function result(pages: number, failure?: Error): RoundResult {
  let state = step(initialSyncState, { kind: 'start', full: false, query: 'q', nowMs: 0 });
  for (let page = 0; page < pages; page++) {
    state = step(state, { kind: 'page', link: { kind: 'next', url: 'next' }, read: 0, rejected: {} });
  }
  const summary: RoundSummary = summarize({
    round: state.kind === 'idle' ? undefined : state.round,
    number: 1,
    report: undefined,
    changed: failure === undefined,
    held: undefined,
    failure,
    aborted: false,
    resumed: false,
    startedAtMs: 0,
    durationMs: 0,
    retries: 0,
  });
  return { summary, cause: failure, isNewHold: false, forgetful: undefined };
}

describe('the record of the rounds', () => {
  const clock = new ManualClock();
  const failed = result(1, new SourceError('throttled', 'too many requests', { retryAfterMs: 90_000 }));

  it('counts failures in a row, and leaves the service alone as long as it wants, at most an interval', () => {
    const record = new RoundRecord(clock);
    assert.equal(record.notBeforeMs(60_000), 0);
    record.note(failed, false);
    record.note(failed, false);
    assert.deepEqual([record.failures, record.notBeforeMs(600_000), record.notBeforeMs(60_000)], [2, 90_000, 60_000]);
    record.note(result(1), false);
    assert.deepEqual([record.failures, record.notBeforeMs(600_000), record.lastSuccessAtMs], [0, 0, clock.now()]);
  });

  it('takes a publish without any page for no success of the source', () => {
    const record = new RoundRecord(clock);
    record.note(result(0), false);
    assert.deepEqual([record.last?.outcome, record.lastSuccessAtMs], ['published', undefined]);
  });

  it('takes a publish in an open round neither for its end nor for a success of the source, and knows its report', () => {
    const record = new RoundRecord(clock);
    record.note(failed, false);
    record.note(result(1), true);
    assert.deepEqual([record.last?.outcome, record.latest?.outcome], ['failed', 'published']);
    assert.deepEqual([record.failures, record.notBeforeMs(600_000), record.lastSuccessAtMs], [1, 90_000, undefined]);
  });
});
