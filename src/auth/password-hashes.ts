import { compare, hash as hashOf } from 'bcrypt';

import type { Gate } from './gate.ts';
import { hashedPasswordBytesMax, workFactor } from './hash-password.ts';

/** Where no hash is in use that says another one. */
const defaultCost = 12;

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
    this.#nobodysHash = hashOfNobody(costOf(example) ?? defaultCost);
  }

  /**
   * Whether the password is the one of the hash. False without a hash, after as much work as with one: the time must not
   * tell them apart. `party` is who shares a turn in the queue with others of the same name. Throws `GateFullError`, and
   * the signal's reason when it aborts while waiting.
   */
  async matches(password: Buffer, hash: string | undefined, signal: AbortSignal, party?: string): Promise<boolean> {
    const against = hash === undefined ? this.#nobodysHash : readableHash(hash);
    const isEqual = await this.#gate.run(signal, () => compare(password, against), party);
    return isEqual && hash !== undefined && whyIncomparable(password) === undefined;
  }

  /** A new hash. Throws `GateFullError`. */
  async make(password: string, party: string): Promise<string> {
    return await this.#gate.run(new AbortController().signal, () => hashOf(password, workFactor), party);
  }
}

/** Why a password matches no plain bcrypt hash, whatever the hash was made of, for the log; undefined when it may match one. */
export function whyIncomparable(password: Buffer): string | undefined {
  if (password.length === 0) return 'empty password';
  // It would be accepted with anything after its 72nd octet.
  if (password.length > hashedPasswordBytesMax) {
    return `the password has more than ${hashedPasswordBytesMax} octets, and bcrypt reads no more`;
  }
  // bcrypt repeats a password and its closing zero until 72 octets are full: `x`, zero, `x` is to it the same as `x`.
  return password.includes(0) ? 'the password holds a NUL, at which bcrypt ends' : undefined;
}

// PHP and Apache call the same algorithm 2y; the bcrypt package (6.0) knows 2a and 2b only.
function readableHash(hash: string): string {
  return hash.startsWith('$2y$') ? `$2b$${hash.slice(4)}` : hash;
}

/** Takes as long to compare with as a hash of this cost. What it would match does not matter: the verdict is not to be looked at. */
export function hashOfNobody(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

function costOf(hash: string | undefined): number | undefined {
  const cost = /^\$2[aby]\$(\d\d)\$/.exec(hash ?? '')?.[1];
  return cost === undefined ? undefined : Number(cost);
}
