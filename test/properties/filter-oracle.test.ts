import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { SearchScope } from '../../src/directory/search-types.ts';
import { directoryOver, searchAll } from '../support/directory-client.ts';
import { oracle } from '../support/filter-oracle.ts';
import { memoryDirectory } from '../support/memory-directory.ts';
import { filters, groupsDn, inScope, tree, usersDn } from '../support/random-directories.ts';
import { sampleBase } from '../support/sample-directory.ts';

describe('Filters against an evaluation without indexes', () => {
  it('select exactly the entries of the scope for which the filter is True, in any plan (RFC 4511 §4.5.1.7)', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        filters,
        fc.constantFrom<SearchScope>('base', 'one', 'subtree', 'subordinate'),
        fc.constantFrom(sampleBase, usersDn, groupsDn),
        fc.constantFrom(1, 2, 1000),
        async (entries, filter, scope, baseDn, few) => {
          const directory = directoryOver(memoryDirectory(entries), {
            examinedPerReadMax: few,
            scanBatch: few,
            unionIdsMax: few,
            prefixIdsMax: few,
          });
          const found = await searchAll(directory, { filter, scope, baseDn });
          const wanted = entries.filter(
            (entry) => inScope(entry.dn, baseDn, scope) && oracle(filter, entry, entries) === true,
          );
          assert.deepEqual(found.map((entry) => entry.dn).sort(), wanted.map((entry) => entry.dn).sort());
        },
      ),
      { numRuns: 2000 },
    );
  });
});
