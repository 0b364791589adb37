import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { dnsNames } from './server-names.ts';
import { type LdapTls, serverTls } from './tls.ts';

/** Where a certificate and its key lie. */
export interface CertificateFiles {
  /** PEM: the certificate, followed by its chain. */
  readonly certFile: string;
  /** PEM: the private key, not encrypted. */
  readonly keyFile: string;
  /** The names by which clients ask for the server; the DNS names in the certificate when left out. */
  readonly names?: readonly string[] | undefined;
}

/** Where the certificate and its key lie, and how TLS is spoken with them. */
export interface TlsFiles extends CertificateFiles, Omit<LdapTls, 'certPem' | 'keyPem' | 'clientCaPem' | 'further'> {
  /** PEM: the authorities that sign client certificates. */
  readonly clientCaFile?: string | undefined;
}

/** A certificate that handshakes can be done with. */
export interface LoadedTls {
  readonly tls: LdapTls;
  /** The names by which clients ask for the server when they mean this certificate. */
  readonly names: readonly string[];
  /** Validity of the certificate itself, milliseconds since the epoch (RFC 5280 §4.1.2.5). */
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** The files cannot be used. The message is a sentence for the administrator. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** Reads the files and makes sure that they belong together. Rejects with a {@link CertificateError}. */
export async function loadTls(files: TlsFiles): Promise<LoadedTls> {
  const { certFile, keyFile, names, clientCaFile, minVersion, ciphers, clientCertificates } = files;
  const [certPem, keyPem, clientCaPem] = await Promise.all([
    read(certFile),
    read(keyFile),
    clientCaFile === undefined ? undefined : read(clientCaFile),
  ]);
  const certificate = parseCertificate(certPem, certFile);
  if (!certificate.checkPrivateKey(parseKey(keyPem, keyFile))) {
    throw new CertificateError(
      `The private key in ${keyFile} does not belong to the first certificate in ${certFile}.`,
    );
  }
  if (clientCaFile !== undefined && clientCaPem !== undefined) parseCertificate(clientCaPem, clientCaFile);
  const tls: LdapTls = {
    certPem,
    keyPem,
    ...(ciphers !== undefined && { ciphers }),
    ...(clientCaPem !== undefined && { clientCaPem }),
    ...(minVersion !== undefined && { minVersion }),
    ...(clientCertificates !== undefined && { clientCertificates }),
  };
  try {
    serverTls(tls);
  } catch (error) {
    throw new CertificateError(`The certificate in ${certFile} cannot be used: ${messageOf(error)}.`, { cause: error });
  }
  return {
    tls,
    names: names ?? dnsNames(certificate),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
  };
}

/** The paths of the files. */
export function filesOf({ certFile, keyFile, clientCaFile }: TlsFiles): readonly string[] {
  return [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])];
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CertificateError(`The file ${path} cannot be read (${codeOf(error)}).`, { cause: error });
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CertificateError(`The file ${path} holds no certificate in PEM form that can be read.`, { cause: error });
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const problem = 'holds no private key in PEM form that can be read without a passphrase';
    throw new CertificateError(`The file ${path} ${problem}.`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
