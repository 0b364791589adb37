import assert from 'node:assert/strict';
import type { ChangedEntry, PublishedLease } from '../../../src/directory/reader.ts';
import { parseChangeNumber } from '../../../src/directory/csn.ts';
import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import { guidBytes } from '../../../src/identity/ids.ts';
import { Database } from '../../../src/store/database.ts';
import { TenantKeys } from '../../../src/store/keys.ts';
import type { Store } from '../../../src/store/store.ts';
import { ViewKeys } from '../../../src/store/view-keys.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { modelId, type ModelTenant } from '../../support/model-tenant.ts';
import { cutWritesAfter, openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { putPerson, syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const keys = new ViewKeys(new TenantKeys(1));
const usersDn = 'ou=users,dc=example,dc=com';

function lease(store: Store): PublishedLease {
  return store.source.acquire() ?? assert.fail('nothing is published');
}

async function changesSince(store: Store, stampMs: number): Promise<readonly ChangedEntry[]> {
  using held = lease(store);
  const changes: ChangedEntry[] = [];
  for await (const block of held.history.changes(stampMs)) {
    changes.push(...block.map((change) => ({ ...change, lost: change.lost.map((uuid) => Buffer.from(uuid)) })));
  }
  return changes;
}

/** Who changed, by uid; a removed one by its UUID. */
async function changedNames(store: Store, stampMs: number): Promise<readonly string[]> {
  using held = lease(store);
  const names = new Set<string>();
  for (const { id, lost } of await changesSince(store, stampMs)) {
    const bytes = held.reader.entry(id);
    if (bytes !== undefined) names.add(String(entryAttribute(bytes, 'uid')[0] ?? entryAttribute(bytes, 'cn')[0] ?? id));
    for (const uuid of lost) names.add(uuid.toString('hex'));
  }
  return [...names].toSorted();
}

function stampOf(store: Store): number {
  using held = lease(store);
  return held.history.stampMs;
}

function knownSince(store: Store): number {
  using held = lease(store);
  return held.history.knownSinceMs;
}

function history(store: Store): string {
  using held = lease(store);
  return held.history.id;
}

describe('the change log of the store', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let tenant: ModelTenant;
  let clock: ManualClock;
  let store: Store;

  beforeEach(async () => {
    folder = temporaryFolder();
    tenant = syncTenant();
    clock = new ManualClock();
    store = await openTestStore(folder.path, 5000, 10);
    await publish();
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function publish(settings = openSettings): Promise<string> {
    const { summary } = await testEngine(store, tenant, clock, settings).runRound(false, signal);
    return summary.outcome;
  }

  async function reopen(batchOperations = 5000): Promise<void> {
    await store[Symbol.asyncDispose]();
    store = await openTestStore(folder.path, batchOperations, 10);
  }

  it('begins with the first publish, which it does not list', async () => {
    assert.equal(knownSince(store), stampOf(store));
    assert.deepEqual(await changesSince(store, 0), []);
  });

  it('lists what a publish created, changed and removed, with the UUIDs of what is gone', async () => {
    const before = stampOf(store);
    putPerson(tenant, 1, 'Changed');
    putPerson(tenant, 9);
    tenant.removeUser(modelId('user', 5), 'deleted');
    await publish();
    const gone = guidBytes(modelId('user', 5)).toString('hex');
    assert.deepEqual(await changedNames(store, before), [gone, 'u1', 'u9'].toSorted());
    const created = (await changesSince(store, before)).filter((change) => change.created);
    assert.equal(created.length, 1);
    assert.deepEqual(await changesSince(store, stampOf(store)), []);
  });

  it('lists members and groups of a changed membership, and who shows the name of a renamed group', async () => {
    const before = stampOf(store);
    tenant.setMember(modelId('group', 1), modelId('user', 4), true);
    await publish();
    assert.deepEqual(await changedNames(store, before), ['Staff', 'u4']);
    const between = stampOf(store);
    tenant.putGroup(modelId('group', 1), { displayName: 'Crew' });
    await publish();
    assert.deepEqual(await changedNames(store, between), ['Crew', 'u0', 'u1', 'u2', 'u4']);
  });

  it('gives stamps and change numbers that grow even when the clock goes back', async () => {
    const numbers = (): readonly number[] => {
      using held = lease(store);
      const bytes = held.reader.entry(held.reader.findDn(`uid=u0,${usersDn}`) ?? 0) ?? assert.fail('no entry');
      const [number] = entryAttribute(bytes, 'entryCSN');
      return [held.history.stampMs, parseChangeNumber(String(number))?.timeMs ?? 0];
    };
    const [first = 0] = numbers();
    clock = new ManualClock(first - 3_600_000);
    putPerson(tenant, 0, 'Changed');
    await publish();
    const [second = 0, entry] = numbers();
    assert.ok(second > first);
    assert.equal(entry, second);
  });

  it('survives a restart (P3)', async () => {
    const [before, id] = [stampOf(store), history(store)];
    putPerson(tenant, 1, 'Changed');
    await publish();
    await reopen();
    assert.deepEqual(await changedNames(store, before), ['u1']);
    assert.equal(history(store), id);
  });

  it('forgets the oldest publishes when it is full, and says from when on it knows all', async () => {
    const first = stampOf(store);
    const stamps: number[] = [];
    for (let number = 0; number < 14; number++) {
      putPerson(tenant, 0, `Changed ${number}`);
      await publish();
      stamps.push(stampOf(store));
    }
    assert.equal(knownSince(store), stamps[3], 'ten changes are kept');
    assert.ok(knownSince(store) > first);
    assert.equal((await changesSince(store, knownSince(store))).length, 10);
    await reopen();
    assert.equal(knownSince(store), stamps[3]);
  });

  it('keeps exactly as many changes as it may, and gives a publish with one more up (P8)', async () => {
    const before = stampOf(store);
    for (let number = 20; number < 30; number++) putPerson(tenant, number);
    await publish();
    assert.equal((await changesSince(store, before)).length, 10);
    const between = stampOf(store);
    assert.equal(knownSince(store), before);
    for (let number = 40; number < 51; number++) putPerson(tenant, number);
    await publish();
    assert.equal(knownSince(store), stampOf(store));
    assert.ok(stampOf(store) > between);
    assert.deepEqual(await changesSince(store, 0), [], 'nothing of it is left');
  });

  it('begins anew when the containers change, for no order would suit a consumer', async () => {
    const settings = { ...openSettings, users: { ...openSettings.users, container: 'ou=people' } };
    await publish(settings);
    assert.equal(knownSince(store), stampOf(store));
  });

  it('misses nothing of a publish that ended at any of its writes (P2, P3)', async () => {
    let writes = 0;
    for (let finished = false; !finished; writes++) {
      await reopen(3);
      const before = stampOf(store);
      for (const number of [0, 1, 2, 3]) putPerson(tenant, number, `Changed ${writes}`);
      tenant.removeUser(modelId('user', 4), 'deleted');
      {
        using _cut = cutWritesAfter(writes);
        finished = (await publish()) === 'published';
      }
      await reopen(3);
      // What the source told may be lost with the process; the tenant goes on meanwhile.
      putPerson(tenant, 4);
      if (!finished) await publish();
      const names = await changedNames(store, before);
      for (const name of ['u0', 'u1', 'u2', 'u3']) assert.ok(names.includes(name), `${name} after ${writes} writes`);
      await publish();
      assert.ok(writes < 60);
    }
    assert.ok(writes > 5, 'the publish takes several writes');
  });

  it('begins another history when a version without a log has published (migration)', async () => {
    const [before, id] = [stampOf(store), history(store)];
    await store[Symbol.asyncDispose]();
    const db = await Database.open(folder.path, { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20 });
    const facts = JSON.parse(String(db.get(keys.meta('facts')))) as { publication: number };
    const published = Buffer.from(JSON.stringify({ ...facts, publication: facts.publication + 1 }));
    await db.write(db.batch().put(keys.meta('facts'), published), true);
    await db.close();
    store = await openTestStore(folder.path, 5000, 10);
    assert.notEqual(history(store), id);
    assert.ok(knownSince(store) >= before);
    assert.deepEqual(await changesSince(store, knownSince(store)), []);
  });

  it('opens and serves a store of a version without a log, and goes on from there (migration)', async () => {
    await store[Symbol.asyncDispose]();
    const db = await Database.open(folder.path, { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20 });
    await db.write(db.batch().delete(keys.meta('changes')), true);
    await db.close();
    store = await openTestStore(folder.path, 5000, 10);
    const before = stampOf(store);
    assert.equal(knownSince(store), before);
    const id = history(store);
    putPerson(tenant, 1, 'Changed');
    await publish();
    assert.deepEqual(await changedNames(store, before), ['u1']);
    assert.equal(history(store), id);
  });

  it('shows each reader the changes up to its own directory', async () => {
    const before = stampOf(store);
    using old = lease(store);
    putPerson(tenant, 1, 'Changed');
    await publish();
    const blocks: ChangedEntry[] = [];
    for await (const block of old.history.changes(before)) blocks.push(...block);
    assert.deepEqual(blocks, []);
    assert.equal(old.history.stampMs, before);
  });

  it('tells listeners of each publish until they have enough', async () => {
    let told = 0;
    const subscription = store.source.onPublished(() => told++);
    putPerson(tenant, 1, 'Changed');
    await publish();
    assert.equal(told, 1);
    await publish();
    assert.equal(told, 1, 'nothing was published');
    subscription[Symbol.dispose]();
    putPerson(tenant, 1, 'Changed again');
    await publish();
    assert.equal(told, 1);
  });
});
