import { endsKeptPasswords, isAboutPassword } from './kept-passwords.ts';
import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import type { NtHashes } from './nt-hashes.ts';
import type { BindUser } from './user-lookup.ts';

/**
 * Entra, with NT hashes kept of the passwords that it finds right, and dropped of those that it refuses. The bind is answered when
 * that is written: whoever has logged in can use Samba at once, and whoever was refused cannot.
 */
export class NtHashLink implements BindLink {
  readonly name = 'entra';
  readonly #entra: BindLink;
  readonly #ntHashes: NtHashes;

  constructor(entra: BindLink, ntHashes: NtHashes) {
    this.#entra = entra;
    this.#ntHashes = ntHashes;
  }

  async verify(attempt: BindAttempt): Promise<LinkVerdict> {
    const verdict = await this.#entra.verify(attempt);
    const { subject } = attempt;
    if (subject.kind !== 'user') return verdict;
    const { user } = subject;
    if (verdict.kind === 'accepted') await this.#learn(attempt, user, verdict.entra?.aadsts);
    else if (verdict.kind === 'refused' && isAboutPassword(verdict)) {
      await (endsKeptPasswords(verdict) ? this.#ntHashes.drop(user) : this.#ntHashes.refused(attempt, user));
    }
    return verdict;
  }

  #learn(attempt: BindAttempt, user: BindUser, aadsts: number | undefined): Promise<void> {
    // Where the password alone does not open the account, it does not open shares either: NTLM has no place for a code.
    const needsCode = attempt.ruling?.needsCode(this.name) === true;
    return needsCode ? this.#ntHashes.drop(user) : this.#ntHashes.learn(attempt, user, aadsts);
  }
}
