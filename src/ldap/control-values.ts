/** Decodes the values of request controls. Each throws {@link BerError} when its value is malformed. */

import type { DereferenceSpec } from '../directory/search-types.ts';
import type { SortKey } from '../directory/sort.ts';
import { BerError, BerReader } from './ber-reader.ts';
import { berTag, maxInt } from './protocol.ts';

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
