import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { backoffMs } from '../../../src/timing/backoff.ts';

const bounds = { baseMs: 500, maxMs: 30_000 };
const almostOne = 1 - Number.EPSILON / 2;

describe('backoffMs', () => {
  it('doubles the longest wait with every failure', () => {
    const longest = [1, 2, 3, 4].map((failures) => Math.round(backoffMs(failures, bounds, () => almostOne)));
    assert.deepEqual(longest, [500, 1000, 2000, 4000]);
  });

  it('draws from the whole interval down to nothing (full jitter)', () => {
    assert.equal(
      backoffMs(5, bounds, () => 0),
      0,
    );
    assert.equal(
      backoffMs(2, bounds, () => 0.25),
      250,
    );
  });

  it('stays a number between 0 and the bound for any count of failures (P8)', () => {
    const failures = fc.oneof(fc.integer({ min: -5, max: 100 }), fc.constantFrom(1e6, Number.MAX_SAFE_INTEGER));
    fc.assert(
      fc.property(failures, fc.double({ min: 0, max: almostOne, noNaN: true }), (count, drawn) => {
        const wait = backoffMs(count, bounds, () => drawn);
        assert.ok(wait >= 0 && wait <= bounds.maxMs);
      }),
    );
  });
});
