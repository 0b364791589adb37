import assert from 'node:assert/strict';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { openSettings, noLimits, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('a mirror that can be published from (P2)', () => {
  const { signal } = new AbortController();
  const clock = new ManualClock();
  let folder: ReturnType<typeof temporaryFolder>;
  let store: Store;
  let tenant: ModelTenant;

  const open = (): SyncEngine => testEngine(store, tenant, clock, openSettings, noLimits, tenant);

  beforeEach(async () => {
    folder = temporaryFolder();
    store = await openTestStore(folder.path);
    tenant = new ModelTenant((below) => below - 1);
    for (let number = 0; number < 4; number++) {
      tenant.putUser(modelId('user', number), { userPrincipalName: `u${number}@example.com` });
    }
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('is there after a round that has left what it read to the next one, when that has failed before its first page', async () => {
    await open().runRound(false, signal);
    tenant.removeUser(modelId('user', 0), 'changed');
    const engine = open();
    await engine.pull(signal);
    tenant.failAfter(0);
    assert.equal((await engine.runRound(false, signal)).summary.outcome, 'failed');
    assert.deepEqual([await engine.canReplan(), await open().canReplan()], [true, true]);
  });

  it('is not there when a round has failed while it looked who is in scope, though it counts no page', async () => {
    tenant.outside = new Set([modelId('user', 2)]);
    const engine = open();
    await engine.runRound(false, signal);
    tenant.outside = new Set([modelId('user', 3)]);
    // The list of who is in scope and the only page arrive; what has come into scope does not.
    tenant.failAfter(2);
    const { summary } = await engine.runRound(false, signal);
    assert.deepEqual([summary.outcome, summary.collections.users.pages], ['failed', 0]);
    assert.deepEqual([await engine.canReplan(), await open().canReplan()], [false, false]);
  });

  it('is not there before everything was read once (P1)', async () => {
    tenant.failAfter(0);
    const engine = open();
    assert.equal(await engine.canReplan(), false);
    await engine.runRound(false, signal);
    assert.equal(await engine.canReplan(), false);
  });
});
