import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ObjectId } from '../../../src/identity/ids.ts';
import { parseObjectId } from '../../../src/identity/ids.ts';
import { NodeTable } from '../../../src/store/node-table.ts';

function objectId(number: number): ObjectId {
  const id = parseObjectId(`00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`);
  return id ?? assert.fail('no object id');
}

const guid = fc.uuid().map((text) => parseObjectId(text) ?? assert.fail('no object id'));

describe('node table', () => {
  it('has the last node of each object', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(guid, fc.nat()), { maxLength: 3_000 }), guid, (pairs, stranger) => {
        const table = new NodeTable(10_000, false);
        for (const [id, node] of pairs) table.set(id, node);
        for (const [id, node] of new Map(pairs)) assert.equal(table.get(id), node);
        if (!pairs.some(([id]) => id === stranger)) assert.equal(table.get(stranger), undefined);
      }),
      { seed: 20261122, numRuns: 20 },
    );
  });

  it('keeps as many as it may, and forgets them for one more (P8)', () => {
    const table = new NodeTable(3_000, true);
    for (let number = 0; number < 3_000; number++) table.set(objectId(number), number);
    assert.equal(table.get(objectId(0)), 0);
    assert.equal(table.isComplete, true);
    table.set(objectId(3_000), 3_000);
    assert.equal(table.get(objectId(0)), undefined);
    assert.equal(table.get(objectId(3_000)), 3_000);
    assert.equal(table.isComplete, false, 'of what it has forgotten it cannot say that it has no node');
  });

  it('stays complete when there was nothing to forget', () => {
    const table = new NodeTable(10, true);
    table.clear();
    assert.equal(table.isComplete, true);
  });
});
