import assert from 'node:assert/strict';

import * as fc from 'fast-check';

import type { SortItem } from '../../../src/directory/sort.ts';
import { SortedRuns } from '../../../src/directory/sorted-runs.ts';

const byValue = (a: SortItem, b: SortItem): number => {
  const [left = '', right = ''] = [a.values[0], b.values[0]];
  return left === right ? a.id - b.id : left < right ? -1 : 1;
};

function runsOf(items: readonly SortItem[]): SortedRuns {
  const runs = new SortedRuns(byValue);
  for (const item of items) runs.add(item);
  return runs;
}

function itemsOf(count: number): SortItem[] {
  return Array.from({ length: count }, (_, id) => ({ id, values: [String((id * 7919) % 997)] }));
}

describe('SortedRuns', () => {
  for (const count of [0, 1, 1023, 1024, 1025, 2048, 10_000]) {
    it(`gives ${count} items in order, each once`, () => {
      const items = itemsOf(count);
      const runs = runsOf(items);
      assert.equal(runs.size, count);
      const taken: SortItem[] = [];
      for (let item = runs.next(); item !== undefined; item = runs.next()) taken.push(item);
      assert.deepEqual(taken, items.toSorted(byValue));
      assert.equal(runs.size, 0);
      assert.equal(runs.next(), undefined);
    });

    it(`gives ${count} items back by id when they are not to be sorted after all`, () => {
      const runs = runsOf(itemsOf(count));
      assert.deepEqual(runs.takeById(), itemsOf(count));
      assert.equal(runs.size, 0);
    });
  }

  it('agrees with sorting everything at once, whatever the values', () => {
    const values = fc.array(fc.string({ maxLength: 2 }), { minLength: 1500, maxLength: 4000 });
    fc.assert(
      fc.property(values, (texts) => {
        const items = texts.map((text, id) => ({ id, values: [text] }));
        const runs = runsOf(items);
        for (const expected of items.toSorted(byValue)) assert.equal(runs.next(), expected);
      }),
      { numRuns: 10 },
    );
  });
});
