import type { Filter } from '../../src/directory/filter.ts';

/** A filter in the string representation (RFC 4515 §3). */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.kind === 'and' ? '&' : '|'}${filter.filters.map(formatFilter).join('')})`;
    case 'not':
      return `(!${formatFilter(filter.filter)})`;
    default:
      return `(${formatItem(filter)})`;
  }
}

type Item = Exclude<Filter, { kind: 'and' | 'or' | 'not' }>;

const operators = { equality: '=', greaterOrEqual: '>=', lessOrEqual: '<=', approximate: '~=' } as const;

function formatItem(item: Item): string {
  switch (item.kind) {
    case 'present':
      return `${item.attribute}=*`;
    case 'substrings': {
      const parts = [item.initial, ...item.any, item.final].map((part) => (part === undefined ? '' : escape(part)));
      return `${item.attribute}=${parts.join('*')}`;
    }
    case 'extensible': {
      const rule = item.rule === undefined ? '' : `:${item.rule}`;
      return `${item.attribute ?? ''}${item.dnAttributes ? ':dn' : ''}${rule}:=${escape(item.value)}`;
    }
    default:
      return `${item.attribute}${operators[item.kind]}${escape(item.value)}`;
  }
}

function escape(value: Buffer): string {
  const text = value.toString();
  const readable = Buffer.from(text).equals(value) ? text : value.toString('latin1');
  return Array.from(readable)
    .map((char) => (/[*()\\\p{C}]/u.test(char) || readable !== text ? hex(char, readable === text) : char))
    .join('');
}

function hex(char: string, isUtf8: boolean): string {
  return Buffer.from(char, isUtf8 ? 'utf8' : 'latin1')
    .toString('hex')
    .replaceAll(/../g, String.raw`\$&`);
}
