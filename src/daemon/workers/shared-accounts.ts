import { accountMemoryBytes, forgetConnections } from '../../ldap/account-memory.ts';
import { type AccountLimits, sameLimits } from '../../ldap/account-limits.ts';

/** What all threads count of each service account. */
export class SharedAccounts {
  readonly #threads: number;
  #known: ReadonlyMap<string, { readonly limits: AccountLimits; readonly memory: SharedArrayBuffer }> = new Map();

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** The memory of each account by its name. An account whose limits stay is counted on. */
  use(limits: ReadonlyMap<string, AccountLimits>): ReadonlyMap<string, SharedArrayBuffer> {
    const known = this.#known;
    this.#known = new Map(
      [...limits].map(([name, own]) => {
        const old = known.get(name);
        const isSame = old !== undefined && sameLimits(old.limits, own);
        return [name, isSame ? old : { limits: own, memory: new SharedArrayBuffer(accountMemoryBytes(this.#threads)) }];
      }),
    );
    return this.memories;
  }

  get memories(): ReadonlyMap<string, SharedArrayBuffer> {
    return new Map([...this.#known].map(([name, { memory }]) => [name, memory]));
  }

  /** Takes out the connections of a thread that is no more. */
  forget(thread: number): void {
    for (const { memory } of this.#known.values()) forgetConnections(memory, thread);
  }
}
