import type { AppPasswordStore, StoredAppPassword } from '../../src/identity/app-password.ts';
import type { ObjectId } from '../../src/identity/ids.ts';
import type { KeptNtHash, NtHashStore } from '../../src/identity/nt-hash.ts';
import type { OneTimeCodeStore, StoredOneTimeCodes } from '../../src/identity/one-time-code.ts';
import type { RememberedPassword, RememberedPasswordStore } from '../../src/identity/remembered-password.ts';

/** Remembered passwords in memory. */
export class MemoryRemembered implements RememberedPasswordStore {
  readonly kept = new Map<ObjectId, RememberedPassword>();

  of(user: ObjectId): RememberedPassword | undefined {
    return this.kept.get(user);
  }

  async put(user: ObjectId, password: RememberedPassword | undefined): Promise<void> {
    await Promise.resolve();
    if (password === undefined) this.kept.delete(user);
    else this.kept.set(user, password);
  }

  async prune(oldestMs: number): Promise<void> {
    await Promise.resolve();
    for (const [user, { provenAtMs }] of this.kept) if (provenAtMs < oldestMs) this.kept.delete(user);
  }

  async clear(): Promise<void> {
    await Promise.resolve();
    this.kept.clear();
  }
}

/** NT hashes in memory. */
export class MemoryNtHashes implements NtHashStore {
  readonly kept = new Map<ObjectId, KeptNtHash>();

  of(user: ObjectId): KeptNtHash | undefined {
    return this.kept.get(user);
  }

  async put(user: ObjectId, hash: KeptNtHash | undefined): Promise<void> {
    await Promise.resolve();
    if (hash === undefined) this.kept.delete(user);
    else this.kept.set(user, hash);
  }

  async prune(isKept: (user: ObjectId, hash: KeptNtHash) => boolean): Promise<number> {
    await Promise.resolve();
    for (const [user, hash] of this.kept) if (!isKept(user, hash)) this.kept.delete(user);
    return this.kept.size;
  }

  async clear(): Promise<void> {
    await this.prune(() => false);
  }
}

/** App passwords in memory. */
export class MemoryAppPasswords implements AppPasswordStore {
  readonly kept = new Map<ObjectId, readonly StoredAppPassword[]>();
  writes = 0;

  of(user: ObjectId): readonly StoredAppPassword[] {
    return this.kept.get(user) ?? [];
  }

  ownerOf(id: string): ObjectId | undefined {
    return [...this.kept].find(([, passwords]) => passwords.some((each) => each.id === id))?.[0];
  }

  async put(user: ObjectId, passwords: readonly StoredAppPassword[]): Promise<void> {
    await Promise.resolve();
    this.writes += 1;
    this.kept.set(user, passwords);
  }

  async *all(): AsyncGenerator<readonly (readonly [ObjectId, readonly StoredAppPassword[]])[]> {
    await Promise.resolve();
    yield [...this.kept];
  }
}

/** One-time codes in memory. */
export class MemoryOneTimeCodes implements OneTimeCodeStore {
  readonly kept = new Map<ObjectId, StoredOneTimeCodes>();
  isBroken = false;

  of(user: ObjectId): StoredOneTimeCodes | undefined {
    return this.kept.get(user);
  }

  async put(user: ObjectId, codes: StoredOneTimeCodes | undefined): Promise<void> {
    await Promise.resolve();
    if (this.isBroken) throw new Error('disk full');
    if (codes === undefined) this.kept.delete(user);
    else this.kept.set(user, codes);
  }

  async *all(): AsyncGenerator<readonly (readonly [ObjectId, StoredOneTimeCodes])[]> {
    await Promise.resolve();
    yield [...this.kept];
  }
}
