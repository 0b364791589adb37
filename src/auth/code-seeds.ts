import { randomBytes } from 'node:crypto';

import type { Clock } from '../timing/clock.ts';
import type { Keyring } from './keyring.ts';
import { stepOfCode } from './one-time-code.ts';

const seedBytes = 20;
const purpose = 'one-time codes';

/** A seed that has just been made. */
export interface NewSeed extends Disposable {
  /** Wiped when it is disposed of. */
  readonly plain: Buffer;
  readonly sealed: string;
}

/** The seeds of one-time codes, which are kept sealed, each for its owner alone. */
export class CodeSeeds {
  readonly #keyring: Keyring;
  readonly #clock: Clock;

  constructor(keyring: Keyring, clock: Clock) {
    this.#keyring = keyring;
    this.#clock = clock;
  }

  /** A random seed. */
  make(owner: string): NewSeed {
    const plain = randomBytes(seedBytes);
    const sealed = this.#keyring.seal(purpose, owner, plain);
    return { plain, sealed, [Symbol.dispose]: () => plain.fill(0) };
  }

  /**
   * The time step of a code, which is at most `window` steps from now and behind `lastStep`; undefined for any other code. Throws
   * `KeyringError` when the seed cannot be read.
   */
  stepOf(
    owner: string,
    { seed: sealed, lastStep }: { readonly seed: string; readonly lastStep: number },
    code: string,
    window: number,
  ): number | undefined {
    const seed = this.#keyring.open(purpose, owner, sealed);
    try {
      return stepOfCode({ seed, lastStep, window }, code, this.#clock.now());
    } finally {
      seed.fill(0);
    }
  }

  /** Whether a seed is sealed with the newest key. */
  isCurrent(sealed: string): boolean {
    return this.#keyring.isCurrent(sealed);
  }

  /** The same seed, sealed with the newest key. Throws `KeyringError` when it cannot be read. */
  reseal(owner: string, sealed: string): string {
    const seed = this.#keyring.open(purpose, owner, sealed);
    try {
      return this.#keyring.seal(purpose, owner, seed);
    } finally {
      seed.fill(0);
    }
  }
}
