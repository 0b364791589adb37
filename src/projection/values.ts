import type { GraphProperties } from '../identity/change.ts';

/** The text of a property, or undefined when it is missing, empty or not text. */
export function text(properties: GraphProperties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The texts of a property that holds a list; empty ones are left out. */
export function texts(properties: GraphProperties, name: string): readonly string[] {
  const value = properties[name];
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string' && item.trim() !== '');
}

/** A boolean in the syntax of RFC 4517 §3.3.3, or undefined when the property is missing. */
export function flag(properties: GraphProperties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : undefined;
}

/** The text when it fits an IA5 string (RFC 4517 §3.3.15), as `mail` and `homeDirectory` demand. */
export function ia5(value: string | undefined): string | undefined {
  return value !== undefined && /^[\x20-\x7e]+$/.test(value) ? value : undefined;
}

/** The text when it fits a telephone number (RFC 4517 §3.3.31: a printable string), with other spaces folded. */
export function telephone(value: string): string | undefined {
  const folded = value.replaceAll(/\s+/gu, ' ').trim();
  return /^[A-Za-z0-9'()+,\-./:? =]+$/.test(folded) ? folded : undefined;
}

/** A point in time in the syntax of RFC 4517 §3.3.13, to the second and in UTC. */
export function generalizedTime(ms: number): string {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  if (!(year >= 1000 && year <= 9999)) return date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  const day = year * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  // Eight digits, and then six with a one in front of them that keeps their zeros.
  const time = 1_000_000 + date.getUTCHours() * 10_000 + date.getUTCMinutes() * 100 + date.getUTCSeconds();
  return `${day}${String(time).slice(1)}Z`;
}

/** Milliseconds since the epoch of an ISO 8601 text as Graph writes it, or undefined. */
export function instant(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The part of a user principal name that reads well; for a guest (`joe_x.com#EXT#@…`) that is what stands before the mark. */
export function localPart(name: string): string {
  const at = name.lastIndexOf('@');
  const local = at > 0 ? name.slice(0, at) : name;
  const mark = local.toUpperCase().lastIndexOf('#EXT#');
  return mark > 0 ? local.slice(0, mark) : local;
}

/** What stands behind the last `@` of a name, or undefined when it has none. */
export function domainPart(name: string): string | undefined {
  const at = name.lastIndexOf('@');
  return at === -1 ? undefined : name.slice(at + 1);
}
