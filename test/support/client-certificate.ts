import { webcrypto } from 'node:crypto';
import '../../src/certificates/metadata-reflection.ts';
import * as x509 from '@peculiar/x509';
import type { CertificatePair } from '../../src/certificates/authority.ts';

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

/** RDNs in the order of the certificate, the most general first. */
export type SubjectRdns = readonly Readonly<Record<string, string>>[];

/** What a test may want to be different. */
export interface ClientCertificateOptions {
  /** Valid from so many days before now; it lasts two days. */
  readonly ageDays?: number;
  /** True for a certificate that may be used by servers only. */
  readonly forServers?: boolean;
  /** Subject alternative names. */
  readonly names?: readonly { readonly type: 'dns' | 'email' | 'url'; readonly value: string }[];
}

/** A certificate for a client, signed by this authority. */
export async function clientCertificate(
  authority: CertificatePair,
  subject: SubjectRdns,
  { ageDays = 1, forServers = false, names }: ClientCertificateOptions = {},
): Promise<{ readonly cert: string; readonly key: string }> {
  const issuer = new x509.X509Certificate(authority.certPem);
  const der = x509.PemConverter.decodeFirst(authority.keyPem);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, signing, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
      // As plain strings they would be read as parts of a DN, with quotes and hexadecimal forms.
      subject: new x509.Name(
        subject.map((rdn) =>
          Object.fromEntries(Object.entries(rdn).map(([type, value]) => [type, [{ utf8String: value }]])),
        ),
      ),
      issuer: issuer.subjectName,
      notBefore: new Date(Date.now() - ageDays * dayMs),
      notAfter: new Date(Date.now() + (2 - ageDays) * dayMs),
      signingAlgorithm: signing,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.ExtendedKeyUsageExtension([forServers ? serverAuth : clientAuth]),
        ...(names === undefined ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}
