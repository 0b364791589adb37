import type { Clock } from '../timing/clock.ts';
import type { AcceptedCredentials, CredentialUse } from './accepted-credentials.ts';
import type { Decision } from './chain.ts';
import { type BindAttempt, type Denial, isAmongServices, type LinkName } from './link.ts';
import type { PasswordDigest } from './password-digest.ts';
import type { Refusal, RefusedPasswords, TurnedAway } from './refused-passwords.ts';

/** How long what is remembered. */
export interface MemorySettings {
  /** How long a credential that was accepted is accepted again without a check; 0 for never. */
  readonly acceptedMs: number;
  /** How long a password that was refused is refused again without a check; 0 for never. */
  readonly refusedMs: number;
}

/** What a {@link BindMemory} is made of. */
export interface BindMemoryOptions {
  readonly accepted: AcceptedCredentials;
  /** Of accounts. */
  readonly refused: RefusedPasswords;
  /** Of names that nobody has. */
  readonly strangers: RefusedPasswords;
  readonly digest: PasswordDigest;
  readonly clock: Clock;
}

/** A bind with the name as the client wrote it. */
export interface NamedAttempt extends BindAttempt {
  readonly name: string;
}

// The same question may be answered otherwise next time: Entra unlocks, and what a code that we do not know means may pass.
const passing: ReadonlySet<Denial> = new Set(['locked', 'unknown']);

// No password opens the account any more, so none that has opened it before does.
const closing: ReadonlySet<Denial> = new Set(['disabled', 'noSuchUser', 'expired', 'mustChange']);

/** What became of binds a moment ago: credentials that were accepted, and passwords that were refused. */
export class BindMemory {
  readonly #options: BindMemoryOptions;

  constructor(options: BindMemoryOptions) {
    this.#options = options;
  }

  /** Forgets everything. */
  clear(): void {
    const { accepted, refused, strangers } = this.#options;
    accepted.clear();
    refused.clear();
    strangers.clear();
  }

  /** Which link has accepted the credential; undefined when none is remembered to have. */
  acceptedBy(attempt: BindAttempt): LinkName | undefined {
    const { accepted, clock } = this.#options;
    const use = credentialUse(attempt);
    return use && accepted.recall(use, attempt.password, clock.monotonicMs());
  }

  /** Why the password was refused; undefined when it is not remembered to have been. */
  refusal(attempt: NamedAttempt): Refusal | undefined {
    const found = this.#refusal(attempt);
    return found === 'turnedAway' ? undefined : found;
  }

  /**
   * Takes note that an account had no allowance left for a password; false when that was known. As for a name that nobody has, a
   * password that comes again tells nobody anything new.
   */
  turnAway(attempt: NamedAttempt, { refusedMs }: MemorySettings): boolean {
    if (refusedMs === 0) return true;
    if (this.#refusal(attempt) !== undefined) return false;
    this.#refuse(attempt, 'turnedAway', this.#options.clock.monotonicMs() + refusedMs);
    return true;
  }

  #refusal(attempt: NamedAttempt): Refusal | TurnedAway | undefined {
    const { refused, strangers, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const { subject, password } = attempt;
    // A name that no service account has costs a comparison each time, so one that some account has does so too.
    if (isAmongServices(subject)) return undefined;
    return subject.kind === 'user'
      ? refused.find(`user:${subject.user.objectId}`, subject.user.version, password, nowMs)
      : strangers.find(this.#stranger(attempt), '', password, nowMs);
  }

  /** Takes note of a decision that was not made from memory. */
  remember(attempt: NamedAttempt, { link, verdict }: Decision, { acceptedMs, refusedMs }: MemorySettings): void {
    const { accepted, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const use = credentialUse(attempt);
    if (verdict.kind === 'accepted') {
      const isKept = use !== undefined && link !== undefined && verdict.isForOnce !== true && acceptedMs > 0;
      const goodForMs = Math.min(acceptedMs, verdict.goodForMs ?? acceptedMs);
      if (isKept) accepted.add(use, attempt.password, link, nowMs + goodForMs);
    }
    if (verdict.kind !== 'refused') return;
    const { reason, denial, isProven = false, isForHere = false, entra } = verdict;
    if (use !== undefined && entra !== undefined && closing.has(denial)) accepted.forget(use.account);
    if (isForHere || passing.has(denial) || refusedMs === 0) return;
    this.#refuse(attempt, { link, reason, denial, isProven, aadsts: entra?.aadsts }, nowMs + refusedMs);
  }

  #refuse(attempt: NamedAttempt, refusal: Refusal | TurnedAway, untilMs: number): void {
    const { refused, strangers } = this.#options;
    const { subject, password } = attempt;
    if (isAmongServices(subject)) return;
    if (subject.kind !== 'user') strangers.add(this.#stranger(attempt), '', password, refusal, untilMs);
    else refused.add(`user:${subject.user.objectId}`, subject.user.version, password, refusal, untilMs);
  }

  #stranger({ name }: NamedAttempt): string {
    return this.#options.digest.of('name', Buffer.from(name.toLowerCase())).toString('base64');
  }
}

function credentialUse({ subject, network }: BindAttempt): CredentialUse | undefined {
  if (subject.kind === 'service') {
    return { account: `service:${subject.account.name}`, version: subject.account.passwordHash ?? '', network };
  }
  if (subject.kind !== 'user') return undefined;
  return { account: `user:${subject.user.objectId}`, version: subject.user.version, network };
}
