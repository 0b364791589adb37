/**
 * The lockout shield: how many passwords may be tried. It knows accounts and networks by opaque keys and decides nothing
 * about passwords. What it promises:
 *
 * - Of one account, not more is tried than its allowance, whoever tries, so that Entra does not lock it (PAIN-22).
 * - A network that only guesses uses up its own allowance, and nobody else waits for it.
 * - Who has bound from a network before is not held back by others there, nor by strangers anywhere: a part of each
 *   account's allowance is kept for networks that it has bound from.
 */
import { BoundedMap } from './bounded-map.ts';
import { Lockouts, type LockoutSettings } from './lockouts.ts';
import { type BucketSettings, TokenBuckets } from './token-buckets.ts';

/** What may be tried. */
export interface ShieldSettings {
  /** Of one account, from all networks together. Below Entra's Smart Lockout, which is 10 unless the tenant has it otherwise. */
  readonly account: BucketSettings;
  /** From one network, by whoever has not bound from it before. */
  readonly address: BucketSettings;
  /** Altogether, by whoever has not bound from the same network before. */
  readonly total: BucketSettings;
  readonly lockout: LockoutSettings;
}

/** The bounds of the shield's memory (P8). */
export interface ShieldLimits {
  readonly accountsMax: number;
  readonly networksMax: number;
  readonly familiarMax: number;
}

/** An account as the shield counts it. */
export interface ShieldedAccount {
  readonly key: string;
  /** Whether each network has an allowance of its own: for accounts that nothing locks, so that nobody locks them for others. */
  readonly isCountedByNetwork: boolean;
  /** True for a password that Entra does not see, so that a lock by Entra neither stops it nor ends with it. */
  readonly isOwnPassword?: boolean;
}

/** Whether a password may be tried. */
export type Admission =
  | { readonly kind: 'admitted'; readonly attempt: ShieldedAttempt }
  /** The account's allowance is used up, or Entra has locked it. */
  | { readonly kind: 'spent' | 'resting' }
  /** The network's allowance, or that of all together, is used up. */
  | { readonly kind: 'limited' };

/** An attempt that was let through; exactly one of these is called when its outcome is known. */
export interface ShieldedAttempt {
  /** The password was right. */
  right(): void;
  /** The password was wrong, or may have been. */
  wrong(): void;
  /** Nothing was tried. */
  untold(): void;
  /** Entra has locked the account. */
  locked(): void;
}

/** The share of an account's allowance that strangers cannot use. */
const keptShare = 1 / 3;

const everybody = '';

/** Counts attempts; time is that of the monotonic clock it was given. */
export class Shield {
  readonly #nowMs: () => number;
  readonly #accounts: TokenBuckets;
  readonly #networks: TokenBuckets;
  readonly #total: TokenBuckets;
  readonly #lockouts: Lockouts;
  readonly #familiar: BoundedMap<true>;
  #settings: ShieldSettings;

  constructor(settings: ShieldSettings, limits: ShieldLimits, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#accounts = new TokenBuckets(settings.account, limits.accountsMax);
    this.#networks = new TokenBuckets(settings.address, limits.networksMax);
    this.#total = new TokenBuckets(settings.total, 1);
    this.#lockouts = new Lockouts(settings.lockout, limits.accountsMax);
    this.#familiar = new BoundedMap(limits.familiarMax);
  }

  /** From now on these apply; what was used up stays used up. */
  use(settings: ShieldSettings): void {
    this.#settings = settings;
    this.#accounts.use(settings.account);
    this.#networks.use(settings.address);
    this.#total.use(settings.total);
    this.#lockouts.use(settings.lockout);
  }

  /** True when strangers from this network are told to come back later, whatever the name. */
  isLimited(network: string): boolean {
    const nowMs = this.#nowMs();
    return this.#networks.left(network, nowMs) < 1 || this.#total.left(everybody, nowMs) < 1;
  }

