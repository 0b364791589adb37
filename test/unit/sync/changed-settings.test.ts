import assert from 'node:assert/strict';
import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { Collection, DeltaPage } from '../../../src/identity/change.ts';
import type { DeltaFeed } from '../../../src/identity/ports.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { PolicySettings, ProjectionSettings } from '../../../src/projection/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { SyncService } from '../../../src/sync/service.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type ModelTenant, modelId } from '../../support/model-tenant.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { cutWritesAfter, noLimits, openSettings, openTestStore } from '../../support/sync-bench.ts';
import { putPerson, syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const interval = 30 * 60_000;

function withPolicy(policy: Partial<PolicySettings>): ProjectionSettings {
  return { ...openSettings, policy: { ...openSettings.policy, ...policy } };
}

const staffOnly = withPolicy({ allowedGroups: ['Staff'] });

/** Passes on to a tenant, counts what is asked, and holds requests up until they are let go or aborted. */
class CountingFeed implements DeltaFeed {
  readonly query = 'all properties';
  asked = 0;
  holdsUp = false;
  readonly #tenant: ModelTenant;
  #letGo: () => void = () => {};

  constructor(tenant: ModelTenant) {
    this.#tenant = tenant;
  }

  letGo(): void {
    this.holdsUp = false;
    this.#letGo();
  }

  async *delta(
    collection: Collection,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<DeltaPage, void, void> {
    this.asked++;
    if (this.holdsUp) {
      await new Promise<void>((resolve, reject) => {
        this.#letGo = resolve;
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    }
    yield* this.#tenant.delta(collection, from, signal);
  }
}

/** A service over `u0` to `u5`, of whom three are staff, with a clock that is moved by hand. */
class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly tenant = syncTenant();
  readonly feed = new CountingFeed(this.tenant);
  readonly stop = new AbortController();
  readonly store: Store;
  readonly service: SyncService;
  readonly #folder: Disposable;
  #running: Promise<void> = Promise.resolve();

  private constructor(folder: Disposable, store: Store) {
    this.#folder = folder;
    this.store = store;
    this.service = this.serviceOf(openSettings);
  }

  static async open(): Promise<Bench> {
    const folder = temporaryFolder();
    return new Bench(folder, await openTestStore(folder.path, 1));
  }

  /** A service as a new process would make it, on the same store. */
  serviceOf(settings: ProjectionSettings): SyncService {
    const { store, feed, clock } = this;
    return new SyncService({
      feed,
      mirror: store.mirror,
      ledger: store.ledger,
      view: store.view,
      holds: store.holds,
      history: store.history,
      ...settingsOf(settings),
      clock,
      random: () => 0.5,
      log: recordingLog(),
      onProgress: () => {},
      onPublished: () => {},
    });
  }

  async start(): Promise<void> {
    this.#running = this.service.run(this.stop.signal);
    await this.clock.untilSleeping();
  }

  /** Resolves at the next publication. */
  published(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.store.source.onPublished(() => {
        listening[Symbol.dispose]();
        resolve();
      });
    });
  }

  /** The short names of the users who are locked. */
  locked(): readonly string[] {
    using lease = this.store.source.acquire();
    const { reader } = lease ?? assert.fail('nothing is published');
    return [0, 1, 2, 3, 4, 5].flatMap((number) => {
      const id = reader.findDn(`uid=u${number},ou=users,dc=example,dc=com`);
      const entry = id === undefined ? undefined : reader.entry(id);
      return entry !== undefined && entryAttribute(entry, 'nsAccountLock').length > 0 ? [`u${number}`] : [];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.#running;
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

function settingsOf(settings: ProjectionSettings, intervalMs = interval) {
  return {
    projector: new Projector(settings, standardSchema),
    fingerprint: JSON.stringify(settings),
    safety: noLimits,
    schedule: { intervalMs, jitter: 0, fullIntervalMs: undefined },
  };
}

describe('changed settings (FAM-28)', () => {
  it('are shown at once between rounds, without a question to the source, and the next round stays where it was', async () => {
    await using bench = await Bench.open();
    await bench.start();
    const { asked } = bench.feed;
    const { nextAtMs, lastSuccessAtMs } = bench.service;
    await bench.clock.advance(60_000);
    const published = bench.published();
    bench.service.reconfigure(settingsOf(staffOnly));
    assert.equal(bench.service.planIsDue, true);
    await published;
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.locked(), ['u3', 'u4', 'u5']);
    assert.equal(bench.service.planIsDue, false);
    assert.equal(bench.feed.asked, asked);
    assert.equal(bench.service.nextAtMs, nextAtMs);
    assert.equal(bench.service.lastSuccessAtMs, lastSuccessAtMs, 'the source was not asked');
  });

  it('are shown while the source is down, and the status goes on saying that it is (P6)', async () => {
    await using bench = await Bench.open();
    await bench.start();
    bench.tenant.failAfter(0);
    await bench.clock.advance(interval);
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.outcome, 'failed');
    const published = bench.published();
    bench.service.reconfigure(settingsOf(staffOnly));
    await published;
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.locked(), ['u3', 'u4', 'u5']);
    assert.equal(bench.service.last.outcome, 'failed');
    putPerson(bench.tenant, 6);
    bench.tenant.failAfter(undefined);
    await bench.clock.advance(30_000);
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.outcome, 'published', 'the open round goes on');
  });

  it('are shown while a round waits for its first answer, and the round goes on', async () => {
    await using bench = await Bench.open();
    await bench.start();
    bench.feed.holdsUp = true;
    const asked = bench.feed.asked;
    await bench.clock.advance(interval);
    while (bench.feed.asked === asked) await new Promise((resolve) => setImmediate(resolve));
    const published = bench.published();
    bench.service.reconfigure(settingsOf(staffOnly));
    await published;
    assert.deepEqual(bench.locked(), ['u3', 'u4', 'u5']);
    bench.feed.letGo();
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.round, 2);
    assert.equal(bench.service.last.outcome, 'published');
  });

  it('wait for the round when it has changed the copy already, for half a state is never shown (P2)', async () => {
    await using bench = await Bench.open();
    await bench.start();
    bench.tenant.setMember(modelId('group', 1), modelId('user', 0), false);
    putPerson(bench.tenant, 5, 'Another name');
    // The users are read, their groups are not.
    bench.tenant.failAfter(2);
    await bench.clock.advance(interval);
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.outcome, 'failed');
    bench.service.reconfigure(settingsOf(staffOnly));
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.locked(), []);
    assert.equal(bench.service.planIsDue, true);
    bench.tenant.failAfter(undefined);
    await bench.clock.advance(30_000);
    await bench.clock.untilSleeping();
    assert.deepEqual(bench.locked(), ['u0', 'u3', 'u4', 'u5']);
    assert.equal(bench.service.planIsDue, false);
  });

  it('bring the next round nearer when they shorten the interval', async () => {
    await using bench = await Bench.open();
    await bench.start();
    const startedAtMs = bench.clock.now();
    bench.service.reconfigure(settingsOf(openSettings, 60_000));
    await bench.clock.advance(0);
    assert.equal(bench.service.nextAtMs, startedAtMs + 60_000);
    await bench.clock.advance(60_000);
    await bench.clock.untilSleeping();
    assert.equal(bench.service.last?.round, 2);
  });

  it('are shown whole or not at all when the process ends meanwhile, and again without the source (P2, P3)', async () => {
    await using bench = await Bench.open();
    await bench.service.runRound(false, bench.stop.signal);
    bench.tenant.failAfter(0);
    const interrupted = bench.serviceOf(staffOnly);
    {
      // The first write marks the publish as begun; the process ends before the last.
      using _cut = cutWritesAfter(2);
      bench.stop.abort();
      const running = new AbortController();
      const ended = interrupted.run(running.signal);
      await bench.clock.untilSleeping();
      running.abort();
      await ended;
    }
    assert.equal(bench.store.view.publishUnfinished, true);
    assert.deepEqual(bench.locked(), [], 'nobody sees half of it');
    const { asked } = bench.feed;
    const next = bench.serviceOf(staffOnly);
    await next.recover(new AbortController().signal);
    assert.equal(bench.feed.asked, asked);
    assert.deepEqual(bench.locked(), ['u3', 'u4', 'u5']);
  });
});
