import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { nodeId } from '../../../src/identity/node.ts';
import { NodeNames } from '../../../src/sync/node-names.ts';

describe('node names', () => {
  it('are what a plain map would hold, in any order of setting and in any script', () => {
    const node = fc.record({ kind: fc.constantFrom('user' as const, 'group' as const), ordinal: fc.nat(5000) });
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(fc.tuple(node, name), { maxLength: 60 }), fc.array(node), (sets, probes) => {
        const names = new NodeNames();
        const model = new Map<number, string>();
        for (const [{ kind, ordinal }, text] of sets) {
          names.set(nodeId(kind, ordinal), text);
          model.set(nodeId(kind, ordinal), text);
        }
        for (const { kind, ordinal } of [...probes, ...sets.map(([each]) => each)]) {
          assert.equal(names.get(nodeId(kind, ordinal)), model.get(nodeId(kind, ordinal)));
        }
      }),
      { seed: 20261121 },
    );
  });

  it('are kept for users and groups only', () => {
    const names = new NodeNames();
    names.set(nodeId('other', 1), 'printer');
    assert.equal(names.get(nodeId('other', 1)), undefined);
  });
});
