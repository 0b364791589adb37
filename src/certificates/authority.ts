import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
// Must be evaluated before x509: tsyringe checks for it while it loads.
import './metadata-reflection.ts';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key (PKCS #8), both as PEM text. */
export interface CertificatePair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** What {@link createCertificateAuthority} needs to know. */
export interface AuthorityOptions {
  readonly commonName: string;
  /** Start of validity, milliseconds since the epoch; five minutes are taken off for clocks that lag. */
  readonly nowMs: number;
  readonly days: number;
}

/** What {@link issueServerCertificate} needs to know. `hosts` are DNS names and IP addresses (RFC 5280 §4.2.1.6). */
export interface ServerCertificateOptions {
  readonly authority: CertificatePair;
  readonly hosts: readonly string[];
  readonly nowMs: number;
  readonly days: number;
}

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const CLOCK_SKEW_MS = 300_000;

function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - CLOCK_SKEW_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** A positive serial number of 16 octets, as RFC 5280 §4.1.2.2 asks for. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

/** Makes a new self-signed authority (ECDSA P-256) that may sign end-entity certificates only. */
export async function createCertificateAuthority(options: AuthorityOptions): Promise<CertificatePair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: [{ CN: [options.commonName] }],
      ...validity(options.nowMs, options.days),
      signingAlgorithm: SIGNING,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certPem: certificate.toString('pem'), keyPem: await privateKeyPem(keys) };
}

/**
 * Issues a TLS server certificate (ECDSA P-256) for the given hosts. `certPem` holds the certificate followed by the
 * authority's, so that it can be served as a chain. Throws a RangeError when no host is given.
 */
export async function issueServerCertificate(options: ServerCertificateOptions): Promise<CertificatePair> {
  const [first] = options.hosts;
  if (first === undefined) throw new RangeError('a server certificate needs at least one host');
  const issuer = new x509.X509Certificate(options.authority.certPem);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(options.authority.keyPem),
    SIGNING,
    false,
    ['sign'],
  );
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: [{ CN: [first] }],
      issuer: issuer.subjectName,
      ...validity(options.nowMs, options.days),
      signingAlgorithm: SIGNING,
      publicKey: keys.publicKey,
      signingKey,
      extensions: await serverExtensions(keys.publicKey, issuer, options.hosts),
    },
    webcrypto,
  );
  return {
    certPem: `${certificate.toString('pem')}\n${issuer.toString('pem')}\n`,
    keyPem: await privateKeyPem(keys),
  };
}

async function serverExtensions(
  publicKey: webcrypto.CryptoKey,
  issuer: x509.X509Certificate,
  hosts: readonly string[],
): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const),
    ),
    await x509.SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
  ];
}
