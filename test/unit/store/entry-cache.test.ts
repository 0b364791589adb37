import assert from 'node:assert/strict';
import { array, assert as assertProperty, nat, oneof, property, record } from 'fast-check';
import { EntryCache } from '../../../src/store/entry-cache.ts';

/** A value of so many bytes in the cache, what the cache takes for it included. */
const sized = (bytes: number): Buffer => Buffer.alloc(bytes - 64);
const stretch = (from: number, to: number, ...ids: number[]) => ({ from, to, ids: Uint32Array.from(ids) });

describe('the cache of entries', () => {
  it('gives up what was not used for longest when it is full (P8)', () => {
    const cache = new EntryCache(3000);
    for (const id of [1, 2, 3]) cache.set(id, sized(1000));
    cache.get(1);
    cache.set(4, sized(1000));
    assert.deepEqual(
      [1, 2, 3, 4].map((id) => cache.get(id) !== undefined),
      [true, false, true, true],
    );
  });

  it('lets a scan put in only what takes no place from others (P8)', () => {
    const cache = new EntryCache(3000);
    for (const id of [1, 2]) cache.set(id, sized(1000));
    cache.setIfRoom(3, sized(1000));
    cache.setIfRoom(4, sized(1000));
    assert.deepEqual(
      [1, 2, 3, 4].map((id) => cache.peek(id) !== undefined),
      [true, true, true, false],
    );
  });

  it('does not count a look of a scan as use', () => {
    const cache = new EntryCache(2000);
    for (const id of [1, 2]) cache.set(id, sized(1000));
    cache.peek(1);
    cache.set(3, sized(1000));
    assert.equal(cache.peek(1), undefined);
  });

  it('keeps no entry that would take the place of hundreds (P8)', () => {
    const cache = new EntryCache(1024 * 1024);
    cache.set(1, sized(17 * 1024));
    assert.equal(cache.get(1), undefined);
  });

  it('finds the stretch that holds an id, and where the next one begins', () => {
    const cache = new EntryCache(1000);
    cache.addStretch(stretch(10, 19, 12, 19));
    cache.addStretch(stretch(30, 39));
    assert.deepEqual(
      [9, 10, 19, 20, 30, 39, 40].map((id) => cache.stretchAt(id)?.from),
      [undefined, 10, 10, undefined, 30, 30, undefined],
    );
    assert.deepEqual(
      [0, 20, 40].map((id) => cache.nextStretch(id)),
      [10, 30, undefined],
    );
  });

  it('remembers no stretch that overlaps a known one', () => {
    const cache = new EntryCache(1000);
    cache.addStretch(stretch(10, 19, 12));
    for (const [from, to] of [
      [5, 10],
      [19, 25],
      [12, 13],
      [5, 25],
    ] as const)
      cache.addStretch(stretch(from, to));
    assert.equal(cache.stretchAt(5), undefined);
    assert.equal(cache.stretchAt(25), undefined);
    assert.deepEqual(cache.stretchAt(12)?.ids, Uint32Array.of(12));
  });

  it('forgets the stretch and the bytes of an entry that changed, came or went, and no other', () => {
    const cache = new EntryCache(10_000);
    cache.set(12, sized(100));
    cache.addStretch(stretch(10, 19, 12));
    cache.addStretch(stretch(20, 29));
    cache.delete(12);
    assert.equal(cache.get(12), undefined);
    assert.equal(cache.stretchAt(12), undefined);
    cache.delete(15);
    assert.equal(cache.stretchAt(25)?.from, 20);
  });

  it('names the ids of no more than a million entries (P8)', () => {
    const cache = new EntryCache(1000);
    cache.addStretch({ from: 0, to: 999_998, ids: new Uint32Array(999_999) });
    cache.addStretch({ from: 1_000_000, to: 1_000_010, ids: new Uint32Array(2) });
    assert.equal(cache.stretchAt(1_000_000), undefined);
    cache.addStretch({ from: 1_000_000, to: 1_000_010, ids: new Uint32Array(1) });
    assert.equal(cache.stretchAt(1_000_000)?.ids.length, 1);
    cache.delete(5);
    cache.addStretch({ from: 2_000_000, to: 2_000_010, ids: new Uint32Array(999_999) });
    assert.equal(cache.stretchAt(2_000_000)?.ids.length, 999_999);
  });

  it('knows after any order of learning and forgetting what a plain list would', () => {
    const learn = record({ from: nat(60), length: nat(8) });
    assertProperty(
      property(array(oneof(learn, nat(70)), { maxLength: 40 }), (steps) => {
        const cache = new EntryCache(1000);
        let plain: { from: number; to: number }[] = [];
        for (const step of steps) {
          if (typeof step === 'number') {
            cache.delete(step);
            plain = plain.filter(({ from, to }) => step < from || step > to);
            continue;
          }
          const [from, to] = [step.from, step.from + step.length];
          cache.addStretch(stretch(from, to));
          if (plain.every((known) => known.to < from || known.from > to)) plain.push({ from, to });
        }
        for (let id = 0; id < 80; id++) {
          const known = plain.find(({ from, to }) => from <= id && id <= to);
          assert.equal(cache.stretchAt(id)?.from, known?.from, `id ${id}`);
        }
      }),
    );
  });
});
