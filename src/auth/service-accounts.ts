import { formatDn, normalizeDn, parentDn, parseDn } from '../directory/dn.ts';
import { parseAlternativeName } from '../identity/alternative-name.ts';
import type { SourceNetwork } from './source-networks.ts';

/** An account from the configuration. */
export interface ServiceAccount {
  readonly name: string;
  readonly dn: string;
  /** Whether it can be used; left out: it can. */
  readonly isEnabled?: boolean;
  /** A bcrypt hash: `$2a$`, `$2b$` or `$2y$`. Without one, no password opens the account. */
  readonly passwordHash?: string | undefined;
  /** The subject of the client certificate that opens the account. */
  readonly certificateSubject?: string | undefined;
  /** A name beside the subject of the client certificate that opens the account, as `parseAlternativeName` reads it. */
  readonly certificateAltName?: string | undefined;
  /** Where binds may come from; from everywhere when left out. */
  readonly allowFrom?: readonly SourceNetwork[] | undefined;
}

/** What a name or a certificate leads to among the service accounts. */
export type ServiceLookup =
  | { readonly kind: 'account'; readonly account: ServiceAccount }
  /** A name where service accounts have theirs, and none has this one. */
  | { readonly kind: 'none' }
  /** Several accounts have the certificate. */
  | { readonly kind: 'several' }
  /** No name that a service account could have. */
  | { readonly kind: 'elsewhere' };

/** The accounts of the configuration, found by DN in any spelling, or by certificate. */
export class ServiceAccounts {
  readonly #accounts = new Map<string, ServiceAccount>();
  readonly #bySubject = new Map<string, ServiceAccount>();
  readonly #byAltName = new Map<string, ServiceAccount>();
  readonly #containers = new Set<string>();

  /** Throws a `RangeError` for an account whose DN, or the subject or name of its certificate, cannot be parsed. */
  constructor(accounts: readonly ServiceAccount[]) {
    for (const account of accounts) {
      const dn = normalizeDn(account.dn);
      const container = containerOf(account.dn);
      if (dn === undefined || container === undefined)
        throw new RangeError(`${account.dn} is not a distinguished name`);
      this.#accounts.set(dn, account);
      this.#addCertificate(account);
      this.#containers.add(container);
    }
  }

  /** Whom a bind name stands for. */
  find(name: string): ServiceLookup {
    const account = this.#accounts.get(normalizeDn(name) ?? '');
    if (account !== undefined) return { kind: 'account', account };
    return { kind: this.#containers.has(containerOf(name) ?? '') ? 'none' : 'elsewhere' };
  }

  /** The account with this name (not its DN), in any letter case. */
  named(name: string): ServiceAccount | undefined {
    return [...this.#accounts.values()].find((account) => account.name.toLowerCase() === name.toLowerCase());
  }

  /** Whose certificate has this subject (a normalized DN) and these names; one that would open several accounts opens none. */
  findByCertificate(subject: string | undefined, altNames: readonly string[]): ServiceLookup {
    const found = [this.#bySubject.get(subject ?? ''), ...altNames.map((name) => this.#byAltName.get(name))];
    const [account, ...others] = new Set(found.filter((candidate) => candidate !== undefined));
    if (account === undefined) return { kind: 'none' };
    return others.length > 0 ? { kind: 'several' } : { kind: 'account', account };
  }

  #addCertificate(account: ServiceAccount): void {
    const { certificateSubject, certificateAltName } = account;
    if (certificateSubject !== undefined) {
      const key = normalizeDn(certificateSubject);
      if (key === undefined || key === '') throw new RangeError(`${certificateSubject} is not a distinguished name`);
      this.#bySubject.set(key, account);
    }
    if (certificateAltName !== undefined) {
      const key = parseAlternativeName(certificateAltName);
      if (key === undefined) throw new RangeError(`${certificateAltName} is not an alternative name`);
      this.#byAltName.set(key, account);
    }
  }
}

function containerOf(name: string): string | undefined {
  const dn = parseDn(name);
  const parent = dn && parentDn(dn);
  return parent === undefined || parent.length === 0 ? undefined : normalizeDn(formatDn(parent));
}
