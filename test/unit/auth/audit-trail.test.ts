import assert from 'node:assert/strict';

import { AuditTrail } from '../../../src/auth/audit-trail.ts';
import type { BindEvent, BindEventRetention, BindEventStore } from '../../../src/identity/bind-event.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';

const retention: BindEventRetention = { ageMs: 1000, eventsMax: 10, bytesMax: 1000 };
const plain: BindEvent = {
  atMs: 1,
  verdict: 'refused',
  name: 'alice',
  dn: null,
  objectId: null,
  address: '192.0.2.1',
  secure: true,
  link: null,
  remembered: false,
  reason: 'no such user',
  aadsts: null,
  correlationId: null,
  durationMs: 3,
  count: 1,
};

/** A store that keeps its batches, and can be out of order. */
class MemoryStore implements BindEventStore {
  readonly batches: (readonly BindEvent[])[] = [];
  isBroken = false;

  readonly retentions: BindEventRetention[] = [];

  append(events: readonly BindEvent[], retained: BindEventRetention): Promise<void> {
    if (this.isBroken) return Promise.reject(new Error('disk full'));
    this.retentions.push(retained);
    this.batches.push(events);
    return Promise.resolve();
  }

  read(): Promise<readonly BindEvent[]> {
    return Promise.resolve(this.batches.flat());
  }
}

interface Bench {
  readonly trail: AuditTrail;
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly log: RecordingLog;
}

function bench(kindsMax = 100): Bench {
  const [store, clock, log] = [new MemoryStore(), new ManualClock(), recordingLog()];
  return { trail: new AuditTrail({ store, retention, kindsMax, clock, log }), store, clock, log };
}

const everything = { user: undefined, address: undefined, verdict: undefined, sinceMs: undefined, newest: 100 };

describe('the audit trail', () => {
  it('is written once a second at most, with events that are alike as one', async () => {
    const { trail, store, clock } = bench();
    for (let atMs = 1; atMs <= 1000; atMs++) trail.record({ ...plain, atMs });
    trail.record({ ...plain, name: 'bob', atMs: 1001 });
    await clock.advance(999);
    assert.deepEqual(store.batches, []);
    await clock.advance(1);
    assert.deepEqual(store.batches, [
      [
        { ...plain, atMs: 1000, count: 1000 },
        { ...plain, name: 'bob', atMs: 1001 },
      ],
    ]);
    trail.record(plain);
    await clock.advance(1000);
    assert.equal(store.batches.length, 2);
  });

  it('tells apart who, what, from where, by which link and why', async () => {
    const { trail, store, clock } = bench();
    const others: readonly Partial<BindEvent>[] = [
      {},
      { verdict: 'busy' },
      { name: 'bob' },
      { dn: 'uid=a' },
      { address: '192.0.2.2' },
      { secure: false },
      { link: 'entra' },
      { remembered: true },
      { reason: 'wrong' },
      { aadsts: 50126 },
    ];
    for (const each of [...others, ...others]) trail.record({ ...plain, ...each });
    await clock.advance(1000);
    assert.deepEqual(
      store.batches[0]?.map(({ count }) => count),
      others.map(() => 2),
    );
  });

  it('keeps a flood of names within bounds: by address, and then altogether (P8)', async () => {
    const { trail, store, clock } = bench(5);
    for (let each = 0; each < 10_000; each++) {
      trail.record({ ...plain, name: `name ${each}`, address: `10.0.${each % 50}.1`, atMs: each });
    }
    await clock.advance(1000);
    const [events = []] = store.batches;
    assert.ok(events.length <= 11, `${events.length} events`);
    assert.equal(
      events.reduce((sum, { count }) => sum + count, 0),
      10_000,
    );
    assert.deepEqual(
      events.map(({ atMs }) => atMs),
      events.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      new Set(events.slice(5).map(({ reason, name }) => `${name} ${reason}`)),
      new Set([' too many to list each']),
    );
    assert.ok(events.some(({ address }) => address === ''));
  });

  it('goes on after the store could not be written, and says so once', async () => {
    const { trail, store, clock, log } = bench();
    store.isBroken = true;
    for (let each = 0; each < 3; each++) {
      trail.record(plain);
      await clock.advance(1000);
    }
    assert.equal(trail.problem, 'disk full');
    store.isBroken = false;
    trail.record(plain);
    await clock.advance(1000);
    assert.equal(trail.problem, undefined);
    assert.deepEqual(
      log.events.map(({ event }) => event),
      ['audit.failed', 'audit.restored'],
    );
    assert.equal(store.batches.length, 1);
  });

  it('has in its answers what is not written yet', async () => {
    const { trail } = bench();
    trail.record(plain);
    assert.deepEqual(await trail.read(everything), [plain]);
  });

  it('writes what is left when it ends', async () => {
    const { trail, store } = bench();
    trail.record(plain);
    await trail[Symbol.asyncDispose]();
    assert.equal(store.batches.length, 1);
  });

  it('keeps nothing when the configuration says so, what it had included', async () => {
    const { trail, store, clock } = bench();
    trail.record(plain);
    trail.use(undefined);
    trail.record(plain);
    await clock.advance(1000);
    assert.deepEqual(store.batches, [[]]);
    await trail.prune();
    assert.deepEqual(
      store.retentions,
      Array.from({ length: 2 }, () => ({ ageMs: -1, eventsMax: 0, bytesMax: 0 })),
    );
  });

  it('drops what is too old while nothing happens', async () => {
    const { trail, store } = bench();
    await trail.prune();
    assert.deepEqual([store.batches, store.retentions], [[[]], [retention]]);
  });
});
