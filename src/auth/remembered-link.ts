import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';
import type { RememberedPasswords, RememberedTerms } from './remembered-passwords.ts';

/** What a remembered password is good for. */
export interface RememberedLinkOptions {
  readonly passwords: RememberedPasswords;
  readonly hashes: PasswordHashes;
  readonly terms: RememberedTerms;
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
    const { passwords, hashes, terms, isLast } = this.#options;
    const { subject } = attempt;
    if (subject.kind !== 'user' || subject.user.isLocal || subject.user.guest) return { kind: 'notMine' };
    const comparison = await passwords.compare(attempt, subject.user, terms, hashes);
    switch (comparison.kind) {
      case 'same':
        return { kind: 'accepted', goodForMs: comparison.goodForMs };
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
    if (verdict.kind === 'accepted') this.#passwords.learn(attempt, subject.user, verdict.entra?.aadsts, this.#hashes);
    // What was refused without Entra having been asked says nothing about the password.
    else if (verdict.kind === 'refused' && verdict.entra !== undefined) {
      this.#passwords.refused(attempt, subject.user, verdict.denial, this.#hashes);
    }
    return verdict;
  }
}
