import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { hashBytes } from '../../../src/store/hash-bytes.ts';
import { KeyFilter } from '../../../src/store/key-filter.ts';

const hashOf = (key: Uint8Array): number => hashBytes(key, key.length);

describe('key filter', () => {
  it('never denies a key that was added', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (keys) => {
        const filter = new KeyFilter();
        for (const key of keys) filter.add(hashOf(key));
        for (const key of keys) assert.ok(filter.mayHold(hashOf(key)));
      }),
      { seed: 20261121, numRuns: 20 },
    );
  });

  it('denies nearly all others, keys that follow each other included', () => {
    const filter = new KeyFilter();
    const key = (number: number): Buffer => {
      const bytes = Buffer.from('\x01\x31----');
      bytes.writeUInt32BE(number, 2);
      return bytes;
    };
    for (let i = 0; i < 100_000; i++) filter.add(hashOf(key(i)));
    let wrong = 0;
    for (let i = 100_000; i < 200_000; i++) if (filter.mayHold(hashOf(key(i)))) wrong++;
    assert.ok(wrong < 100, `${wrong} of 100,000`);
  });

  it('denies everything when it is new', () => {
    assert.equal(new KeyFilter().mayHold(hashOf(Buffer.from('key'))), false);
  });
});
