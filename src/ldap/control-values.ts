/** Decodes the values of request controls. Each throws {@link BerError} when its value is malformed. */

import type { ViewRequest, ViewTarget } from '../directory/list-view.ts';
import type { MatchedItem } from '../directory/matched-values.ts';
import { ResultCode } from '../directory/result.ts';
import type { DereferenceSpec } from '../directory/search-types.ts';
import type { SortKey } from '../directory/sort.ts';
import { BerError, BerReader } from './ber-reader.ts';
import { decodeFilter } from './filter-decoder.ts';
import type { LdapLimits } from './limits.ts';
import { berTag, maxInt } from './protocol.ts';
import { RequestError } from './request-error.ts';

const viewTag = { offset: 0xa0, value: 0x81 } as const;
const sortTag = { rule: 0x80, reverse: 0x81 } as const;

/** A paged results control as a client sends it (RFC 2696 §2). */
export interface PagedResultsRequest {
  /** Entries of one page; 0 with a cookie gives the search up. */
  readonly size: number;
  readonly cookie: Buffer;
}

/** realSearchControlValue (RFC 2696 §2). */
export function decodePagedResults(value: Buffer): PagedResultsRequest {
  const reader = new BerReader(value);
  const outer = reader.enter(berTag.sequence);
  const size = reader.integer(berTag.integer, 0, maxInt);
  const cookie = reader.octets();
  reader.leave(outer);
  return { size, cookie };
}

/** SortKeyList (RFC 2891 §1.1), of at least one key. */
export function decodeSortKeys(value: Buffer): readonly SortKey[] {
  const reader = new BerReader(value);
  const outer = reader.enter(berTag.sequence);
  const keys: SortKey[] = [];
  while (!reader.atEnd) keys.push(decodeSortKey(reader));
  reader.leave(outer);
  if (keys.length === 0) throw new BerError('content', 'no sort key');
  return keys;
}

function decodeSortKey(reader: BerReader): SortKey {
  const outer = reader.enter(berTag.sequence);
  const attribute = reader.string();
  const rule = reader.peek() === sortTag.rule ? reader.string(sortTag.rule) : undefined;
  const reverse = reader.peek() === sortTag.reverse && reader.boolean(sortTag.reverse);
  // net-ldap for Ruby writes rule and flag without their tags. What was meant is anybody's guess, but no reason to fail a
  // search that can do without the order.
  const understood = reader.atEnd;
  reader.leave(outer);
  return { attribute, rule, reverse, understood };
}

/** VirtualListViewRequest (draft-ietf-ldapext-ldapv3-vlv-09). We give no contextID, and one that comes is not looked at. */
export function decodeListView(value: Buffer): ViewRequest {
  const reader = new BerReader(value);
  const outer = reader.enter(berTag.sequence);
  const before = reader.integer(berTag.integer, 0, maxInt);
  const after = reader.integer(berTag.integer, 0, maxInt);
  const target = decodeViewTarget(reader);
  reader.leave(outer);
  return { before, after, target };
}

function decodeViewTarget(reader: BerReader): ViewTarget {
  if (reader.peek() === viewTag.value) return { kind: 'value', value: reader.octets(viewTag.value) };
  const outer = reader.enter(viewTag.offset);
  // The draft counts from 1; 0 is answered like every other number outside the list.
  const offset = reader.integer(berTag.integer, 0, maxInt);
  const contentCount = reader.integer(berTag.integer, 0, maxInt);
  reader.leave(outer);
  return { kind: 'offset', offset, contentCount };
}

/** ValuesReturnFilter (RFC 3876 §2). Throws {@link RequestError} when there are more items than the limit. */
export function decodeMatchedValues(value: Buffer, limits: LdapLimits): readonly MatchedItem[] {
  const reader = new BerReader(value);
  const outer = reader.enter(berTag.sequence);
  const items: MatchedItem[] = [];
  while (!reader.atEnd) {
    if (items.length === limits.matchedValuesItemsMax) {
      throw new RequestError(ResultCode.adminLimitExceeded, 'too many matched values items');
    }
    items.push(decodeMatchedItem(reader, limits));
  }
  reader.leave(outer);
  return items;
}

function decodeMatchedItem(reader: BerReader, limits: LdapLimits): MatchedItem {
  const item = decodeFilter(reader, limits);
  switch (item.kind) {
    case 'and':
    case 'or':
    case 'not':
      throw new BerError('content', 'matched values items are not combined');
    default:
      return item;
  }
}

/** controlValue of draft-masarati-ldap-deref §2.2: at least one attribute to follow, each with at least one that is wanted. */
export function decodeDereferences(value: Buffer): readonly DereferenceSpec[] {
  const reader = new BerReader(value);
  const outer = reader.enter(berTag.sequence);
  const specs: DereferenceSpec[] = [];
  while (!reader.atEnd) {
    const sequence = reader.enter(berTag.sequence);
    const attribute = reader.string();
    const attributes = decodeStrings(reader);
    reader.leave(sequence);
    specs.push({ attribute, attributes });
  }
  reader.leave(outer);
  if (specs.length === 0) throw new BerError('content', 'nothing to dereference');
  return specs;
}

function decodeStrings(reader: BerReader): readonly string[] {
  const outer = reader.enter(berTag.sequence);
  const strings: string[] = [];
  while (!reader.atEnd) strings.push(reader.string());
  reader.leave(outer);
  if (strings.length === 0) throw new BerError('content', 'nothing is wanted');
  return strings;
}
