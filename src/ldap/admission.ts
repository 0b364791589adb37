import type { LdapLimits } from './limits.ts';
import { ThreadCount } from './thread-count.ts';

/** Open connections by the address that they come from. */
export interface AddressCounts {
  /** Counts one more from this address; false, and not counted, when that would be more than `max`. */
  take(address: string, max: number): boolean;
  /** Ends the count of one that was taken. */
  give(address: string): void;
}

/** Counts open connections, in total and by address, against their limits. */
export class Admission {
  readonly #limits: Pick<LdapLimits, 'connectionsMax' | 'connectionsPerAddressMax'>;
  readonly #total: ThreadCount;
  readonly #byAddress: AddressCounts;

  /** The counts may be kept with other threads. */
  constructor(
    limits: Pick<LdapLimits, 'connectionsMax' | 'connectionsPerAddressMax'>,
    counts: { readonly total: ThreadCount; readonly byAddress: AddressCounts } = {
      total: new ThreadCount(),
      byAddress: new OwnAddressCounts(),
    },
  ) {
    this.#limits = limits;
    this.#total = counts.total;
    this.#byAddress = counts.byAddress;
  }

  /** Counts a connection from this address; false, and not counted, when there are too many already. */
  admit(address: string): boolean {
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    if (!this.#total.take(connectionsMax)) return false;
    if (this.#byAddress.take(address, connectionsPerAddressMax)) return true;
    this.#total.give();
    return false;
  }

  /** Ends the count of a connection that was admitted. */
  release(address: string): void {
    this.#total.give();
    this.#byAddress.give(address);
  }
}

/** Those of one thread alone. */
class OwnAddressCounts implements AddressCounts {
  readonly #counts = new Map<string, number>();

  take(address: string, max: number): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (count >= max) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  give(address: string): void {
    const left = (this.#counts.get(address) ?? 1) - 1;
    if (left === 0) this.#counts.delete(address);
    else this.#counts.set(address, left);
  }
}
