import type { X509Certificate } from 'node:crypto';

import { normalizeDn } from '../directory/dn.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import type { LdapResult } from '../directory/result.ts';
import type { PasswordChecker } from '../identity/password-check.ts';
import { bindAccepted, bindMisconfigured, bindRefused, bindUndecided } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { certificateAltNames, certificateSubject } from './certificate-subject.ts';
import { Gate, GateFullError } from './gate.ts';
import { defaultAuthLimits } from './limits.ts';
import type { AuthLimits } from './limits.ts';
import { RefusalPace } from './refusal-pace.ts';
import { bindResults } from './results.ts';
import { ServiceAccounts } from './service-accounts.ts';
import type { ServiceAccount } from './service-accounts.ts';
import { SourceNetworks } from './source-networks.ts';
import { UserBinds } from './user-binds.ts';
import type { UserVerdict } from './user-binds.ts';
import type { UserLookup } from './user-lookup.ts';

/** Circumstances of a bind that the decision may depend on. */
export interface BindContext {
  /** Textual IP address of the peer, or `unix` for a local socket. */
  readonly remoteAddress: string;
  /** True when the connection is protected by TLS. */
  readonly secure: boolean;
  /** Aborts when the connection has gone or the operation was cancelled. */
  readonly signal: AbortSignal;
  /**
   * Whom a SASL client asks to act as: `dn:` and a DN, `u:` and a user name (RFC 4513 §5.2.1.8), or a bare user name. Only
   * the identity that it proves is granted. Empty or missing: that one.
   */
  readonly authorizationId?: string;
}

/** The verdict on a bind. */
export type BindOutcome =
  | { readonly kind: 'accepted'; readonly identity: BoundIdentity }
  | { readonly kind: 'refused'; readonly result: LdapResult };

/** Decides binds (RFC 4513 §5). Default is to refuse. Never throws. */
export interface Authenticator {
  /** `name` is the bind name as the client wrote it (a DN, or one of the login forms); `password` is its exact octets, never empty. */
  bindSimple(name: string, password: Buffer, context: BindContext): Promise<BindOutcome>;
  /** `certificate` is one that the client proved to own and that an authority for clients has signed. */
  bindExternal(certificate: X509Certificate, context: BindContext): Promise<BindOutcome>;
}

/** Who can bind. */
export interface AuthenticatorSettings {
  readonly serviceAccounts: readonly ServiceAccount[];
  /** Undefined: users cannot bind, only service accounts can. */
  readonly passwords: PasswordChecker | undefined;
}

/** An authenticator whose settings can change while it is used. */
export interface LiveAuthenticator extends Authenticator {
  /** From now on these can bind. A bind that is under way and would be accepted by the old settings is answered busy. */
  use(settings: AuthenticatorSettings): void;
}

/** What an authenticator is made of. */
export interface AuthenticatorOptions extends AuthenticatorSettings {
  readonly users: UserLookup;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: AuthLimits;
  /** Numbers from 0 to 1, for the time that refusals take. */
  readonly random?: () => number;
}

/**
 * The bind chain: service accounts by their hashes or certificates, then users by Entra. Throws a `RangeError` for an
 * account whose DN, or the subject or name of its certificate, is invalid.
 */
export function createAuthenticator(options: AuthenticatorOptions): LiveAuthenticator {
  const { users, clock, log, limits = defaultAuthLimits, random = Math.random } = options;
  const hashing = new Gate(limits.hashesMax, limits.hashesWaitingMax);
  const checking = new Gate(limits.checksMax, limits.checksWaitingMax);
  const pace = new RefusalPace(clock, random);
  const settle = ({ serviceAccounts, passwords }: AuthenticatorSettings) => ({
    services: new ServiceAccounts(serviceAccounts, hashing),
    sources: sourcesOf(serviceAccounts),
    userBinds: passwords && new UserBinds({ users, passwords, gate: checking, pace, clock }),
  });
  let current = settle(options);

  const decide = async (name: string, password: Buffer, signal: AbortSignal): Promise<Verdict> => {
    const { services, userBinds } = current;
    // RFC 4513 §5.1.2: a name without a password proves nothing. The wire layer refuses it before; so does this.
    if (password.length === 0) return { kind: 'refused', reason: 'empty password' };
    const service = await services.verify(name, password, signal);
    if (service.kind === 'accepted') return { kind: 'service', account: service.account, by: 'service' };
    if (service.kind === 'refused') return { kind: 'refused', reason: service.reason };
    if (userBinds === undefined) return { kind: 'refused', reason: 'users cannot bind' };
    return await userBinds.verify(name, password, signal);
  };

  const verify = async (name: string, password: Buffer, signal: AbortSignal): Promise<Verdict> => {
    const before = current;
    const verdict = await decide(name, password, signal);
    const isAccepted = verdict.kind === 'service' || verdict.kind === 'accepted';
    return isAccepted && current !== before ? { kind: 'busy', reason: 'the settings changed meanwhile' } : verdict;
  };

  // Last of all, so that neither the answer nor its time tells from elsewhere whether a password was right.
  const admit = (verdict: Verdict, name: string | undefined, context: BindContext): Verdict => {
    if (verdict.kind === 'service' && current.sources.get(verdict.account)?.includes(context.remoteAddress) === false) {
      return { kind: 'refused', reason: 'the address is not allowed' };
    }
    return authorize(verdict, name, context);
  };

  return {
    use(settings) {
      current = settle(settings);
    },
    async bindSimple(name, password, context) {
      const attempt = attemptOf(name, context);
      try {
        return conclude(log, attempt, admit(await verify(name, password, context.signal), name, context));
      } catch (error) {
        return conclude(log, attempt, undecided(error, context.signal));
      }
    },
    async bindExternal(certificate, context) {
      const subject = certificateSubject(certificate);
      const altNames = certificateAltNames(certificate);
      const found = current.services.verifyCertificate(subject?.key, altNames);
      const reason = found.kind === 'refused' ? found.reason : 'no account has this certificate';
      const verdict: Verdict =
        found.kind === 'accepted'
          ? { kind: 'service', account: found.account, by: 'certificate' }
          : { kind: 'refused', reason };
      return conclude(log, attemptOf(subject?.dn ?? altNames[0] ?? '', context), admit(verdict, undefined, context));
    },
  };
}

