import assert from 'node:assert/strict';
import { ProgressView } from '../../../src/cli/text/progress.ts';
import type { RoundProgress } from '../../../src/identity/round.ts';
import { RecordedOutput } from '../../support/fake-shell.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const start: RoundProgress = {
  round: 3,
  phase: 'pull',
  collection: 'users',
  mode: 'full',
  pages: 0,
  read: 0,
  entries: 0,
  expected: null,
  startedAtMs: Date.UTC(2026, 0, 1),
};

describe('progress of a round (FED-25)', () => {
  it('is a line when something new begins, and every five seconds', async () => {
    const output = new RecordedOutput();
    const clock = new ManualClock(start.startedAtMs);
    const view = new ProgressView(output, clock);
    for (let page = 1; page <= 12; page += 1) {
      await clock.advance(1000);
      view.update({ ...start, pages: page, read: page * 100 });
    }
    view.update({ ...start, phase: 'publish', collection: null, pages: 12, read: 1200, entries: 1 });
    view.finish();
    assert.deepEqual(output.text.trimEnd().split('\n'), [
      'round 3: reading users (full), 100 objects, 1 page, 1.0 s',
      'round 3: reading users (full), 600 objects, 6 pages, 6.0 s',
      'round 3: reading users (full), 1,100 objects, 11 pages, 11.0 s',
      'round 3: publishing, 1,200 objects, 12 pages, 1 entry, 12.0 s',
    ]);
  });

  it('is one line with a bar on a terminal, cut to its width and wiped at the end', () => {
    const output = new RecordedOutput({ isTTY: true, columns: 60 });
    const view = new ProgressView(output, new ManualClock(start.startedAtMs));
    view.update({ ...start, read: 500, expected: 1000 });
    view.update({ ...start, read: 2000, expected: 1000 });
    view.update({ ...start, phase: 'plan', collection: null, read: 2000, expected: 1000 });
    view.finish();
    const frames = output.text.split('\r').slice(1);
    assert.match(frames[0] ?? '', /^\[#{12}\.{12}\] {2}50 % round 3: reading/);
    assert.match(frames[1] ?? '', /^\[#{23}\.\] {2}99 %/, 'an estimate that was too low does not make it full');
    assert.match(frames[2] ?? '', /^\[#{24}\] 100 %/);
    assert.equal(frames[3], '\u001b[K');
    assert.ok(frames.every((frame) => frame.replace('\u001b[K', '').length < 60));
    assert.ok(!output.text.includes('\n'));
  });

  it('has no bar while the size is not known', () => {
    const output = new RecordedOutput({ isTTY: true });
    new ProgressView(output, new ManualClock(start.startedAtMs)).update(start);
    assert.match(output.text, /^\rround 3/);
  });

  it('leaves no trace when there was none', () => {
    const output = new RecordedOutput({ isTTY: true });
    new ProgressView(output, new ManualClock()).finish();
    assert.equal(output.text, '');
  });
});
