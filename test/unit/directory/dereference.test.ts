import assert from 'node:assert/strict';

import type { SearchCursor } from '../../../src/directory/search-types.ts';
import type { DirectoryLimits } from '../../../src/directory/limits.ts';
import { directoryOver, requestOf, service } from '../../support/directory-client.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { sampleEntries, sampleGroups } from '../../support/sample-directory.ts';

/** The entries of each read of a search that dereferences the members of the sample's four groups. */
async function readsOf(limits: Partial<DirectoryLimits>): Promise<readonly number[]> {
  const source = memoryDirectory(sampleEntries);
  const outcome = directoryOver(source, limits).search(
    {
      ...requestOf({ baseDn: sampleGroups, scope: 'one' }),
      dereference: { specs: [{ attribute: 'member', attributes: ['cn'] }], critical: true },
    },
    service,
  );
  assert.ok(outcome.kind === 'cursor');
  const reads = await countReads(outcome.cursor);
  outcome.cursor[Symbol.dispose]();
  assert.equal(source.leases, 0);
  return reads;
}

async function countReads(cursor: SearchCursor): Promise<readonly number[]> {
  const reads: number[] = [];
  for (let done = false; !done; ) {
    const batch = await cursor.read(64);
    reads.push(batch.entries.length);
    ({ done } = batch);
  }
  return reads;
}

describe('A cursor that dereferences (P8)', () => {
  it('gives all that one read may give at once', async () => {
    assert.deepEqual(await readsOf({}), [4]);
  });

  it('gives an entry whose names take several reads when all of them were followed', async () => {
    // In this order: admins with one member, empty, nested with one, staff with three.
    assert.deepEqual(await readsOf({ dereferencedPerReadMax: 2 }), [2, 1, 1]);
    assert.deepEqual(await readsOf({ dereferencedPerReadMax: 1 }), [0, 2, 1, 0, 0, 1]);
  });

  it('takes no further entry in a read whose results have become great', async () => {
    assert.deepEqual(await readsOf({ dereferencedBytesPerReadMax: 1 }), [1, 2, 1]);
  });
});
