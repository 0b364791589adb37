import { webcrypto } from 'node:crypto';

import '../../src/certificates/metadata-reflection.ts';
import * as x509 from '@peculiar/x509';

/** An application's certificate and key as an administrator would keep them. */
export interface ApplicationCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Makes a self-signed certificate for client assertions; RSA unless told otherwise. */
export async function createApplicationCertificate(kind: 'rsa' | 'ec' = 'rsa'): Promise<ApplicationCertificate> {
  const algorithm =
    kind === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
      : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=application',
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 86_400_000),
      signingAlgorithm: algorithm,
      keys,
    },
    webcrypto,
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certPem: `${certificate.toString('pem')}\n`,
    keyPem: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
  };
}
