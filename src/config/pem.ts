import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Reading } from './units.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads every certificate of a PEM text, the holder's own first. */
export function parseCertificates(pem: string): Reading<X509Certificate[]> {
  const blocks = pem.match(CERTIFICATE);
  if (blocks === null) return { problem: 'holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)' };
  try {
    return { value: blocks.map((block) => new X509Certificate(block)) };
  } catch {
    return { problem: 'holds a certificate that cannot be read; write it anew in PEM form' };
  }
}

/** Reads the private key of a PEM text. */
export function parsePrivateKey(pem: string): Reading<KeyObject> {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return { problem: 'holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)' };
  }
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return {
      problem: 'holds an encrypted private key; decrypt it with "openssl pkey" and protect the file by its mode',
    };
  }
  try {
    return { value: createPrivateKey(pem) };
  } catch {
    return { problem: 'holds a private key that cannot be read; write it anew in PEM form' };
  }
}

/** True when the private key belongs to the first of the certificates. */
export function keyBelongs(certificates: readonly X509Certificate[], key: KeyObject): boolean {
  return certificates[0]?.checkPrivateKey(key) ?? false;
}
