import type { PasswordChecker, PasswordVerdict } from '../identity/password-check.ts';
import type { Clock } from '../timing/clock.ts';
import type { Gate } from './gate.ts';
import type { RefusalPace } from './refusal-pace.ts';
import type { BindUser, UserLookup } from './user-lookup.ts';

/** Why a user's bind was not accepted. `reason` is for the log, never for the client. */
export type UserVerdict =
  | { readonly kind: 'accepted'; readonly user: BindUser }
  | { readonly kind: 'refused'; readonly reason: string; readonly aadsts?: number | undefined }
  | {
      readonly kind: 'busy' | 'unavailable';
      readonly reason: string;
      readonly aadsts?: number | undefined;
      readonly cause?: unknown;
    }
  | { readonly kind: 'misconfigured'; readonly reason: string; readonly aadsts: number | undefined };

/** What {@link UserBinds} needs. */
export interface UserBindsOptions {
  readonly users: UserLookup;
  readonly passwords: PasswordChecker;
  readonly gate: Gate;
  readonly pace: RefusalPace;
  readonly clock: Clock;
}

const noSuchUser = { none: 'no such user', ambiguous: 'several users have this name' } as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Binds of published users, whose passwords Entra checks. */
export class UserBinds {
  readonly #options: UserBindsOptions;

  constructor(options: UserBindsOptions) {
    this.#options = options;
  }

  /** Throws `GateFullError`, and the signal's reason when it aborts while waiting. */
  async verify(name: string, password: Buffer, signal: AbortSignal): Promise<UserVerdict> {
    const found = this.#options.users.find(name);
    switch (found.kind) {
      case 'unpublished':
        return { kind: 'busy', reason: 'nothing is published yet' };
      case 'unavailable':
        return { kind: 'unavailable', reason: 'the store cannot be read', cause: found.cause };
      case 'none':
      case 'ambiguous':
        return await this.#refuse(noSuchUser[found.kind], signal);
      case 'user':
        return await this.#verifyUser(found.user, password, signal);
    }
  }

  async #verifyUser(user: BindUser, password: Buffer, signal: AbortSignal): Promise<UserVerdict> {
    const bar = user.locked ? 'locked' : user.guest ? 'guest' : undefined;
    if (bar !== undefined) return await this.#refuse(bar, signal);
    const decoded = decodePassword(password);
    if (decoded === undefined) return await this.#refuse('malformed password', signal);
    const { gate, passwords, clock, pace } = this.#options;
    const verdict = await gate.run(signal, async () => {
      const startedAtMs = clock.monotonicMs();
      const answer = await passwords.check(user.userPrincipalName, decoded, signal);
      if (answer.kind === 'refused') pace.learn(clock.monotonicMs() - startedAtMs);
      return answer;
    });
    return this.#judge(user, verdict);
  }

  #judge(user: BindUser, verdict: PasswordVerdict): UserVerdict {
    switch (verdict.kind) {
      case 'accepted':
        return this.#confirm(user, verdict.objectId);
      case 'refused':
        return { kind: 'refused', reason: verdict.reason, aadsts: verdict.aadsts };
      case 'unavailable':
        return { kind: 'unavailable', reason: verdict.message, aadsts: verdict.aadsts };
      case 'misconfigured':
        return { kind: 'misconfigured', reason: verdict.message, aadsts: verdict.aadsts };
    }
  }

  // Entra answered about a name. By now the name may be another person's, or the directory may have moved on (P7).
  #confirm(user: BindUser, owner: string | undefined): UserVerdict {
    if (owner !== undefined && owner !== user.objectId) {
      return { kind: 'refused', reason: 'the name belongs to somebody else by now' };
    }
    const again = this.#options.users.find(user.dn);
    if (again.kind === 'user' && again.user.objectId === user.objectId && !again.user.locked) {
      return { kind: 'accepted', user: again.user };
    }
    return { kind: 'refused', reason: 'the user changed meanwhile' };
  }

  async #refuse(reason: string, signal: AbortSignal): Promise<UserVerdict> {
    await this.#options.pace.keep(signal);
    return { kind: 'refused', reason };
  }
}

// RFC 4513 §5.1.3 has passwords in UTF-8. Replacing what is not would turn different octets into one password.
function decodePassword(password: Buffer): string | undefined {
  try {
    const text = utf8.decode(password);
    return text === '' || text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
