import { escapeRdnValue, normalizeDn, parseDn } from '../directory/dn.ts';
import type { Reading } from './units.ts';

// In a canonical DN every comma and plus sign that does not separate is behind a backslash.
const SINGLE_OU = /^ou=(?:[^,+\\]|\\.)+$/u;

// Control characters, line and paragraph separators, and the marks that turn the direction of writing around.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** True for a text of at most `lengthMax` characters that can be shown on one line and neither begins nor ends blank. */
export function isOneLine(text: string, lengthMax: number): boolean {
  return text !== '' && text.length <= lengthMax && text === text.trim() && !UNPRINTABLE.test(text);
}

/** What a base DN looks like; continues the sentence "the key …". */
export const baseDnExpected = 'must be a distinguished name (RFC 4514), for instance dc=example,dc=com';

/** Accepts a valid DN of at least one component, as written. */
export function parseBaseDn(text: string): Reading<string> {
  if (parseDn(text) !== undefined && text.trim() !== '') return { value: text };
  const looksLikeDomain = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text);
  return { problem: looksLikeDomain ? `${baseDnExpected}; write a domain as dc=…,dc=…` : baseDnExpected };
}

/** What the name of a container looks like; continues the sentence "the key …". */
export const containerExpected = 'must be one name of the form ou=…, for instance ou=users';

/** Accepts a relative distinguished name with the single attribute `ou`, as written. */
export function parseContainer(text: string): Reading<string> {
  return SINGLE_OU.test(normalizeDn(text) ?? '') ? { value: text } : { problem: containerExpected };
}

/** The DN of a service account below its container. */
export function serviceAccountDn(name: string, container: string, baseDn: string): string {
  return `cn=${escapeRdnValue(name)},${container},${baseDn}`;
}

/** The key under which two names of service accounts are the same to LDAP: letter case and spacing do not tell them apart. */
export function serviceAccountKey(name: string): string | undefined {
  return normalizeDn(`cn=${escapeRdnValue(name)}`);
}

/** A client secret looks like a GUID only when its ID was copied instead of its value. */
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for the 8-4-4-4-12 digits of a GUID in any letter case. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}
