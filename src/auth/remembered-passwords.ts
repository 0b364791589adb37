import { parseObjectId } from '../identity/ids.ts';
import type { RememberedPassword, RememberedPasswordStore } from '../identity/remembered-password.ts';
import type { Clock } from '../timing/clock.ts';
import { GateFullError } from './gate.ts';
import type { Keyring } from './keyring.ts';
import type { BindAttempt } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';
import type { BindUser } from './user-lookup.ts';

/** What {@link RememberedPasswords} is made of. */
export interface RememberedPasswordsOptions {
  readonly store: RememberedPasswordStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** How many may wait to be hashed and compared (P8); left out: 128, which is some seconds of work. */
  readonly waitingMax?: number;
}

/** What a remembered password has to be to be good. */
export interface RememberedTerms {
  /** How long after Entra has found it right. */
  readonly ageMaxMs: number;
  /** Entra's codes that count as success: what was let through by another one is not good any more. */
  readonly acceptProven: readonly number[];
}

/** What a remembered password says of one that is typed: nothing is known, it is the same, or another one. */
export type Comparison =
  | { readonly kind: 'unknown' | 'other' }
  | {
      readonly kind: 'same';
      /** How long it goes on being good. */
      readonly goodForMs: number;
    };

const purpose = 'remembered passwords';

const defaultWaitingMax = 128;

/**
 * The passwords that Entra has found right, for when it cannot be asked, or need not be. One is void as soon as the directory
 * says that the password was changed or sessions were ended, and gone when Entra refuses it.
 */
export class RememberedPasswords {
  readonly #options: RememberedPasswordsOptions;
  /** Writes, one behind the other. */
  #writing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isWanted = true;

  constructor(options: RememberedPasswordsOptions) {
    this.#options = options;
  }

  /** Compares with what was found right; without terms, however long ago. Throws what `PasswordHashes.matches` throws. */
  async compare(
    { password, signal, network }: BindAttempt,
    user: BindUser,
    terms: RememberedTerms | undefined,
    hashes: PasswordHashes,
  ): Promise<Comparison> {
    const objectId = parseObjectId(user.objectId);
    const { store, keyring, clock } = this.#options;
    const kept = objectId && store.of(objectId);
    if (kept === undefined || kept.version !== user.credentialVersion || !keyring.has(kept.keyId)) return unknown;
    const goodForMs = goodFor(kept, terms, clock.now());
    if (goodForMs < 0) return unknown;
    const peppered = Buffer.from(keyring.pepper(kept.keyId, purpose, user.objectId, password));
    return (await hashes.matches(peppered, kept.hash, signal, network)) ? { kind: 'same', goodForMs } : other;
  }

  /**
   * Entra has found the password right, perhaps with a code that is let through. Does not wait for it to be written, and gives
   * up where too much waits already.
   */
  learn(attempt: BindAttempt, user: BindUser, aadsts: number | undefined, hashes: PasswordHashes): void {
    if (this.#isFull) return;
    const provenAtMs = this.#options.clock.now();
    this.#enqueue(attempt, async (asked) => {
      if (this.#isWanted)
        await this.#learn(asked, user, { provenAtMs, ...(aadsts !== undefined && { aadsts }) }, hashes);
    });
  }

