import { endsKeptPasswords, isAboutPassword } from './kept-passwords.ts';
import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import type { PasswordHashes } from './password-hashes.ts';
import type { RememberedPasswords, RememberedTerms } from './remembered-passwords.ts';

/** What a remembered password is good for. */
export interface RememberedLinkOptions {
  readonly passwords: RememberedPasswords;
  readonly hashes: PasswordHashes;
  readonly terms: RememberedTerms;
}

/** Users, by the password that Entra has found right not long ago. Another password says nothing: it may be a new one. */
export class RememberedLink implements BindLink {
  readonly name = 'remembered';
  readonly #options: RememberedLinkOptions;

  constructor(options: RememberedLinkOptions) {
    this.#options = options;
  }

  async verify(attempt: BindAttempt): Promise<LinkVerdict> {
    const { passwords, hashes, terms } = this.#options;
    const { subject } = attempt;
    if (subject.kind !== 'user' || subject.user.isLocal || subject.user.guest) return { kind: 'notMine' };
    const comparison = await passwords.compare(attempt, subject.user, terms, hashes);
    switch (comparison.kind) {
      case 'same':
        return { kind: 'accepted', goodForMs: comparison.goodForMs };
      case 'other':
        // Where nobody else can tell it counts as tried, though it may be right.
        return { kind: 'notMine', isTried: true };
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
    if (verdict.kind === 'accepted') {
      // Of whom none may be used, none is kept; and none that is not good any more of whom one is used elsewhere.
      if (attempt.ruling?.isOpen('remembered') === false)
        this.#passwords.dropOther(attempt, subject.user, this.#hashes);
      else this.#passwords.learn(attempt, subject.user, verdict.entra?.aadsts, this.#hashes);
    }
    if (verdict.kind === 'refused' && isAboutPassword(verdict)) {
      this.#passwords.refused(attempt, subject.user, endsKeptPasswords(verdict), this.#hashes);
    }
    return verdict;
  }
}
