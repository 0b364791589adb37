import assert from 'node:assert/strict';
import { contentStart, elementEnd } from '../../src/directory/ber.ts';
import { normalizedRdns, normalizeDn, parseDn } from '../../src/directory/dn.ts';
import { encodeEntry, entryDn } from '../../src/directory/entry-codec.ts';
import { indexedAttributes, indexKey } from '../../src/directory/index-key.ts';
import type {
  DirectoryLease,
  DirectoryReader,
  DirectorySource,
  EntryId,
  IdRange,
  IdSet,
  LinkName,
} from '../../src/directory/reader.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../support/sample-directory.ts';

/** A published directory that the contract is asked of. */
export interface ContractSubject extends AsyncDisposable {
  readonly source: DirectorySource;
}

/** Publishes these entries, whose superiors are among them, in any storage. */
export type ContractFactory = (entries: readonly MemoryEntry[]) => Promise<ContractSubject>;

function keyOf(dn: string): string {
  const key = normalizeDn(dn);
  assert.ok(key !== undefined);
  return key;
}

function superior(dn: string): string {
  return normalizedRdns(parseDn(dn) ?? [])
    .slice(1)
    .join(',');
}

function idOf(reader: DirectoryReader, dn: string): EntryId {
  const id = reader.findDn(keyOf(dn));
  assert.ok(id !== undefined, `${dn} is there`);
  return id;
}

function covers(ranges: readonly IdRange[], id: EntryId): boolean {
  return ranges.some((range) => range.from <= id && id <= range.to);
}

function assertAscending(ids: readonly number[]): void {
  for (const [index, id] of ids.entries())
    assert.ok(index === 0 || id > (ids[index - 1] ?? id), `${ids.join(' ')} ascends`);
}

function listOf(set: IdSet | undefined, from?: EntryId): readonly number[] {
  return [...(set?.blocks(from) ?? [])].flatMap((block) => [...block]);
}

function assertSet(set: IdSet | undefined, wanted: readonly EntryId[]): void {
  const sorted = [...wanted].sort((a, b) => a - b);
  assert.deepEqual(listOf(set), sorted);
  assert.equal(set?.size ?? 0, sorted.length);
  for (const id of sorted) {
    assert.equal(set?.has(id), true);
    assert.deepEqual(
      listOf(set, id),
      sorted.filter((other) => other >= id),
    );
    assert.deepEqual(
      listOf(set, id + 1),
      sorted.filter((other) => other > id),
    );
  }
  assert.equal(set?.has(0xffff_fffe) ?? false, false);
}

function valuesIn(runs: Iterable<Buffer>): readonly string[] {
  const values: string[] = [];
  for (const run of runs) {
    let at = 0;
    while (at < run.length) {
      const end = elementEnd(run, at);
      assert.ok(end <= run.length, 'a run holds whole elements');
      values.push(run.toString('utf8', contentStart(run, at), end));
      at = end;
    }
  }
  return values;
}

function valuesOf(entry: MemoryEntry, attribute: string): readonly (string | Buffer)[] {
  return entry.attributes.find(([name]) => name.toLowerCase() === attribute)?.[1] ?? [];
}

/** Ids that a link leads to, by what the entries say. */
function linkTargets(entry: MemoryEntry, link: LinkName): readonly string[] {
  if (link !== 'memberOf') return entry.members ?? [];
  return sampleEntries.filter((group) => group.members?.includes(entry.dn) === true).map((group) => group.dn);
}

