import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import { type PasswordHashes, whyIncomparable } from './password-hashes.ts';

/** A user whom only the overlay has. */
export interface LocalAccount {
  readonly objectId: string;
  /** A bcrypt hash; undefined for a user who cannot bind. */
  readonly passwordHash: string | undefined;
  /** Locked by the files, also while that is not published yet. */
  readonly isLocked: boolean;
}

/**
 * Users whom only the overlay has, by the hashes of its files: break-glass accounts, which need neither Entra nor the network. It
 * decides about every one of them, also about one whom the files do not have any more and who is still published.
 */
export class LocalLink implements BindLink {
  readonly name = 'local';
  readonly #hashes: PasswordHashes;
  readonly #accounts: ReadonlyMap<string, LocalAccount>;

  constructor(hashes: PasswordHashes, accounts: readonly LocalAccount[]) {
    this.#hashes = hashes;
    this.#accounts = new Map(accounts.map((account) => [account.objectId, account]));
  }

  async verify({ subject, password, network, signal }: BindAttempt): Promise<LinkVerdict> {
    if (subject.kind !== 'user' || !subject.user.isLocal) return { kind: 'notMine' };
    const { passwordHash: hash, isLocked = false } = this.#accounts.get(subject.user.objectId) ?? {};
    const isRight = await this.#hashes.matches(password, hash, signal, network);
    if (isLocked) return { kind: 'refused', reason: 'locked', denial: 'disabled', isProven: isRight };
    if (isRight) return { kind: 'accepted' };
    const reason = hash === undefined ? 'the account has no password' : (whyIncomparable(password) ?? 'wrong');
    return { kind: 'refused', reason, denial: 'wrong' };
  }
}
