import { type BindAttempt, type BindLink, isAmongServices, type LinkVerdict } from './link.ts';
import { type PasswordHashes, whyIncomparable } from './password-hashes.ts';

/** Service accounts, by the bcrypt hashes of the configuration. */
export class ServiceLink implements BindLink {
  readonly name = 'service';
  readonly #hashes: PasswordHashes;

  constructor(hashes: PasswordHashes) {
    this.#hashes = hashes;
  }

  async verify({ subject, password, network, signal }: BindAttempt): Promise<LinkVerdict> {
    if (!isAmongServices(subject)) return { kind: 'notMine' };
    const hash = subject.kind === 'service' ? subject.account.passwordHash : undefined;
    // Also for a name that nobody has: the time must not tell it apart.
    const isRight = await this.#hashes.matches(password, hash, signal, network);
    if (subject.kind === 'unknown') return { kind: 'refused', reason: subject.reason, denial: 'noSuchUser' };
    if (isRight) return { kind: 'accepted' };
    const reason = hash === undefined ? 'the account has no password' : (whyIncomparable(password) ?? 'wrong');
    return { kind: 'refused', reason, denial: 'wrong' };
  }
}