/** Everything that the directory relies on in a reader. */
export function directoryReaderContract(name: string, factory: ContractFactory): void {
  describe(`${name} as a DirectoryReader`, () => {
    let subject: ContractSubject;
    let lease: DirectoryLease;
    let reader: DirectoryReader;

    before(async () => {
      subject = await factory(sampleEntries);
      const acquired = subject.source.acquire();
      assert.ok(acquired !== undefined, 'something is published');
      lease = acquired;
      reader = lease.reader;
    });

    after(async () => {
      lease[Symbol.dispose]();
      await subject[Symbol.asyncDispose]();
    });

    it('finds every entry by its normalized DN and gives back its bytes unchanged', () => {
      for (const entry of sampleEntries) {
        const bytes = reader.entry(idOf(reader, entry.dn));
        assert.ok(bytes !== undefined);
        assert.equal(entryDn(bytes), entry.dn);
        assert.ok(bytes.equals(encodeEntry(standardSchema, entry)), `${entry.dn} is as it was encoded`);
      }
    });

    it('answers undefined for names and ids that are not there', () => {
      assert.equal(reader.findDn(`uid=nobody,${sampleUsers}`), undefined);
      assert.equal(reader.findDn('dc=com'), undefined);
      assert.equal(reader.findDn(''), undefined);
      assert.equal(reader.entry(0xffff_fffe), undefined);
    });

    it('gives ids below 2^32, one for each entry', () => {
      const ids = sampleEntries.map((entry) => idOf(reader, entry.dn));
      assert.equal(new Set(ids).size, sampleEntries.length);
      for (const id of ids) assert.ok(Number.isInteger(id) && id >= 0 && id < 2 ** 32);
    });

    it('covers exactly the immediate subordinates with childRanges, and counts them', () => {
      for (const parent of sampleEntries) {
        const id = idOf(reader, parent.dn);
        const ranges = reader.childRanges(id);
        const children = sampleEntries.filter((entry) => superior(entry.dn) === keyOf(parent.dn));
        for (const entry of sampleEntries) {
          assert.equal(covers(ranges, idOf(reader, entry.dn)), children.includes(entry), `${entry.dn} in ${parent.dn}`);
        }
        assert.equal(reader.childCount(id), children.length, parent.dn);
      }
    });

    it('covers exactly an entry and everything below it with ascending, disjoint subtreeRanges', () => {
      for (const parent of sampleEntries) {
        const ranges = reader.subtreeRanges(idOf(reader, parent.dn));
        assertAscending(ranges.flatMap((range) => (range.from === range.to ? [range.from] : [range.from, range.to])));
        for (const entry of sampleEntries) {
          const below = entry === parent || keyOf(entry.dn).endsWith(`,${keyOf(parent.dn)}`);
          assert.equal(covers(ranges, idOf(reader, entry.dn)), below, `${entry.dn} below ${parent.dn}`);
        }
      }
    });

    it('covers every entry of an object class with classRanges, and has none for a class without entries', () => {
      for (const entry of sampleEntries) {
        for (const objectClass of valuesOf(entry, 'objectclass')) {
          const ranges = reader.classRanges(String(objectClass).toLowerCase());
          assert.ok(
            ranges !== undefined && covers(ranges, idOf(reader, entry.dn)),
            `${entry.dn} is a ${String(objectClass)}`,
          );
        }
      }
      assert.equal(reader.classRanges('computer'), undefined);
    });

    it('has for every indexed value exactly the entries with it', () => {
      for (const { attribute } of indexedAttributes) {
        const wanted = new Map<string, { readonly key: Buffer; readonly ids: EntryId[] }>();
        for (const entry of sampleEntries) {
          for (const value of valuesOf(entry, attribute)) {
            const key = indexKey(standardSchema, attribute, value);
            if (key === undefined) continue;
            const posting = wanted.get(key.toString('latin1')) ?? { key, ids: [] };
            posting.ids.push(idOf(reader, entry.dn));
            wanted.set(key.toString('latin1'), posting);
          }
        }
        for (const { key, ids } of wanted.values()) assertSet(reader.postings(attribute, key), ids);
        assert.equal(reader.postings(attribute, Buffer.from('no such value')), undefined);
      }
    });

    it('does not take a prefix of a value for the value', () => {
      assert.equal(reader.postings('uid', Buffer.from('ali')), undefined);
    });

    it('finds by prefix the entries with such a value, ascending, each once', async () => {
      const found = async (attribute: string, prefix: string, limit = 1000): Promise<readonly number[] | undefined> => {
        const ids = await reader.postingsByPrefix(attribute, Buffer.from(prefix), limit);
        if (ids !== undefined) assertAscending([...ids]);
        return ids === undefined ? undefined : [...ids];
      };
      const people = (...uids: readonly string[]): readonly number[] =>
        uids.map((uid) => idOf(reader, `uid=${uid},${sampleUsers}`)).sort((a, b) => a - b);
      assert.deepEqual(await found('uid', 'al'), people('alice'));
      assert.deepEqual(await found('cn', 'b'), people('bob'));
      assert.deepEqual(await found('cn', 'zoë'), people('zoe'));
      assert.deepEqual(await found('uid', 'x'), []);
      assert.deepEqual(await found('sn', 'al'), []);
      const all = people('alice', 'bob', 'carol', 'dave', 'zoe');
      assert.deepEqual(await found('displayname', ''), all);
      assert.deepEqual(await found('displayname', '', all.length), all);
      assert.equal(await found('displayname', '', all.length - 1), undefined);
    });

    it('gives the values of links as whole OCTET STRINGs, with their count and length', () => {
      for (const entry of sampleEntries) {
        const id = idOf(reader, entry.dn);
        for (const link of ['member', 'memberOf'] as const) {
          const targets = linkTargets(entry, link);
          const linked = reader.linked(id, link);
          assert.deepEqual([...valuesIn(linked?.runs ?? [])].sort(), [...targets].sort(), `${link} of ${entry.dn}`);
          assert.equal(linked?.count ?? 0, targets.length);
          assert.equal(
            linked?.byteLength ?? 0,
            [...(linked?.runs ?? [])].reduce((sum, run) => sum + run.length, 0),
          );
        }
      }
    });

    it('gives as memberUid the uids of those members that have one', () => {
      const uids = (cn: string): readonly string[] => {
        const linked = reader.linked(idOf(reader, `cn=${cn},${sampleGroups}`), 'memberUid');
        const values = valuesIn(linked?.runs ?? []);
        assert.equal(linked?.count ?? 0, values.length);
        return [...values].sort();
      };
      assert.deepEqual(uids('staff'), ['alice', 'bob', 'zoe']);
      assert.deepEqual(uids('nested'), []);
      assert.deepEqual(uids('empty'), []);
    });

    it('gives the values of links for those entries alone that are wanted', () => {
      const keep = (id: EntryId): boolean => id !== idOf(reader, `uid=bob,${sampleUsers}`);
      for (const [cn, wanted] of [
        ['staff', ['alice', 'zoe']],
        ['admins', ['alice']],
        ['empty', []],
      ] as const) {
        const id = idOf(reader, `cn=${cn},${sampleGroups}`);
        for (const [link, values] of [
          ['member', wanted.map((uid) => `uid=${uid},${sampleUsers}`)],
          ['memberUid', wanted],
        ] as const) {
          const linked = reader.linked(id, link, keep);
          assert.deepEqual([...valuesIn(linked?.runs ?? [])].sort(), values);
          assert.equal(linked?.count ?? 0, values.length);
          assert.equal(linked?.byteLength ?? 0, Buffer.concat([...(linked?.runs ?? [])]).length);
        }
      }
      const staff = idOf(reader, `cn=staff,${sampleGroups}`);
      const groups = reader.linked(idOf(reader, `uid=alice,${sampleUsers}`), 'memberOf', (id) => id === staff);
      assert.deepEqual(valuesIn(groups?.runs ?? []), [`cn=staff,${sampleGroups}`]);
    });

    it('gives the other ends of links as ids, the same from both sides', () => {
      for (const entry of sampleEntries) {
        const id = idOf(reader, entry.dn);
        for (const link of ['member', 'memberOf'] as const) {
          const targets = linkTargets(entry, link).map((dn) => idOf(reader, dn));
          assertSet(reader.linkedIds(id, link), targets);
          for (const target of targets) {
            assert.equal(reader.linkedIds(target, link === 'member' ? 'memberOf' : 'member')?.has(id), true);
          }
        }
      }
    });

    it('scans the entries of ranges in ascending order and in batches that are not too big', async () => {
      const ids = sampleEntries.map((entry) => idOf(reader, entry.dn)).sort((a, b) => a - b);
      const seen: number[] = [];
      for await (const batch of reader.scan(reader.subtreeRanges(idOf(reader, sampleBase)), 3)) {
        assert.ok(batch.length <= 3);
        for (const { id, bytes } of batch) {
          assert.ok(reader.entry(id)?.equals(bytes) === true);
          seen.push(id);
        }
      }
      assert.deepEqual(seen, ids);
    });

    it('scans just the ranges that it is given, and none when there are none', async () => {
      const alice = idOf(reader, `uid=alice,${sampleUsers}`);
      const staff = idOf(reader, `cn=staff,${sampleGroups}`);
      const ranges = [alice, staff].sort((a, b) => a - b).map((id) => ({ from: id, to: id }));
      const seen: number[] = [];
      for await (const batch of reader.scan(ranges, 10)) seen.push(...batch.map(({ id }) => id));
      assert.deepEqual(
        seen,
        ranges.map((range) => range.from),
      );
      for await (const batch of reader.scan([], 10)) assert.equal(batch.length, 0);
    });

    it('lets a scan be given up half way', async () => {
      for await (const batch of reader.scan(reader.subtreeRanges(idOf(reader, sampleBase)), 1)) {
        assert.equal(batch.length, 1);
        break;
      }
      assert.ok(reader.entry(idOf(reader, sampleBase)) !== undefined, 'the reader goes on');
    });

    it('says which publication it is and when that was', () => {
      assert.ok(Number.isInteger(reader.publication) && reader.publication >= 1);
      assert.ok(Number.isInteger(reader.publishedAtMs) && reader.publishedAtMs >= 0);
    });

    it('hands out leases that do not depend on each other', () => {
      const second = subject.source.acquire();
      assert.ok(second !== undefined);
      second[Symbol.dispose]();
      assert.ok(reader.entry(idOf(reader, sampleBase)) !== undefined);
    });
  });
}
