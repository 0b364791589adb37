import { escapeRdnValue, formatDn, normalizeDn, parseDn, type Rdn } from '../directory/dn.ts';
import { parseAlternativeName } from '../identity/alternative-name.ts';
import type { Reading } from './units.ts';

// Control characters, line and paragraph separators, and the marks that turn the direction of writing around.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** True for a text of at most `lengthMax` characters that can be shown on one line and neither begins nor ends blank. */
export function isOneLine(text: string, lengthMax: number): boolean {
  return text !== '' && text.length <= lengthMax && text === text.trim() && !UNPRINTABLE.test(text);
}

/** What a base DN looks like; continues the sentence "the key …". */
export const baseDnExpected =
  'must be a distinguished name (RFC 4514) that begins with dc=, o= or ou=, for instance dc=example,dc=com';

/** Accepts a valid DN whose own RDN is a single `dc`, `o` or `ou`; the value has no blanks around its separators. */
export function parseBaseDn(text: string): Reading<string> {
  const dn = parseDn(text);
  if (dn !== undefined && /^(?:dc|o|ou)$/i.test(singleType(dn[0]) ?? '')) return { value: formatDn(dn) };
  const looksLikeDomain = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text);
  return { problem: looksLikeDomain ? `${baseDnExpected}; write a domain as dc=…,dc=…` : baseDnExpected };
}

/** What the name of a container looks like; continues the sentence "the key …". */
export const containerExpected = 'must be one name of the form ou=…, for instance ou=users';

/** Accepts a relative distinguished name with the single attribute `ou`; the value is in the form of RFC 4514 §2. */
export function parseContainer(text: string): Reading<string> {
  const dn = parseDn(text);
  const isOu = dn?.length === 1 && /^ou$/i.test(singleType(dn[0]) ?? '');
  return isOu ? { value: formatDn(dn) } : { problem: containerExpected };
}

/** The attribute type of an RDN that has one text value which is not empty. */
function singleType(rdn: Rdn | undefined): string | undefined {
  const [first, ...others] = rdn ?? [];
  const isPlain = first !== undefined && others.length === 0 && !first.encoded && first.value.trim() !== '';
  return isPlain ? first.type : undefined;
}

/** What the subject of a certificate looks like; continues the sentence "the key …". */
export const certificateSubjectExpected =
  'must be a distinguished name (RFC 4514), the most special part first, for instance CN=gitlab,O=Example; ' +
  '"openssl x509 -noout -subject -nameopt RFC2253 -in FILE" prints it';

/** Accepts a valid DN that is not empty and can be shown on one line; the value has no blanks around its separators. */
export function parseCertificateSubject(text: string): Reading<string> {
  const dn = isOneLine(text, 1024) ? parseDn(text) : undefined;
  return dn === undefined ? { problem: certificateSubjectExpected } : { value: formatDn(dn) };
}

/** What another name of a certificate looks like; continues the sentence "the key …". */
export const altNameExpected =
  'must be a subject alternative name, for instance dns:gitlab.example.com, email:gitlab@example.com or ' +
  'uri:spiffe://example.com/gitlab';

/** Accepts what `parseAlternativeName` accepts. */
export function parseAltName(text: string): Reading<string> {
  const name = parseAlternativeName(text);
  return name === undefined ? { problem: altNameExpected } : { value: name };
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

/** The folder of the store where a configuration names none. */
export const defaultStorePath = 'data';
