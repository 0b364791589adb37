import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../../src/config/config.ts';
import { type ConfigFile, ConfigWatch } from '../../../src/config/config-watch.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { minimal } from './config-fixture.ts';

/** A watched file in a folder of its own, and a clock that is moved by hand. */
class Bench implements AsyncDisposable {
  readonly folder = temporaryFolder();
  readonly clock = new ManualClock();
  readonly log = recordingLog();
  readonly applied: Config[] = [];
  readonly file = join(this.folder.path, 'config.yaml');
  readonly watch: ConfigWatch;
  readings = 0;
  #files: readonly string[] = [];

  constructor(prepare: (folder: string) => void) {
    writeFileSync(join(this.folder.path, 'secret'), 'a~secret');
    prepare(this.folder.path);
    const source: ConfigFile = { file: this.file, read: () => this.#read(), files: () => this.#files };
    const first = source.read();
    assert.ok(first.ok);
    const { log, clock } = this;
    const apply = (config: Config): void => void this.applied.push(config);
    this.watch = new ConfigWatch({ source, inUse: first.config, apply, log, clock });
  }

  #read(): ReturnType<ConfigFile['read']> {
    this.readings++;
    const files: string[] = [];
    const text = readFileSync(this.file, 'utf8');
    const readFile = (path: string): string => {
      files.push(path);
      return readFileSync(path, 'utf8');
    };
    const result = parseConfig(text, { file: this.file, env: {}, readFile });
    this.#files = files;
    return result;
  }

  put(addition: string): void {
    writeFileSync(this.file, text(addition));
  }

  /** Lets the watch look once more, and read what has settled. The looks wait for the file system, the clock does not. */
  async look(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await this.clock.untilSleeping();
      await this.clock.advance(2_000);
    }
    await this.clock.untilSleeping();
  }

  events(): readonly string[] {
    return this.log.events.map(({ event }) => event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

function text(addition = ''): string {
  return `${minimal.replace('${env:SECRET}', '${file:secret}')}ldap: { listen: ["127.0.0.1:3389"] }\n${addition}`;
}

const plainFile = (folder: string): void => writeFileSync(join(folder, 'config.yaml'), text());
const hiding = 'users: { whenLocked: hide }\n';

describe('the watch over the configuration file (FAM-28)', () => {
  it('takes over what was changed, and says nothing while nothing is', async () => {
    await using bench = new Bench(plainFile);
    await bench.look();
    assert.deepEqual([bench.events(), bench.applied.length], [[], 0]);
    bench.put(hiding);
    await bench.look();
    assert.deepEqual(bench.events(), ['config.reloaded']);
    assert.equal(bench.applied.at(-1)?.projection.users.whenLocked, 'hide');
    assert.deepEqual(bench.watch.report().problems, []);
    const { readings } = bench;
    await bench.look();
    assert.deepEqual([bench.applied.length, bench.readings], [1, readings], 'an unchanged file is not read again');
  });

  it('takes over what was changed between the start and the first look', async () => {
    await using bench = new Bench(plainFile);
    bench.put(hiding);
    await bench.look();
    assert.equal(bench.applied.length, 1);
  });

  it('keeps what is in use while the file is wrong, says where once, and goes on when it is mended', async () => {
    await using bench = new Bench(plainFile);
    await bench.look();
    bench.put('users: { whenLocked: shout }\n');
    await bench.look();
    await bench.look();
    assert.deepEqual(
      bench.log.events.map(({ level, event, fields }) => [
        level,
        event,
        fields['line'],
        fields['column'],
        fields['key'],
      ]),
      [['error', 'config.kept', 9, 22, 'users.whenLocked']],
    );
    assert.match(bench.watch.report().problems.join(), /config\.yaml:9:22 users\.whenLocked: must be /);
    assert.equal(bench.applied.length, 0);
    bench.put('');
    await bench.look();
    assert.deepEqual(bench.events(), ['config.kept', 'config.unchanged']);
    assert.deepEqual(bench.watch.report().problems, []);
  });

  it('says of one problem once what it is, unless it is asked to read again', async () => {
    await using bench = new Bench(plainFile);
    await bench.look();
    // The second has the same problem in the same place.
    for (const addition of ['users: { whenLocked: shout }\n', 'users: { whenLocked: whisper }\n']) {
      bench.put(addition);
      await bench.look();
    }
    assert.deepEqual(bench.events(), ['config.kept']);
    bench.watch.readAgain();
    await bench.clock.advance(0);
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.events(), ['config.kept', 'config.kept']);
  });

  it('keeps what is in use while there is no file', async () => {
    await using bench = new Bench(plainFile);
    await bench.look();
    unlinkSync(bench.file);
    await bench.look();
    assert.deepEqual(bench.events(), ['config.kept']);
    assert.equal(bench.applied.length, 0);
  });

  it('sees a file that is swapped by a symbolic link two folders above it, as Kubernetes does', async () => {
    await using bench = new Bench((folder) => {
      mkdirSync(join(folder, '..one'));
      writeFileSync(join(folder, '..one', 'config.yaml'), text());
      symlinkSync('..one', join(folder, '..data'));
      symlinkSync(join('..data', 'config.yaml'), join(folder, 'config.yaml'));
    });
    await bench.look();
    mkdirSync(join(bench.folder.path, '..two'));
    writeFileSync(join(bench.folder.path, '..two', 'config.yaml'), text(hiding));
    symlinkSync('..two', join(bench.folder.path, '..new'));
    renameSync(join(bench.folder.path, '..new'), join(bench.folder.path, '..data'));
    await bench.look();
    assert.equal(bench.applied.at(-1)?.projection.users.whenLocked, 'hide');
  });

  it('looks at the files that values come from too, and names what needs a restart', async () => {
    await using bench = new Bench(plainFile);
    await bench.look();
    writeFileSync(join(bench.folder.path, 'secret'), 'another~secret');
    await bench.look();
    assert.deepEqual(bench.watch.report().needsRestart, ['tenant']);
    assert.equal(bench.applied.length, 0);
    assert.deepEqual(
      bench.log.events.map(({ level, fields }) => [level, fields]),
      [['warn', { file: bench.file, changed: false, needsRestart: 'tenant' }]],
    );
    assert.ok(!JSON.stringify(bench.log.events).includes('another~secret'));
  });

  it('reads at once when it is asked to, and says that nothing has changed', async () => {
    await using bench = new Bench(plainFile);
    await bench.look();
    const { readings } = bench;
    bench.watch.readAgain();
    await bench.clock.advance(0);
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.events(), ['config.unchanged']);
    assert.equal(bench.readings, readings + 1);
  });

  it('does not read a file that is still being written', async () => {
    await using bench = new Bench(plainFile);
    await bench.look();
    const { readings } = bench;
    bench.put('users: { whenLo');
    await bench.clock.untilDueIn((ms) => ms > 500);
    await bench.clock.advance(2_000);
    await bench.clock.untilDueIn((ms) => ms <= 500);
    assert.equal(bench.readings, readings);
    bench.put(hiding);
    await bench.look();
    assert.deepEqual(bench.events(), ['config.reloaded']);
  });
});
