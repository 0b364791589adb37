import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const digestBytes = 32;

/**
 * Stands for a password in memory: a keyed digest (HMAC-SHA-256) of whose it is and its octets. The key is random, is never
 * written anywhere and ends with the process, so that a digest cannot be tried against a list of passwords by whoever reads
 * it, and says nothing about the same password of somebody else.
 */
export class PasswordDigest {
  readonly #key: Buffer = randomBytes(digestBytes);

  of(owner: string, password: Buffer): Buffer {
    return digestOf(this.#key, owner, password);
  }
}

/** Compares two digests in a time that does not depend on where they differ. */
export function isSameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The digest (HMAC-SHA-256) of a password under a key, for its owner only. */
export function digestOf(key: Buffer, owner: string, password: Buffer): Buffer {
  // The length in front keeps an owner and a password from being read as another owner and another password.
  const prefix = `${Buffer.byteLength(owner)}:${owner}`;
  return createHmac('sha256', key).update(prefix).update(password).digest();
}
