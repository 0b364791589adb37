import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { targetPosition } from '../../../src/directory/list-view.ts';

const maxInt = 2_147_483_647;

describe('targetPosition (draft-ietf-ldapext-ldapv3-vlv-09)', () => {
  it('is always in the list, and grows with the offset', () => {
    const number = fc.integer({ min: 1, max: maxInt });
    fc.assert(
      fc.property(number, number, fc.integer({ min: 1, max: 1_000_000 }), (a, count, total) => {
        const offset = Math.min(a, count);
        const position = targetPosition(offset, count, total);
        assert.ok(position !== undefined && Number.isInteger(position) && position >= 1 && position <= total);
        if (offset > 1) assert.ok((targetPosition(offset - 1, count, total) ?? 0) <= position);
      }),
    );
  });

  it('is the offset itself when the client has our count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(), (total, n) => {
        const offset = (n % total) + 1;
        assert.equal(targetPosition(offset, total, total), offset);
      }),
    );
  });

  it('is nowhere outside of the list', () => {
    assert.equal(targetPosition(0, 0, 5), undefined);
    assert.equal(targetPosition(6, 0, 5), undefined);
    assert.equal(targetPosition(6, 5, 100), undefined);
    assert.equal(targetPosition(6, 0, 0), 0);
  });
});
