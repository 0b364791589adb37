import { compare, hash as hashOf } from 'bcrypt';

import type { Gate } from './gate.ts';
import { workFactor } from './hash-password.ts';

// bcrypt reads no more; a longer password would be accepted with anything after its 72nd octet.
const passwordBytesMax = 72;

/**
 * Compares passwords with bcrypt hashes (`$2a$`, `$2b$`, `$2y$`) in Node's thread pool, a bounded number at a time and with
 * a bounded queue (P8).
 */
export class PasswordHashes {
  readonly #gate: Gate;
  readonly #nobodysHash: string;

  /** `example` is a hash in use: names that nobody has cost as much as it does. */
  constructor(gate: Gate, example: string | undefined) {
    this.#gate = gate;
    this.#nobodysHash = hashOfNobody(example);
  }

  /**
   * Whether the password is the one of the hash. False without a hash, after as much work as with one: the time must not
   * tell them apart. `party` is who shares a turn in the queue with others of the same name. Throws `GateFullError`, and
   * the signal's reason when it aborts while waiting.
   */
  async matches(password: Buffer, hash: string | undefined, signal: AbortSignal, party?: string): Promise<boolean> {
    const against = hash === undefined ? this.#nobodysHash : readableHash(hash);
    const isEqual = await this.#gate.run(signal, () => compare(password, against), party);
    return isEqual && hash !== undefined && isComparable(password);
  }

  /** A new hash. Throws `GateFullError`. */
  async make(password: string, party: string): Promise<string> {
    return await this.#gate.run(new AbortController().signal, () => hashOf(password, workFactor), party);
  }
}

// bcrypt repeats a password and its closing zero until 72 octets are full: `x`, zero, `x` is to it the same as `x`.
function isComparable(password: Buffer): boolean {
  return password.length > 0 && password.length <= passwordBytesMax && !password.includes(0);
}

// PHP and Apache call the same algorithm 2y; the bcrypt package (6.0) knows 2a and 2b only.
function readableHash(hash: string): string {
  return hash.startsWith('$2y$') ? `$2b$${hash.slice(4)}` : hash;
}

// As costly as a real one. What it would match does not matter: its verdict is not looked at.
function hashOfNobody(example: string | undefined): string {
  const cost = /^\$2[aby]\$(\d\d)\$/.exec(example ?? '')?.[1] ?? '12';
  return `$2b$${cost}$${'.'.repeat(53)}`;
}
