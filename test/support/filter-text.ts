import type { Filter } from '../../src/directory/filter.ts';

/** Reads the string representation of a filter (RFC 4515), as the tests write them. Throws on malformed text. */
export function filterFromText(text: string): Filter {
  const reader = new FilterReader(text);
  const filter = reader.filter();
  if (reader.at !== text.length) throw new Error(`trailing text in the filter ${text}`);
  return filter;
}

function octets(text: string): Buffer {
  const parts = text.split(/(\\[0-9a-fA-F]{2})/);
  return Buffer.concat(
    parts.map((part) => (/^\\[0-9a-fA-F]{2}$/.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  );
}

function substrings(attribute: string, value: string): Filter {
  const [initial = '', ...rest] = value.split('*');
  const final = rest.pop() ?? '';
  const any = rest.filter((part) => part !== '').map(octets);
  const part = (piece: string): Buffer | undefined => (piece === '' ? undefined : octets(piece));
  return { kind: 'substrings', attribute, initial: part(initial), any, final: part(final) };
}

function extensible(description: string, value: string): Filter {
  const [attribute = '', ...flags] = description.split(':');
  const dnAttributes = flags[0]?.toLowerCase() === 'dn';
  const rule = flags[dnAttributes ? 1 : 0];
  return {
    kind: 'extensible',
    rule: rule === '' ? undefined : rule,
    attribute: attribute === '' ? undefined : attribute,
    value: octets(value),
    dnAttributes,
  };
}

function item(text: string): Filter {
  const found = /^([^=~<>]*?)(:=|~=|>=|<=|=)([^]*)$/.exec(text);
  if (found === null) throw new Error(`not a filter item: ${text}`);
  const [, attribute = '', operator, value = ''] = found;
  switch (operator) {
    case ':=':
      return extensible(attribute, value);
    case '~=':
      return { kind: 'approximate', attribute, value: octets(value) };
    case '>=':
      return { kind: 'greaterOrEqual', attribute, value: octets(value) };
    case '<=':
      return { kind: 'lessOrEqual', attribute, value: octets(value) };
    default:
      if (value === '*') return { kind: 'present', attribute };
      return value.includes('*') ? substrings(attribute, value) : { kind: 'equality', attribute, value: octets(value) };
  }
}

class FilterReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  filter(): Filter {
    this.#take('(');
    const filter = this.#body();
    this.#take(')');
    return filter;
  }

  #body(): Filter {
    const char = this.text[this.at];
    if (char === '!') {
      this.at += 1;
      return { kind: 'not', filter: this.filter() };
    }
    if (char === '&' || char === '|') {
      this.at += 1;
      const filters: Filter[] = [];
      while (this.text[this.at] === '(') filters.push(this.filter());
      return { kind: char === '&' ? 'and' : 'or', filters };
    }
    const end = this.text.indexOf(')', this.at);
    const text = this.text.slice(this.at, end);
    this.at = end;
    return item(text);
  }

  #take(char: string): void {
    if (this.text[this.at] !== char) throw new Error(`${char} expected at ${this.at} of the filter ${this.text}`);
    this.at += 1;
  }
}
