import type { Filter } from '../../src/directory/filter.ts';
import type { MemoryEntry } from './memory-directory.ts';

/**
 * Filter evaluation as one would write it from RFC 4511 §4.5.1.7 without thinking of speed, for directories of plain ASCII:
 * no codec, no index, no compiled tests. True, false, or undefined for Undefined.
 */
export function oracle(filter: Filter, entry: MemoryEntry, all: readonly MemoryEntry[]): boolean | undefined {
  switch (filter.kind) {
    case 'and': {
      const parts = new Set(filter.filters.map((part) => oracle(part, entry, all)));
      return parts.has(false) ? false : parts.has(undefined) ? undefined : true;
    }
    case 'or': {
      const parts = new Set(filter.filters.map((part) => oracle(part, entry, all)));
      return parts.has(true) ? true : parts.has(undefined) ? undefined : false;
    }
    case 'not': {
      const part = oracle(filter.filter, entry, all);
      return part === undefined ? undefined : !part;
    }
    case 'extensible':
      return inChain(filter, entry, all);
    default:
      return item(filter, entry, all);
  }
}

type Item = Exclude<Filter, { kind: 'and' | 'or' | 'not' | 'extensible' }>;

/** The attributes that oracle directories have, and how they are compared. */
const oracleAttributes: Readonly<
  Record<string, 'ignore' | 'ignore-ia5' | 'exact' | 'exact-ia5' | 'integer' | 'dn' | 'class'>
> = {
  objectclass: 'class',
  uid: 'ignore',
  cn: 'ignore',
  sn: 'ignore',
  ou: 'ignore',
  mail: 'ignore-ia5',
  description: 'ignore',
  homedirectory: 'exact-ia5',
  uidnumber: 'integer',
  gidnumber: 'integer',
  member: 'dn',
  memberuid: 'exact',
  memberof: 'dn',
};

const classes = new Set(['top', 'person', 'inetorgperson', 'organizationalunit', 'groupofmembers', 'computer']);

function squash(text: string): string {
  return text.trim().replace(/ +/g, ' ');
}

function normal(kind: string, text: string): string | undefined {
  switch (kind) {
    case 'integer':
      return /^-?\d+$/.test(text) ? BigInt(text).toString() : undefined;
    case 'class':
      return classes.has(text.toLowerCase()) ? text.toLowerCase() : undefined;
    case 'dn': {
      const tight = text.toLowerCase().replace(/ *, */g, ',');
      return /^[a-z]+=[^,]+(?:,[a-z]+=[^,]+)*$/.test(tight) ? tight : undefined;
    }
    // An IA5 string may be empty, a directory string may not (RFC 4517 §3.3.15, §3.3.6).
    case 'ignore-ia5':
      return squash(text).toLowerCase();
    case 'exact-ia5':
      return squash(text);
    case 'exact':
      return text === '' ? undefined : squash(text);
    default:
      return text === '' ? undefined : squash(text).toLowerCase();
  }
}

/** Values of an attribute, those that follow from memberships included. */
function valuesOf(attribute: string, entry: MemoryEntry, all: readonly MemoryEntry[]): readonly string[] {
  if (attribute === 'member') return entry.members ?? [];
  if (attribute === 'memberof') {
    return all.filter((other) => other.members?.includes(entry.dn) === true).map((other) => other.dn);
  }
  if (attribute === 'memberuid') {
    return (entry.members ?? []).flatMap((dn) => {
      const member = all.find((other) => other.dn === dn);
      return member === undefined ? [] : valuesOf('uid', member, all);
    });
  }
  const found = entry.attributes.find(([name]) => name.toLowerCase() === attribute);
  return (found?.[1] ?? []).map(String);
}

function item(filter: Item, entry: MemoryEntry, all: readonly MemoryEntry[]): boolean | undefined {
  const attribute = filter.attribute.toLowerCase();
  const kind = oracleAttributes[attribute];
  if (kind === undefined) return undefined;
  const values = valuesOf(attribute, entry, all);
  if (filter.kind === 'present') return values.length > 0;
  if (filter.kind === 'substrings') return substrings(filter, kind, values);
  const asserted = normal(kind, filter.value.toString());
  if (asserted === undefined) return undefined;
  if (filter.kind === 'equality' || filter.kind === 'approximate') {
    return values.some((value) => matches(kind, value, asserted));
  }
  if (kind !== 'integer') return undefined;
  return values.some((value) =>
    filter.kind === 'greaterOrEqual' ? BigInt(value) >= BigInt(asserted) : BigInt(value) <= BigInt(asserted),
  );
}

function matches(kind: string, value: string, asserted: string): boolean {
  if (kind === 'class' && asserted === 'person' && value.toLowerCase() === 'inetorgperson') return true;
  return normal(kind, value) === asserted;
}

function substrings(
  filter: Extract<Filter, { kind: 'substrings' }>,
  kind: string,
  values: readonly string[],
): boolean | undefined {
  if (!/^(?:ignore|exact)/.test(kind)) return undefined;
  const pieces = [filter.initial, ...filter.any, filter.final].map((piece) => piece?.toString() ?? '');
  const escaped = pieces.map((piece) => piece.replace(/[^a-zA-Z0-9]/g, '\\$&'));
  // Oracle directories have no spaces where substrings are asked for, so that plain text is prepared text.
  const pattern = new RegExp(`^${escaped.join('[^]*')}$`, kind.startsWith('ignore') ? 'i' : '');
  return values.some((value) => pattern.test(value));
}

const chainRule = '1.2.840.113556.1.4.1941';

function inChain(
  filter: Extract<Filter, { kind: 'extensible' }>,
  entry: MemoryEntry,
  all: readonly MemoryEntry[],
): boolean | undefined {
  const attribute = filter.attribute?.toLowerCase();
  const target = normal('dn', filter.value.toString());
  if (filter.rule !== chainRule || attribute === undefined || target === undefined) return undefined;
  if (attribute !== 'member' && attribute !== 'memberof') return undefined;
  const seen = new Set<string>();
  const pending = [entry];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const dn of valuesOf(attribute, next, all)) {
      if (seen.has(dn)) continue;
      seen.add(dn);
      pending.push(...all.filter((other) => other.dn === dn));
    }
  }
  return [...seen].some((dn) => normal('dn', dn) === target);
}
