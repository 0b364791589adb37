import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';

/** A user whom only the overlay has. */
export interface LocalAccount {
  readonly objectId: string;
  /** A bcrypt hash; undefined for a user who cannot bind. */
  readonly passwordHash: string | undefined;
}

/**
 * Users whom only the overlay has, by the hashes of its files: break-glass accounts, which need neither Entra nor the network. It
 * decides about every one of them, also about one whom the files do not have any more and who is still published.
 */
export class LocalLink implements BindLink {
  readonly name = 'local';
  readonly #hashes: PasswordHashes;
  readonly #accounts: ReadonlyMap<string, string | undefined>;

  constructor(hashes: PasswordHashes, accounts: readonly LocalAccount[]) {
    this.#hashes = hashes;
    this.#accounts = new Map(accounts.map(({ objectId, passwordHash }) => [objectId, passwordHash]));
  }

  async verify({ subject, password, network, signal }: BindAttempt): Promise<LinkVerdict> {
    if (subject.kind !== 'user' || !subject.user.isLocal) return { kind: 'notMine' };
    const hash = this.#accounts.get(subject.user.objectId);
    if (await this.#hashes.matches(password, hash, signal, network)) return { kind: 'accepted' };
    return { kind: 'refused', reason: hash === undefined ? 'the account has no password' : 'wrong', denial: 'wrong' };
  }
}
