/**
 * Distinguished names (RFC 4514): reading, writing, and the normalized text that serves as the key of an entry.
 *
 * Two spellings of one name have the same normalized text: attribute types by their first name in lower case, values
 * prepared by the matching rule of their type (RFC 4518), the parts of a multi-valued RDN sorted, one way of escaping.
 */

import { dnLengthMax, parseDnText } from './dn-parser.ts';
import { parseAttributeDefinition } from './schema-notation.ts';
import { unixAttributes, whitePagesAttributes } from './schema-attributes.ts';
import { activeDirectoryAttributes, entraAttributes } from './schema-attributes-entra.ts';
import { prepareCaseExact, prepareCaseIgnore } from './string-prep.ts';

/** One type and value of an RDN. */
export interface Ava {
  /** As written: a name or a numeric OID. */
  readonly type: string;
  /** Without escapes. When `encoded`, the hexadecimal digits of a BER value that is no string. */
  readonly value: string;
  readonly encoded: boolean;
}

/** A relative distinguished name: one AVA, seldom more. */
export type Rdn = readonly Ava[];

/** A distinguished name, the entry's own RDN first; empty for the root. */
export type Dn = readonly Rdn[];

/** Parses a string representation (RFC 4514 §3), with the spaces around `,` `+` `=` that RFC 2253 §4 allows. Undefined: invalid. */
export function parseDn(text: string): Dn | undefined {
  return parseDnText(text);
}

const needsEscape = /[",+;<>\\\0]/g;

/** Escapes a value for use in an RDN (RFC 4514 §2.4). */
export function escapeRdnValue(value: string): string {
  const escaped = value.replace(needsEscape, (char) => (char === '\0' ? '\\00' : `\\${char}`));
  const last = value.length > 1 && value.endsWith(' ') ? `${escaped.slice(0, -1)}\\ ` : escaped;
  return value.startsWith(' ') || value.startsWith('#') ? `\\${last}` : last;
}

function formatAva(ava: Ava): string {
  return `${ava.type}=${ava.encoded ? `#${ava.value}` : escapeRdnValue(ava.value)}`;
}

/** Writes an RDN (RFC 4514 §2.2, §2.3). */
export function formatRdn(rdn: Rdn): string {
  return rdn.map(formatAva).join('+');
}

/** Writes a DN (RFC 4514 §2.1). */
export function formatDn(dn: Dn): string {
  return dn.map(formatRdn).join(',');
}

/** The name of the immediate superior; undefined for the root. */
export function parentDn(dn: Dn): Dn | undefined {
  return dn.length === 0 ? undefined : dn.slice(1);
}

interface NamingType {
  readonly key: string;
  readonly exact: boolean;
}

const namingTypes = readNamingTypes();

function readNamingTypes(): ReadonlyMap<string, NamingType> {
  const types = new Map<string, NamingType>();
  const definitions = [
    ...whitePagesAttributes,
    ...unixAttributes,
    ...activeDirectoryAttributes,
    ...entraAttributes,
  ].map(parseAttributeDefinition);
  for (const definition of definitions) {
    const type = {
      key: (definition.names[0] ?? '').toLowerCase(),
      exact: definition.equality?.startsWith('caseExact') ?? false,
    };
    for (const name of [definition.oid, ...definition.names]) types.set(name.toLowerCase(), type);
  }
  return types;
}

/** The key of an attribute type in a normalized DN: its first name, or what was written when we do not know it, in lower case. */
export function namingTypeKey(type: string): string {
  const lower = type.toLowerCase();
  return namingTypes.get(lower)?.key ?? lower;
}

function normalizeAva(ava: Ava): string {
  const lower = ava.type.toLowerCase();
  const type = namingTypes.get(lower);
  if (ava.encoded) return `${type?.key ?? lower}=#${ava.value}`;
  const prepared = type?.exact === true ? prepareCaseExact(ava.value) : prepareCaseIgnore(ava.value);
  return `${type?.key ?? lower}=${escapeRdnValue(prepared)}`;
}

function normalizeRdn(rdn: Rdn): string {
  const [first, ...others] = rdn;
  if (first !== undefined && others.length === 0) return normalizeAva(first);
  return rdn.map(normalizeAva).sort().join('+');
}

/** The normalized RDNs of a parsed name, the entry's own first. Joined with commas they are the normalized DN. */
export function normalizedRdns(dn: Dn): readonly string[] {
  return dn.map(normalizeRdn);
}

// What most clients send needs no preparation: types by first name, values of lower-case letters, digits, dots and the like.
const alreadyNormal = /^(?:(?:uid|cn|ou|dc|o)=[a-z0-9._@-]+(?:,(?:uid|cn|ou|dc|o)=[a-z0-9._@-]+)*)?$/;

/** The normalized text of a DN, equal for all spellings of one name; empty for the root. Undefined: invalid. */
export function normalizeDn(text: string): string | undefined {
  if (text.length <= dnLengthMax && alreadyNormal.test(text)) return text;
  const dn = parseDnText(text);
  return dn === undefined ? undefined : normalizedRdns(dn).join(',');
}
