import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';
import type { RememberedPasswords } from './remembered-passwords.ts';

/** What a remembered password is good for. */
export interface RememberedLinkOptions {
  readonly passwords: RememberedPasswords;
  readonly hashes: PasswordHashes;
  /** How long after Entra has found it right. */
  readonly ageMaxMs: number;
  /** Whether it stands behind Entra and is asked only when that could not tell. */
  readonly isLast: boolean;
}

/** Users, by the password that Entra has found right not long ago. Another password says nothing: it may be a new one. */
export class RememberedLink implements BindLink {
  readonly name = 'remembered';
  readonly #options: RememberedLinkOptions;

  constructor(options: RememberedLinkOptions) {
    this.#options = options;
  }

  async verify(attempt: BindAttempt): Promise<LinkVerdict> {
    const { passwords, hashes, ageMaxMs, isLast } = this.#options;
    const { subject } = attempt;
    if (subject.kind !== 'user' || subject.user.isLocal || subject.user.guest) return { kind: 'notMine' };
    switch (await passwords.compare(attempt, subject.user, ageMaxMs, hashes)) {
      case 'same':
        return { kind: 'accepted' };
      case 'other':
        // Nobody else looks at it any more, so it counts as tried, though it may be right.
        return isLast
          ? { kind: 'unavailable', reason: 'not the remembered password', isTried: true }
          : { kind: 'notMine' };
      case 'unknown':
        return { kind: 'notMine' };
    }
  }
}

/** Entra, with what it says remembered. */
export class LearningLink implements BindLink {
  readonly name = 'entra';
  readonly #entra: BindLink;
  readonly #passwords: RememberedPasswords;
  readonly #hashes: PasswordHashes;

  constructor(entra: BindLink, passwords: RememberedPasswords, hashes: PasswordHashes) {
    this.#entra = entra;
    this.#passwords = passwords;
    this.#hashes = hashes;
  }

  async verify(attempt: BindAttempt): Promise<LinkVerdict> {
    const verdict = await this.#entra.verify(attempt);
    const { subject } = attempt;
    if (subject.kind !== 'user') return verdict;
    if (verdict.kind === 'accepted') this.#passwords.learn(attempt, subject.user, this.#hashes);
    // What was refused without Entra having been asked says nothing about the password.
    else if (verdict.kind === 'refused' && verdict.entra !== undefined) {
      this.#passwords.refused(attempt, subject.user, verdict.denial, this.#hashes);
    }
    return verdict;
  }
}
