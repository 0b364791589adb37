import assert from 'node:assert/strict';
import { stopOnSignals } from '../../../src/cli/stop-signal.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('signals', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`${signal} asks the command to stop`, () => {
      const shell = new FakeShell();
      using stopping = stopOnSignals(shell, new ManualClock());
      assert.equal(stopping.signal.aborted, false);
      shell.send(signal);
      assert.equal(stopping.signal.aborted, true);
      assert.deepEqual(shell.exits, []);
    });
  }

  it('others than those that were asked for are not listened to: serve does not stop at SIGHUP', () => {
    const shell = new FakeShell();
    using stopping = stopOnSignals(shell, new ManualClock(), ['SIGINT', 'SIGTERM']);
    shell.send('SIGHUP');
    assert.equal(stopping.signal.aborted, false);
    shell.send('SIGTERM');
    assert.equal(stopping.signal.aborted, true);
  });

  it('a second one ends the process with the exit code of the signal', async () => {
    const shell = new FakeShell();
    const clock = new ManualClock();
    using _stopping = stopOnSignals(shell, clock);
    shell.send('SIGTERM');
    await clock.advance(500);
    assert.throws(() => shell.send('SIGINT'), /exit 130/);
    assert.throws(() => shell.send('SIGTERM'), /exit 143/);
  });

  it('the same Ctrl-C that npm passes on again is no second one', async () => {
    const shell = new FakeShell();
    const clock = new ManualClock();
    using _stopping = stopOnSignals(shell, clock);
    shell.send('SIGINT');
    await clock.advance(499);
    shell.send('SIGINT');
    assert.deepEqual(shell.exits, []);
  });

  it("are nobody's any more when the command is done", () => {
    const shell = new FakeShell();
    const stopping = stopOnSignals(shell, new ManualClock());
    assert.equal(shell.listening, 1);
    stopping[Symbol.dispose]();
    assert.equal(shell.listening, 0);
  });
});
