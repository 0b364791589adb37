import { compare } from 'bcrypt';

import { formatDn, normalizeDn, parentDn, parseDn } from '../directory/dn.ts';
import { parseAlternativeName } from '../identity/alternative-name.ts';
import type { Gate } from './gate.ts';
import type { SourceNetwork } from './source-networks.ts';

/** An account from the configuration. */
export interface ServiceAccount {
  readonly name: string;
  readonly dn: string;
  /** A bcrypt hash: `$2a$`, `$2b$` or `$2y$`. Without one, no password opens the account. */
  readonly passwordHash?: string | undefined;
  /** The subject of the client certificate that opens the account. */
  readonly certificateSubject?: string | undefined;
  /** A name beside the subject of the client certificate that opens the account, as `parseAlternativeName` reads it. */
  readonly certificateAltName?: string | undefined;
  /** Where binds may come from; from everywhere when left out. */
  readonly allowFrom?: readonly SourceNetwork[] | undefined;
}

/** Whether a name and a password are those of a service account; `notMine`: the name is none of a service account. */
export type ServiceVerdict =
  | { readonly kind: 'accepted'; readonly account: ServiceAccount }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'notMine' };

// bcrypt reads no more; a longer password would be accepted with anything after its 72nd octet.
const passwordBytesMax = 72;

/** The accounts of the configuration, found by DN in any spelling. */
export class ServiceAccounts {
  readonly #accounts = new Map<string, ServiceAccount>();
  readonly #bySubject = new Map<string, ServiceAccount>();
  readonly #byAltName = new Map<string, ServiceAccount>();
  readonly #containers = new Set<string>();
  readonly #gate: Gate;
  readonly #nobodysHash: string;

  /** Throws a `RangeError` for an account whose DN, or the subject or name of its certificate, cannot be parsed. */
  constructor(accounts: readonly ServiceAccount[], gate: Gate) {
    for (const account of accounts) {
      const dn = normalizeDn(account.dn);
      const container = containerOf(account.dn);
      if (dn === undefined || container === undefined)
        throw new RangeError(`${account.dn} is not a distinguished name`);
      this.#accounts.set(dn, account);
      this.#addCertificate(account);
      this.#containers.add(container);
    }
    this.#gate = gate;
    this.#nobodysHash = hashOfNobody(accounts.find(({ passwordHash }) => passwordHash !== undefined)?.passwordHash);
  }

  /** Compares the password's octets; throws `GateFullError`, and the signal's reason when it aborts while waiting. */
  async verify(name: string, password: Buffer, signal: AbortSignal): Promise<ServiceVerdict> {
    const account = this.#accounts.get(normalizeDn(name) ?? '');
    if (account === undefined && !this.#containers.has(containerOf(name) ?? '')) return { kind: 'notMine' };
    const own = account?.passwordHash;
    const hash = own === undefined ? this.#nobodysHash : readableHash(own);
    // Also for a name that nobody has, and for a password that cannot be right: the time must not tell them apart.
    const matches = await this.#gate.run(signal, () => compare(password, hash));
    if (account === undefined) return { kind: 'refused', reason: 'no such service account' };
    if (own === undefined) return { kind: 'refused', reason: 'the account has no password' };
    if (!matches || !isComparable(password)) return { kind: 'refused', reason: 'wrong' };
    return { kind: 'accepted', account };
  }

  /** Whose certificate has this subject (a normalized DN) and these names; one that would open several accounts opens none. */
  verifyCertificate(subject: string | undefined, altNames: readonly string[]): ServiceVerdict {
    const found = [this.#bySubject.get(subject ?? ''), ...altNames.map((name) => this.#byAltName.get(name))];
    const [account, ...others] = new Set(found.filter((candidate) => candidate !== undefined));
    if (account === undefined) return { kind: 'notMine' };
    if (others.length > 0) return { kind: 'refused', reason: 'several accounts have this certificate' };
    return { kind: 'accepted', account };
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

// bcrypt repeats a password and its closing zero until 72 octets are full: `x`, zero, `x` is to it the same as `x`.
function isComparable(password: Buffer): boolean {
  return password.length > 0 && password.length <= passwordBytesMax && !password.includes(0);
}

// PHP and Apache call the same algorithm 2y; the bcrypt package (6.0) knows 2a and 2b only.
function readableHash(hash: string): string {
  return hash.startsWith('$2y$') ? `$2b$${hash.slice(4)}` : hash;
}

// As costly as a real one. What it would match does not matter: its verdict is not looked at.
function hashOfNobody(example: string | undefined): string {
  const cost = /^\$2[aby]\$(\d\d)\$/.exec(example ?? '')?.[1] ?? '12';
  return `$2b$${cost}$${'.'.repeat(53)}`;
}

function containerOf(name: string): string | undefined {
  const dn = parseDn(name);
  const parent = dn && parentDn(dn);
  return parent === undefined || parent.length === 0 ? undefined : normalizeDn(formatDn(parent));
}
