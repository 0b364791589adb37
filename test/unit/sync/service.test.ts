import assert from 'node:assert/strict';
import type { RoundEvent } from '../../../src/identity/admin.ts';
import type { RoundSummary } from '../../../src/identity/round.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { Store } from '../../../src/store/store.ts';
import { fullRoundIsDue, nextRoundDelayMs } from '../../../src/sync/schedule.ts';
import { SyncService } from '../../../src/sync/service.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { cutWritesAfter, noLimits, openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const interval = 30 * 60_000;

/** A service over a small tenant, with a clock that is moved by hand. */
class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly tenant = new ModelTenant((below) => below - 1);
  readonly log = recordingLog();
  readonly published: RoundSummary[] = [];
  readonly stop = new AbortController();
  readonly service: SyncService;
  readonly store: Store;
  readonly #folder: Disposable;
  #running: Promise<void> = Promise.resolve();

  private constructor(folder: Disposable, store: Store, fullIntervalMs?: number) {
    this.#folder = folder;
    this.store = store;
    this.tenant.putUser(modelId('user', 1), { userPrincipalName: 'one@example.com' });
    this.tenant.putGroup(modelId('group', 1), { displayName: 'staff' });
    this.service = this.serviceOf(fullIntervalMs);
  }

  /** A service as a new process would make it, on the same store. */
  serviceOf(fullIntervalMs?: number): SyncService {
    const { store } = this;
    return new SyncService({
      feed: this.tenant,
      mirror: store.mirror,
      ledger: store.ledger,
      view: store.view,
      holds: store.holds,
      history: store.history,
      safety: noLimits,
      projector: new Projector(openSettings, standardSchema),
      fingerprint: 'settings',
      clock: this.clock,
      schedule: { intervalMs: interval, jitter: 0.1, fullIntervalMs },
      random: () => 0.5,
      log: this.log,
      onProgress: () => {},
      onPublished: (summary) => this.published.push(summary),
    });
  }

  static async open(fullIntervalMs?: number): Promise<Bench> {
    const folder = temporaryFolder();
    return new Bench(folder, await openTestStore(folder.path, 1), fullIntervalMs);
  }

  /** Starts the schedule and waits until the first round is over. */
  async start(): Promise<void> {
    this.#running = this.service.run(this.stop.signal);
    await this.clock.untilSleeping();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.#running;
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

async function collect(events: AsyncGenerator<RoundEvent>): Promise<readonly RoundEvent[]> {
  const collected: RoundEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

describe('sync service', () => {
  it('runs the first round at once and the next after the interval (FAM-14, FAM-22)', async () => {
    await using bench = await Bench.open();
    await bench.start();
    assert.equal(bench.service.last?.round, 1);
    assert.equal(bench.service.last.outcome, 'published');
    assert.equal(bench.service.nextAtMs, bench.clock.now() + interval);
    bench.tenant.putUser(modelId('user', 2), { userPrincipalName: 'two@example.com' });
    await bench.clock.advance(interval - 1);
    assert.equal(bench.service.last.round, 1);
    await bench.clock.advance(1);
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.round, 2);
    assert.deepEqual(
      bench.published.map(({ round }) => round),
      [1, 2],
    );
  });

  it('does not call an unchanged round published, but counts it as a success', async () => {
    await using bench = await Bench.open();
    await bench.start();
    await bench.clock.advance(interval);
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.outcome, 'unchanged');
    assert.equal(bench.service.lastSuccessAtMs, bench.clock.now());
    assert.equal(bench.published.length, 1);
  });

  it('begins a requested round at once, and does not begin a second while one runs (FAM-27, FOX-05)', async () => {
    await using bench = await Bench.open();
    await bench.start();
    assert.deepEqual(bench.service.request(false), { started: true, round: 2 });
    assert.deepEqual(bench.service.request(false), { started: false, round: 2 });
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.round, 2);
    assert.equal(bench.service.last.collections.users.mode, 'incremental');
    assert.deepEqual(bench.service.request(true), { started: true, round: 3 });
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.collections.users.mode, 'full');
  });

  it('tries again sooner than the interval after a failure, and says so with a sentence and its cause', async () => {
    await using bench = await Bench.open();
    bench.tenant.failAfter(0);
    await bench.start();
    assert.equal(bench.service.last?.outcome, 'failed');
    assert.equal(bench.service.last.error, 'told to fail');
    const delay = (bench.service.nextAtMs ?? 0) - bench.clock.now();
    assert.ok(delay > 0 && delay <= 30_000, `${delay}`);
    assert.equal(bench.store.source.acquire(), undefined, 'nothing is published (P1)');
    await bench.clock.advance(delay);
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.outcome, 'published');
    assert.ok(bench.log.events.some(({ event }) => event === 'sync.round.failed'));
  });

  it('leaves the service alone for as long as it asked, though never longer than the interval', async () => {
    for (const [retryAfterMs, waits] of [
      [600_000, 600_000],
      [10 * interval, interval],
    ] as const) {
      await using bench = await Bench.open();
      bench.tenant.failAfter(0, new SourceError('throttled', 'too many requests', { retryAfterMs }));
      await bench.start();
      assert.equal((bench.service.nextAtMs ?? 0) - bench.clock.now(), waits);
    }
  });

  it('follows a running round to its summary, and reports a finished one at once', async () => {
    await using bench = await Bench.open();
    await bench.start();
    const { round } = bench.service.request(false);
    const events = await collect(bench.service.follow(round, new AbortController().signal));
    assert.ok(events.length > 1);
    assert.deepEqual(events.map(({ kind }) => kind).slice(-2), ['progress', 'finished']);
    const again = await collect(bench.service.follow(round, new AbortController().signal));
    assert.deepEqual(again, [{ kind: 'finished', summary: bench.service.last }]);
  });

  it('stops following when the follower leaves', async () => {
    await using bench = await Bench.open();
    await bench.start();
    const leaving = new AbortController();
    const following = collect(bench.service.follow(99, leaving.signal));
    leaving.abort();
    assert.deepEqual(await following, []);
  });

  it('finishes a publish that the last process had begun, and asks for nothing when there is none (P3)', async () => {
    await using bench = await Bench.open();
    await bench.service.recover(bench.stop.signal);
    assert.equal(bench.service.last, null);
    {
      // Two pages with their checkpoints and two sweeps come before the first write of the publish.
      using _cut = cutWritesAfter(12);
      await testEngine(bench.store, bench.tenant, bench.clock).runRound(false, bench.stop.signal);
    }
    assert.equal(bench.store.view.publishUnfinished, true);
    const service = bench.serviceOf();
    await service.recover(bench.stop.signal);
    assert.equal(service.last?.outcome, 'published');
    assert.equal(service.last.resumed, true);
    using lease = bench.store.source.acquire();
    assert.ok(lease?.reader.findDn('uid=one,ou=users,dc=example,dc=com') !== undefined);
  });

  describe('with a full reading by schedule', () => {
    const every = 3 * interval;

    /** Lets one interval pass. */
    async function nextRound({ clock }: Bench): Promise<void> {
      await clock.advance(interval);
      await clock.untilSleeping();
    }

    function reconciliationEvents({ log }: Bench): readonly unknown[] {
      return log.events
        .filter(({ event }) => event === 'sync.reconciled' || event === 'sync.drift.found')
        .map(({ event, level, fields }) => [event, level, fields]);
    }

    it('reads everything anew when its time has come, right after an incremental round, and finds no drift', async () => {
      await using bench = await Bench.open(every);
      await bench.start();
      const firstAtMs = bench.clock.now();
      assert.equal(bench.service.lastFullAtMs, firstAtMs);
      await nextRound(bench);
      await nextRound(bench);
      assert.equal(bench.service.last?.round, 3);
      assert.deepEqual(reconciliationEvents(bench), []);
      bench.tenant.putUser(modelId('user', 2), { userPrincipalName: 'two@example.com' });
      await nextRound(bench);
      assert.deepEqual([bench.service.last.round, bench.service.last.collections.users.mode], [5, 'full']);
      assert.equal(bench.service.lastFullAtMs, firstAtMs + every);
      assert.deepEqual(bench.service.reconciliation?.atMs, firstAtMs + every);
      assert.deepEqual(reconciliationEvents(bench), [['sync.reconciled', 'info', {}]]);
      await nextRound(bench);
      assert.deepEqual([bench.service.last.round, bench.service.last.collections.users.mode], [6, 'incremental']);
    });

    it('mends what the reported changes have missed, warns of it and shows it', async () => {
      await using bench = await Bench.open(every);
      bench.tenant.putUser(modelId('user', 9), { userPrincipalName: 'nine@example.com' });
      await bench.start();
      // Past its own log of changes, as Microsoft Graph sometimes has it.
      bench.tenant.users.set(modelId('user', 3), { userPrincipalName: 'three@example.com' });
      bench.tenant.users.delete(modelId('user', 9));
      for (let round = 0; round < 3; round += 1) await nextRound(bench);
      const { users } = bench.service.reconciliation ?? {};
      assert.deepEqual([users?.created, users?.removed], [1, 1]);
      assert.deepEqual(reconciliationEvents(bench), [
        ['sync.drift.found', 'warn', { entries: 2, 'users.created': 1, 'users.removed': 1 }],
      ]);
      using lease = bench.store.source.acquire();
      assert.ok(lease?.reader.findDn('uid=three,ou=users,dc=example,dc=com') !== undefined);
    });

    it('counts the time over a restart, and any other full round too', async () => {
      await using bench = await Bench.open(every);
      await bench.start();
      await nextRound(bench);
      bench.service.request(true);
      await bench.clock.untilSleeping();
      const requestedAtMs = bench.clock.now();
      assert.equal(bench.service.lastFullAtMs, requestedAtMs);
      assert.equal(bench.serviceOf(every).lastFullAtMs, requestedAtMs);
      await nextRound(bench);
      await nextRound(bench);
      assert.equal(bench.service.last?.collections.users.mode, 'incremental');
    });

    it('goes on after a failure where it stopped, and reports then', async () => {
      await using bench = await Bench.open(interval);
      await bench.start();
      bench.tenant.failAfter(3);
      await bench.clock.advance(interval);
      await bench.clock.untilSleeping();
      assert.equal(bench.service.last?.outcome, 'failed');
      assert.equal(bench.service.reconciliation, null);
      await bench.clock.advance(bench.clock.nextDueInMs ?? 0);
      await bench.clock.untilSleeping();
      assert.notEqual(bench.service.last.outcome, 'failed');
      assert.ok(bench.service.reconciliation !== null);
    });

    it('is never due when it is switched off, and due at once when it was never done', () => {
      assert.equal(fullRoundIsDue({ fullIntervalMs: undefined }, undefined, 1e12), false);
      assert.equal(fullRoundIsDue({ fullIntervalMs: 1000 }, undefined, 0), true);
      assert.equal(fullRoundIsDue({ fullIntervalMs: 1000 }, 500, 1499), false);
      assert.equal(fullRoundIsDue({ fullIntervalMs: 1000 }, 500, 1500), true);
    });
  });

  it('spreads rounds over the interval by the jitter', () => {
    const schedule = { intervalMs: interval, jitter: 0.1, fullIntervalMs: undefined };
    assert.equal(
      nextRoundDelayMs(schedule, 0, () => 0),
      interval * 0.9,
    );
    assert.equal(
      nextRoundDelayMs(schedule, 0, () => 0.5),
      interval,
    );
    assert.ok(nextRoundDelayMs(schedule, 0, () => 0.999) < interval * 1.1);
  });

  it('waits longer after each further failure, and never longer than the interval', () => {
    const schedule = { intervalMs: interval, jitter: 0, fullIntervalMs: undefined };
    const longest = [1, 2, 3, 4, 10, 1000].map((failures) => nextRoundDelayMs(schedule, failures, () => 0.999_999));
    assert.deepEqual(
      longest.toSorted((a, b) => a - b),
      longest,
    );
    assert.ok((longest[0] ?? 0) <= 30_000 && (longest.at(-1) ?? 0) <= interval);
    assert.ok(nextRoundDelayMs(schedule, 5, () => 0) >= 15_000, 'never at once');
    assert.ok(
      nextRoundDelayMs({ intervalMs: 10_000, jitter: 0, fullIntervalMs: undefined }, 9, () => 0.999_999) <= 10_000,
    );
  });
});
