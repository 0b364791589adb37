import type { AppPasswords } from './app-passwords.ts';
import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';

/** Users, by the app passwords that were made for them. Whatever cannot be one is left to the links behind it. */
export class AppPasswordLink implements BindLink {
  readonly name = 'appPassword';
  readonly #hashes: PasswordHashes;
  readonly #passwords: AppPasswords;

  constructor(hashes: PasswordHashes, passwords: AppPasswords) {
    this.#hashes = hashes;
    this.#passwords = passwords;
  }

  async verify(attempt: BindAttempt): Promise<LinkVerdict> {
    if (attempt.subject.kind !== 'user') return { kind: 'notMine' };
    return await this.#passwords.check(attempt.subject.user, attempt, this.#hashes);
  }
}
