import { anonymous, type BoundIdentity } from '../directory/identity.ts';
import type { Clock } from '../timing/clock.ts';
import type { Account, Accounts } from './account-limits.ts';

/** What one connection takes of the account that it is bound as. */
export class AccountUse {
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #onTurn: () => void;
  #identity: BoundIdentity = anonymous;
  #account: Account;
  #waiting: AbortController | undefined;

  /** `onTurn` is called when requests need not wait any longer. */
  constructor(accounts: Accounts, clock: Clock, onTurn: () => void) {
    this.#accounts = accounts;
    this.#clock = clock;
    this.#onTurn = onTurn;
    this.#account = accounts.of(anonymous);
    this.#account.enter();
  }

  get identity(): BoundIdentity {
    return this.#identity;
  }

  get account(): Account {
    return this.#account;
  }

  /** True while requests have to wait until it is the account's turn. */
  get waits(): boolean {
    return this.#waiting !== undefined;
  }

  /** Becomes this identity; anonymous, and false, when its account has too many connections. */
  become(identity: BoundIdentity): boolean {
    this.#account.leave();
    this.#identity = identity;
    this.#account = this.#accounts.of(identity);
    if (!this.#account.enter()) {
      this.#identity = anonymous;
      this.#account = this.#accounts.of(anonymous);
      this.#account.enter();
      return false;
    }
    this.keepPace();
    return true;
  }

  /** Counts one operation; false when the account asks too much at a time. */
  take(): boolean {
    return !this.#account.isPaced || this.#account.take(this.#clock.monotonicMs());
  }

  /** Lets requests wait if it is not yet the account's turn. */
  keepPace(): void {
    if (!this.#account.isPaced || this.#waiting !== undefined) return;
    const waitMs = this.#account.waitMs(this.#clock.monotonicMs());
    if (waitMs === 0) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    const goOn = (): void => {
      this.#waiting = undefined;
      this.#onTurn();
    };
    void this.#clock.sleep(waitMs, waiting.signal).then(goOn, goOn);
  }

  /** The connection has gone. */
  [Symbol.dispose](): void {
    this.#waiting?.abort();
    this.#account.leave();
  }
}
