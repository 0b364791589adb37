import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Writes } from '../../../src/store/write-batch.ts';
import { chunkCountMax } from '../../../src/store/set-codec.ts';
import { createSet, type SetOperation, updateSet } from '../../../src/store/set-update.ts';
import { readSet, type SetAddress } from '../../../src/store/stored-set.ts';

const COLUMN1_BELOW = 0x4000_0000;

/** A key-value store in memory that applies write operations. */
class Memory implements Writes {
  readonly entries = new Map<string, Buffer>();
  writes = 0;

  readonly get = (key: Buffer): Buffer | undefined => this.entries.get(key.toString('latin1'));

  put(key: Buffer, value: Buffer): void {
    this.writes += key.length + value.length;
    this.entries.set(key.toString('latin1'), value);
  }

  delete(key: Buffer): void {
    this.writes += key.length;
    this.entries.delete(key.toString('latin1'));
  }

  update(operations: readonly SetOperation[]): void {
    updateSet(this.get, address, operations, this);
  }
}

const address: SetAddress = {
  head: Buffer.from('head'),
  column1Below: COLUMN1_BELOW,
  chunk: (key) => Buffer.from(`chunk ${key}`),
};

function element(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([4, bytes.length]), bytes]);
}

function valuesOf(id: number, version: number): readonly Buffer[] {
  const dn = element(`dn-${id}-${version}`);
  return id < COLUMN1_BELOW ? [dn, element(`uid-${id}-${version}`)] : [dn];
}

function put(id: number, version = 0): SetOperation {
  return { id, values: valuesOf(id, version) };
}

function range(from: number, count: number, version = 0): SetOperation[] {
  return Array.from({ length: count }, (_, i) => put(from + i, version));
}

describe('stored sets', () => {
  it('holds what a plain map would hold after any sequence of updates', () => {
    const id = fc.oneof(
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: COLUMN1_BELOW, max: COLUMN1_BELOW + 300 }),
    );
    const update = fc.record({
      from: id,
      count: fc.integer({ min: 1, max: 900 }),
      remove: fc.boolean(),
      version: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(update, { maxLength: 12 }), (updates) => {
        const memory = new Memory();
        const model = new Map<number, number>();
        for (const { from, count, remove, version } of updates) {
          const ids = Array.from({ length: count }, (_, i) => from + i);
          memory.update(ids.map((member) => (remove ? { id: member, values: undefined } : put(member, version))));
          for (const member of ids) remove ? model.delete(member) : model.set(member, version);
        }
        const set = readSet(memory.get, address);
        const expected = [...model].sort(([a], [b]) => a - b);
        assert.deepEqual(
          [...(set?.ids() ?? [])],
          expected.map(([member]) => member),
        );
        assert.equal(set?.size ?? 0, model.size);
        const dns = Buffer.concat([...(set?.values(0).runs ?? [])]);
        assert.deepEqual(
          dns,
          Buffer.concat(expected.map(([member, version]) => valuesOf(member, version)[0] ?? Buffer.alloc(0))),
        );
        assert.equal(set?.values(0).byteLength ?? 0, dns.length);
        const uids = Buffer.concat([...(set?.values(1).runs ?? [])]);
        assert.deepEqual(
          uids,
          Buffer.concat(expected.map(([member, version]) => valuesOf(member, version)[1] ?? Buffer.alloc(0))),
        );
        assert.equal(set?.values(1).count ?? 0, expected.filter(([member]) => member < COLUMN1_BELOW).length);
        for (const column of [0, 1] as const) {
          const keep = (member: number): boolean => member % 7 > 2;
          const kept = set?.values(column, keep);
          const wanted = expected.flatMap(([member, version]) =>
            keep(member) ? (valuesOf(member, version)[column] ?? []) : [],
          );
          assert.deepEqual(Buffer.concat([...(kept?.runs ?? [])]), Buffer.concat(wanted));
          assert.equal(kept?.count ?? 0, wanted.length);
          assert.equal(kept?.byteLength ?? 0, Buffer.concat(wanted).length);
        }
        for (const probe of [0, 1500, 3000, COLUMN1_BELOW + 7])
          assert.equal(set?.has(probe) ?? false, model.has(probe));
        const from = 1234;
        const rest = [...(set?.blocks(from) ?? [])].flatMap((block) => [...block]);
        assert.deepEqual(
          rest,
          expected.map(([member]) => member).filter((member) => member >= from),
        );
        if (model.size === 0) assert.equal(memory.entries.size, 0, 'an empty set leaves nothing behind');
      }),
      { seed: 20261121, numRuns: 60 },
    );
  });

  it('holds at once what it would hold after one update, with values or without', () => {
    const ids = fc.uniqueArray(fc.nat(100_000), { maxLength: 1500, size: 'max' });
    fc.assert(
      fc.property(ids, fc.nat(400), fc.boolean(), (unsorted, groups, hasValues) => {
        const users = unsorted.toSorted((a, b) => a - b);
        const members = Uint32Array.from([...users, ...Array.from({ length: groups }, (_, i) => COLUMN1_BELOW + i)]);
        const created = new Memory();
        const values = hasValues ? (id: number) => valuesOf(id, 0) : undefined;
        for (const _chunk of createSet(address, members, values, created));
        const updated = new Memory();
        updated.update(Array.from(members, (id): SetOperation => ({ id, values: values?.(id) ?? [] })));
        assert.deepEqual(created.entries, updated.entries);
      }),
      { seed: 20261121, numRuns: 40 },
    );
  });

  it('rewrites one chunk and the list when one member joins a hundred thousand', () => {
    const memory = new Memory();
    memory.update(range(0, 50_000).map(({ id }) => put(id * 2)));
    memory.writes = 0;
    memory.update([put(50_001)]);
    assert.ok(memory.writes < 64 * 1024, `${memory.writes} bytes were written`);
    assert.equal(readSet(memory.get, address)?.size, 50_001);
  });

  it('keeps a chunk at the limit whole and splits it one past the limit (P8)', () => {
    const memory = new Memory();
    memory.update(range(0, chunkCountMax));
    const chunks = (): number => [...memory.entries.keys()].filter((key) => key.startsWith('chunk')).length;
    assert.equal(chunks(), 1);
    memory.update([put(chunkCountMax)]);
    assert.equal(chunks(), 2);
  });
});
