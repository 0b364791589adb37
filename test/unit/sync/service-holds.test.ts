import assert from 'node:assert/strict';
import { standardSchema } from '../../../src/directory/schema.ts';
import { AdminRefusal, type RoundEvent } from '../../../src/identity/admin.ts';
import type { SafetyLimits } from '../../../src/identity/safety.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { Store } from '../../../src/store/store.ts';
import { SyncService } from '../../../src/sync/service.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { noLimits, openSettings, openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const interval = 30 * 60_000;
const { signal } = new AbortController();
const none = { count: 0, share: 1, few: 0 };
const limits: SafetyLimits = { ...noLimits, removals: none };

/** A service that has published four people and may remove nobody without asking. */
class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly tenant = new ModelTenant((below) => below - 1);
  readonly log = recordingLog();
  readonly stop = new AbortController();
  readonly service: SyncService;
  readonly store: Store;
  readonly #folder: Disposable;
  readonly #running: Promise<void>;

  private constructor(folder: Disposable, store: Store) {
    this.#folder = folder;
    this.store = store;
    for (let number = 0; number < 4; number++) this.put(number);
    this.service = new SyncService({
      feed: this.tenant,
      mirror: store.mirror,
      ledger: store.ledger,
      view: store.view,
      holds: store.holds,
      history: store.history,
      safety: limits,
      projector: new Projector(openSettings, standardSchema),
      fingerprint: 'settings',
      clock: this.clock,
      schedule: { intervalMs: interval, jitter: 0, fullIntervalMs: undefined },
      random: () => 0.5,
      log: this.log,
      onProgress: () => {},
      onPublished: () => {},
    });
    this.#running = this.service.run(this.stop.signal);
  }

  static async open(): Promise<Bench> {
    const folder = temporaryFolder();
    const bench = new Bench(folder, await openTestStore(folder.path));
    await bench.clock.untilSleeping();
    return bench;
  }

  put(number: number): void {
    this.tenant.putUser(modelId('user', number), { userPrincipalName: `u${number}@example.com` });
  }

  /** Lets the next round come. */
  async nextRound(): Promise<void> {
    await this.clock.advance(interval);
    await this.clock.untilSleeping();
  }

  get users(): number | undefined {
    return this.store.view.facts?.users;
  }

  levels(event: string): readonly string[] {
    return this.log.events.filter((each) => each.event === event).map(({ level }) => level);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.#running;
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

async function last(events: AsyncGenerator<RoundEvent>): Promise<RoundEvent | undefined> {
  let event: RoundEvent | undefined;
  for await (event of events);
  return event;
}

describe('sync service with something held back (P4)', () => {
  it('warns when it begins and when it reaches further, and goes on with rounds at the usual interval', async () => {
    await using bench = await Bench.open();
    bench.tenant.removeUser(modelId('user', 0), 'changed');
    await bench.nextRound();
    await bench.nextRound();
    assert.deepEqual(bench.levels('sync.round.held'), ['warn', 'info']);
    assert.equal(bench.service.nextAtMs, bench.clock.now() + interval);
    bench.tenant.removeUser(modelId('user', 1), 'changed');
    await bench.nextRound();
    assert.deepEqual(bench.levels('sync.round.held'), ['warn', 'info', 'warn']);
    assert.equal(bench.users, 4);
  });

  it('publishes at once what is approved, without asking the tenant, in a round that can be followed', async () => {
    await using bench = await Bench.open();
    bench.tenant.removeUser(modelId('user', 0), 'changed');
    await bench.nextRound();
    bench.tenant.failAfter(0);
    const { hold, round } = await bench.service.decide({ hold: null, decision: 'approved' });
    assert.equal(hold.decision, 'approved');
    const event = await last(bench.service.follow(round ?? assert.fail('no round'), signal));
    assert.equal(event?.kind === 'finished' ? event.summary.outcome : undefined, 'published');
    assert.deepEqual([bench.users, bench.service.hold], [3, null]);
    assert.deepEqual([bench.levels('sync.hold.decided'), bench.levels('sync.hold.ended')], [['warn'], ['warn']]);
  });

  it('publishes at once what is approved while the tenant cannot be asked, when the open round has changed nothing (P4, P6)', async () => {
    await using bench = await Bench.open();
    bench.tenant.removeUser(modelId('user', 0), 'changed');
    await bench.nextRound();
    bench.tenant.failAfter(0);
    await bench.nextRound();
    assert.deepEqual([bench.service.last?.outcome, bench.users], ['failed', 4]);
    bench.tenant.failAfter(0);
    const { round } = await bench.service.decide({ hold: null, decision: 'approved' });
    const event = await last(bench.service.follow(round ?? assert.fail('no round'), signal));
    assert.equal(event?.kind === 'finished' ? event.summary.outcome : undefined, 'published');
    assert.deepEqual([bench.users, bench.service.hold], [3, null]);
    assert.equal(bench.service.last?.outcome, 'failed', 'the open round is no less failed for that');
  });

  it('publishes what is approved after a round that failed half-way only with the complete one (P2)', async () => {
    await using bench = await Bench.open();
    bench.tenant.removeUser(modelId('user', 0), 'changed');
    await bench.nextRound();
    for (let number = 4; number < 12; number++) bench.put(number);
    bench.tenant.failAfter(2);
    await bench.nextRound();
    assert.deepEqual([bench.service.last?.outcome, bench.users], ['failed', 4]);
    const { round } = await bench.service.decide({ hold: null, decision: 'approved' });
    const event = await last(bench.service.follow(round ?? assert.fail('no round'), signal));
    assert.equal(event?.kind === 'finished' ? event.summary.outcome : undefined, 'failed');
    assert.equal(bench.users, 4);
    await bench.nextRound();
    assert.deepEqual([bench.users, bench.service.hold], [11, null]);
  });

  it('starts no round for what is rejected', async () => {
    await using bench = await Bench.open();
    bench.tenant.removeUser(modelId('user', 0), 'changed');
    await bench.nextRound();
    assert.equal((await bench.service.decide({ hold: null, decision: 'rejected' })).round, null);
    await bench.nextRound();
    assert.deepEqual([bench.users, bench.service.hold?.decision], [4, 'rejected']);
  });

  it('refuses to decide about what is not held back', async () => {
    await using bench = await Bench.open();
    await assert.rejects(bench.service.decide({ hold: null, decision: 'approved' }), AdminRefusal);
    bench.tenant.removeUser(modelId('user', 0), 'changed');
    await bench.nextRound();
    const hold = bench.service.hold?.hold ?? assert.fail('nothing is held back');
    await assert.rejects(bench.service.decide({ hold: hold + 1, decision: 'approved' }), AdminRefusal);
    assert.equal(bench.service.hold?.decision, 'open');
  });

  it('publishes what is held back as soon as the limits allow it', async () => {
    await using bench = await Bench.open();
    bench.tenant.removeUser(modelId('user', 0), 'changed');
    await bench.nextRound();
    bench.service.reconfigure({
      projector: new Projector(openSettings, standardSchema),
      fingerprint: 'settings',
      safety: noLimits,
      schedule: { intervalMs: interval, jitter: 0, fullIntervalMs: undefined },
    });
    await bench.clock.untilSleeping();
    assert.deepEqual([bench.users, bench.service.hold], [3, null]);
  });
});
