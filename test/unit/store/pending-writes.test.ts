import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { hashBytes } from '../../../src/store/hash-bytes.ts';
import { PendingWrites } from '../../../src/store/pending-writes.ts';

const hashOf = (key: Uint8Array): number => hashBytes(key, key.length);
const key = fc.integer({ min: 0, max: 40 }).map((number) => Buffer.from(`key ${number}`));
const write = fc.tuple(key, fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined }));

describe('pending writes', () => {
  it('have the last value of each key, and know what is to be deleted', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 400 }), (writes) => {
        const pending = new PendingWrites();
        const expected = new Map<string, Uint8Array | undefined>();
        for (const [name, value] of writes) {
          pending.set(name, hashOf(name), value);
          expected.set(name.toString(), value);
        }
        for (let number = 0; number <= 40; number++) {
          const name = Buffer.from(`key ${number}`);
          const value = expected.get(name.toString());
          const known = expected.has(name.toString())
            ? value === undefined
              ? 'deleted'
              : Buffer.from(value)
            : 'unknown';
          assert.deepEqual(pending.get(name, hashOf(name)), known);
        }
      }),
      { seed: 20261122, numRuns: 50 },
    );
  });

  it('keep what the caller writes over, and give away what stays as it is', () => {
    const pending = new PendingWrites();
    const name = Buffer.from('key');
    const value = Buffer.from('first');
    pending.set(name, hashOf(name), value);
    value.write('other');
    const got = pending.get(name, hashOf(name));
    pending.clear();
    assert.equal(pending.get(name, hashOf(name)), 'unknown');
    pending.set(name, hashOf(name), Buffer.from('third'));
    assert.deepEqual(got, Buffer.from('first'));
  });
});
