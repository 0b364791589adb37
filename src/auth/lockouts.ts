import { BoundedMap } from './bounded-map.ts';

/** How long an account rests after Entra has locked it. */
export interface LockoutSettings {
  readonly firstMs: number;
  /** The time doubles with each further lock, up to this. */
  readonly mostMs: number;
}

interface Rest {
  readonly untilMs: number;
  readonly locks: number;
}

/**
 * Accounts that Entra has locked (AADSTS50053): it is not asked about them for a while, because each further attempt would
 * make the lock longer. Time is passed in, on a monotonic clock.
 */
export class Lockouts {
  #settings: LockoutSettings;
  readonly #rests: BoundedMap<Rest>;

  constructor(settings: LockoutSettings, accountsMax: number) {
    this.#settings = settings;
    this.#rests = new BoundedMap(accountsMax);
  }

  use(settings: LockoutSettings): void {
    this.#settings = settings;
  }

  /** How long an account rests still; 0 for one that does not. */
  restMs(account: string, nowMs: number): number {
    return Math.max(0, (this.#rests.peek(account)?.untilMs ?? 0) - nowMs);
  }

  /** Entra has locked the account, or has it locked still. */
  locked(account: string, nowMs: number): void {
    const { firstMs, mostMs } = this.#settings;
    const before = this.#rests.get(account);
    // Who was left in peace for as long as the longest rest begins anew.
    const locks = before === undefined || nowMs > before.untilMs + mostMs ? 0 : before.locks;
    const restMs = Math.min(mostMs, firstMs * 2 ** Math.min(locks, 30));
    this.#rests.set(account, { untilMs: nowMs + restMs, locks: locks + 1 });
  }

  /** The account need not rest any more; false when it did not. */
  end(account: string): boolean {
    return this.#rests.delete(account);
  }

  /** Accounts that rest. */
  *resting(nowMs: number): Generator<{ readonly account: string; readonly restMs: number; readonly locks: number }> {
    for (const [account, { untilMs, locks }] of this.#rests.entries()) {
      if (untilMs > nowMs) yield { account, restMs: untilMs - nowMs, locks };
    }
  }
}
