import type { LdapLimits } from './limits.ts';

/** Counts open connections, in total and by address, against their limits. */
export class Admission {
  readonly #limits: Pick<LdapLimits, 'connectionsMax' | 'connectionsPerAddressMax'>;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<LdapLimits, 'connectionsMax' | 'connectionsPerAddressMax'>) {
    this.#limits = limits;
  }

  /** Counts a connection from this address; false, and not counted, when there are too many already. */
  admit(address: string): boolean {
    const fromAddress = this.#byAddress.get(address) ?? 0;
    if (this.#total >= this.#limits.connectionsMax || fromAddress >= this.#limits.connectionsPerAddressMax)
      return false;
    this.#total++;
    this.#byAddress.set(address, fromAddress + 1);
    return true;
  }

  /** Ends the count of a connection that was admitted. */
  release(address: string): void {
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    this.#total--;
    if (left === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, left);
  }
}
