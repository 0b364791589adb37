import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { GraphProperties } from '../../../src/identity/change.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { noLimits, openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const settings: ProjectionSettings = {
  ...openSettings,
  users: { ...openSettings.users, duplicates: 'preferSynchronized' },
};

type Store = Awaited<ReturnType<typeof openTestStore>>;

async function people(store: Store): Promise<readonly string[]> {
  const entries = await dumpDirectory(store.source);
  return [...(entries?.keys() ?? [])].flatMap((dn) => /^uid=([^,]+),/.exec(dn)?.[1] ?? []).toSorted();
}

function account(name: string, mail: string, isSynchronized: boolean): GraphProperties {
  return {
    userPrincipalName: `${name}@example.com`,
    displayName: name,
    accountEnabled: true,
    mail,
    onPremisesSyncEnabled: isSynchronized ? true : null,
  };
}

describe('two accounts of one person in a hybrid tenant', function () {
  this.timeout(120_000);

  it('are shown as one, and as the other when that is gone or left out (SNP-02)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = new ModelTenant((below) => below - 1);
    tenant.putUser(modelId('user', 1), account('cloud', 'ada@example.com', false));
    tenant.putUser(modelId('user', 2), account('other', 'bob@example.com', false));
    const engine = testEngine(store, tenant, new ManualClock(), settings, noLimits);
    const round = async (): Promise<readonly string[]> => {
      await engine.runRound(false, signal);
      return people(store);
    };
    assert.deepEqual(await round(), ['cloud', 'other']);
    const numbers = store.ledger.entry(modelId('user', 1));
    tenant.putUser(modelId('user', 3), account('synced', 'ada@example.com', true));
    assert.deepEqual(await round(), ['other', 'synced']);
    tenant.removeUser(modelId('user', 3), 'changed');
    assert.deepEqual(await round(), ['cloud', 'other']);
    assert.deepEqual(store.ledger.entry(modelId('user', 1)), numbers, 'with the old number');
    tenant.putUser(modelId('user', 3), { ...account('synced', 'ada@example.com', true), userPrincipalName: null });
    assert.deepEqual(await round(), ['cloud', 'other'], 'who is not shown takes nobody’s place');
    tenant.putUser(modelId('user', 3), account('synced', 'bob@example.com', true));
    assert.deepEqual(await round(), ['cloud', 'synced']);
  });

  it('are both shown unless the configuration prefers one', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = new ModelTenant((below) => below - 1);
    tenant.putUser(modelId('user', 1), account('cloud', 'ada@example.com', false));
    tenant.putUser(modelId('user', 2), account('synced', 'ada@example.com', true));
    await testEngine(store, tenant, new ManualClock()).runRound(false, signal);
    assert.deepEqual(await people(store), ['cloud', 'synced']);
  });

  it('leave the same directory after changes as a first reading would make', async () => {
    const change = fc.record({
      user: fc.nat(5),
      mail: fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com'),
      isSynchronized: fc.boolean(),
      isRemoved: fc.nat(3).map((number) => number === 0),
    });
    const rounds = fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rounds, async (history) => {
        using folder = temporaryFolder();
        using fresh = temporaryFolder();
        await using store = await openTestStore(folder.path);
        const tenant = new ModelTenant((below) => below - 1);
        const engine = testEngine(store, tenant, new ManualClock(), settings, noLimits);
        for (const changes of history) {
          for (const { user, mail, isSynchronized, isRemoved } of changes) {
            if (isRemoved) tenant.removeUser(modelId('user', user), 'changed');
            else tenant.putUser(modelId('user', user), account(`u${user}`, mail, isSynchronized));
          }
          const { summary } = await engine.runRound(false, signal);
          assert.notEqual(summary.outcome, 'failed', summary.error ?? '');
        }
        await using other = await openTestStore(fresh.path);
        await testEngine(other, tenant, new ManualClock(), settings, noLimits).runRound(true, signal);
        assert.deepEqual(await people(store), await people(other));
      }),
      { numRuns: 40 },
    );
  });
});
