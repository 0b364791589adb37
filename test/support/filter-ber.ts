import type { Filter } from '../../src/directory/filter.ts';
import { boolean, element, text } from './ldap-ber.ts';

const choice = { equality: 0xa3, greaterOrEqual: 0xa5, lessOrEqual: 0xa6, approximate: 0xa8 } as const;

/** A filter as the wire has it (RFC 4511 §4.5.1). */
export function encodeFilter(filter: Filter): Buffer {
  switch (filter.kind) {
    case 'and':
      return element(0xa0, ...filter.filters.map(encodeFilter));
    case 'or':
      return element(0xa1, ...filter.filters.map(encodeFilter));
    case 'not':
      return element(0xa2, encodeFilter(filter.filter));
    case 'present':
      return element(0x87, filter.attribute);
    case 'substrings':
      return element(
        0xa4,
        text(filter.attribute),
        element(
          0x30,
          ...(filter.initial === undefined ? [] : [element(0x80, filter.initial)]),
          ...filter.any.map((part) => element(0x81, part)),
          ...(filter.final === undefined ? [] : [element(0x82, filter.final)]),
        ),
      );
    case 'extensible':
      return element(
        0xa9,
        ...(filter.rule === undefined ? [] : [element(0x81, filter.rule)]),
        ...(filter.attribute === undefined ? [] : [element(0x82, filter.attribute)]),
        element(0x83, filter.value),
        // DER-like: the default is left out (RFC 4511 §5.1).
        ...(filter.dnAttributes ? [element(0x84, boolean(true).subarray(2))] : []),
      );
    default:
      return element(choice[filter.kind], text(filter.attribute), text(filter.value));
  }
}
