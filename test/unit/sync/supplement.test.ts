import assert from 'node:assert/strict';

import type { Collection, GraphProperties, GraphValue, ObjectProperties } from '../../../src/identity/change.ts';
import type { ObjectId } from '../../../src/identity/ids.ts';
import type { Supplement, UnreadableProperty } from '../../../src/identity/ports.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import type { EngineOptions } from '../../../src/sync/engine-options.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { cutWritesAfter, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const [ada, bob, eve] = [modelId('user', 1), modelId('user', 2), modelId('user', 3)] as const;
const desk = 'extabcdefgh_desk';
const hourMs = 3_600_000;

function tenantOfTwo(): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  tenant.putUser(ada, { userPrincipalName: 'ada@example.com' });
  tenant.putUser(bob, { userPrincipalName: 'bob@example.com' });
  return tenant;
}

/** Desks of people, an object on a page. */
class Desks implements Supplement {
  readonly properties = { users: [desk], groups: [] };
  readonly unreadable: readonly UnreadableProperty[] = [];
  readonly of = new Map<ObjectId, GraphValue>();
  /** How often it was read. */
  readings = 0;
  /** After how many pages it fails. */
  failAfter = Number.POSITIVE_INFINITY;
  /** Whether nothing is told, for want of a permission. */
  forbidden = false;

  async *read(collection: Collection): AsyncGenerator<readonly ObjectProperties[], void, void> {
    assert.equal(collection, 'users');
    this.readings++;
    if (this.forbidden) return;
    let pages = 0;
    for (const id of [ada, bob, eve]) {
      if (pages++ === this.failAfter) throw new SourceError('unavailable', 'told to fail');
      await Promise.resolve();
      yield [{ id, properties: { [desk]: this.of.get(id) ?? null } }];
    }
  }
}

interface Fixture {
  readonly clock: ManualClock;
  readonly desks: Desks;
  readonly engine: SyncEngine;
}

function engineOf(store: Store, tenant: ModelTenant, desks = new Desks(), clock = new ManualClock()): Fixture {
  const options: Pick<EngineOptions, 'supplement' | 'supplementIntervalMs'> = {
    supplement: desks,
    supplementIntervalMs: hourMs,
  };
  return { clock, desks, engine: testEngine(store, tenant, clock, undefined, undefined, undefined, options) };
}

async function outcome(engine: SyncEngine, full = false): Promise<string> {
  return (await engine.runRound(full, signal)).summary.outcome;
}

function propertiesOf({ mirror }: Store, id: ObjectId): GraphProperties | undefined {
  const node = mirror.nodeOf(id);
  return node === undefined ? undefined : mirror.record(node)?.properties;
}

describe('what the feed does not report', () => {
  it('comes with the first round, goes only to people who are there, and is published with it (SNP-05)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { engine, desks } = engineOf(store, tenantOfTwo());
    desks.of.set(ada, { number: 7 }).set(eve, { number: 9 });
    assert.equal(await outcome(engine), 'published');
    assert.deepEqual(propertiesOf(store, ada), { userPrincipalName: 'ada@example.com', [desk]: { number: 7 } });
    assert.deepEqual(propertiesOf(store, bob), { userPrincipalName: 'bob@example.com' });
    assert.equal(propertiesOf(store, eve), undefined, 'nobody comes into being by it');
    assert.equal(desks.readings, 1);
  });

  it('is read again when its time has come, also after a restart, and whenever everything is read anew', async () => {
    using folder = temporaryFolder();
    const tenant = tenantOfTwo();
    const clock = new ManualClock();
    const desks = new Desks();
    {
      await using store = await openTestStore(folder.path);
      const { engine } = engineOf(store, tenant, desks, clock);
      await outcome(engine);
      await clock.advance(hourMs - 1);
      desks.of.set(ada, { number: 7 });
      assert.equal(await outcome(engine), 'unchanged');
      assert.equal(desks.readings, 1, 'it is not time yet');
    }
    await using store = await openTestStore(folder.path);
    const { engine } = engineOf(store, tenant, desks, clock);
    await outcome(engine);
    assert.equal(desks.readings, 1, 'the time of the last reading is stored');
    await clock.advance(1);
    await outcome(engine);
    assert.equal(desks.readings, 2);
    assert.deepEqual(propertiesOf(store, ada)?.[desk], { number: 7 });
    desks.of.delete(ada);
    await outcome(engine, true);
    assert.equal(desks.readings, 3);
    assert.deepEqual(propertiesOf(store, ada), { userPrincipalName: 'ada@example.com' });
  });

  it('waits for its time where each round lists everything, unless everything is asked for anew or something else is', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = Object.assign(tenantOfTwo(), { listsEverything: true });
    const { engine, desks, clock } = engineOf(store, tenant);
    for (let rounds = 0; rounds < 3; rounds++) await outcome(engine);
    assert.equal(desks.readings, 1);
    await clock.advance(hourMs);
    await outcome(engine);
    assert.equal(desks.readings, 2);
    await outcome(engine, true);
    assert.equal(desks.readings, 3);
    tenant.query = 'other properties';
    await outcome(engine);
    assert.equal(desks.readings, 4);
  });

  it('stays through a full round in which it must not be read (P2)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { engine, desks } = engineOf(store, tenantOfTwo());
    desks.of.set(ada, { number: 7 });
    await outcome(engine);
    desks.forbidden = true;
    assert.notEqual(await outcome(engine, true), 'failed');
    assert.deepEqual(propertiesOf(store, ada)?.[desk], { number: 7 });
  });

  it('goes from the copy when it is not selected any more (FED-18)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfTwo();
    const { engine, desks } = engineOf(store, tenant);
    desks.of.set(ada, { number: 7 });
    await outcome(engine);
    tenant.query = 'without desks';
    await outcome(testEngine(store, tenant, new ManualClock()));
    assert.deepEqual(propertiesOf(store, ada), { userPrincipalName: 'ada@example.com' });
  });

  it('fails the round when it cannot be read to its end, and is read anew by the next (P2)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { engine, desks } = engineOf(store, tenantOfTwo());
    desks.of.set(ada, { number: 7 }).set(bob, { number: 8 });
    desks.failAfter = 1;
    assert.equal(await outcome(engine), 'failed');
    assert.equal(store.source.acquire(), undefined, 'nothing is shown of half a reading');
    desks.failAfter = Number.POSITIVE_INFINITY;
    assert.equal(await outcome(engine), 'published');
    assert.deepEqual(propertiesOf(store, bob)?.[desk], { number: 8 });
  });

  it('is complete after an end of the process at any write (P3)', async () => {
    let ends = 0;
    for (let writes = 0; writes < 16; writes++) {
      using folder = temporaryFolder();
      const tenant = tenantOfTwo();
      {
        await using store = await openTestStore(folder.path);
        const { engine, desks } = engineOf(store, tenant);
        desks.of.set(ada, { number: 7 }).set(bob, { number: 8 });
        using _cut = cutWritesAfter(writes);
        if ((await outcome(engine)) === 'failed') ends++;
      }
      await using store = await openTestStore(folder.path);
      const { engine, desks } = engineOf(store, tenant);
      desks.of.set(ada, { number: 7 }).set(bob, { number: 8 });
      assert.notEqual(await outcome(engine), 'failed');
      const found = [ada, bob].map((id) => propertiesOf(store, id)?.[desk]);
      assert.deepEqual(found, [{ number: 7 }, { number: 8 }], `after ${writes} writes`);
    }
    assert.ok(ends > 4 && ends < 16, `${ends} rounds ended early`);
  });
});
