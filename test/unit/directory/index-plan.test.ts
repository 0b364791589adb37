import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Candidates } from '../../../src/directory/filter-node.ts';
import { allCandidates } from '../../../src/directory/filter-node.ts';
import {
  idSetOf,
  idSetOfUnsorted,
  intersectRanges,
  normalizeRanges,
  unionOfSets,
} from '../../../src/directory/id-sets.ts';
import { lookUpPrefixes, planNow, wantsLookup } from '../../../src/directory/index-plan.ts';
import type { IndexPlan } from '../../../src/directory/index-plan.ts';
import type { IdRange, IdSet } from '../../../src/directory/reader.ts';

const limits = { unionIdsMax: 100, prefixIdsMax: 100 };
const idsOf = (set: IdSet | undefined): readonly number[] => [...(set?.blocks() ?? [])].flatMap((block) => [...block]);
const ids = (...list: readonly number[]): Candidates => ({ kind: 'ids', ids: idSetOfUnsorted(list) });
const ranges = (...list: readonly (readonly [number, number])[]): Candidates => ({
  kind: 'ranges',
  ranges: list.map(([from, to]) => ({ from, to })),
});
const and = (...parts: readonly Candidates[]): Candidates => ({ kind: 'and', parts });
const or = (...parts: readonly Candidates[]): Candidates => ({ kind: 'or', parts });
const prefix: Candidates = { kind: 'prefix', attribute: 'uid', prefix: Buffer.from('a') };
const upTo = (count: number): Candidates => ids(...Array.from({ length: count }, (_, index) => index));

function admits(plan: IndexPlan, id: number): boolean {
  if (plan.ids !== undefined && !plan.ids.has(id)) return false;
  if (!plan.within.every((set) => set.has(id))) return false;
  return plan.ranges?.some((range) => range.from <= id && id <= range.to) ?? true;
}

