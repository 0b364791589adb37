import assert from 'node:assert/strict';

import type { Filter } from '../../../src/directory/filter.ts';
import { BerError, BerReader } from '../../../src/ldap/ber-reader.ts';
import { decodeFilter } from '../../../src/ldap/filter-decoder.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { RequestError } from '../../../src/ldap/request-error.ts';
import { element, sequence, text } from '../../support/ldap-ber.ts';
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

const assertionTags = { equality: 0xa3, greaterOrEqual: 0xa5, lessOrEqual: 0xa6, approximate: 0xa8 } as const;

/** A filter as RFC 4511 §4.5.1 has it, written apart from the code under test. */
function encodeFilter(filter: Filter): Buffer {
  switch (filter.kind) {
    case 'and':
      return element(0xa0, ...filter.filters.map(encodeFilter));
    case 'or':
      return element(0xa1, ...filter.filters.map(encodeFilter));
    case 'not':
      return element(0xa2, encodeFilter(filter.filter));
    case 'present':
      return element(0x87, filter.attribute);
    case 'substrings': {
      const initial = filter.initial === undefined ? [] : [element(0x80, filter.initial)];
      const final = filter.final === undefined ? [] : [element(0x82, filter.final)];
      const any = filter.any.map((piece) => element(0x81, piece));
      return element(0xa4, text(filter.attribute), sequence(...initial, ...any, ...final));
    }
    case 'extensible':
      return element(
        0xa9,
        ...(filter.rule === undefined ? [] : [element(0x81, filter.rule)]),
        ...(filter.attribute === undefined ? [] : [element(0x82, filter.attribute)]),
        element(0x83, filter.value),
        ...(filter.dnAttributes ? [element(0x84, Buffer.of(0xff))] : []),
      );
    default:
      return element(assertionTags[filter.kind], text(filter.attribute), text(filter.value));
  }
}
