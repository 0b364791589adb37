/** Which of several certificates a client means that names the server it wants (RFC 6066 §3). */
import type { X509Certificate } from 'node:crypto';

/** Something for clients that ask for one of these names: lower case, perhaps beginning with `*.`. */
export interface Named<T> {
  readonly names: readonly string[];
  readonly value: T;
}

/** The DNS names that a certificate is for, in lower case (RFC 5280 §4.2.1.6); none when it is for addresses only. */
export function dnsNames(certificate: X509Certificate): readonly string[] {
  // Node writes names with unusual characters as JSON strings; no DNS name has such characters.
  return [...(certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^",\s]+)(?=,|$)/g)].map(([, name = '']) =>
    name.toLowerCase(),
  );
}

/**
 * Makes the choice by name: the one with exactly this name, else one with a wildcard for it, else `main`. `*` stands for one
 * whole label and no more (RFC 6125 §6.4.3). Among several with the same name the one that comes first is taken, `main` last.
 */
export function choiceByName<T>(main: Named<T>, others: readonly Named<T>[]): (serverName: string) => T {
  const byName = new Map<string, T>();
  for (const { names, value } of [...others, main]) {
    for (const name of names) if (!byName.has(name)) byName.set(name, value);
  }
  return (serverName) => {
    const name = serverName.toLowerCase().replace(/\.$/, '');
    return byName.get(name) ?? byName.get(name.replace(/^[^.]+/, '*')) ?? main.value;
  };
}
