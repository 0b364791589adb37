import assert from 'node:assert/strict';
import { AdminRefusal } from '../../../src/identity/admin.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import { SyncEngine } from '../../../src/sync/engine.ts';
import type { EngineOptions } from '../../../src/sync/engine-options.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { modelId } from '../../support/model-tenant.ts';
import { noLimits, openSettings, openTestStore } from '../../support/sync-bench.ts';
import { syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
type Store = Awaited<ReturnType<typeof openTestStore>>;

function settingsOf(settings: ProjectionSettings, store: Store) {
  const projector = new Projector(settings, standardSchema, (id) => store.ledger.entry(id) !== undefined);
  return { projector, fingerprint: JSON.stringify(settings), safety: noLimits };
}

function engineOf(store: Store, feed: EngineOptions['feed'], changes: Partial<EngineOptions>): SyncEngine {
  return new SyncEngine({
    feed,
    mirror: store.mirror,
    ledger: store.ledger,
    view: store.view,
    holds: store.holds,
    history: store.history,
    ...settingsOf(openSettings, store),
    clock: new ManualClock(),
    onProgress: () => {},
    onNumberKept: () => {},
    onValueLeftOut: () => {},
    ...changes,
  });
}

async function people(store: Store): Promise<readonly string[]> {
  const entries = await dumpDirectory(store.source);
  return [...(entries?.keys() ?? [])].flatMap((dn) => /^uid=([^,]+),/.exec(dn)?.[1] ?? []).toSorted();
}

describe('what is done before a round', () => {
  it('is told whether the round reads everything, and fails it when it fails', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const told: boolean[] = [];
    let failure: Error | undefined;
    const engine = engineOf(store, syncTenant(), {
      prepare: async (everything) => {
        told.push(everything);
        if (failure !== undefined) throw failure;
      },
    });
    await engine.runRound(false, signal);
    await engine.runRound(false, signal);
    failure = new SourceError('forbidden', 'It is not known.');
    const { summary } = await engine.runRound(true, signal);
    assert.deepEqual(told, [true, false, true]);
    assert.deepEqual([summary.outcome, summary.error], ['failed', 'It is not known.']);
    assert.equal((await people(store)).length, 6, 'what was published is served on');
  });

  it('publishes nothing by settings that are not ready, nor plans by them (P1)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const engine = engineOf(store, syncTenant(), {});
    await engine.runRound(false, signal);
    const hiding = settingsOf({ ...openSettings, users: { ...openSettings.users, domains: [] } }, store);
    engine.use({ ...hiding, notReady: 'Not yet.' });
    assert.equal(engine.replanIsDue, false);
    const { summary } = await engine.runRound(false, signal);
    assert.deepEqual([summary.outcome, summary.error], ['failed', 'Not yet.']);
    assert.equal((await people(store)).length, 6);
    await assert.rejects(engine.plan({ ...hiding, notReady: 'Not yet.' }, 10, signal), AdminRefusal);
    engine.use({ ...settingsOf(openSettings, store), notReady: undefined });
    assert.notEqual((await engine.runRound(false, signal)).summary.outcome, 'failed');
  });

  it('lets nobody new in with sync.create: false, and whoever waits when it is true again (SNP-13)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = syncTenant();
    const closed = settingsOf({ ...openSettings, create: false }, store);
    const engine = engineOf(store, tenant, closed);
    await engine.runRound(false, signal);
    assert.deepEqual(await people(store), []);
    engine.use(settingsOf(openSettings, store));
    await engine.replan(signal);
    assert.equal((await people(store)).length, 6, 'without reading the tenant again');
    engine.use(closed);
    tenant.putUser(modelId('user', 9), { userPrincipalName: 'new@example.com' });
    tenant.removeUser(modelId('user', 1), 'changed');
    await engine.runRound(false, signal);
    assert.deepEqual(await people(store), ['u0', 'u2', 'u3', 'u4', 'u5']);
    tenant.putUser(modelId('user', 1), { userPrincipalName: 'u1@example.com' });
    await engine.runRound(false, signal);
    assert.ok((await people(store)).includes('u1'), 'who was known comes back');
    assert.equal(store.ledger.entry(modelId('user', 9)), undefined, 'nothing was given to who waits');
  });
});
