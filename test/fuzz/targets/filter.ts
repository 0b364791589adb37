import assert from 'node:assert/strict';

import type { Filter } from '../../../src/directory/filter.ts';
import { BerError, BerReader } from '../../../src/ldap/ber-reader.ts';
import { decodeFilter } from '../../../src/ldap/filter-decoder.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { RequestError } from '../../../src/ldap/request-error.ts';
import { encodeFilter } from '../../support/filter-ber.ts';
import { type FuzzTarget, octets, words } from '../target.ts';
import { filterSeeds } from '../seeds.ts';
import { watched } from '../watched-buffer.ts';

/** How often an octet of a filter may be read: as a part of its own element, and for each of the checks on it. */
const touchesPerByteMax = 4;
const margin = Buffer.alloc(16, 0xa1);

/**
 * The filter decoder (RFC 4511 §4.5.1.7): throws its coded errors only, reads no octet outside the filter and each a few
 * times only, keeps to the limits, and understands what it understood when it is written anew.
 */
export const filterTarget: FuzzTarget = {
  name: 'filter',
  bytesMax: 4096,
  words: [
    ...words('objectClass', 'cn', '1.2.840.113556.1.4.803', '*', '\ufffd'),
    ...octets(
      'a000',
      'a100',
      'a202',
      '8700',
      'a30404000400',
      'a40604003002',
      '800141',
      '810141',
      '820141',
      'a9',
      '840101',
    ),
  ],
  seeds: filterSeeds,
  steps: { fixed: 2000, perByte: 40 },
  run(input) {
    const surrounded = Buffer.concat([margin, input, margin]);
    const end = margin.length + input.length;
    const { buffer, touched } = watched(surrounded, margin.length, end);
    const reader = new BerReader();
    reader.reset(buffer, margin.length, end);
    let filter: Filter | undefined;
    try {
      filter = decodeFilter(reader, defaultLdapLimits);
    } catch (error) {
      if (!(error instanceof BerError) && !(error instanceof RequestError)) throw error;
    }
    assert.ok(touched() <= touchesPerByteMax * input.length + 16, 'octets are read again and again');
    if (filter === undefined) return;
    assert.ok(depthOf(filter) <= defaultLdapLimits.filterDepthMax, 'deeper than the limit');
    assert.ok(itemsOf(filter) <= defaultLdapLimits.filterItemsMax, 'more items than the limit');
    assert.deepEqual(decodeFilter(new BerReader(encodeFilter(filter)), defaultLdapLimits), filter);
  },
};

function depthOf(filter: Filter): number {
  if (filter.kind === 'not') return 1 + depthOf(filter.filter);
  if (filter.kind !== 'and' && filter.kind !== 'or') return 1;
  return 1 + filter.filters.reduce((deepest, part) => Math.max(deepest, depthOf(part)), 0);
}

function itemsOf(filter: Filter): number {
  if (filter.kind === 'not') return 1 + itemsOf(filter.filter);
  if (filter.kind !== 'and' && filter.kind !== 'or') return 1;
  return filter.filters.reduce((sum, part) => sum + itemsOf(part), 1);
}
