import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Directory } from '../../src/directory/directory-port.ts';
import { targetPosition, type ViewRequest, type ViewResult } from '../../src/directory/list-view.ts';
import type { SearchRequest } from '../../src/directory/search-types.ts';
import type { SortKey } from '../../src/directory/sort.ts';
import { decodeEntry, directoryOver, requestOf, service } from '../support/directory-client.ts';
import { memoryDirectory } from '../support/memory-directory.ts';
import { tree } from '../support/random-directories.ts';

const key: fc.Arbitrary<SortKey> = fc.record({
  attribute: fc.constantFrom('cn', 'uidNumber', 'sn', 'description', 'objectClass'),
  rule: fc.constant(undefined),
  reverse: fc.boolean(),
  understood: fc.constant(true),
});
const small = fc.integer({ min: 0, max: 6 });
const offset = fc.record({ kind: fc.constant('offset' as const), offset: small, contentCount: small });
const value = fc
  .constantFrom('', 'a', 'b', 'AB', 'c', '0', '5', '-1', 'person')
  .map((text) => ({ kind: 'value' as const, value: Buffer.from(text) }));
const view: fc.Arbitrary<ViewRequest> = fc.record({ before: small, after: small, target: fc.oneof(offset, value) });

async function run(
  directory: Directory,
  request: SearchRequest,
): Promise<{ readonly dns: readonly string[]; readonly viewResult: ViewResult | undefined }> {
  const outcome = directory.search(request, service);
  assert.ok(outcome.kind === 'cursor');
  using cursor = outcome.cursor;
  const dns: string[] = [];
  for (let done = false; !done; ) {
    const batch = await cursor.read(3);
    dns.push(...batch.entries.map((entry) => decodeEntry(entry).dn));
    ({ done } = batch);
  }
  return { dns, viewResult: cursor.viewResult };
}

describe('Virtual list views against the whole sorted list', () => {
  it('are the part of it around the target (draft-ietf-ldapext-ldapv3-vlv-09)', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(key, { minLength: 1, maxLength: 2 }), view, async (entries, keys, wanted) => {
        const directory = directoryOver(memoryDirectory(entries), { examinedPerReadMax: 2 });
        const sorted = { ...requestOf({}), sort: { keys, after: undefined } };
        const whole = (await run(directory, sorted)).dns;
        const { dns, viewResult } = await run(directory, { ...sorted, view: wanted });
        assert.ok(viewResult);
        assert.equal(viewResult.contentCount, whole.length);
        if (wanted.target.kind === 'offset') {
          const { offset: at, contentCount } = wanted.target;
          assert.equal(
            viewResult.code === 0 ? viewResult.targetPosition : undefined,
            targetPosition(at, contentCount, whole.length),
          );
        }
        const { targetPosition: position, code } = viewResult;
        const expected =
          code === 0 ? whole.slice(Math.max(0, position - 1 - wanted.before), position + wanted.after) : [];
        assert.deepEqual(dns, expected);
      }),
      { numRuns: 500 },
    );
  });

  it('begin at the first entry that a filter for the value and what is behind it would find', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.integer({ min: -3, max: 13 }), fc.boolean(), async (entries, number, reverse) => {
        const directory = directoryOver(memoryDirectory(entries));
        const keys = [{ attribute: 'uidNumber', rule: undefined, reverse, understood: true }];
        const request = { ...requestOf({ filter: '(uidNumber=*)' }), sort: { keys, after: undefined } };
        const target = { kind: 'value', value: Buffer.from(String(number)) } as const;
        const { dns, viewResult } = await run(directory, { ...request, view: { before: 0, after: 100, target } });
        const comparison = reverse ? '<=' : '>=';
        const behind = await run(directory, { ...request, ...filterOf(`(uidNumber${comparison}${number})`) });
        assert.deepEqual(dns, behind.dns);
        const total = (await run(directory, request)).dns.length;
        // An empty list has no place for a target.
        assert.equal(viewResult?.targetPosition, total === 0 ? 0 : total - dns.length + 1);
      }),
      { numRuns: 300 },
    );
  });
});

function filterOf(filter: string): Pick<SearchRequest, 'filter'> {
  return { filter: requestOf({ filter }).filter };
}
