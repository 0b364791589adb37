import { isUtf8 } from 'node:buffer';

import type { PasswordChecker, PasswordVerdict } from '../identity/password-check.ts';
import type { Clock } from '../timing/clock.ts';
import type { Gate } from './gate.ts';
import type { BindAttempt, BindLink, EntraAnswer, LinkVerdict } from './link.ts';
import type { RefusalPace } from './refusal-pace.ts';
import type { BindUser } from './user-lookup.ts';

/** What {@link EntraLink} is made of. */
export interface EntraLinkOptions {
  readonly passwords: PasswordChecker;
  readonly gate: Gate;
  /** Learns how long a refusal by Entra takes. */
  readonly pace: RefusalPace;
  readonly clock: Clock;
  /** The AADSTS codes that count as success where Entra says with them that the password is right (PAIN-03). */
  readonly acceptProven: readonly number[];
}

/** Users, whose passwords Entra checks. It refuses or accepts every user, so links behind it are for when it cannot tell. */
export class EntraLink implements BindLink {
  readonly name = 'entra';
  readonly #options: EntraLinkOptions;

  constructor(options: EntraLinkOptions) {
    this.#options = options;
  }

  async verify({ subject, password, network, signal }: BindAttempt): Promise<LinkVerdict> {
    if (subject.kind !== 'user' || subject.user.isLocal) return { kind: 'notMine' };
    const { user } = subject;
    const { userPrincipalName } = user;
    if (userPrincipalName === undefined) {
      return { kind: 'refused', reason: 'no user principal name', denial: 'notAllowed' };
    }
    // Another tenant has the password, and Entra does not ask it.
    if (user.guest) return { kind: 'refused', reason: 'guest', denial: 'notAllowed' };
    if (!isText(password)) return { kind: 'refused', reason: 'malformed password', denial: 'wrong' };
    const { gate, passwords, clock, pace } = this.#options;
    const verdict = await gate.run(
      signal,
      async () => {
        const startedAtMs = clock.monotonicMs();
        // It goes on when the client has gone: Entra counts it, so its outcome has to be counted here too (PAIN-22).
        const answer = await passwords.check(userPrincipalName, password, new AbortController().signal);
        if (answer.kind === 'refused') pace.learn(clock.monotonicMs() - startedAtMs);
        return answer;
      },
      network,
    );
    return this.#judge(user, verdict);
  }

  #judge(user: BindUser, verdict: PasswordVerdict): LinkVerdict {
    const { correlationId } = verdict;
    const entra: EntraAnswer = { aadsts: verdict.kind === 'accepted' ? undefined : verdict.aadsts, correlationId };
    switch (verdict.kind) {
      case 'accepted':
        // Entra answered about a name, and by now the name may be another person's (P7).
        return verdict.objectId === undefined || verdict.objectId === user.objectId
          ? { kind: 'accepted', entra }
          : { kind: 'refused', reason: 'the name belongs to somebody else by now', denial: 'wrong', entra };
      case 'refused': {
        const { reason, passwordProven: isProven = false, aadsts } = verdict;
        // Only a second factor can be done without: no setting makes an expired password good.
        const isListed = aadsts !== undefined && this.#options.acceptProven.includes(aadsts);
        const isEnough = isProven && isListed && reason === 'interactionRequired';
        return isEnough ? { kind: 'accepted', entra } : { kind: 'refused', reason, denial: reason, isProven, entra };
      }
      case 'unavailable':
      case 'misconfigured':
        return { kind: verdict.kind, reason: verdict.message, entra };
    }
  }
}

// RFC 4513 §5.1.3 has passwords in UTF-8. Replacing what is not would turn different octets into one password.
function isText(password: Buffer): boolean {
  return password.length > 0 && !password.includes(0) && isUtf8(password);
}
