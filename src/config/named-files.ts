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
  const certificateFile = config?.tenant?.credential?.certificateFile;
  const caFile = config?.tenant?.caFile;
  const { certFile, keyFile, clientCa } = config?.ldap?.tls ?? {};
  const files = new NamedFiles(readFile);

  const credentialPath = ['tenant', 'credential', 'certificateFile'];
  const credential = files.certificates(credentialPath, certificateFile);
  const credentialKey = credential && files.privateKey(credentialPath, certificateFile);
  if (credentialKey !== undefined) files.requireRsa(credentialPath, credentialKey);
  files.pair(credentialPath, credential, credentialKey);

  files.certificates(['tenant', 'caFile'], caFile);

  const keyPath = ['ldap', 'tls', 'keyFile'];
  const server = files.certificates(['ldap', 'tls', 'certFile'], certFile);
  files.certificates(['ldap', 'tls', 'clientCa'], clientCa);
  files.pair(keyPath, server, files.privateKey(keyPath, keyFile));
  return files.findings;
}

class NamedFiles {
  readonly findings: Finding[] = [];
  readonly #readFile: ReadFile;

  constructor(readFile: ReadFile) {
    this.#readFile = readFile;
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
