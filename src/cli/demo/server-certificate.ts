import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  type CertificatePair,
  createCertificateAuthority,
  issueServerCertificate,
} from '../../certificates/authority.ts';
import { replaceFile } from './own-folder.ts';

const dayMs = 86_400_000;
const validDays = 365;
const renewDays = 30;

/** What the files of a certificate are called. */
export const certificateNames = { ca: 'ca.pem', cert: 'server.crt', key: 'server.key' } as const;

/** A server certificate with its key, and where they and the authority that clients must trust are stored. */
export interface StoredCertificate extends CertificatePair {
  readonly caPem: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * The certificate of a folder that is ours: the stored one while it is good for these hosts and for another month, else a
 * new one from a new authority, whose key is forgotten at once.
 */
export async function serverCertificate(
  folder: string,
  hosts: readonly string[],
  nowMs: number,
): Promise<StoredCertificate> {
  const caFile = join(folder, certificateNames.ca);
  const certFile = join(folder, certificateNames.cert);
  const keyFile = join(folder, certificateNames.key);
  const stored = readStored({ caFile, certFile, keyFile });
  if (stored && isGood(stored, hosts, nowMs)) return stored;
  const authority = await createCertificateAuthority({ commonName: 'entra-ldapd trial CA', nowMs, days: validDays });
  const pair = await issueServerCertificate({ authority, hosts, nowMs, days: validDays });
  replaceFile(keyFile, pair.keyPem);
  replaceFile(certFile, pair.certPem);
  replaceFile(caFile, authority.certPem);
  return { ...pair, caPem: authority.certPem, caFile, certFile, keyFile };
}

type Paths = Pick<StoredCertificate, 'caFile' | 'certFile' | 'keyFile'>;

function readStored(paths: Paths): StoredCertificate | undefined {
  try {
    const [caPem, certPem, keyPem] = [paths.caFile, paths.certFile, paths.keyFile].map((path) =>
      readFileSync(path, 'utf8'),
    );
    if (caPem === undefined || certPem === undefined || keyPem === undefined) return undefined;
    return { ...paths, caPem, certPem, keyPem };
  } catch {
    // Missing, or cut off by a crash: it is made anew.
    return undefined;
  }
}

function isGood({ caPem, certPem, keyPem }: StoredCertificate, hosts: readonly string[], nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(certPem);
    const lastsMs = Date.parse(certificate.validTo) - nowMs;
    const covers = (host: string): boolean =>
      (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
    const { publicKey } = new X509Certificate(caPem);
    return (
      lastsMs > renewDays * dayMs &&
      hosts.every(covers) &&
      certificate.verify(publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(keyPem))
    );
  } catch {
    return false;
  }
}
