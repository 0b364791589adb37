import type { X509Certificate } from 'node:crypto';

import { formatDn, normalizedRdns, parseDn } from '../directory/dn.ts';

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
