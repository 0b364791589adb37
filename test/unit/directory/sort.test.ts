import assert from 'node:assert/strict';

import * as fc from 'fast-check';

import { DirectoryStorageError, type PublishedSource } from '../../../src/directory/reader.ts';
import type { EncodedEntry, SearchCursor } from '../../../src/directory/search-types.ts';
import type { SortKey, SortValues } from '../../../src/directory/sort.ts';
import { sortValueBytesMax } from '../../../src/directory/sort.ts';
import { decodeEntry, directoryOver, requestOf, service } from '../../support/directory-client.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { sampleEntries, sampleUsers } from '../../support/sample-directory.ts';

const by = (attribute: string, reverse = false): SortKey => ({
  attribute,
  rule: undefined,
  reverse,
  understood: true,
});

function person(uid: string, description: string | undefined): MemoryEntry {
  return {
    dn: `uid=${uid},${sampleUsers}`,
    attributes: [
      ['objectClass', ['top', 'person']],
      ['uid', [uid]],
      ['description', description === undefined ? [] : [description]],
    ],
    links: [],
  };
}

const tree = (people: readonly MemoryEntry[]): readonly MemoryEntry[] => [...sampleEntries.slice(0, 2), ...people];
const nameOf = (entry: EncodedEntry): string => /=([^,]*)/.exec(decodeEntry(entry).dn)?.[1] ?? '';

/** Opens a search of all people that goes on behind an entry, if there is one. */
function open(source: PublishedSource, keys: readonly SortKey[], last?: EncodedEntry): SearchCursor {
  const after: SortValues | undefined = last?.sortValues;
  const outcome = directoryOver(source).search(
    { ...requestOf({ baseDn: sampleUsers, scope: 'one', after: last?.id }), sort: { keys, after } },
    service,
  );
  assert.ok(outcome.kind === 'cursor');
  return outcome.cursor;
}

async function take(cursor: SearchCursor, max: number): Promise<readonly EncodedEntry[]> {
  const entries: EncodedEntry[] = [];
  for (let done = false; !done && entries.length < max; ) {
    const batch = await cursor.read(max - entries.length);
    entries.push(...batch.entries);
    done = batch.done;
  }
  cursor[Symbol.dispose]();
  return entries;
}

/** Resolves when everything that was ready to run has run: an abandoned scan gives its snapshot back when it has ended. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('Sorted searches (RFC 2891)', () => {
  it('order as the values of the attribute do, and by id where those are equal, whatever the values', async () => {
    const text = fc.option(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 60 }), fc.boolean(), async (texts, reverse) => {
        const people = texts.map((description, index) => person(`p${String(index).padStart(2, '0')}`, description));
        const found = await take(open(memoryDirectory(tree(people)), [by('description', reverse)]), 100);
        const form = (name: string): string => {
          const words = texts[Number(name.slice(1))]?.toLowerCase().trim().replace(/ +/g, ' ');
          // No value comes behind every value.
          return words === undefined ? '2' : `1${words}`;
        };
        const names = people.map((_, index) => `p${String(index).padStart(2, '0')}`);
        const sign = reverse ? -1 : 1;
        const expected = names.toSorted((a, b) => {
          const [left, right] = [form(a), form(b)];
          return left === right ? (a < b ? -1 : 1) : left < right ? -sign : sign;
        });
        assert.deepEqual(found.map(nameOf), expected);
      }),
      { numRuns: 60 },
    );
  });

  it('go on behind the last entry of a page when the directory was published anew, even without that entry (K2, P2)', async () => {
    const values = ['b', 'd', 'f', 'h', 'j'];
    const before = memoryDirectory(tree(values.map((value) => person(`was-${value}`, value))));
    const first = await take(open(before, [by('description')]), 2);
    assert.deepEqual(first.map(nameOf), ['was-b', 'was-d']);
    // The last one is gone; "e" and "a" are new; what was "j" is now "c", which the first page would have shown.
    const people = [person('was-b', 'b'), person('was-f', 'f'), person('was-h', 'h'), person('was-j', 'c')];
    const after = memoryDirectory(tree([...people, person('new-e', 'e'), person('new-a', 'a')]));
    const rest = await take(open(after, [by('description')], first.at(-1)), 10);
    assert.deepEqual(rest.map(nameOf), ['new-e', 'was-f', 'was-h']);
  });

  it('compare so much of a value and no more, so that what they keep is bounded (P8)', async () => {
    const long = 'x'.repeat(sortValueBytesMax);
    const people = [person('p1', `${long}b`), person('p2', `${long}a`), person('p3', `${long.slice(1)}a`)];
    const found = await take(open(memoryDirectory(tree(people)), [by('description')]), 10);
    assert.deepEqual(found.map(nameOf), ['p3', 'p1', 'p2']);
    assert.equal(found.at(-1)?.sortValues?.[0]?.length, sortValueBytesMax);
  });

  it('know what became of the sort before the first entry, and not earlier', async () => {
    const source = memoryDirectory(tree(Array.from({ length: 100 }, (_, index) => person(`p${index}`, 'x'))));
    const cursor = open(source, [by('uid')]);
    assert.equal(cursor.sortResult, undefined);
    await take(cursor, 1);
    assert.deepEqual(cursor.sortResult, { code: 0 });
  });

  it('that are given up while they gather give back the snapshot and what they may keep (P8)', async () => {
    const source = memoryDirectory(tree(Array.from({ length: 2000 }, (_, index) => person(`p${index}`, 'x'))));
    const directory = directoryOver(source, { sortEntriesTotalMax: 2000 });
    const request = {
      ...requestOf({ baseDn: sampleUsers, scope: 'one' }),
      sort: { keys: [by('uid')], after: undefined },
    };
    for (let round = 0; round < 3; round++) {
      const outcome = directory.search(request, service);
      assert.ok(outcome.kind === 'cursor');
      const reading = outcome.cursor.read(10);
      outcome.cursor[Symbol.dispose]();
      outcome.cursor[Symbol.dispose]();
      assert.deepEqual((await reading).entries, []);
    }
    const outcome = directory.search(request, service);
    assert.ok(outcome.kind === 'cursor');
    assert.equal((await take(outcome.cursor, 3000)).length, 2000);
    assert.deepEqual(outcome.cursor.sortResult, { code: 0 });
    await settled();
    assert.equal(source.leases, 0);
  });

  it('fail when the store does, before and after everything was gathered (P1)', async () => {
    const people = Array.from({ length: 100 }, (_, index) => person(`p${index}`, 'x'));
    const early = memoryDirectory(tree(people));
    const gathering = open(early, [by('uid')]);
    early.fail(new DirectoryStorageError('gone'));
    await assert.rejects(take(gathering, 10), DirectoryStorageError);
    gathering[Symbol.dispose]();
    const late = memoryDirectory(tree(people));
    const sending = open(late, [by('uid')]);
    while ((await sending.read(1)).entries.length === 0);
    late.loseEntries();
    assert.throws(() => sending.read(1), DirectoryStorageError);
    sending[Symbol.dispose]();
    await settled();
    assert.deepEqual([early.leases, late.leases], [0, 0]);
  });
});