  /** Asks to try a password; `account` is undefined for a name that nobody has. */
  admit(account: ShieldedAccount | undefined, network: string): Admission {
    const nowMs = this.#nowMs();
    const isFamiliar = account !== undefined && this.#familiar.get(pair(account.key, network)) !== undefined;
    if (!isFamiliar && this.isLimited(network)) return { kind: 'limited' };
    if (account === undefined) return { kind: 'admitted', attempt: this.#attempt(undefined, undefined, network) };
    const isResting = account.isOwnPassword !== true && this.#lockouts.restMs(account.key, nowMs) > 0;
    if (isResting) return { kind: 'resting' };
    const counted = account.isCountedByNetwork ? pair(account.key, network) : account.key;
    const isShared = !account.isCountedByNetwork && !isFamiliar;
    const kept = isShared ? Math.floor(this.#settings.account.attempts * keptShare) : 0;
    if (this.#accounts.left(counted, nowMs) < 1 + kept) return { kind: 'spent' };
    // Taken before the outcome is known: of those who come at the same time, not more may get through either.
    this.#accounts.take(counted, nowMs);
    return { kind: 'admitted', attempt: this.#attempt(account, counted, network) };
  }

  /** Somebody from this network was refused without an attempt. */
  refused(network: string): void {
    const nowMs = this.#nowMs();
    this.#networks.take(network, nowMs);
    this.#total.take(everybody, nowMs);
  }

  /** Lets an account be tried again; false when nothing stood against it. */
  unlockAccount(key: string): boolean {
    const wasResting = this.#lockouts.end(key);
    let wasUsed = this.#accounts.fill(key);
    for (const { party } of this.#accounts.used(this.#nowMs())) {
      if (party.startsWith(pair(key, ''))) wasUsed = this.#accounts.fill(party) || wasUsed;
    }
    return wasResting || wasUsed;
  }

  /** Gives a network its whole allowance back; false when it had it. */
  unlockNetwork(network: string): boolean {
    return this.#networks.fill(network);
  }

  /** Accounts that can be tried less often than usual at present. */
  *accounts(): Generator<{
    readonly key: string;
    readonly left: number;
    readonly waitMs: number;
    readonly locks: number;
  }> {
    const nowMs = this.#nowMs();
    const resting = new Map([...this.#lockouts.resting(nowMs)].map((each) => [each.account, each]));
    for (const { party, left, waitMs } of this.#accounts.used(nowMs)) {
      const key = party.split('\n', 1)[0] ?? party;
      const rest = resting.get(key);
      resting.delete(key);
      yield { key, left, waitMs: Math.max(waitMs, rest?.restMs ?? 0), locks: rest?.locks ?? 0 };
    }
    for (const [key, { restMs, locks }] of resting) {
      yield { key, left: this.#settings.account.attempts, waitMs: restMs, locks };
    }
  }

  /** Networks that have used up a part of their allowance. */
  *networks(): Generator<{ readonly network: string; readonly left: number; readonly waitMs: number }> {
    for (const { party, left, waitMs } of this.#networks.used(this.#nowMs())) yield { network: party, left, waitMs };
  }

  /** True while strangers from everywhere are told to come back later. */
  get isTotalSpent(): boolean {
    return this.#total.left(everybody, this.#nowMs()) < 1;
  }

  #attempt(account: ShieldedAccount | undefined, counted: string | undefined, network: string): ShieldedAttempt {
    const giveBack = (): void => {
      if (counted !== undefined) this.#accounts.giveBack(counted, this.#nowMs());
    };
    return {
      right: () => {
        giveBack();
        if (account === undefined) return;
        this.#familiar.set(pair(account.key, network), true);
        if (account.isOwnPassword !== true) this.#lockouts.end(account.key);
      },
      wrong: () => this.refused(network),
      untold: giveBack,
      locked: () => {
        this.refused(network);
        if (account !== undefined) this.#lockouts.locked(account.key, this.#nowMs());
      },
    };
  }
}

// Keys of accounts have no line feed.
function pair(account: string, network: string): string {
  return `${account}\n${network}`;
}
