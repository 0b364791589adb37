import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Filter } from '../../src/directory/filter.ts';
import type { MatchedItem } from '../../src/directory/matched-values.ts';
import { decodeEntry, directoryOver, requestOf, service } from '../support/directory-client.ts';
import { oracle } from '../support/filter-oracle.ts';
import { memoryDirectory, type MemoryEntry } from '../support/memory-directory.ts';
import { filters, tree } from '../support/random-directories.ts';

/** The items of a filter that ask for single values. */
function itemsOf(filter: Filter): readonly MatchedItem[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.flatMap(itemsOf);
    case 'not':
      return itemsOf(filter.filter);
    case 'extensible':
      return [];
    default:
      return [filter];
  }
}

const items = fc.array(filters, { maxLength: 4 }).map((several) => several.flatMap(itemsOf));

/** An entry, and the directory around it, in which an attribute has this value and no other. */
function alone(entry: MemoryEntry, name: string, value: string): readonly [MemoryEntry, readonly MemoryEntry[]] {
  const empty = { dn: entry.dn, attributes: [], links: [] };
  if (name === 'member') return [{ ...empty, members: [value] }, []];
  if (name === 'memberOf') return [empty, [{ ...empty, dn: value, members: [entry.dn] }]];
  return [{ ...empty, attributes: [[name, [value]]] }, []];
}

describe('Matched values against an evaluation of value by value', () => {
  it('are those of which an item is True, and no attribute is lost (RFC 3876 §3)', async () => {
    await fc.assert(
      fc.asyncProperty(tree, items, async (entries, matchedValues) => {
        const directory = directoryOver(memoryDirectory(entries));
        for (const entry of entries) {
          const request = requestOf({ baseDn: entry.dn, scope: 'base', attributes: ['*', 'memberOf'] });
          const read = async (more: object): Promise<Readonly<Record<string, readonly string[]>>> => {
            const outcome = directory.search({ ...request, ...more }, service);
            assert.ok(outcome.kind === 'cursor');
            using cursor = outcome.cursor;
            const [only] = (await cursor.read(1)).entries;
            assert.ok(only);
            return decodeEntry(only).attributes;
          };
          const all = await read({});
          const matched = await read({ matchedValues });
          assert.deepEqual(Object.keys(matched), Object.keys(all));
          for (const [name, values] of Object.entries(all)) {
            // A class is asked of entries together with those above it, and memberUid follows from other entries.
            if (name === 'objectClass' || name === 'memberUid') continue;
            const wanted = values.filter((value) => {
              const [one, around] = alone(entry, name, value);
              return matchedValues.some((item) => oracle(item, one, around) === true);
            });
            assert.deepEqual(matched[name], wanted, `${name} of ${entry.dn}`);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
