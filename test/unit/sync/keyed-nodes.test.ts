import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { KeyedNodes } from '../../../src/sync/keyed-nodes.ts';

describe('nodes under keys', () => {
  it('are found by their keys, and those that share one are told in the order of adding', () => {
    const pairs = fc.array(fc.tuple(fc.nat(40), fc.nat(0xffff_ffff)), { maxLength: 300 });
    fc.assert(
      fc.property(pairs, (added) => {
        const nodes = new KeyedNodes();
        for (const [key, node] of added) nodes.add(key, node);
        const times = (key: number): number => added.filter(([other]) => other === key).length;
        for (let key = 0; key <= 41; key++) assert.equal(nodes.has(key), times(key) > 0);
        assert.deepEqual(
          nodes.shared(),
          added.filter(([key]) => times(key) > 1).map(([, node]) => node),
        );
      }),
      { seed: 20261121 },
    );
  });

  it('are found when some were added after the last question', () => {
    const nodes = new KeyedNodes();
    assert.equal(nodes.has(7), false);
    nodes.add(7, 1);
    assert.equal(nodes.has(7), true);
  });
});