  /** Entra has found the password right, and it is not to be kept: if another one is, that is good no more. */
  dropOther(attempt: BindAttempt, user: BindUser, hashes: PasswordHashes): void {
    const objectId = parseObjectId(user.objectId);
    const { store } = this.#options;
    if (this.#isFull || objectId === undefined || store.of(objectId) === undefined) return;
    this.#enqueue(attempt, async (asked) => {
      const { kind } = await this.compare(asked, user, undefined, hashes);
      if (kind === 'other') await store.put(objectId, undefined);
    });
  }

  /** Entra has refused the password; when it is over with the account, none is remembered of it, whichever was typed. */
  refused(attempt: BindAttempt, user: BindUser, isOver: boolean, hashes: PasswordHashes): void {
    const objectId = parseObjectId(user.objectId);
    const { store } = this.#options;
    if (objectId === undefined) return;
    this.#enqueue(isOver || this.#isFull ? undefined : attempt, async (asked) => {
      // Only now, because what was found right before may have been waiting until now.
      if (store.of(objectId) === undefined) return;
      if (asked === undefined || (await this.#isRemembered(asked, user, hashes))) await store.put(objectId, undefined);
    });
  }

  /** Whether any are wanted from now on. Those that are kept are deleted when not, on disk too when the promise resolves. */
  async use(isWanted: boolean): Promise<void> {
    this.#isWanted = isWanted;
    if (!isWanted) await this.clear();
  }

  /** Deletes those that are older than any that is accepted: their owners may be gone for long. Never rejects. */
  async prune(ageMaxMs: number): Promise<void> {
    const { store, clock } = this.#options;
    this.#writing = this.#writing.then(() => store.prune(clock.now() - ageMaxMs)).catch(() => undefined);
    await this.#writing;
  }

  /** Forgets everything, on disk too when the promise resolves. */
  async clear(): Promise<void> {
    const cleared = this.#writing.then(() => this.#options.store.clear());
    this.#writing = cleared.catch(() => undefined);
    await cleared;
  }

  /** Resolves when everything is written that was learned so far. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  get #isFull(): boolean {
    return this.#waiting >= (this.#options.waitingMax ?? defaultWaitingMax);
  }

  async #learn(
    attempt: BindAttempt,
    user: BindUser,
    proof: Pick<RememberedPassword, 'provenAtMs' | 'aadsts'>,
    hashes: PasswordHashes,
  ): Promise<void> {
    const objectId = parseObjectId(user.objectId);
    const { store, keyring } = this.#options;
    if (objectId === undefined) return;
    const isKnown = (await this.compare(attempt, user, undefined, hashes)).kind === 'same';
    const kept = store.of(objectId);
    const keyId = keyring.current;
    const version = user.credentialVersion;
    if (isKnown && kept?.keyId === keyId) {
      await store.put(objectId, { hash: kept.hash, keyId, version, ...proof });
      return;
    }
    const hash = await hashes.make(keyring.pepper(keyId, purpose, user.objectId, attempt.password), attempt.network);
    await store.put(objectId, { hash, keyId, version, ...proof });
  }

  /** Whether the password is the one that is kept. True also where too many binds wait for that to be told: better none than an old one. */
  async #isRemembered(attempt: BindAttempt, user: BindUser, hashes: PasswordHashes): Promise<boolean> {
    try {
      return (await this.compare(attempt, user, undefined, hashes)).kind === 'same';
    } catch (error) {
      if (error instanceof GateFullError) return true;
      throw error;
    }
  }

  /** Does something behind everything that waits, with a copy of the attempt that nobody else wipes or ends. */
  #enqueue<A extends BindAttempt | undefined>(attempt: A, work: (copy: A) => Promise<void>): void {
    const password = attempt && Buffer.from(attempt.password);
    const copy = attempt && { ...attempt, password, signal: new AbortController().signal };
    this.#waiting += 1;
    this.#writing = this.#writing
      .then(() => work(copy as A))
      // Who binds does not depend on it; a store that cannot be written is told of by everything else.
      .catch(() => undefined)
      .then(() => {
        password?.fill(0);
        this.#waiting -= 1;
      });
  }
}

const unknown = { kind: 'unknown' } as const;
const other = { kind: 'other' } as const;

/** How long a remembered password goes on being good; below zero for one that is not. */
function goodFor(
  { provenAtMs, aadsts }: RememberedPassword,
  terms: RememberedTerms | undefined,
  nowMs: number,
): number {
  if (terms === undefined) return Infinity;
  const ageMs = nowMs - provenAtMs;
  // A clock that was set back makes nothing younger than it is.
  const isGood = ageMs >= 0 && (aadsts === undefined || terms.acceptProven.includes(aadsts));
  return isGood ? terms.ageMaxMs - ageMs : -1;
}
