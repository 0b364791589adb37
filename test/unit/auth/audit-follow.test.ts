import assert from 'node:assert/strict';

import { AuditFollower } from '../../../src/auth/audit-follower.ts';
import { AuditTrail } from '../../../src/auth/audit-trail.ts';
import { AdminRefusal } from '../../../src/identity/admin.ts';
import {
  type BindEvent,
  type BindEventQuery,
  type BindEventStore,
  isAskedFor,
} from '../../../src/identity/bind-event.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const retention = { ageMs: 1_000_000, eventsMax: 1000, bytesMax: 1_000_000 };
const everything: BindEventQuery = {
  user: undefined,
  address: undefined,
  verdict: undefined,
  sinceMs: undefined,
  newest: 2,
};

function event(name: string, changes: Partial<BindEvent> = {}): BindEvent {
  const nothing = { dn: null, objectId: null, link: null, aadsts: null, correlationId: null };
  const facts = { atMs: 1, verdict: 'refused', address: '192.0.2.1', secure: true, remembered: false } as const;
  return { ...nothing, ...facts, name, reason: 'wrong', durationMs: 3, count: 1, ...changes };
}

/** A store whose reads can be held up. */
class SlowStore implements BindEventStore {
  readonly kept: BindEvent[] = [];
  isBroken = false;

  append(events: readonly BindEvent[]): Promise<void> {
    if (this.isBroken) return Promise.reject(new Error('disk full'));
    this.kept.push(...events);
    return Promise.resolve();
  }

  async read(query: BindEventQuery): Promise<readonly BindEvent[]> {
    await Promise.resolve();
    return this.kept.filter((each) => isAskedFor(each, query)).slice(-query.newest);
  }
}

describe('following the audit trail', () => {
  let clock: ManualClock;
  let store: SlowStore;
  let trail: AuditTrail;
  let stop: AbortController;
  let seen: string[];

  beforeEach(() => {
    clock = new ManualClock();
    store = new SlowStore();
    trail = new AuditTrail({ store, retention, kindsMax: 100, clock, log: silentLog });
    stop = new AbortController();
    seen = [];
  });

  async function follow(query: BindEventQuery = everything): Promise<void> {
    for await (const { name, count } of trail.follow(query, stop.signal))
      seen.push(count === 1 ? name : `${name}*${count}`);
  }

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  async function bind(...names: readonly string[]): Promise<void> {
    for (const name of names) trail.record(event(name));
    await clock.advance(1000);
    await settle();
  }

  it('begins with the newest that are kept, and goes on with each that comes, once and in order', async () => {
    await bind('a', 'b', 'c');
    trail.record(event('gathered'));
    const following = follow();
    trail.record(event('meanwhile'));
    await settle();
    await bind('d');
    await bind('e', 'e');
    stop.abort();
    await following;
    assert.deepEqual(seen, ['gathered', 'meanwhile', 'd', 'e*2']);
  });

  it('shows only what is asked for', async () => {
    const following = follow({ ...everything, user: 'bob' });
    await settle();
    await bind('alice', 'BOB', 'carol');
    stop.abort();
    await following;
    assert.deepEqual(seen, ['BOB']);
  });

  it('goes on while the trail cannot be written', async () => {
    const following = follow();
    await settle();
    store.isBroken = true;
    await bind('a');
    stop.abort();
    await following;
    assert.deepEqual(seen, ['a']);
  });

  it('is refused where no trail is kept', async () => {
    trail.use(undefined);
    await assert.rejects(
      follow(),
      (error) => error instanceof AdminRefusal && /bind\.audit\.enabled/.test(error.message),
    );
  });

  it('keeps a bounded number for a reader that is slow, and says how many more there were (P8)', async () => {
    const follower = new AuditFollower(everything, 2);
    for (const name of ['a', 'b']) follower.tell(event(name));
    const { signal } = stop;
    assert.deepEqual(
      (await follower.next(signal)).map(({ name }) => name),
      ['a', 'b'],
    );
    for (const name of ['a', 'b', 'c', 'd']) follower.tell(event(name, { count: 3 }));
    follower.tell(event('e', { verdict: 'accepted' }));
    assert.deepEqual(
      (await follower.next(signal)).map(({ name, verdict, count, reason }) => [name, verdict, count, reason]),
      [
        ['a', 'refused', 3, 'wrong'],
        ['b', 'refused', 3, 'wrong'],
        ['', 'refused', 6, 'too many to list each'],
        ['', 'accepted', 1, 'too many to list each'],
      ],
    );
    stop.abort();
    assert.deepEqual(await follower.next(signal), []);
  });
});
