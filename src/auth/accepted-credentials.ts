import { BoundedMap } from './bounded-map.ts';
import type { LinkName } from './link.ts';
import { isSameDigest, type PasswordDigest } from './password-digest.ts';

/** The bounds of {@link AcceptedCredentials} (P8). */
export interface AcceptedCredentialsLimits {
  readonly entriesMax: number;
  /** Other passwords that may be tried against a remembered one before it is forgotten. */
  readonly mismatchesMax: number;
}

/** Whose a credential is and where it is used. */
export interface CredentialUse {
  readonly account: string;
  /** What is remembered of the account is void when this changes. */
  readonly version: string;
  readonly network: string;
}

interface Accepted {
  readonly version: string;
  readonly digest: Buffer;
  readonly link: LinkName;
  readonly untilMs: number;
  mismatches: number;
}

/**
 * Remembers for a short while which credentials were accepted, so that clients that bind anew for each request cost neither
 * bcrypt nor Entra anything. Holds keyed digests only, apart for each network a credential was used from: who guesses from
 * elsewhere neither profits from the memory nor wears it out. Time is passed in, on a monotonic clock.
 */
export class AcceptedCredentials {
  readonly #digest: PasswordDigest;
  readonly #limits: AcceptedCredentialsLimits;
  readonly #entries: BoundedMap<Accepted>;

  constructor(digest: PasswordDigest, limits: AcceptedCredentialsLimits) {
    this.#digest = digest;
    this.#limits = limits;
    this.#entries = new BoundedMap(limits.entriesMax);
  }

  /** Which link has accepted this password; undefined when it is not remembered, or not any more. */
  recall(use: CredentialUse, password: Buffer, nowMs: number): LinkName | undefined {
    const key = keyOf(use);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs <= nowMs || entry.version !== use.version) {
      this.#entries.delete(key);
      return undefined;
    }
    if (isSameDigest(entry.digest, this.#digest.of(use.account, password))) return entry.link;
    // Comparing is free for whoever guesses, so it ends after a few.
    entry.mismatches += 1;
    if (entry.mismatches >= this.#limits.mismatchesMax) this.#entries.delete(key);
    return undefined;
  }

  /** Remembers a credential until `untilMs`, in the place of an earlier one. */
  add(use: CredentialUse, password: Buffer, link: LinkName, untilMs: number): void {
    const digest = this.#digest.of(use.account, password);
    this.#entries.set(keyOf(use), { version: use.version, digest, link, untilMs, mismatches: 0 });
  }

  /** Forgets what an account is remembered by, in all networks. */
  forget(account: string): void {
    for (const [key] of this.#entries.entries()) if (key.startsWith(`${account}\n`)) this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}

// Keys of accounts have no line feed.
function keyOf({ account, network }: Pick<CredentialUse, 'account' | 'network'>): string {
  return `${account}\n${network}`;
}
