import type { AppPasswords } from './app-passwords.ts';
import { failureOf } from './chain.ts';
import { type BindAttempt, type BindLink, isAmongServices, type LinkVerdict } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';
import type { BindUser } from './user-lookup.ts';

/** Users, by the app passwords that were made for them. Whatever cannot be one is left to the links behind it. */
export class AppPasswordLink implements BindLink {
  readonly name = 'appPassword';
  readonly #hashes: PasswordHashes;
  readonly #passwords: AppPasswords;

  constructor(hashes: PasswordHashes, passwords: AppPasswords) {
    this.#hashes = hashes;
    this.#passwords = passwords;
  }

  owns({ subject, password }: BindAttempt): boolean {
    return subject.kind === 'user' && !subject.user.isLocal && this.#passwords.mayBeOne(password);
  }

  async verify(attempt: BindAttempt): Promise<LinkVerdict> {
    const { subject } = attempt;
    if (subject.kind === 'user') {
      // Who is in the overlay alone has none, and a password there may have any form.
      return subject.user.isLocal ? { kind: 'notMine' } : await this.#check(subject.user, attempt);
    }
    // A name that nobody has costs a comparison where one that somebody has does: the time must not tell them apart (P7).
    if (!isAmongServices(subject)) await this.#passwords.checkNobodys(attempt, this.#hashes);
    return { kind: 'notMine' };
  }

  async #check(user: BindUser, attempt: BindAttempt): Promise<LinkVerdict> {
    try {
      return await this.#passwords.check(user, attempt, this.#hashes);
    } catch (error) {
      // Whatever went wrong, it may be an app password, and Entra would count it as a wrong password of the account.
      return { ...failureOf(error, attempt.signal), isFinal: true };
    }
  }
}
