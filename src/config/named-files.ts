import type { KeyObject, X509Certificate } from 'node:crypto';
import { keyBelongs, parseCertificates, parsePrivateKey } from './pem.ts';
import type { Finding, KeyPath } from './problem.ts';
import type { Parts } from './rules.ts';
import { readTextFile } from './substitute.ts';
import type { Reading } from './units.ts';

/** Reads a text file by its path as written in the configuration. */
export type ReadFile = (path: string) => string;

/** Problems of the PEM files that the document names: unreadable, not what they should be, or not of one pair. */
export function namedFileProblems(config: Parts, readFile: ReadFile): Finding[] {
  const caFile = config?.tenant?.caFile;
  const { certFile, keyFile, clientCa, certificates = [] } = config?.ldap?.tls ?? {};
  const files = new NamedFiles(readFile);

  for (const [path, credential] of credentialsOf(config)) {
    files.application([...path, 'certificateFile'], credential?.certificateFile);
    files.readable([...path, 'federatedTokenFile'], credential?.federatedTokenFile);
  }
  files.certificates(['tenant', 'caFile'], caFile);

  const keyPath = ['ldap', 'tls', 'keyFile'];
  const server = files.certificates(['ldap', 'tls', 'certFile'], certFile);
  files.certificates(['ldap', 'tls', 'clientCa'], clientCa);
  files.pair(keyPath, server, files.privateKey(keyPath, keyFile));
  for (const [index, further] of certificates.entries()) {
    const path = ['ldap', 'tls', 'certificates', index];
    files.named([...path, 'certFile'], [...path, 'keyFile'], further);
  }
  return files.findings;
}

type CredentialParts = NonNullable<NonNullable<Parts>['tenant']>['credential'];

function credentialsOf(config: Parts): readonly (readonly [KeyPath, CredentialParts])[] {
  const { credential, credentials } = config?.tenant ?? {};
  const listed = (credentials ?? []).map((each, index) => [['tenant', 'credentials', index], each] as const);
  return [[['tenant', 'credential'], credential], ...listed];
}

type NamedCertificateParts = NonNullable<
  NonNullable<NonNullable<NonNullable<Parts>['ldap']>['tls']>['certificates']
>[number];

class NamedFiles {
  readonly findings: Finding[] = [];
  readonly #readFile: ReadFile;

  constructor(readFile: ReadFile) {
    this.#readFile = readFile;
  }

  /** The certificate of the application with its key. */
  application(path: KeyPath, file: string | undefined): void {
    const certificates = this.certificates(path, file);
    const key = certificates && this.privateKey(path, file);
    if (key !== undefined) this.requireRsa(path, key);
    this.pair(path, certificates, key);
  }

  /** A certificate for clients that ask for certain names. */
  named(certPath: KeyPath, keyPath: KeyPath, further: NamedCertificateParts): void {
    const certificates = this.certificates(certPath, further?.certFile);
    this.pair(keyPath, certificates, this.privateKey(keyPath, further?.keyFile));
    if (further?.names !== undefined || certificates === undefined) return;
    if (certificates[0]?.subjectAltName?.includes('DNS:') === true) return;
    this.#report(certPath, 'holds a certificate without DNS names; add names, the names that clients ask for');
  }

  readable(path: KeyPath, file: string | undefined): void {
    this.#parse(path, file, (value) => ({ value }));
  }

  certificates(path: KeyPath, file: string | undefined): X509Certificate[] | undefined {
    return this.#parse(path, file, parseCertificates);
  }

  privateKey(path: KeyPath, file: string | undefined): KeyObject | undefined {
    return this.#parse(path, file, parsePrivateKey);
  }

  requireRsa(path: KeyPath, key: KeyObject): void {
    // Client assertions are signed with PS256 or RS256 ("Microsoft identity platform application authentication
    // certificate credentials", learn.microsoft.com).
    if (key.asymmetricKeyType === 'rsa') return;
    this.#report(
      path,
      'holds a private key that is not RSA, which Entra does not accept; make an RSA key and certificate',
    );
  }

  pair(path: KeyPath, certificates: X509Certificate[] | undefined, key: KeyObject | undefined): void {
    if (certificates === undefined || key === undefined || keyBelongs(certificates, key)) return;
    this.#report(
      path,
      'holds a private key that does not belong to the first certificate; the two must be made together',
    );
  }

  #parse<T>(path: KeyPath, file: string | undefined, parse: (pem: string) => Reading<T>): T | undefined {
    if (file === undefined) return undefined;
    const content = readTextFile(file, this.#readFile);
    if ('problem' in content) {
      this.#report(path, `names a file that ${content.problem}`);
      return undefined;
    }
    const reading = parse(content.value);
    if ('value' in reading) return reading.value;
    this.#report(path, reading.problem);
    return undefined;
  }

  #report(path: KeyPath, message: string): void {
    this.findings.push({ path, at: 'value', message });
  }
}
