import { BoundedMap } from './bounded-map.ts';
import type { Denial, LinkName } from './link.ts';
import { isSameDigest, type PasswordDigest } from './password-digest.ts';

/** The bounds of {@link RefusedPasswords} (P8). */
export interface RefusedPasswordsLimits {
  readonly accountsMax: number;
  /** Passwords of one account; a further one makes the oldest be forgotten. */
  readonly passwordsMax: number;
}

/** Why a password was refused. */
export interface Refusal {
  /** Who refused it; undefined when nobody was asked. */
  readonly link: LinkName | undefined;
  readonly reason: string;
  readonly denial: Denial;
  /** True when the password is right nevertheless. */
  readonly isProven: boolean;
  /** Entra's code, when it was Entra. */
  readonly aadsts: number | undefined;
}

/** A password that nobody looked at, because too many were tried before: it may be right. */
export type TurnedAway = 'turnedAway';

interface Remembered {
  readonly digest: Buffer;
  readonly refusal: Refusal | TurnedAway;
  readonly untilMs: number;
}

interface Refusals {
  readonly version: string;
  list: readonly Remembered[];
}

/**
 * Remembers for a while which passwords were refused, so that a client that repeats a wrong one is refused without anybody
 * being asked (PAIN-22). Holds keyed digests only. What is remembered of an account is void as soon as its `version` changes.
 * Time is passed in, on a monotonic clock.
 */
export class RefusedPasswords {
  readonly #digest: PasswordDigest;
  readonly #limits: RefusedPasswordsLimits;
  readonly #accounts: BoundedMap<Refusals>;

  constructor(digest: PasswordDigest, limits: RefusedPasswordsLimits) {
    this.#digest = digest;
    this.#limits = limits;
    this.#accounts = new BoundedMap(limits.accountsMax);
  }

  /** Why the password was refused for the account, not longer ago than was said then; undefined when it was not. */
  find(account: string, version: string, password: Buffer, nowMs: number): Refusal | TurnedAway | undefined {
    const refusals = this.#accounts.get(account);
    if (refusals === undefined) return undefined;
    const list = refusals.version === version ? refusals.list.filter(({ untilMs }) => untilMs > nowMs) : [];
    if (list.length === 0) {
      this.#accounts.delete(account);
      return undefined;
    }
    refusals.list = list;
    const digest = this.#digest.of(account, password);
    return list.find((each) => isSameDigest(each.digest, digest))?.refusal;
  }

  /** Remembers a refusal until `untilMs`. */
  add(account: string, version: string, password: Buffer, refusal: Refusal | TurnedAway, untilMs: number): void {
    const known = this.#accounts.peek(account);
    const digest = this.#digest.of(account, password);
    const others = known?.version === version ? known.list.filter((each) => !isSameDigest(each.digest, digest)) : [];
    const list = [...others, { digest, refusal, untilMs }].slice(-this.#limits.passwordsMax);
    this.#accounts.set(account, { version, list });
  }

  /** Forgets what was refused for an account; false when nothing was. */
  forget(account: string): boolean {
    return this.#accounts.delete(account);
  }

  clear(): void {
    this.#accounts.clear();
  }
}
