import { type LdapResult, ldapResult, ResultCode } from '../directory/result.ts';
import type { LdapLimits } from './limits.ts';
import { ThreadCount } from './thread-count.ts';

const tooManyHere = ldapResult(ResultCode.adminLimitExceeded, 'too many persistent searches on this connection');
const tooMany = ldapResult(ResultCode.busy, 'too many persistent searches');

/** Counts the persistent searches of one server against their limits. */
export class PersistentSearches {
  readonly #limits: Pick<LdapLimits, 'persistentSearchesMax' | 'persistentSearchesPerConnectionMax'>;
  readonly #byConnection = new Map<number, number>();
  readonly #total: ThreadCount;

  constructor(
    limits: Pick<LdapLimits, 'persistentSearchesMax' | 'persistentSearchesPerConnectionMax'>,
    total = new ThreadCount(),
  ) {
    this.#limits = limits;
    this.#total = total;
  }

  /** Counts one more on the connection with this number. A result: it is one too many, and not counted. */
  take(connection: number): LdapResult | undefined {
    const own = this.#byConnection.get(connection) ?? 0;
    if (own >= this.#limits.persistentSearchesPerConnectionMax) return tooManyHere;
    if (!this.#total.take(this.#limits.persistentSearchesMax)) return tooMany;
    this.#byConnection.set(connection, own + 1);
    return undefined;
  }

  /** Ends the count of one. */
  give(connection: number): void {
    const own = (this.#byConnection.get(connection) ?? 0) - 1;
    if (own > 0) this.#byConnection.set(connection, own);
    else this.#byConnection.delete(connection);
    this.#total.give();
  }
}
