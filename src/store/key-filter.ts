/** Sixteen mebibytes: among the 18 million keys of a million users, one in thirty is taken for one that was added. */
const BITS_LOG2 = 27;
const PROBES = 3;

/** Knows of keys that were certainly not added (a Bloom filter); of all others it knows nothing. */
export class KeyFilter {
  readonly #words = new Uint32Array(2 ** (BITS_LOG2 - 5));

  add(key: Uint8Array): void {
    let hash = hash32(key);
    const stride = strideOf(hash);
    for (let i = 0; i < PROBES; i++, hash = (hash + stride) | 0) {
      const bit = hash >>> (32 - BITS_LOG2);
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** False: the key was never added. */
  mayHold(key: Uint8Array): boolean {
    let hash = hash32(key);
    const stride = strideOf(hash);
    for (let i = 0; i < PROBES; i++, hash = (hash + stride) | 0) {
      const bit = hash >>> (32 - BITS_LOG2);
      if (((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** FNV-1a, with its last bytes spread over all bits. */
function hash32(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Odd, so that the probes of a key differ. */
function strideOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 1;
}
