import { parseObjectId } from '../identity/ids.ts';
import type { KeptNtHash, NtHashStore } from '../identity/nt-hash.ts';
import type { Clock } from '../timing/clock.ts';
import { type Keyring, KeyringError } from './keyring.ts';
import type { BindUser } from './user-lookup.ts';

/** Which NT hashes are good. */
export interface NtHashTerms {
  /** How long after Entra has found the password right. */
  readonly ageMaxMs: number;
  /** Entra's codes that count as a password found right; what came with another one is void. */
  readonly acceptProven: readonly number[];
}

/** What {@link NtHashLookup} is made of. */
export interface NtHashLookupOptions {
  readonly store: Pick<NtHashStore, 'of'>;
  readonly keyring: Pick<Keyring, 'open'>;
  readonly clock: Pick<Clock, 'now'>;
  /** undefined: none is good. */
  readonly terms: NtHashTerms | undefined;
}

/** The NT hash of a password that is good now. */
export interface GoodNtHash {
  /** 32 upper-case hexadecimal digits. */
  readonly hash: string;
  /** When Entra last found the password right. */
  readonly provenAtMs: number;
}

/** For what the keyring seals NT hashes. */
export const ntHashPurpose = 'NT hashes';

/** Reads the NT hashes that are kept, as far as they are good. It knows of every change as soon as the store has it. */
export class NtHashLookup {
  readonly #options: NtHashLookupOptions;
  #terms: NtHashTerms | undefined;

  constructor(options: NtHashLookupOptions) {
    this.#options = options;
    this.#terms = options.terms;
  }

  /** From now on these are good. */
  use(terms: NtHashTerms | undefined): void {
    this.#terms = terms;
  }

  /** The hash of a user who may bind; undefined when there is none, or none that is good any more. Throws what the store throws. */
  of(user: Pick<BindUser, 'objectId' | 'locked' | 'credentialVersion'>): GoodNtHash | undefined {
    const objectId = parseObjectId(user.objectId);
    if (this.#terms === undefined || objectId === undefined || user.locked) return undefined;
    const kept = this.#options.store.of(objectId);
    if (kept === undefined || kept.version !== user.credentialVersion || !this.isGood(kept)) return undefined;
    const hash = this.open(objectId, kept);
    return hash && { hash: hash.toString('hex').toUpperCase(), provenAtMs: kept.provenAtMs };
  }

  /** Whether a password counts as found right, with this code of Entra or none. */
  isAccepted(aadsts: number | undefined): boolean {
    return this.#terms !== undefined && (aadsts === undefined || this.#terms.acceptProven.includes(aadsts));
  }

  /** Whether a hash is wanted still, and not too old. */
  isGood({ provenAtMs, aadsts }: KeptNtHash): boolean {
    const ageMs = this.#options.clock.now() - provenAtMs;
    // A clock that was set back makes nothing younger than it is.
    return this.isAccepted(aadsts) && ageMs >= 0 && ageMs <= (this.#terms?.ageMaxMs ?? 0);
  }

  /** The 16 octets of a hash; undefined when they cannot be had any more: the key is gone, or the record was changed. */
  open(objectId: string, { sealed }: KeptNtHash): Buffer | undefined {
    try {
      return this.#options.keyring.open(ntHashPurpose, objectId, sealed);
    } catch (error) {
      if (error instanceof KeyringError) return undefined;
      throw error;
    }
  }
}
