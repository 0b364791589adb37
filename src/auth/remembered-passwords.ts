import { parseObjectId } from '../identity/ids.ts';
import type { RememberedPasswordStore } from '../identity/remembered-password.ts';
import type { Clock } from '../timing/clock.ts';
import { GateFullError } from './gate.ts';
import type { Keyring } from './keyring.ts';
import type { BindAttempt, Denial } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';
import type { BindUser } from './user-lookup.ts';

/** What {@link RememberedPasswords} is made of. */
export interface RememberedPasswordsOptions {
  readonly store: RememberedPasswordStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

/** What a remembered password says of one that is typed: nothing is known, it is the same, or another one. */
export type Comparison = 'unknown' | 'same' | 'other';

const purpose = 'remembered passwords';

// Of accounts that no password opens any more, none is remembered either.
const ending: ReadonlySet<Denial> = new Set(['noSuchUser', 'disabled', 'expired', 'mustChange', 'notAllowed']);

/**
 * The passwords that Entra has found right, for when it cannot be asked, or need not be. One is void as soon as the directory
 * says that the password was changed or sessions were ended, and gone when Entra refuses it.
 */
export class RememberedPasswords {
  readonly #options: RememberedPasswordsOptions;
  /** Writes, one behind the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RememberedPasswordsOptions) {
    this.#options = options;
  }

  /** Compares with what was found right no longer ago than `ageMaxMs`. Throws what `PasswordHashes.matches` throws. */
  async compare(
    { password, signal, network }: BindAttempt,
    user: BindUser,
    ageMaxMs: number,
    hashes: PasswordHashes,
  ): Promise<Comparison> {
    const objectId = parseObjectId(user.objectId);
    const { store, keyring, clock } = this.#options;
    const kept = objectId && store.of(objectId);
    if (kept === undefined || kept.version !== user.credentialVersion || !keyring.has(kept.keyId)) return 'unknown';
    const ageMs = clock.now() - kept.provenAtMs;
    // A clock that was set back makes nothing younger than it is.
    if (ageMs > ageMaxMs || ageMs < 0) return 'unknown';
    const peppered = Buffer.from(keyring.pepper(kept.keyId, purpose, user.objectId, password));
    return (await hashes.matches(peppered, kept.hash, signal, network)) ? 'same' : 'other';
  }

  /** Entra has found the password right. Does not wait for it to be written, and gives up where too much waits already. */
  learn(attempt: BindAttempt, user: BindUser, hashes: PasswordHashes): void {
    const password = Buffer.from(attempt.password);
    this.#enqueue(async () => {
      try {
        await this.#learn({ ...attempt, password, signal: new AbortController().signal }, user, hashes);
      } catch (error) {
        if (!(error instanceof GateFullError)) throw error;
      } finally {
        password.fill(0);
      }
    });
  }

  /** Entra has refused the password, or the account. */
  refused(attempt: BindAttempt, user: BindUser, denial: Denial, hashes: PasswordHashes): void {
    const objectId = parseObjectId(user.objectId);
    const { store } = this.#options;
    if (objectId === undefined || store.of(objectId) === undefined) return;
    const password = Buffer.from(attempt.password);
    this.#enqueue(async () => {
      const asked = { ...attempt, password, signal: new AbortController().signal };
      const isOver = ending.has(denial) || (await this.compare(asked, user, Infinity, hashes)) === 'same';
      password.fill(0);
      if (isOver) await store.put(objectId, undefined);
    });
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

  async #learn(attempt: BindAttempt, user: BindUser, hashes: PasswordHashes): Promise<void> {
    const objectId = parseObjectId(user.objectId);
    const { store, keyring, clock } = this.#options;
    if (objectId === undefined) return;
    const provenAtMs = clock.now();
    const isKnown = (await this.compare(attempt, user, Infinity, hashes)) === 'same';
    const kept = store.of(objectId);
    const keyId = keyring.current;
    if (isKnown && kept?.keyId === keyId) {
      await store.put(objectId, { ...kept, provenAtMs });
      return;
    }
    const hash = await hashes.make(keyring.pepper(keyId, purpose, user.objectId, attempt.password), attempt.network);
    await store.put(objectId, { hash, keyId, provenAtMs, version: user.credentialVersion });
  }

  #enqueue(work: () => Promise<void>): void {
    // Who binds does not depend on it; a store that cannot be written is told of by everything else.
    this.#writing = this.#writing.then(work).catch(() => undefined);
  }
}
