import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileWatch } from '../../../src/timing/file-watch.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A watch over files of a folder, and a clock that is moved by hand. */
class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly folder = temporaryFolder();
  readonly readings: string[] = [];
  named: readonly string[] = ['a'];
  readonly watch: FileWatch;
  looks = 0;
  /** What a reading does beside being noted. */
  onRead: () => void = () => {};

  constructor() {
    this.write('a', '1');
    this.watch = new FileWatch({
      files: () => this.named.map((name) => join(this.folder.path, name)),
      read: (asked) => {
        this.readings.push(asked ? 'asked' : 'changed');
        this.onRead();
      },
      onLook: () => void this.looks++,
      lookMs: 1_000,
      settleMs: 100,
      clock: this.clock,
    });
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder.path, name), text);
  }

  async pass(ms: number): Promise<void> {
    await this.clock.untilSleeping();
    await this.clock.advance(ms);
    await this.clock.untilSleeping();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

describe('a watch over files', () => {
  it('has them read at the beginning, and then when one has changed and stayed so', async () => {
    await using bench = new Bench();
    await bench.pass(1_000);
    assert.deepEqual(bench.readings, ['changed']);
    bench.write('a', 'longer');
    await bench.pass(1_000);
    assert.deepEqual(bench.readings, ['changed'], 'it may still be written');
    bench.write('a', 'longer still');
    await bench.pass(100);
    assert.deepEqual(bench.readings, ['changed'], 'it was');
    await bench.pass(100);
    assert.deepEqual(bench.readings, ['changed', 'changed']);
    rmSync(join(bench.folder.path, 'a'));
    await bench.pass(1_000);
    await bench.pass(100);
    assert.equal(bench.readings.length, 3, 'a file that is gone has changed');
    assert.ok(bench.looks >= 4);
  });

  it('has them read at once when somebody asks, and tells the reader so', async () => {
    await using bench = new Bench();
    await bench.clock.untilSleeping();
    bench.watch.readAgain();
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.readings, ['changed', 'asked']);
  });

  it('has them read again when a reading names other files, three times at most', async () => {
    await using bench = new Bench();
    await bench.clock.untilSleeping();
    bench.onRead = () => {
      bench.named = [...bench.named, `f${bench.readings.length}`];
    };
    bench.watch.readAgain();
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.readings, ['changed', 'asked', 'changed', 'changed']);
  });

  it('does not read any more after its end', async () => {
    const bench = new Bench();
    await bench.clock.untilSleeping();
    await bench.watch[Symbol.asyncDispose]();
    bench.watch.readAgain();
    await bench.clock.advance(10_000);
    assert.deepEqual(bench.readings, ['changed']);
    bench.folder[Symbol.dispose]();
  });
});
