import assert from 'node:assert/strict';
import { modelId, type ModelTenant } from '../../support/model-tenant.ts';
import { RollingTenant } from '../../support/rolling-tenant.ts';
import { cutWritesAfter } from '../../support/sync-bench.ts';
import { putPerson, syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

describe('forgetting what was read of the tenant (FED-24, SNP-15)', function () {
  this.timeout(120_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let tenant: ModelTenant;
  let daemon: RollingTenant;

  beforeEach(async () => {
    folder = temporaryFolder();
    tenant = syncTenant();
    daemon = await RollingTenant.open(folder.path, tenant, 5000);
    await daemon.round();
  });

  afterEach(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('leaves nothing of it in the mirror, while the directory is served as it was', async () => {
    const before = await daemon.dump();
    const node = daemon.store.mirror.nodeOf(modelId('user', 0)) ?? assert.fail('not known');
    const round = await daemon.engine.clear();
    assert.equal(round, 2);
    assert.equal(daemon.store.mirror.record(node), undefined);
    assert.deepEqual([...(await daemon.store.mirror.groupsOf(node))], []);
    assert.deepEqual(await daemon.dump(), before);
    assert.equal(daemon.store.mirror.nodeOf(modelId('user', 0)), node, 'who comes again is the same entry');
    assert.equal(await daemon.engine.canReplan(), false, 'nothing is published from an empty copy (P1)');
    await daemon.restart();
    assert.deepEqual(await daemon.dump(), before);
    assert.equal(await daemon.engine.canReplan(), false);
  });

  it('reads everything anew in the next round and changes nothing when the tenant is the same', async () => {
    const before = await daemon.dump();
    const numbers = [0, 1, 5].map((number) => daemon.store.ledger.entry(modelId('user', number)));
    await daemon.engine.clear();
    await daemon.clock.advance(1000);
    const { summary } = await daemon.engine.runRound(false, signal);
    assert.deepEqual([summary.outcome, summary.resumed], ['unchanged', false]);
    assert.deepEqual(
      [summary.collections.users.mode, summary.collections.groups.mode, summary.collections.users.read],
      ['full', 'full', 6],
    );
    assert.deepEqual(await daemon.dump(), before);
    assert.deepEqual(
      [0, 1, 5].map((number) => daemon.store.ledger.entry(modelId('user', number))),
      numbers,
    );
    putPerson(tenant, 5, 'Other Name');
    assert.equal(await daemon.round(), 'published');
    assert.equal(daemon.engine.modes.users, 'incremental', 'the next rounds go on from there');
  });

  it('takes the place of a round that was interrupted', async () => {
    tenant.failAfter(1);
    putPerson(tenant, 5, 'Other Name');
    assert.equal((await daemon.engine.runRound(true, signal)).summary.outcome, 'failed');
    tenant.failAfter(undefined);
    await daemon.engine.clear();
    assert.equal(await daemon.round(), 'published');
  });

  it('shows the tenant once everything was read, wherever the process ended meanwhile (P2, P3)', async () => {
    const before = await daemon.dump();
    putPerson(tenant, 5, 'Other Name');
    tenant.removeUser(modelId('user', 4), 'deleted');
    await daemon.round();
    const changed = await daemon.dump();
    for (let writes = 0; ; writes++) {
      const isDone = await clearUpTo(writes);
      assert.deepEqual(await daemon.dump(), changed);
      if (isDone) break;
      await daemon.restart();
      assert.deepEqual(await daemon.dump(), changed);
      const outcome = await daemon.round();
      assert.equal(outcome, 'unchanged');
      assert.equal(daemon.store.mirror.clearUnfinished, false);
      assert.deepEqual(await daemon.dump(), changed);
    }
    assert.notDeepEqual(changed, before);
  });

  it('is in the history', async () => {
    await daemon.engine.clear();
    await daemon.restart();
    const entries = daemon.store.history.entries({ sinceMs: null, outcome: null, kind: 'clear', limit: 10 });
    for await (const { by, round, publication } of entries) {
      assert.deepEqual([by, round, publication], ['command', 2, 1]);
      return;
    }
    assert.fail('it is not');
  });

  async function clearUpTo(writes: number): Promise<boolean> {
    using _cut = cutWritesAfter(writes);
    try {
      await daemon.engine.clear();
      return true;
    } catch {
      return false;
    }
  }
});
