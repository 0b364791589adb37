import type { X509Certificate } from 'node:crypto';

import { formatDn, normalizedRdns, parseDn } from '../directory/dn.ts';
import { parseAlternativeName } from '../identity/alternative-name.ts';

// One entry of what Node.js writes; a value with a comma, a quote or a control character stands in quotes.
const altNameEntry = /([^:,"]+):(?:([^",]*)|"(?:[^"\\]|\\.)*")(?:, |$)/y;

const controlCharacter = /\p{Cc}/u;

/** The subject of a certificate as a distinguished name. */
export interface CertificateSubject {
  /** In the form of RFC 4514. */
  readonly dn: string;
  /** Equal for all spellings of one name, as `normalizeDn` gives it. */
  readonly key: string;
}

/** Reads the subject of a certificate; undefined when it is empty or holds what nobody would type. */
export function certificateSubject({ subject }: Pick<X509Certificate, 'subject'>): CertificateSubject | undefined {
  // Node.js writes the RDNs in the order of the certificate, one a line, each escaped as in RFC 2253, line feeds too. The
  // string form of a DN has the reverse order (RFC 4514 §2.1). A certificate without subject has no such property.
  const text: string | undefined = subject;
  const dn = parseDn((text ?? '').split('\n').reverse().join(','));
  if (dn === undefined || dn.length === 0) return undefined;
  // Preparation for comparing drops control characters (RFC 4518 §2.2), so that two subjects would become one.
  if (dn.flat().some(({ value }) => controlCharacter.test(value))) return undefined;
  return { dn: formatDn(dn), key: normalizedRdns(dn).join(',') };
}

/**
 * The names of a certificate beside its subject, in the form of `parseAlternativeName`. Kinds that it does not know are left
 * out, and so are names with characters that have no place in them.
 */
export function certificateAltNames({ subjectAltName }: Pick<X509Certificate, 'subjectAltName'>): readonly string[] {
  const text = subjectAltName ?? '';
  const names: string[] = [];
  altNameEntry.lastIndex = 0;
  while (altNameEntry.lastIndex < text.length) {
    const [entry, kind, value] = altNameEntry.exec(text) ?? [];
    // What is not written as expected is not believed in any part.
    if (entry === undefined) return [];
    const name = value === undefined ? undefined : parseAlternativeName(`${kind}:${value}`);
    if (name !== undefined) names.push(name);
  }
  return names;
}
