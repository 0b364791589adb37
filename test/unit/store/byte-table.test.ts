import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ByteTable } from '../../../src/store/byte-table.ts';

const keys = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 3_000 });

describe('byte table', () => {
  it('numbers keys in the order in which they come, each once, and has them as they came', () => {
    fc.assert(
      fc.property(keys, (added) => {
        const table = new ByteTable();
        const numbers = new Map<string, number>();
        for (const key of added) {
          const name = Buffer.from(key).toString('hex');
          const number = numbers.get(name) ?? numbers.size;
          numbers.set(name, number);
          assert.equal(table.add(key), number);
        }
        assert.equal(table.size, numbers.size);
        for (const [name, number] of numbers) {
          assert.equal(table.find(Buffer.from(name, 'hex')), number);
          assert.equal(table.key(number).toString('hex'), name);
        }
      }),
      { seed: 20261122, numRuns: 30 },
    );
  });

  it('tells a key from its beginning, and keeps what the caller writes over', () => {
    const table = new ByteTable();
    const bytes = Buffer.from('abcd');
    assert.equal(table.add(bytes, 2), 0);
    assert.equal(table.find(bytes), -1);
    bytes.write('xy');
    assert.equal(table.find(Buffer.from('ab')), 0);
    assert.equal(table.find(Buffer.from('xy')), -1);
  });

  it('knows nothing after it was emptied, and numbers anew', () => {
    const table = new ByteTable();
    for (let i = 0; i < 5_000; i++) table.add(Buffer.from(`key ${i}`));
    table.clear();
    assert.equal(table.size, 0);
    assert.equal(table.find(Buffer.from('key 7')), -1);
    assert.equal(table.add(Buffer.from('key 7')), 0);
  });

  it('tells keys of one hash apart', () => {
    const table = new ByteTable();
    assert.equal(table.add(Buffer.from('one'), 3, 42), 0);
    assert.equal(table.add(Buffer.from('two'), 3, 42), 1);
    assert.equal(table.find(Buffer.from('two'), 42), 1);
    assert.equal(table.find(Buffer.from('six'), 42), -1);
  });
});
