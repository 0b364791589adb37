import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { createLog, type LogOptions, logBytesWaitingMax } from '../../../src/observability/create-log.ts';
import type { LogFields } from '../../../src/observability/log.ts';
import { logListMax, logTextMax } from '../../../src/observability/log-record.ts';

const clock = { now: () => Date.UTC(2026, 10, 21, 10, 59, 3, 456) };

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function collect(options: Partial<LogOptions> = {}): { log: ReturnType<typeof createLog>; lines: () => string[] } {
  const destination = new Collector();
  const log = createLog({ level: 'info', format: 'json', destination, clock, ...options });
  return { log, lines: () => destination.text.split('\n').slice(0, -1) };
}

function jsonLine(act: (log: ReturnType<typeof createLog>) => void, level: LogOptions['level'] = 'info'): unknown {
  const { log, lines } = collect({ level });
  act(log);
  assert.equal(lines().length, 1);
  return JSON.parse(lines()[0] ?? '');
}

describe('a log', () => {
  it('writes one JSON object per event: level, time, event, fields', () => {
    const line = jsonLine((log) => log.warn('sync.round.failed', { round: 7, reason: 'no route', skipped: undefined }));
    assert.deepEqual(line, {
      level: 'warn',
      time: '2026-11-21T10:59:03.456Z',
      event: 'sync.round.failed',
      fields: { round: 7, reason: 'no route' },
    });
  });

  it('writes one line of text per event', () => {
    const { log, lines } = collect({ format: 'text' });
    log.info('store.opened', { path: '/var/lib/x' });
    assert.deepEqual(lines(), ['2026-11-21 10:59:03Z INFO  store.opened             path=/var/lib/x']);
  });

  for (const [level, expected] of [
    ['debug', ['d', 'i', 'w', 'e']],
    ['info', ['i', 'w', 'e']],
    ['warn', ['w', 'e']],
    ['error', ['e']],
  ] as const) {
    it(`writes at level ${level} the events ${expected.join(', ')}`, () => {
      const { log, lines } = collect({ level });
      log.debug('d');
      log.info('i');
      log.warn('w');
      log.error('e');
      assert.deepEqual(
        lines().map((line) => (JSON.parse(line) as { event: string }).event),
        expected,
      );
    });
  }

  it('writes the messages of an error and of its causes, with the code, and the stack at level debug only', () => {
    const inner = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
    const outer = new Error('Graph did not answer', { cause: inner });
    const line = jsonLine((log) => log.error('x', {}, outer)) as {
      cause: { message: string; code: string; stack?: string };
    };
    assert.deepEqual(line.cause, { message: 'Graph did not answer: connection refused', code: 'ECONNREFUSED' });
    const detailed = jsonLine((log) => log.error('x', {}, outer), 'debug') as typeof line;
    assert.match(detailed.cause.stack ?? '', /create-log\.test/);
  });

  it('tells the errors of all attempts when they have no message together', () => {
    const attempts = [new Error('refused ::1'), new Error('refused 127.0.0.1')];
    const line = jsonLine((log) => log.error('x', {}, new AggregateError(attempts))) as { cause: { message: string } };
    assert.equal(line.cause.message, 'refused ::1; refused 127.0.0.1');
  });

  it('ends a chain of causes that is a circle', () => {
    const error = new Error('round');
    error.cause = new Error('trip', { cause: error });
    const line = jsonLine((log) => log.error('x', {}, error)) as { cause: { message: string } };
    assert.match(line.cause.message, /^round(: trip: round){1,9}$/);
  });

  it('says once what an error quotes of its cause', () => {
    const error = new Error('Graph says: no such property', { cause: new Error('no such property') });
    const line = jsonLine((log) => log.error('x', {}, error)) as { cause: { message: string } };
    assert.equal(line.cause.message, 'Graph says: no such property');
  });

  it('redacts fields, list items, messages and stacks (P7)', () => {
    const error = new Error('POST failed: client_secret=hunter2', { cause: new Error('password=hunter2') });
    for (const format of ['text', 'json'] as const) {
      const { log, lines } = collect({ format, level: 'debug' });
      log.error('x', { link: 'delta?$deltatoken=hunter2', list: ['password=hunter2'], password: 'hunter2' }, error);
      assert.doesNotMatch(lines().join('\n'), /hunter2/);
      assert.match(lines().join('\n'), /redacted/);
    }
  });

  it('cuts long texts and long lists, and says so (P8)', () => {
    const line = jsonLine((log) => {
      log.info('x', {
        fits: 'a'.repeat(logTextMax),
        long: 'a'.repeat(logTextMax + 1),
        list: Array.from({ length: logListMax }, () => 'b'),
        longList: Array.from({ length: logListMax + 2 }, () => 'b'),
      });
    }) as { fields: { fits: string; long: string; list: string[]; longList: string[] } };
    assert.equal(line.fields.fits.length, logTextMax);
    assert.equal(line.fields.long, `${'a'.repeat(logTextMax)}… (${logTextMax + 1} characters)`);
    assert.equal(line.fields.list.length, logListMax);
    assert.equal(line.fields.longList.at(-1), '… 2 more');
  });

  it('cannot be made to write two lines for one event, and its JSON stays JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.double(), (name, value, number) => {
        const { log, lines } = collect();
        log.info('x', { [`f${name}`]: value, list: [value], number });
        assert.equal(lines().length, 1);
        assert.doesNotMatch(lines()[0] ?? '', /[\p{Cc}\u2028\u2029\u202e]/u);
        assert.equal((JSON.parse(lines()[0] ?? '') as { event: string }).event, 'x');
      }),
    );
  });

  it('escapes in JSON too what could steer a terminal, and loses nothing by it', () => {
    const value = '\u009b31m\u007f\u2028\u202e';
    const { log, lines } = collect();
    log.info('x', { value });
    assert.match(lines()[0] ?? '', /^[\u0020-\u007e]+$/);
    assert.equal((JSON.parse(lines()[0] ?? '') as { fields: { value: string } }).fields.value, value);
  });

  it('writes numbers that JSON does not have as texts', () => {
    const line = jsonLine((log) => log.info('x', { ratio: Number.NaN, most: Infinity }));
    assert.deepEqual((line as { fields: unknown }).fields, { ratio: 'NaN', most: 'Infinity' });
  });

  it('never throws, and still names the event, when what it is handed throws', () => {
    const hostile = Object.defineProperty({}, 'boom', {
      enumerable: true,
      get() {
        throw new Error('boom');
      },
    }) as LogFields;
    const strangers: unknown[] = [null, 5, 'text', Symbol('s'), { toString: null }, Object.create(null)];
    for (const format of ['text', 'json'] as const) {
      const { log, lines } = collect({ format });
      log.info('hostile', hostile);
      for (const stranger of strangers) log.error('stranger', {}, stranger);
      assert.equal(lines().length, 1 + strangers.length);
      assert.match(lines()[0] ?? '', /hostile.*unwritable/);
    }
  });

  it('never throws when its destination is closed or broken', () => {
    const broken = new Writable({
      write: () => {
        throw new Error('disk full');
      },
    });
    const closed = new Collector();
    closed.destroy(new Error('EPIPE'));
    for (const destination of [broken, closed]) {
      const { log } = collect({ destination });
      log.info('x');
      log.error('y', {}, new Error('z'));
    }
  });

  it('drops events while its destination takes nothing, and says afterwards how many (P8)', () => {
    const held: (() => void)[] = [];
    let written = '';
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        held.push(done);
      },
    });
    const { log } = collect({ destination, format: 'text' });
    const filler = 'x'.repeat(logTextMax);
    const enough = Math.ceil(logBytesWaitingMax / logTextMax) + 1;
    for (let count = 0; count < enough; count++) log.info('filler', { filler });
    const waiting = destination.writableLength;
    assert.ok(waiting <= logBytesWaitingMax + 2 * logTextMax);
    log.info('lost');
    log.info('lost');
    assert.equal(destination.writableLength, waiting);
    while (held.length > 0) held.shift()?.();
    return new Promise<void>((resolve) => {
      const drain = (): void => {
        while (held.length > 0) held.shift()?.();
        if (destination.writableLength > 0) setImmediate(drain);
        else {
          log.info('after');
          assert.match(written, /filler/);
          resolve();
        }
      };
      drain();
    }).then(() => {
      while (held.length > 0) held.shift()?.();
      assert.doesNotMatch(written, /INFO {2}lost/);
      assert.match(written, /WARN {2}log\.dropped +count=\d+\n/);
    });
  });

  it('writes to an open file at once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const file = join(folder, 'log');
    const fd = openSync(file, 'w');
    try {
      const { log } = collect({ destination: fd });
      log.info('x', { a: 1 });
      assert.match(readFileSync(file, 'utf8'), /"event":"x","fields":\{"a":1\}\}\n$/);
    } finally {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    }
  });
});
