import assert from 'node:assert/strict';

import { compileFilter } from '../../../src/directory/filter-compile.ts';
import type { FilterContext } from '../../../src/directory/filter-node.ts';
import { EntryView } from '../../../src/directory/entry-view.ts';
import type { Filter } from '../../../src/directory/filter.ts';
import { defaultDirectoryLimits } from '../../../src/directory/limits.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { Truth } from '../../../src/directory/truth.ts';
import { BerError, BerReader } from '../../../src/ldap/ber-reader.ts';
import { decodeFilter } from '../../../src/ldap/filter-decoder.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { RequestError } from '../../../src/ldap/request-error.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { sampleEntries } from '../../support/sample-directory.ts';
import { filterSeeds } from '../seeds.ts';
import { type FuzzTarget, octets, words } from '../target.ts';

const { reader } = memoryDirectory(sampleEntries);
const context: FilterContext = { schema: standardSchema, reader };
const ids = Array.from({ length: 3 * sampleEntries.length + 3 }, (_, id) => id).filter(
  (id) => reader.entry(id) !== undefined,
);

/**
 * Filters compiled and asked of every entry of a small directory: nothing throws, NOT turns True and False round and leaves
 * Undefined alone, and a filter is never both True and False (RFC 4511 §4.5.1.7).
 */
export const filterMatchingTarget: FuzzTarget = {
  name: 'filter-matching',
  bytesMax: 2048,
  words: [
    ...words(
      'objectClass',
      'uid',
      'cn',
      'sn',
      'name',
      'mail',
      'member',
      'memberOf',
      'memberUid',
      'uniqueMember',
      'entryDN',
    ),
    ...words('uidNumber', 'userAccountControl', 'telephoneNumber', 'postalAddress', 'modifyTimestamp', 'entryUUID'),
    ...words('objectGUID', 'accountEnabled', 'hasSubordinates', 'entryCSN', 'structuralObjectClass', 'sshPublicKey'),
    ...words('person', 'alice', 'Zoë Müller', '512', '20250601080000Z', 'TRUE', 'uid=alice,ou=users,dc=example,dc=com'),
    ...words(
      '1.2.840.113556.1.4.803',
      '1.2.840.113556.1.4.804',
      '1.2.840.113556.1.4.1941',
      'caseExactMatch',
      '2.5.13.2',
    ),
    ...words('integerOrderingMatch', 'distinguishedNameMatch', 'ou', 'users', 'a b', 'cn;lang-de', '2.5.4.3'),
    ...octets('8401ff', 'a000', 'a100', 'cc81cc96'),
  ],
  seeds: filterSeeds,
  steps: { fixed: 200_000, perByte: 20_000 },
  run(input) {
    const filter = decoded(input);
    if (filter === undefined) return;
    const node = compileFilter(filter, context, defaultDirectoryLimits.filterDepthMax);
    const negated = compileFilter({ kind: 'not', filter }, context, defaultDirectoryLimits.filterDepthMax + 1);
    if (node === undefined || negated === undefined) return;
    node.candidates();
    const view = new EntryView(reader);
    for (const id of ids) {
      view.move(id, reader.entry(id) ?? Buffer.alloc(0));
      assert.equal(negated.test(view), inverse(node.test(view)), `entry ${id}`);
    }
  },
};

function decoded(input: Buffer): Filter | undefined {
  try {
    return decodeFilter(new BerReader(input), { ...defaultLdapLimits, filterItemsMax: 64 });
  } catch (error) {
    if (error instanceof BerError || error instanceof RequestError) return undefined;
    throw error;
  }
}

function inverse(truth: Truth): Truth {
  if (truth === Truth.Undefined) return truth;
  return truth === Truth.True ? Truth.False : Truth.True;
}
