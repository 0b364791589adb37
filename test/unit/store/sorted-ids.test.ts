import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { differenceOf, isAmong } from '../../../src/store/sorted-ids.ts';

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 60 })).map((list) => Uint32Array.from(list).sort());

describe('ascending ids', () => {
  it('differ in what one list has and the other has not', () => {
    fc.assert(
      fc.property(ids, ids, (old, next) => {
        const { added, removed } = differenceOf(old, next);
        assert.deepEqual(
          added,
          [...next].filter((id) => !old.includes(id)),
        );
        assert.deepEqual(
          removed,
          [...old].filter((id) => !next.includes(id)),
        );
      }),
      { seed: 20261122 },
    );
  });

  it('are found where they are, and nowhere else', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 0, max: 60 }), (list, id) => {
        assert.equal(isAmong(list, id), list.includes(id));
      }),
      { seed: 20261122 },
    );
  });
});
