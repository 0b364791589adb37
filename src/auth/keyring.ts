/**
 * The keys under which what is kept of passwords is worthless without them: they are kept apart from the store. A new key takes
 * over from the next use on; the older ones are there for what was made with them.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

import { digestOf } from './password-digest.ts';

/** One key. */
export interface SecretKey {
  /** Stands in front of what was made with it. Letters and digits. */
  readonly id: string;
  /** {@link secretKeyBytes} random octets. */
  readonly secret: Buffer;
}

/** Octets of a key. */
export const secretKeyBytes = 32;

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** What was sealed or peppered cannot be used: its key is not there, or it was changed. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}

/** The keys of one tenant, each used for one purpose only in a form of its own (RFC 5869). */
export class Keyring {
  readonly #keys: readonly SecretKey[];
  readonly #derived = new Map<string, Buffer>();

  /** The first key is the newest. Throws `RangeError` without any. */
  constructor(keys: readonly SecretKey[]) {
    if (keys.length === 0) throw new RangeError('a keyring needs a key');
    this.#keys = keys;
  }

  /** The id of the key that is used for what is made now. */
  get current(): string {
    return this.#newest.id;
  }

  /** Whether something was sealed with the newest key. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${this.#newest.id}.`);
  }

  /** Encrypts what belongs to `owner`; nobody else can {@link Keyring.open} it. */
  seal(purpose: string, owner: string, plain: Buffer): string {
    const { id } = this.#newest;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key(id, purpose), nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `${id}.${sealed.toString('base64')}`;
  }

  /** Throws {@link KeyringError}. */
  open(purpose: string, owner: string, sealed: string): Buffer {
    const id = sealed.slice(0, sealed.indexOf('.'));
    const bytes = Buffer.from(sealed.slice(id.length + 1), 'base64');
    const key = this.#key(id, purpose);
    try {
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(owner));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    } catch (error) {
      throw new KeyringError('a secret was changed, or belongs to somebody else', { cause: error });
    }
  }

  /** Whether what was made with this key can be used still. */
  has(id: string): boolean {
    return this.#keys.some((key) => key.id === id);
  }

  /**
   * A digest of a password that says nothing without the key, of any length and for this owner only; short enough for bcrypt.
   * Throws {@link KeyringError} when there is no such key.
   */
  pepper(id: string, purpose: string, owner: string, password: Buffer): string {
    return digestOf(this.#key(id, purpose), owner, password).toString('base64');
  }

  get #newest(): SecretKey {
    const [newest] = this.#keys;
    if (newest === undefined) throw new RangeError('a keyring needs a key');
    return newest;
  }

  #key(id: string, purpose: string): Buffer {
    const name = `${id}/${purpose}`;
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    const secret = this.#keys.find((key) => key.id === id)?.secret;
    if (secret === undefined) throw new KeyringError(`the key ${id} is not there any more`);
    const derived = Buffer.from(hkdfSync('sha256', secret, '', `entra-ldapd ${purpose}`, secretKeyBytes));
    this.#derived.set(name, derived);
    return derived;
  }
}
