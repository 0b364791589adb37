import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** A comparison or a hash that bcrypt was asked for. */
export interface BcryptCall {
  readonly kind: 'compare' | 'hash';
  /** The work factor. */
  readonly cost: number;
}

type Callback = (error: Error | null, result: unknown) => void;

/** What of the package's native part is called; it has no types of its own. */
interface Native {
  compare: (data: string | Buffer, hash: string, callback: Callback) => void;
  encrypt: (data: string | Buffer, salt: string, callback: Callback) => void;
  gen_salt: (minor: string, rounds: number, seed: Buffer, callback: Callback) => void;
}

const require = createRequire(import.meta.url);

/** The one that `bcrypt` itself has loaded: add-ons are loaded once. */
function nativePart(): Native {
  const entry = require.resolve('bcrypt');
  const load = createRequire(entry)('node-gyp-build') as (folder: string) => Native;
  return load(dirname(entry));
}

const cheapCost = 4;

/**
 * Counts the work that bcrypt does in this process from now on and, where thousands of hashes are made, makes new ones as cheap
 * as bcrypt allows; nothing else about them changes. Dispose it to leave bcrypt as it was.
 */
export class BcryptCalls implements Disposable {
  readonly #native = nativePart();
  readonly #before = { ...this.#native };
  #calls: BcryptCall[] = [];

  constructor({ isCheap = false }: { readonly isCheap?: boolean } = {}) {
    const { compare, encrypt, gen_salt: genSalt } = this.#before;
    this.#native.compare = (data, hash, callback) => {
      this.#calls.push({ kind: 'compare', cost: costOf(hash) });
      compare(data, hash, callback);
    };
    this.#native.encrypt = (data, salt, callback) => {
      this.#calls.push({ kind: 'hash', cost: costOf(salt) });
      encrypt(data, salt, callback);
    };
    this.#native.gen_salt = (minor, rounds, seed, callback) =>
      genSalt(minor, isCheap ? cheapCost : rounds, seed, callback);
  }

  /** What was asked for since the last time. */
  take(): readonly BcryptCall[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  [Symbol.dispose](): void {
    Object.assign(this.#native, this.#before);
  }
}

function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}
