import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { editDistance, nearest } from '../../../src/config/nearest.ts';

describe('the nearest known word', () => {
  const distances: readonly [string, string, number][] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['interval', 'interval', 0],
    ['interval', 'intervall', 1],
    ['baseDn', 'basedn', 1],
    ['groups', 'gruops', 1],
    ['kitten', 'sitting', 3],
  ];
  for (const [left, right, expected] of distances) {
    it(`puts a distance of ${expected} between ${JSON.stringify(left)} and ${JSON.stringify(right)}`, () => {
      assert.equal(editDistance(left, right), expected);
      assert.equal(editDistance(right, left), expected);
    });
  }

  it('has distance 0 only for equal words, and never more than the longer word has characters', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (left, right) => {
        const distance = editDistance(left, right);
        assert.equal(distance === 0, left === right);
        assert.ok(distance <= Math.max(left.length, right.length));
        assert.ok(distance >= Math.abs(left.length - right.length));
      }),
    );
  });

  it('finds what was meant despite letter case, hyphens, underscores and slips', () => {
    const known = ['baseDn', 'users', 'groups', 'services'];
    assert.equal(nearest('base_dn', known), 'baseDn');
    assert.equal(nearest('base-dn', known), 'baseDn');
    assert.equal(nearest('BASEDN', known), 'baseDn');
    assert.equal(nearest('user', known), 'users');
    assert.equal(nearest('gruops', known), 'groups');
  });

  it('suggests nothing when nothing is close', () => {
    assert.equal(nearest('password', ['baseDn', 'users', 'groups']), undefined);
    assert.equal(nearest('anything', []), undefined);
  });
});
