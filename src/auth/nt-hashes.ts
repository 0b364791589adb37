import { parseObjectId } from '../identity/ids.ts';
import type { NtHashStore } from '../identity/nt-hash.ts';
import type { Clock } from '../timing/clock.ts';
import type { Keyring } from './keyring.ts';
import type { BindAttempt } from './link.ts';
import { createNtHasher, type NtHasher } from './nt-hash.ts';
import { NtHashLookup, ntHashPurpose, type NtHashTerms } from './nt-hash-lookup.ts';
import type { BindUser, UserLookup } from './user-lookup.ts';

/** Which NT hashes are kept. */
export interface NtHashSettings extends NtHashTerms {
  /** Names of the service accounts that may read them. */
  readonly readers: readonly string[];
}

/** What {@link NtHashes} is made of. */
export interface NtHashesOptions {
  readonly store: NtHashStore;
  readonly keyring: Keyring;
  readonly users: Pick<UserLookup, 'byObjectId'>;
  readonly clock: Clock;
  /** undefined: none are kept. */
  readonly terms: NtHashTerms | undefined;
  /** How many may wait to be written (P8); left out: 1024. */
  readonly waitingMax?: number;
}

const defaultWaitingMax = 1024;

/**
 * NT hashes of passwords that Entra has found right, encrypted, for servers that cannot check a password otherwise. Whoever has
 * one can sign in with it where NTLM is spoken. One is void as soon as the directory says that the password was changed or
 * sessions were ended, and gone when Entra refuses the password or the account, or the user is gone or locked.
 */
export class NtHashes {
  readonly lookup: NtHashLookup;
  readonly #options: NtHashesOptions;
  #hasher: Promise<NtHasher> | undefined;
  /** Writes, one behind the other. */
  #writing: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #count = 0;

  constructor(options: NtHashesOptions) {
    this.#options = options;
    this.lookup = new NtHashLookup(options);
    if (options.terms !== undefined) void this.#prepare();
  }

  /** How many are kept, as of the last {@link NtHashes.prune} and what has been learned and refused since. */
  get count(): number {
    return this.#count;
  }

  /**
   * Entra has found the password right, perhaps with a code that is let through. The hash can be read when the promise resolves,
   * unless it cannot be written. Never rejects.
   */
  async learn(attempt: BindAttempt, user: BindUser, aadsts: number | undefined): Promise<void> {
    const objectId = parseObjectId(user.objectId);
    if (objectId === undefined) return;
    // What is kept may be an older password, or of a time when Entra wanted no second factor.
    if (!this.lookup.isAccepted(aadsts)) return await this.drop(user);
    if (this.#isFull) return;
    const provenAtMs = this.#options.clock.now();
    await this.#enqueue(attempt, async (password) => {
      // By now it may be turned off.
      if (!this.lookup.isAccepted(aadsts)) return;
      const { store, keyring } = this.#options;
      const hash = await this.#hash(password);
      const sealed = keyring.seal(ntHashPurpose, objectId, hash);
      hash.fill(0);
      const isNew = store.of(objectId) === undefined;
      const proof = { provenAtMs, ...(aadsts !== undefined && { aadsts }) };
      await store.put(objectId, { sealed, version: user.credentialVersion, ...proof });
      if (isNew) this.#count += 1;
    });
  }

  /** Nothing is kept of the user's password any more. On disk too when the promise resolves, unless it cannot be written. Never rejects. */
  drop(user: BindUser): Promise<void> {
    return this.#drop(undefined, user);
  }

  /** Entra has refused the password: if it is the one that is kept, that is dropped, as by {@link NtHashes.drop}. Never rejects. */
  refused(attempt: BindAttempt, user: BindUser): Promise<void> {
    // Where too much waits, better none than an old one.
    return this.#drop(this.#isFull ? undefined : attempt, user);
  }

  async #drop(attempt: BindAttempt | undefined, user: BindUser): Promise<void> {
    const objectId = parseObjectId(user.objectId);
    if (objectId === undefined) return;
    await this.#enqueue(attempt, async (password) => {
      const { store } = this.#options;
      // Only now, because what was found right before may have been waiting until now.
      const kept = store.of(objectId);
      if (kept === undefined) return;
      // One that cannot be opened any more is of no use either.
      const isOther = password && this.lookup.open(objectId, kept)?.equals(await this.#hash(password)) === false;
      if (isOther === true) return;
      await store.put(objectId, undefined);
      this.#count -= 1;
    });
  }

  /** From now on these are kept; when none are, those that were kept are deleted, on disk too when the promise resolves. */
  async use(terms: NtHashTerms | undefined): Promise<void> {
    this.lookup.use(terms);
    if (terms === undefined) await this.clear();
    else void this.#prepare();
  }

  /** Deletes those that are void or too old, and those of users who are gone or locked or for whom none may be kept. Never rejects. */
  async prune(mayKeep: (user: BindUser) => boolean): Promise<void> {
    const { store, users } = this.#options;
    await this.#write(async () => {
      this.#count = await store.prune((objectId, kept) => {
        if (!this.lookup.isGood(kept)) return false;
        const found = users.byObjectId(objectId);
        // What cannot be told now may be told the next time.
        if (found.kind === 'unpublished' || found.kind === 'unavailable') return true;
        if (found.kind !== 'user' || found.user.locked) return false;
        return found.user.credentialVersion === kept.version && mayKeep(found.user);
      });
    }).catch(() => undefined);
  }

  /** Forgets everything, on disk too when the promise resolves. */
  async clear(): Promise<void> {
    await this.#write(() => this.#options.store.clear());
    this.#count = 0;
  }

  get #isFull(): boolean {
    return this.#waiting >= (this.#options.waitingMax ?? defaultWaitingMax);
  }

  /** So that the first who binds does not wait for it. */
  #prepare(): Promise<NtHasher> {
    this.#hasher ??= createNtHasher();
    this.#hasher.catch(() => undefined);
    return this.#hasher;
  }

  async #hash(password: Buffer): Promise<Buffer> {
    return (await this.#prepare())(password.toString('utf8'));
  }

  /** Does something behind everything that waits, with a copy of the password that nobody else wipes. */
  async #enqueue<A extends BindAttempt | undefined>(
    attempt: A,
    work: (password: A extends undefined ? undefined : Buffer) => Promise<void>,
  ): Promise<void> {
    const copy = attempt && Buffer.from(attempt.password);
    this.#waiting += 1;
    try {
      await this.#write(() => work(copy as A extends undefined ? undefined : Buffer));
    } catch {
      // Who binds does not depend on it; a store that cannot be written is told of by everything else.
    } finally {
      copy?.fill(0);
      this.#waiting -= 1;
    }
  }

  #write(work: () => Promise<void>): Promise<void> {
    const written = this.#writing.then(work);
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
