import type { Filter } from '../directory/filter.ts';
import { ResultCode } from '../directory/result.ts';
import { BerError, type BerReader } from './ber-reader.ts';
import type { LdapLimits } from './limits.ts';
import { berTag } from './protocol.ts';
import { RequestError } from './request-error.ts';

const filterTag = {
  and: 0xa0,
  or: 0xa1,
  not: 0xa2,
  equality: 0xa3,
  substrings: 0xa4,
  greaterOrEqual: 0xa5,
  lessOrEqual: 0xa6,
  present: 0x87,
  approximate: 0xa8,
  extensible: 0xa9,
} as const;

const substringTag = { initial: 0x80, any: 0x81, final: 0x82 } as const;
const extensibleTag = { rule: 0x81, attribute: 0x82, value: 0x83, dnAttributes: 0x84 } as const;

/** The limits of a filter. */
export type FilterLimits = Pick<LdapLimits, 'filterDepthMax' | 'filterItemsMax'>;

/**
 * Reads a filter (RFC 4511 §4.5.1.7). Throws {@link RequestError} adminLimitExceeded before it goes deeper or further than
 * the limits, and {@link BerError} when it is malformed.
 */
export function decodeFilter(reader: BerReader, limits: FilterLimits): Filter {
  return decode(reader, { limits, items: 0 }, 1);
}

interface Progress {
  readonly limits: FilterLimits;
  items: number;
}

function decode(reader: BerReader, progress: Progress, depth: number): Filter {
  if (depth > progress.limits.filterDepthMax) {
    throw new RequestError(ResultCode.adminLimitExceeded, 'filter is nested too deeply');
  }
  if (++progress.items > progress.limits.filterItemsMax) {
    throw new RequestError(ResultCode.adminLimitExceeded, 'filter has too many items');
  }
  const tag = reader.peek();
  switch (tag) {
    case filterTag.and:
      return { kind: 'and', filters: decodeSet(reader, tag, progress, depth) };
    case filterTag.or:
      return { kind: 'or', filters: decodeSet(reader, tag, progress, depth) };
    case filterTag.not:
      return decodeNot(reader, progress, depth);
    case filterTag.equality:
      return decodeAssertion(reader, tag, 'equality');
    case filterTag.greaterOrEqual:
      return decodeAssertion(reader, tag, 'greaterOrEqual');
    case filterTag.lessOrEqual:
      return decodeAssertion(reader, tag, 'lessOrEqual');
    case filterTag.approximate:
      return decodeAssertion(reader, tag, 'approximate');
    case filterTag.substrings:
      return decodeSubstrings(reader);
    case filterTag.present:
      return { kind: 'present', attribute: reader.string(tag) };
    case filterTag.extensible:
      return decodeExtensible(reader);
    default:
      throw new BerError('content', 'unknown filter choice');
  }
}

/** No filter at all is allowed here: absolute true and false (RFC 4526). */
function decodeSet(reader: BerReader, tag: number, progress: Progress, depth: number): Filter[] {
  const outer = reader.enter(tag);
  const filters: Filter[] = [];
  while (!reader.atEnd) filters.push(decode(reader, progress, depth + 1));
  reader.leave(outer);
  return filters;
}

function decodeNot(reader: BerReader, progress: Progress, depth: number): Filter {
  const outer = reader.enter(filterTag.not);
  const filter = decode(reader, progress, depth + 1);
  if (!reader.atEnd) throw new BerError('content', 'not takes one filter');
  reader.leave(outer);
  return { kind: 'not', filter };
}

function decodeAssertion(
  reader: BerReader,
  tag: number,
  kind: 'equality' | 'greaterOrEqual' | 'lessOrEqual' | 'approximate',
): Filter {
  const outer = reader.enter(tag);
  const attribute = reader.string();
  const value = reader.octets();
  reader.leave(outer);
  return { kind, attribute, value };
}

function decodeSubstrings(reader: BerReader): Filter {
  const outer = reader.enter(filterTag.substrings);
  const attribute = reader.string();
  const sequence = reader.enter(berTag.sequence);
  if (reader.atEnd) throw new BerError('content', 'substrings filter without substrings');
  const initial = reader.peek() === substringTag.initial ? reader.octets(substringTag.initial) : undefined;
  const any: Buffer[] = [];
  while (reader.peek() === substringTag.any) any.push(reader.octets(substringTag.any));
  const final = reader.peek() === substringTag.final ? reader.octets(substringTag.final) : undefined;
  if (!reader.atEnd) throw new BerError('content', 'substrings out of order');
  reader.leave(sequence);
  reader.leave(outer);
  return { kind: 'substrings', attribute, initial, any, final };
}

function decodeExtensible(reader: BerReader): Filter {
  const outer = reader.enter(filterTag.extensible);
  const rule = reader.peek() === extensibleTag.rule ? reader.string(extensibleTag.rule) : undefined;
  const attribute = reader.peek() === extensibleTag.attribute ? reader.string(extensibleTag.attribute) : undefined;
  if (rule === undefined && attribute === undefined) {
    throw new BerError('content', 'extensible match without rule and type');
  }
  const value = reader.octets(extensibleTag.value);
  const dnAttributes = reader.peek() === extensibleTag.dnAttributes && reader.boolean(extensibleTag.dnAttributes);
  reader.leave(outer);
  return { kind: 'extensible', rule, attribute, value, dnAttributes };
}
