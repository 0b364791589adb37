import assert from 'node:assert/strict';
import { idSetOf } from '../../../src/directory/id-sets.ts';
import type { IdSet } from '../../../src/directory/reader.ts';
import { LookupCache } from '../../../src/store/lookup-cache.ts';

const idsOf = (set: IdSet | undefined): number[] | undefined => set && [...set.blocks()].flatMap((block) => [...block]);

describe('what is remembered of lookups', () => {
  let cache: LookupCache;
  let reads: string[];

  beforeEach(() => {
    cache = new LookupCache();
    reads = [];
  });

  const name = (dn: string, found: number | undefined = 7): number | undefined =>
    cache.name(dn, (asked) => {
      reads.push(asked);
      return found;
    });

  const set = (attribute: string, key: string, ids: readonly number[] | undefined): number[] | undefined =>
    idsOf(
      cache.set(attribute, Buffer.from(key), (asked, of) => {
        reads.push(`${asked}=${of.toString()}`);
        return ids && idSetOf(Uint32Array.from(ids));
      }),
    );

  it('answers for a name and a value without reading again', () => {
    assert.equal(name('dc=example'), 7);
    assert.equal(name('dc=example', 8), 7);
    assert.deepEqual(set('uid', 'alice', [3, 9]), [3, 9]);
    assert.deepEqual(set('uid', 'alice', [4]), [3, 9]);
    assert.deepEqual(reads, ['dc=example', 'uid=alice']);
  });

  it('keeps apart the same value of two attributes, and values that differ in one octet above 127', () => {
    assert.deepEqual(set('uid', 'alice', [1]), [1]);
    assert.deepEqual(set('cn', 'alice', [2]), [2]);
    const [first, second] = [Buffer.from([0xc3, 0xa4]), Buffer.from([0xc3, 0xa5])];
    assert.deepEqual(idsOf(cache.set('cn', first, () => idSetOf(Uint32Array.of(3)))), [3]);
    assert.deepEqual(idsOf(cache.set('cn', second, () => idSetOf(Uint32Array.of(4)))), [4]);
  });

  it('looks each time for what was not found, so that it takes no place', () => {
    cache.name('cn=nobody', () => undefined);
    assert.equal(name('cn=nobody'), 7);
    assert.equal(set('uid', 'nobody', undefined), undefined);
    assert.deepEqual(set('uid', 'nobody', [5]), [5]);
  });

  it('remembers sets of 16 ids and names and values of 128 characters, and none beyond (P8)', () => {
    const sixteen = Array.from({ length: 16 }, (_, i) => i);
    set('ou', 'sixteen', sixteen);
    set('ou', 'seventeen', [...sixteen, 16]);
    set('ou', 'v'.repeat(128), [1]);
    set('ou', 'v'.repeat(129), [1]);
    name('n'.repeat(128));
    name('n'.repeat(129));
    reads = [];
    assert.deepEqual(set('ou', 'sixteen', []), sixteen);
    assert.equal(set('ou', 'seventeen', [...sixteen, 16])?.length, 17);
    set('ou', 'v'.repeat(128), [1]);
    set('ou', 'v'.repeat(129), [1]);
    name('n'.repeat(128));
    name('n'.repeat(129));
    assert.deepEqual(reads, ['ou=seventeen', `ou=${'v'.repeat(129)}`, 'n'.repeat(129)]);
  });

  it('forgets what was not asked for among 32,768 others, and not what was (P8)', () => {
    name('used');
    name('unused');
    for (let i = 0; i < 40_000; i++) {
      cache.name(`other ${i}`, () => i);
      if (i % 1000 === 0) name('used');
    }
    reads = [];
    name('used');
    name('unused');
    assert.deepEqual(reads, ['unused']);
  });
});
