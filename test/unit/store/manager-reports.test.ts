import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import type { DirectoryChange, ObjectPage } from '../../../src/identity/change.ts';
import type { ObjectId } from '../../../src/identity/ids.ts';
import type { Mirror } from '../../../src/identity/mirror.ts';
import { modelId } from '../../support/model-tenant.ts';
import { cutWritesAfter, openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const boss = modelId('user', 100);
const other = modelId('user', 101);
const anna = modelId('user', 1);
const ben = modelId('user', 2);

function user(id: ObjectId, manager?: ObjectId | null): DirectoryChange {
  return { kind: 'user', id, properties: { displayName: id, ...(manager === undefined ? {} : { manager }) } };
}

const removed = (id: ObjectId): DirectoryChange => ({ kind: 'removed', id, reason: 'changed' });
const outside = (id: ObjectId): DirectoryChange => ({ kind: 'user', id, properties: {}, outOfScope: true });
const page = (...changes: DirectoryChange[]): ObjectPage => ({ changes, rejected: [] });

/** The object ids of somebody's reports; nobody's, when the manager was never mentioned. */
async function reportsOf(mirror: Mirror, manager: ObjectId): Promise<(ObjectId | undefined)[]> {
  const node = mirror.nodeOf(manager);
  return node === undefined ? [] : [...(await mirror.reportsOf(node))].map((each) => mirror.objectIdOf(each));
}

describe('the reports of a manager (PAIN-18)', () => {
  it('are known before the manager is, and stay when the manager comes, goes and comes back', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user(anna, boss), user(ben, boss)), 1, '{}');
    assert.deepEqual(await reportsOf(mirror, boss), [anna, ben]);
    assert.equal(mirror.record(mirror.nodeOf(boss) ?? 0), undefined, 'nothing is known of the manager');
    for (const change of [user(boss), removed(boss), user(boss), outside(boss)]) {
      await mirror.applyPage(page(change), 1, '{}');
      assert.deepEqual(await reportsOf(mirror, boss), [anna, ben], change.kind);
    }
  });

  it('follow the person from manager to manager, and away, also within one page', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user(anna, boss)), 1, '{}');
    await mirror.applyPage(page(user(anna, other)), 1, '{}');
    assert.deepEqual([await reportsOf(mirror, boss), await reportsOf(mirror, other)], [[], [anna]]);
    await mirror.applyPage(page(user(anna)), 1, '{}');
    assert.deepEqual(await reportsOf(mirror, other), [anna], 'a page that says nothing of the manager changes nothing');
    await mirror.applyPage(page(user(anna, null)), 1, '{}');
    assert.deepEqual(await reportsOf(mirror, other), []);
    await mirror.applyPage(page(user(anna, boss), user(anna, null), user(anna, other), user(anna, boss)), 1, '{}');
    assert.deepEqual([await reportsOf(mirror, boss), await reportsOf(mirror, other)], [[anna], []]);
  });

  it('keep a manager who is soft-deleted while everything is read anew, for nobody tells of it when the manager is restored', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user(boss), user(other), user(anna, boss), user(ben, other)), 1, '{}');
    // A list says null where a delta query says nothing; who is gone is known before, in the middle, or only at the end.
    for (const [generation, said, gone] of [
      [2, undefined, removed(boss)],
      [4, null, undefined],
    ] as const) {
      await mirror.applyPage(page(user(anna, said), user(ben, said)), generation, '{}', { keeps: [] });
      await mirror.applyPage(page(user(other), ...(gone === undefined ? [] : [gone])), generation, '{}', { keeps: [] });
      await mirror.sweep('users', generation, signal);
      assert.deepEqual(await reportsOf(mirror, other), [], 'who is there and is not told of is no manager any more');
      assert.equal(mirror.record(mirror.nodeOf(ben) ?? 0)?.properties['manager'], undefined);
      assert.deepEqual(await reportsOf(mirror, boss), [anna]);
      await mirror.applyPage(page(user(boss), user(ben, other)), generation + 1, '{}');
      assert.equal(mirror.record(mirror.nodeOf(anna) ?? 0)?.properties['manager'], boss);
    }
    await mirror.applyPage(page(user(boss), user(anna), user(anna, other)), 6, '{}', { keeps: [] });
    await mirror.sweep('users', 6, signal);
    assert.deepEqual(
      [await reportsOf(mirror, boss), await reportsOf(mirror, other)],
      [[], [anna]],
      'another is told of',
    );
  });

  it('are only people who are live and in scope', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    const ways: readonly [how: string, away: () => Promise<unknown>][] = [
      ['deleted', () => mirror.applyPage(page(removed(anna)), 1, '{}')],
      ['narrowed away', () => mirror.applyPage(page(outside(anna)), 1, '{}')],
      ['not admitted', () => mirror.keepAdmitted('users', new Set([ben]), signal)],
      ['not seen by a full enumeration', () => mirror.sweep('users', 2, signal)],
    ];
    for (const [how, away] of ways) {
      await mirror.applyPage(page(user(anna, boss)), 1, '{}');
      await mirror.applyPage(page(user(ben, boss)), 2, '{}');
      assert.deepEqual(await reportsOf(mirror, boss), [anna, ben], how);
      await away();
      assert.deepEqual(await reportsOf(mirror, boss), [ben], how);
    }
    await mirror.applyPage(page(user(anna)), 2, '{}');
    assert.deepEqual(await reportsOf(mirror, boss), [ben], 'who comes back has no manager until one is named');
  });

  it('keep a manager whom a full enumeration tells of at least once, and lose one whom it never tells of', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    const anew = { keeps: [] };
    const enumerate = async (generation: number, ...changes: DirectoryChange[]): Promise<void> => {
      for (const change of changes) await mirror.applyPage(page(change), generation, '{}', anew);
      await mirror.sweep('users', generation, signal);
    };
    await enumerate(1, user(boss), user(anna, boss));
    for (const [generation, listed] of [
      [2, [user(anna, boss), user(anna)]],
      [3, [user(anna), user(anna, boss)]],
      [4, [user(anna, boss), user(anna), user(anna, boss)]],
    ] as const) {
      await enumerate(generation, user(boss), ...listed);
      assert.deepEqual(await reportsOf(mirror, boss), [anna], `in enumeration ${generation}`);
    }
    await enumerate(5, user(boss), user(anna), user(anna));
    assert.deepEqual(await reportsOf(mirror, boss), []);
  });

  it('are those whose records name the manager, after any pages and an end of the process at any write (P3)', async () => {
    const people = [1, 2, 3, 4].map((number) => modelId('user', number));
    const person = fc.constantFrom(...people);
    const change = fc.oneof(
      fc.tuple(person, fc.option(person, { nil: null })).map(([id, manager]) => user(id, manager)),
      person.map((id) => user(id)),
      person.map(removed),
      person.map(outside),
    );
    const step = fc.record({
      changes: fc.array(change, { maxLength: 6 }),
      anew: fc.boolean(),
      sweep: fc.boolean(),
      admitted: fc.option(fc.uniqueArray(person), { nil: undefined }),
      cut: fc.option(fc.nat(2), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        using folder = temporaryFolder();
        let store = await openTestStore(folder.path);
        let generation = 1;
        for (const { changes, anew, sweep, admitted, cut } of steps) {
          if (anew) generation++;
          try {
            using _cut = cut === undefined ? undefined : cutWritesAfter(cut);
            const { mirror } = store;
            await mirror.applyPage(page(...changes), generation, '{}', anew ? { keeps: [] } : undefined);
            if (sweep) await mirror.sweep('users', generation, signal);
            if (admitted !== undefined) await mirror.keepAdmitted('users', new Set(admitted), signal);
          } catch (error) {
            assert.equal(error instanceof Error ? error.name : error, 'WriteCutError', String(error));
            await store[Symbol.asyncDispose]();
            store = await openTestStore(folder.path);
          }
          await assertIndexed(store.mirror, people);
        }
        await store[Symbol.asyncDispose]();
      }),
      { seed: 18, numRuns: 20 },
    );
  });
});

async function assertIndexed(mirror: Mirror, people: readonly ObjectId[]): Promise<void> {
  const managers = new Map<unknown, ObjectId[]>();
  for await (const records of mirror.records('users')) {
    for (const { objectId, properties } of records) {
      const manager = properties['manager'];
      if (manager !== undefined) managers.set(manager, [...(managers.get(manager) ?? []), objectId]);
    }
  }
  for (const id of people) assert.deepEqual(await reportsOf(mirror, id), managers.get(id) ?? [], id);
}
