import assert from 'node:assert/strict';
import { createLog } from '../../../src/observability/create-log.ts';
import { LogRing, type LogRingRequest } from '../../../src/observability/log-ring.ts';
import type { LogRecord } from '../../../src/observability/log-record.ts';
import { RecordedOutput } from '../../support/fake-shell.ts';

const everything: LogRingRequest = { level: 'debug', event: null, sinceMs: null, limit: 1000, follow: false };

function record(event: string, timeMs = 0, level: LogRecord['level'] = 'info', text = ''): LogRecord {
  return { timeMs, level, event, fields: text === '' ? {} : { text }, cause: undefined };
}

async function read(ring: LogRing, request: Partial<LogRingRequest> = {}): Promise<readonly string[]> {
  const names: string[] = [];
  const { signal } = new AbortController();
  for await (const { event } of ring.read({ ...everything, ...request }, signal)) names.push(event);
  return names;
}

describe('the latest events of the log (FOX-21)', () => {
  it('are those that were written, as they were written', async () => {
    const ring = new LogRing();
    const destination = new RecordedOutput();
    const log = createLog({ level: 'info', format: 'json', destination, clock: { now: () => 5 }, ring });
    log.debug('not.written');
    log.info('one', { password: 'swordfish', note: 'Bearer abcdefghijklmnop' });
    log.error('two', {}, new Error('broken'));
    const records: LogRecord[] = [];
    for await (const each of ring.read(everything, new AbortController().signal)) records.push(each);
    assert.deepEqual(
      records.map(({ event, level }) => [event, level]),
      [
        ['one', 'info'],
        ['two', 'error'],
      ],
    );
    assert.ok(!JSON.stringify(records).includes('swordfish') && !JSON.stringify(records).includes('abcdefgh'));
    assert.equal(records[1]?.cause?.message, 'broken');
    assert.equal(destination.text.trim().split('\n').length, 2);
  });

  it('are kept up to a number, the newest (P8)', async () => {
    const ring = new LogRing({ countMax: 3, bytesMax: 1_000_000, waitingMax: 10 });
    for (let i = 1; i <= 3; i++) ring.add(record(`e${i}`));
    assert.deepEqual(await read(ring), ['e1', 'e2', 'e3']);
    for (let i = 4; i <= 20; i++) ring.add(record(`e${i}`));
    assert.deepEqual(await read(ring), ['e18', 'e19', 'e20']);
  });

  it('are kept up to a number of bytes (P8)', async () => {
    const ring = new LogRing({ countMax: 1000, bytesMax: 10_000, waitingMax: 10 });
    for (let i = 0; i < 100; i++) ring.add(record(`e${i}`, 0, 'info', 'x'.repeat(1000)));
    const kept = await read(ring);
    assert.ok(kept.length >= 2 && kept.length <= 5, kept.join());
    assert.equal(kept.at(-1), 'e99');
  });

  it('are found by level, time and name', async () => {
    const ring = new LogRing();
    ring.add(record('sync.round.started', 1, 'debug'));
    ring.add(record('sync.round.failed', 2, 'error'));
    ring.add(record('bind.refused', 3, 'info'));
    ring.add(record('sync.hold.ended', 4, 'warn'));
    assert.deepEqual(await read(ring, { level: 'warn' }), ['sync.round.failed', 'sync.hold.ended']);
    assert.deepEqual(await read(ring, { sinceMs: 3 }), ['bind.refused', 'sync.hold.ended']);
    assert.deepEqual(await read(ring, { limit: 1 }), ['sync.hold.ended']);
    for (const [pattern, names] of [
      ['sync.*', ['sync.round.started', 'sync.round.failed', 'sync.hold.ended']],
      ['*.ended', ['sync.hold.ended']],
      ['SYNC.*.FAILED', ['sync.round.failed']],
      ['*ound*ed', ['sync.round.started', 'sync.round.failed']],
      ['bind.refused', ['bind.refused']],
      ['bind', []],
      ['sync.round.failed*failed', []],
      ['s*s*s*s', []],
    ] as const)
      assert.deepEqual(await read(ring, { event: pattern }), names, pattern);
  });

  it('are followed without one missing between what is there and what comes', async () => {
    const ring = new LogRing();
    ring.add(record('before'));
    const stop = new AbortController();
    const names: string[] = [];
    for await (const { event } of ring.read({ ...everything, follow: true }, stop.signal)) {
      names.push(event);
      if (event === 'before') ring.add(record('meanwhile'));
      if (event === 'meanwhile') queueMicrotask(() => ring.add(record('after')));
      if (event === 'after') stop.abort();
    }
    assert.deepEqual(names, ['before', 'meanwhile', 'after']);
    ring.add(record('nobody follows'));
  });

  it('tell a slow follower how many were dropped (P8)', async () => {
    const ring = new LogRing({ countMax: 100, bytesMax: 1_000_000, waitingMax: 3 });
    const stop = new AbortController();
    const seen: LogRecord[] = [];
    ring.add(record('first'));
    for await (const each of ring.read({ ...everything, follow: true }, stop.signal)) {
      seen.push(each);
      if (each.event === 'first') for (let i = 1; i <= 10; i++) ring.add(record(`e${i}`));
      if (each.event === 'e10') stop.abort();
    }
    assert.deepEqual(
      seen.map(({ event }) => event),
      ['first', 'log.dropped', 'e8', 'e9', 'e10'],
    );
    assert.deepEqual(seen[1]?.fields, { count: 7 });
  });

  it('end at once for a follower who has gone', async () => {
    const ring = new LogRing();
    const stop = new AbortController();
    stop.abort();
    const names: string[] = [];
    for await (const { event } of ring.read({ ...everything, follow: true }, stop.signal)) names.push(event);
    assert.deepEqual(names, []);
  });
});
