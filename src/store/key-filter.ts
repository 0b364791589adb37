/** Sixteen mebibytes: among the 18 million keys of a million users, one in thirty is taken for one that was added. */
const BITS_LOG2 = 27;
const PROBES = 3;

/** Knows by their hashes of keys that were certainly not added (a Bloom filter); of all others it knows nothing. */
export class KeyFilter {
  readonly #words = new Uint32Array(2 ** (BITS_LOG2 - 5));

  /** Adds the key with this hash, see `hashBytes`. */
  add(hash: number): void {
    const stride = strideOf(hash);
    for (let i = 0, at = hash; i < PROBES; i++, at = (at + stride) | 0) {
      const bit = at >>> (32 - BITS_LOG2);
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** False: no key with this hash was ever added. */
  mayHold(hash: number): boolean {
    const stride = strideOf(hash);
    for (let i = 0, at = hash; i < PROBES; i++, at = (at + stride) | 0) {
      const bit = at >>> (32 - BITS_LOG2);
      if (((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** Odd, so that the probes of a key differ. */
function strideOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 1;
}