/** Where the accounts may be used from that may not be used from everywhere. */
function sourcesOf(accounts: readonly ServiceAccount[]): ReadonlyMap<ServiceAccount, SourceNetworks> {
  return new Map(
    accounts.flatMap((account) =>
      account.allowFrom === undefined ? [] : [[account, new SourceNetworks(account.allowFrom)] as const],
    ),
  );
}

/** Refuses whoever asks to act as somebody else than the one that was proved; `name` is the proved user name. */
function authorize(verdict: Verdict, name: string | undefined, { authorizationId = '' }: BindContext): Verdict {
  if (authorizationId === '' || (verdict.kind !== 'service' && verdict.kind !== 'accepted')) return verdict;
  const { dn } = verdict.kind === 'service' ? verdict.account : verdict.user;
  const userName = name ?? (verdict.kind === 'service' ? verdict.account.name : undefined);
  const isOwn = authorizationId.startsWith('dn:')
    ? normalizeDn(authorizationId.slice(3)) === normalizeDn(dn)
    : userName !== undefined && (authorizationId === userName || authorizationId === `u:${userName}`);
  return isOwn ? verdict : { kind: 'refused', reason: 'may not act as somebody else' };
}

function attemptOf(name: string, { remoteAddress, secure }: BindContext): Attempt {
  return { name: name.slice(0, loggedNameMax), peer: remoteAddress, secure };
}

type Verdict =
  | Exclude<UserVerdict, { kind: 'refused' }>
  | { readonly kind: 'refused'; readonly reason: string; readonly aadsts?: number | undefined }
  | { readonly kind: 'service'; readonly account: ServiceAccount; readonly by: 'service' | 'certificate' };

/** What is logged about every bind. */
interface Attempt {
  readonly name: string;
  readonly peer: string;
  readonly secure: boolean;
}

// Names come from anybody; a log line need not hold a whole message.
const loggedNameMax = 256;

function conclude(log: Log, attempt: Attempt, verdict: Verdict): BindOutcome {
  switch (verdict.kind) {
    case 'service': {
      const { name, dn } = verdict.account;
      bindAccepted(log, { ...attempt, name: dn, by: verdict.by });
      return { kind: 'accepted', identity: { kind: 'service', dn, name } };
    }
    case 'accepted': {
      const { entryId, objectId, dn } = verdict.user;
      bindAccepted(log, { ...attempt, name: dn, by: 'entra' });
      return { kind: 'accepted', identity: { kind: 'user', dn, entryId, objectId } };
    }
    case 'refused':
      bindRefused(log, { ...attempt, reason: verdict.reason, aadsts: verdict.aadsts });
      return { kind: 'refused', result: bindResults.invalidCredentials };
    case 'misconfigured':
      bindMisconfigured(log, { reason: verdict.reason, aadsts: verdict.aadsts });
      return { kind: 'refused', result: bindResults.unavailable };
    case 'busy':
    case 'unavailable': {
      const { kind, reason, aadsts, cause } = verdict;
      bindUndecided(log, { ...attempt, answer: kind, reason, aadsts }, cause);
      return { kind: 'refused', result: bindResults[kind] };
    }
  }
}

function undecided(error: unknown, signal: AbortSignal): Verdict {
  if (error instanceof GateFullError) return { kind: 'busy', reason: 'too many binds wait' };
  if (signal.aborted) return { kind: 'unavailable', reason: 'the client has gone' };
  return { kind: 'unavailable', reason: 'an error of our own', cause: error };
}
