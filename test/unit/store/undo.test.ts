import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { standardSchema } from '../../../src/directory/schema.ts';
import { parseTenantId } from '../../../src/identity/ids.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { composeMembers, decodeMembersChange, encodeMembersChange } from '../../../src/store/undo-codec.ts';
import type { UndoLimits } from '../../../src/store/undo-recorder.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { ModelTenant } from '../../support/model-tenant.ts';
import { cutWritesAfter, openSettings, testEngine } from '../../support/sync-bench.ts';
import { putPerson, syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const ids = fc.uniqueArray(fc.nat(60), { maxLength: 20 });
const usual: UndoLimits = { publicationsMax: 10, bytesMax: 1024 * 1024, ageMaxMs: 86_400_000 };

describe('what a publish notes in order to be undone', function () {
  this.timeout(120_000);
  it('keeps changes of members as they were given', () => {
    fc.assert(
      fc.property(ids, ids, (added, removed) => {
        assert.deepEqual(decodeMembersChange(encodeMembersChange({ added, removed })), { added, removed });
      }),
    );
  });

  it('makes one change of two that follow each other', () => {
    fc.assert(
      fc.property(ids, ids, ids, (first, second, third) => {
        const change = (from: readonly number[], to: readonly number[]) => ({
          added: to.filter((id) => !from.includes(id)),
          removed: from.filter((id) => !to.includes(id)),
        });
        const { added, removed } = composeMembers(change(first, second), change(second, third));
        const expected = change(first, third);
        assert.deepEqual([new Set(added), new Set(removed)], [new Set(expected.added), new Set(expected.removed)]);
      }),
    );
  });

  describe('in a store', () => {
    let folder: ReturnType<typeof temporaryFolder>;
    let tenant: ModelTenant;
    const clock = new ManualClock();
    let store: Store;

    beforeEach(async () => {
      folder = temporaryFolder();
      tenant = syncTenant();
      store = await open(usual);
      await publish();
    });

    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    function open(undo: UndoLimits, publishBatchOperations = 5000): Promise<Store> {
      const tenantId = parseTenantId('11111111-2222-4333-8444-555555555555') ?? assert.fail('not a tenant id');
      return openStore({ directory: folder.path, tenantId, schema: standardSchema, publishBatchOperations, undo });
    }

    async function reopen(undo: UndoLimits, batch?: number): Promise<void> {
      await store[Symbol.asyncDispose]();
      store = await open(undo, batch);
    }

    async function publish(settings = openSettings): Promise<void> {
      await clock.advance(1000);
      const { summary } = await testEngine(store, tenant, clock, settings).runRound(false, signal);
      assert.ok(['published', 'unchanged'].includes(summary.outcome), summary.error ?? summary.outcome);
    }

    async function rename(title: string): Promise<void> {
      putPerson(tenant, 5, title);
      await publish();
    }

    async function publications(): Promise<readonly number[]> {
      return (await store.view.undo.returnPoints()).points.map(({ publication }) => publication);
    }

    it('is kept for as many publications as are wanted, the newest', async () => {
      await reopen({ ...usual, publicationsMax: 3 });
      for (const title of ['A', 'B', 'C', 'D', 'E']) await rename(title);
      assert.deepEqual(await publications(), [5, 4, 3]);
      assert.equal((await store.view.undo.returnPoints()).end, 'forgotten');
    });

    it('is kept up to as many bytes as are wanted (P8)', async () => {
      await rename('A');
      const { points } = await store.view.undo.returnPoints();
      assert.equal(points.length, 1);
      // One such note takes more than 300 bytes, and three of them less than 4,000.
      await reopen({ ...usual, bytesMax: 4000 });
      for (let change = 0; change < 20; change++) await rename(`Title ${change}`);
      const kept = await publications();
      assert.ok(kept.length >= 1 && kept.length < 14, `${kept.length} are kept`);
      assert.deepEqual(
        kept,
        Array.from(kept, (_, i) => 21 - i),
      );
    });

    it('says so when a change was too large for it, and goes on with the next (P8)', async () => {
      await reopen({ ...usual, bytesMax: 2000 });
      for (let number = 0; number < 6; number++) putPerson(tenant, number, `Everybody ${number}`);
      await publish();
      assert.deepEqual(await store.view.undo.returnPoints(), { points: [], end: 'tooLarge' });
      assert.equal(await store.view.undo.earlier(1), undefined);
      await reopen(usual);
      await rename('A');
      assert.deepEqual(await publications(), [2]);
      assert.equal((await store.view.undo.returnPoints()).end, 'tooLarge');
    });

    it('is nothing when nothing is wanted', async () => {
      await rename('A');
      await reopen({ ...usual, publicationsMax: 0 });
      await rename('B');
      assert.deepEqual(await publications(), []);
    });

    it('is whole after a publish that was interrupted at any write and gone on with (P3)', async () => {
      const before = await dumpDirectory(store.source);
      let interrupted = 0;
      for (let writes = 1; ; writes++) {
        const publication = store.view.facts?.publication ?? 0;
        await reopen(usual, 1);
        for (let number = 0; number < 6; number++) putPerson(tenant, number, `Somebody ${number} ${writes}`);
        await clock.advance(1000);
        let isDone = false;
        {
          using _cut = cutWritesAfter(writes);
          isDone = (await testEngine(store, tenant, clock).runRound(false, signal)).summary.outcome === 'published';
        }
        if (!isDone) {
          await reopen(usual, 1);
          if (store.view.publishUnfinished) interrupted++;
          await publish();
        }
        const engine = testEngine(store, tenant, clock);
        await clock.advance(1000);
        await engine.rollBack(publication, 'command', signal);
        assert.deepEqual(await dumpDirectory(store.source), before, `after ${writes} writes`);
        await engine.decide(engine.hold?.hold ?? -1, 'approved');
        if (isDone) break;
      }
      assert.ok(interrupted > 2, `${interrupted} publishes were interrupted`);
    });

    it('does not reach back over a publish of a version that notes nothing', async () => {
      await rename('A');
      await rename('B');
      const [, newest] = [await publications(), store.view.facts?.publication];
      assert.equal(newest, 3);
      await reopen({ ...usual, publicationsMax: 0 });
      await rename('C');
      await reopen(usual);
      await rename('D');
      assert.deepEqual(await publications(), [4]);
    });
  });
});
