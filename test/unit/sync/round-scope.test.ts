import assert from 'node:assert/strict';
import type { DirectoryChange } from '../../../src/identity/change.ts';
import type { MirrorRecord } from '../../../src/identity/mirror.ts';
import type { DeltaFeed } from '../../../src/identity/ports.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const [ada, bob, eve] = [modelId('user', 1), modelId('user', 2), modelId('user', 3)] as const;
const [staff, inner] = [modelId('group', 1), modelId('group', 2)] as const;

/** Ada, Bob and Eve; Ada is in `staff`, and Bob too by way of `inner`. */
function tenantOfThree(): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  for (const [id, name] of [
    [ada, 'ada'],
    [bob, 'bob'],
    [eve, 'eve'],
  ] as const) {
    tenant.putUser(id, { userPrincipalName: `${name}@example.com`, department: 'Sales' });
  }
  tenant.putGroup(staff, { displayName: 'staff' });
  tenant.putGroup(inner, { displayName: 'inner' });
  tenant.setMember(staff, ada, true);
  tenant.setMember(staff, inner, true);
  tenant.setMember(inner, bob, true);
  tenant.outside = new Set();
  return tenant;
}

function engineOf(store: Store, tenant: ModelTenant): SyncEngine {
  return testEngine(store, tenant, new ManualClock(), undefined, undefined, tenant);
}

async function outcome(engine: SyncEngine, full = false): Promise<string> {
  return (await engine.runRound(full, signal)).summary.outcome;
}

async function names(store: Store): Promise<readonly string[]> {
  const entries = await dumpDirectory(store.source);
  return [...(entries?.keys() ?? [])]
    .filter((dn) => /^(?:uid|cn)=.*,ou=(?:users|groups),/.test(dn) && !dn.startsWith('cn=domain-users'))
    .map((dn) => dn.split(',')[0] ?? '')
    .toSorted();
}

async function kept(store: Store): Promise<ReadonlyMap<string, MirrorRecord>> {
  const found = new Map<string, MirrorRecord>();
  for (const collection of ['users', 'groups'] as const) {
    for await (const block of store.mirror.records(collection)) {
      for (const record of block) found.set(record.objectId, record);
    }
  }
  return found;
}

describe('the scope of a round', () => {
  it('keeps of what is not in scope nothing but that it exists, and who its members are (FAM-13)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfThree();
    tenant.outside = new Set([eve, inner]);
    assert.equal(await outcome(engineOf(store, tenant)), 'published');
    assert.deepEqual(await names(store), ['cn=staff', 'uid=ada', 'uid=bob']);
    const records = await kept(store);
    for (const id of [eve, inner]) {
      assert.deepEqual([records.get(id)?.outOfScope, records.get(id)?.properties], [true, {}], id);
    }
    assert.equal(records.get(ada)?.properties['department'], 'Sales');
    const entries = await dumpDirectory(store.source);
    assert.deepEqual(entries?.get('cn=staff,ou=groups,dc=example,dc=com')?.['memberUid'], ['ada', 'bob']);
  });

  it('lets go and takes in what no delta query reports, and counts what it read', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfThree();
    tenant.outside = new Set([eve, inner]);
    const engine = engineOf(store, tenant);
    await outcome(engine);
    tenant.outside = new Set([ada]);
    const { summary } = await engine.runRound(false, signal);
    assert.deepEqual(await names(store), ['cn=inner', 'cn=staff', 'uid=bob', 'uid=eve']);
    assert.deepEqual((await kept(store)).get(ada)?.properties, {});
    assert.deepEqual([summary.collections.users.read, summary.collections.groups.read], [1, 1]);
    const { users, groups } = summary.collections;
    assert.deepEqual([users.entries.created, users.entries.removed, groups.entries.created], [1, 1, 1]);
    assert.equal(users.skipped['not in scope'], 1);
    assert.equal(await outcome(engine), 'unchanged', 'a quiet round changes nothing');
  });

  it('keeps the numbers of who comes back into scope (SNP-10, PAIN-08)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfThree();
    const engine = engineOf(store, tenant);
    await outcome(engine);
    const before = store.ledger.entry(ada);
    tenant.outside?.add(ada);
    await outcome(engine);
    assert.ok(!(await names(store)).includes('uid=ada'));
    tenant.outside?.delete(ada);
    await outcome(engine);
    assert.ok((await names(store)).includes('uid=ada'));
    assert.deepEqual(store.ledger.entry(ada), before);
  });

  it('removes nobody when the list of who is in scope fails, or what came in cannot be read (P2, PAIN-05)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfThree();
    tenant.outside = new Set([eve]);
    const engine = engineOf(store, tenant);
    await outcome(engine);
    const before = await dumpDirectory(store.source);
    // Someone goes and someone comes, and the round fails at each of its requests in turn.
    tenant.outside = new Set([ada]);
    let failures = 0;
    for (; ; failures++) {
      tenant.failAfter(failures, new SourceError('badRequest', 'users.filter is refused.'));
      const result = await engine.runRound(false, signal);
      if (result.summary.outcome !== 'failed') break;
      assert.equal(result.summary.error, 'users.filter is refused.');
      assert.deepEqual(await dumpDirectory(store.source), before, `failed at request ${failures}`);
    }
    assert.ok(failures >= 4, 'both lists, what came in, and the pages have failed');
    assert.deepEqual(await names(store), ['cn=inner', 'cn=staff', 'uid=bob', 'uid=eve']);
  });

  it('reads whole who comes into scope by a change, for a page of changes does not tell the rest (PAIN-18)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfThree();
    tenant.outside = new Set([eve]);
    const changesOnly = (change: DirectoryChange): DirectoryChange => {
      if (change.kind !== 'user') return change;
      const { department: _unchanged, ...properties } = change.properties;
      return { ...change, properties };
    };
    const feed: DeltaFeed = {
      query: tenant.query,
      delta: async function* (collection, from, feedSignal) {
        for await (const page of tenant.delta(collection, from, feedSignal)) {
          yield from === undefined ? page : { ...page, changes: page.changes.map(changesOnly) };
        }
      },
    };
    const engine = testEngine(store, feed, new ManualClock(), undefined, undefined, tenant);
    await outcome(engine);
    tenant.putUser(eve, { userPrincipalName: 'eve@example.com', department: 'Sales', jobTitle: 'Reader' });
    tenant.outside.delete(eve);
    assert.equal(await outcome(engine), 'published');
    const { userPrincipalName, department, jobTitle } = (await kept(store)).get(eve)?.properties ?? {};
    assert.deepEqual([userPrincipalName, department, jobTitle], ['eve@example.com', 'Sales', 'Reader']);
  });

  it('does not bring back somebody who was deleted and is in a list that is behind', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfThree();
    const engine = engineOf(store, tenant);
    await outcome(engine);
    const asked: string[] = [];
    tenant.removeUser(eve, 'changed');
    const behind = testEngine(store, tenant, new ManualClock(), undefined, undefined, {
      admitted: async (collection) => (collection === 'users' ? new Set([ada, bob, eve]) : tenant.admitted(collection)),
      objects: (collection, ids) => {
        asked.push(...ids);
        return tenant.objects(collection, ids);
      },
    });
    await outcome(behind);
    assert.deepEqual([await names(store), asked], [['cn=inner', 'cn=staff', 'uid=ada', 'uid=bob'], []]);
  });
});