describe('An index plan', () => {
  it('walks the smallest set of an AND, inside the ranges that all parts share', () => {
    const plan = planNow(and(upTo(50), ids(3, 4, 90), ranges([0, 10]), ranges([4, 20]), allCandidates), limits);
    assert.deepEqual(idsOf(plan.ids), [3, 4, 90]);
    assert.deepEqual(plan.ranges, [{ from: 4, to: 10 }]);
    assert.deepEqual(plan.within, [], 'three entries are read sooner than looked up in other sets');
  });

  it('narrows a large set by the others', () => {
    const plan = planNow(and(upTo(50), upTo(60)), limits);
    assert.equal(plan.ids?.size, 50);
    assert.deepEqual(
      plan.within.map((set) => set.size),
      [60],
    );
  });

  it('is empty as soon as one part of an AND is', () => {
    for (const empty of [ids(), ranges(), or(), and(allCandidates, ids())]) {
      const plan = planNow(and(upTo(50), empty), limits);
      assert.equal(plan.ids?.size, 0);
    }
  });

  it('unites the sets of an OR, up to the limit and not one more (P8)', () => {
    assert.deepEqual(idsOf(planNow(or(ids(5, 1), ids(3, 1), ids()), limits).ids), [1, 3, 5]);
    assert.equal(planNow(or(upTo(60), upTo(40)), limits).ids?.size, 60);
    assert.equal(planNow(or(upTo(60), upTo(41)), limits).ids, undefined);
  });

  it('puts sets and ranges of an OR side by side, and is everywhere when one part is', () => {
    assert.deepEqual(planNow(or(ranges([10, 20]), ids(5, 11, 21)), limits).ranges, [
      { from: 5, to: 5 },
      { from: 10, to: 21 },
    ]);
    const everywhere = planNow(or(ids(1), allCandidates, ranges([1, 2])), limits);
    assert.ok(admits(everywhere, 0) && admits(everywhere, 4_294_967_295));
    const tooMany = planNow(or(ranges([10, 20]), upTo(60), upTo(41)), limits);
    assert.ok(admits(tooMany, 5000));
  });

  it('waits for prefixes only when that narrows', () => {
    assert.equal(wantsLookup(prefix, limits), true);
    assert.equal(wantsLookup(and(prefix, ids(1, 2)), limits), false);
    assert.equal(wantsLookup(and(prefix, ranges()), limits), false);
    assert.equal(wantsLookup(and(prefix, upTo(50), ranges([0, 10])), limits), true);
    assert.equal(wantsLookup(or(prefix, ids(1)), limits), true);
    assert.equal(wantsLookup(or(prefix, allCandidates), limits), false);
    assert.equal(wantsLookup(or(ids(1), ids(2)), limits), false);
  });

  it('puts what a prefix finds in its place, or everything when it finds too much', async () => {
    const asked: number[] = [];
    const reader = (found: Uint32Array | undefined) => ({
      postingsByPrefix: (attribute: string, bytes: Buffer, limit: number): Promise<Uint32Array | undefined> => {
        assert.deepEqual([attribute, bytes.toString()], ['uid', 'a']);
        asked.push(limit);
        return Promise.resolve(found);
      },
    });
    const found = await lookUpPrefixes(or(prefix, ids(9)), reader(Uint32Array.of(2, 7)), limits);
    assert.deepEqual(idsOf(planNow(found, limits).ids), [2, 7, 9]);
    const everything = await lookUpPrefixes(prefix, reader(undefined), limits);
    assert.ok(admits(planNow(everything, limits), 123));
    assert.deepEqual(asked, [100, 100]);
  });

  it('never loses an id that its filter admits', () => {
    const leaf = fc.oneof(
      fc.constant(allCandidates),
      fc.array(fc.nat(40), { maxLength: 30 }).map((list) => ids(...list)),
      fc
        .array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 3 })
        .map((list) => ranges(...list.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const))),
    );
    const tree = fc.letrec<{ node: Candidates }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }).map((parts) => and(...parts)),
        fc.array(tie('node'), { maxLength: 4 }).map((parts) => or(...parts)),
      ),
    })).node;
    const means = (candidates: Candidates, id: number): boolean => {
      switch (candidates.kind) {
        case 'all':
        case 'prefix':
          return true;
        case 'ids':
          return candidates.ids.has(id);
        case 'ranges':
          return candidates.ranges.some((range) => range.from <= id && id <= range.to);
        case 'and':
          return candidates.parts.every((part) => means(part, id));
        case 'or':
          return candidates.parts.some((part) => means(part, id));
      }
    };
    fc.assert(
      fc.property(tree, fc.constantFrom(3, 20, 1000), (candidates, unionIdsMax) => {
        const plan = planNow(candidates, { unionIdsMax, prefixIdsMax: 1 });
        for (let id = 0; id <= 41; id++) if (means(candidates, id)) assert.ok(admits(plan, id), String(id));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('Sets of ids', () => {
  it('walk from any id on', () => {
    const set = idSetOf(Uint32Array.of(2, 4, 8));
    assert.deepEqual(
      [0, 2, 3, 8, 9].map((from) => [...set.blocks(from)].flatMap((block) => [...block])),
      [[2, 4, 8], [2, 4, 8], [4, 8], [8], []],
    );
    assert.deepEqual([set.has(4), set.has(5), set.size], [true, false, 3]);
  });

  it('are united as sets are', () => {
    const list = fc.array(fc.nat(50));
    fc.assert(
      fc.property(fc.array(list, { maxLength: 5 }), (lists) => {
        const union = unionOfSets(
          lists.map((each) => idSetOfUnsorted(each)),
          1000,
        );
        assert.deepEqual(
          idsOf(union),
          [...new Set(lists.flat())].sort((a, b) => a - b),
        );
      }),
    );
  });
});

describe('Ranges of ids', () => {
  const rangeList = fc
    .array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 6 })
    .map((list): readonly IdRange[] => list.map(([from, to]) => ({ from, to })));
  const has = (list: readonly IdRange[], id: number): boolean => list.some(({ from, to }) => from <= id && id <= to);

  it('are intersected and joined as sets are, ascending and disjoint', () => {
    fc.assert(
      fc.property(rangeList, rangeList, (left, right) => {
        const [a, b] = [normalizeRanges(left), normalizeRanges(right)];
        const common = intersectRanges(a, b);
        for (let id = 0; id <= 31; id++) {
          assert.equal(has(a, id), has(left, id));
          assert.equal(has(common, id), has(left, id) && has(right, id));
        }
        for (const list of [a, common]) {
          for (const [index, range] of list.entries()) {
            assert.ok(range.from <= range.to && (index === 0 || range.from > (list[index - 1]?.to ?? -1)));
          }
        }
      }),
    );
  });
});
