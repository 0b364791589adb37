/**
 * The bind chain is an ordered list of links. Each knows one kind of proof, and says whether the bind is its business at
 * all; `createAuthenticator` is the one place where they are put in order.
 */
import type { PasswordRefusal } from '../identity/password-check.ts';
import type { Ruling } from './ruling.ts';
import type { BindUser } from './user-lookup.ts';
import type { ServiceAccount } from './service-accounts.ts';

/** What decided a bind. */
export type LinkName = 'service' | 'certificate' | 'local' | 'appPassword' | 'oneTimeCode' | 'remembered' | 'entra';

/** What a bind name stands for, decided once before any link is asked. */
export type Subject =
  | { readonly kind: 'service'; readonly account: ServiceAccount }
  /** A published user who is not locked. */
  | { readonly kind: 'user'; readonly user: BindUser }
  /** A published user who may not bind, whatever the password. */
  | { readonly kind: 'barred'; readonly user: BindUser; readonly reason: 'locked' }
  /** Nobody has the name; `among` says where it would have to be. */
  | { readonly kind: 'unknown'; readonly among: 'services' | 'users'; readonly reason: string };

/** True for a service account, and for a name that only a service account could have. */
export function isAmongServices(subject: Subject): boolean {
  return subject.kind === 'service' || (subject.kind === 'unknown' && subject.among === 'services');
}

/** One bind by name and password, as the links see it. */
export interface BindAttempt {
  readonly subject: Subject;
  /** The exact octets; never empty. Links keep no copy. */
  readonly password: Buffer;
  /** The IP address that the bind comes from. */
  readonly address: string;
  /** The network that the bind comes from: who comes from one network shares its turns in queues. */
  readonly network: string;
  /** Aborts when the connection has gone. */
  readonly signal: AbortSignal;
  /** Which links are open to whom the name stands for, there. Left out: all, without a code. */
  readonly ruling?: Ruling | undefined;
}

/** What Entra said, for the log and the audit trail. */
export interface EntraAnswer {
  /** The number of the AADSTS code; undefined for success and for answers without one. */
  readonly aadsts: number | undefined;
  /** Under which Microsoft's sign-in logs have the request. */
  readonly correlationId: string | undefined;
}

/** Why a password or an account is no good: in Entra's words, whoever says so. */
export type Denial = PasswordRefusal;

/** What is said while it cannot be told. */
export type Undecided = Extract<LinkVerdict, { kind: 'busy' | 'unavailable' | 'misconfigured' }>;

/** What a link says. `reason` is for the log and the audit trail, never for the client. */
export type LinkVerdict = {
  /** Who has decided, where that is a link behind the one that was asked. */
  readonly by?: LinkName | undefined;
  /** What kept a link before that one from telling. */
  readonly trouble?: Undecided | undefined;
} /** The bind is none of this link's business, or the password is none of its; the next one is asked. */ & (
  | {
      readonly kind: 'notMine';
      /** True when the password was compared with another one: it counts as tried where nobody else can tell. */
      readonly isTried?: boolean;
    }
  /** The password is right, and the subject is who binds. */
  | {
      readonly kind: 'accepted';
      readonly entra?: EntraAnswer;
      /** True when the same octets are not good again, so that nobody may remember that they were. */
      readonly isForOnce?: boolean;
      /** True when a one-time code was shown with the password. */
      readonly hasCode?: boolean;
      /** Whose seed has told that the code is right: the id of an app password. Left out: that of the user. */
      readonly seedOwner?: string;
      /** How long the credential is good at most, so that nobody remembers it for longer. */
      readonly goodForMs?: number;
    }
  /** No other link can say otherwise. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly denial: Denial;
      /** True when the password is right nevertheless. */
      readonly isProven?: boolean;
      /** True when the same octets are good from elsewhere, so that nobody may remember that they were refused. */
      readonly isForHere?: boolean;
      readonly entra?: EntraAnswer;
    }
  /** It cannot be told now; links behind this one may still accept. */
  | {
      readonly kind: 'busy' | 'unavailable';
      readonly reason: string;
      readonly cause?: unknown;
      /** True when the password was compared with another one: it counts as tried, for it may be a guess. */
      readonly isTried?: boolean;
      /** True when nobody waits for the answer any more, so that it says nothing about anybody else's bind. */
      readonly isAbandoned?: boolean;
      readonly entra?: EntraAnswer;
      /** True when the password is this link's alone: those behind it must not see it. */
      readonly isFinal?: boolean;
    }
  /** It cannot be told until the administrator has acted; links behind this one may still accept. */
  | {
      readonly kind: 'misconfigured';
      readonly reason: string;
      /** Whose seed of one-time codes cannot be read, where that is the trouble: the id of an app password or of a user. */
      readonly seedOwner?: string;
      /** True when the password was compared with another one: it counts as tried, for it may be a guess. */
      readonly isTried?: boolean;
      readonly entra?: EntraAnswer;
      /** True when the password is this link's alone: those behind it must not see it. */
      readonly isFinal?: boolean;
    }
);

/** One way to prove who one is. Stateless but for what it is made of, so that a changed configuration makes new ones. */
export interface BindLink {
  readonly name: LinkName;
  /** Whether the password has the form of this link's own, so that none behind it is shown it. Left out: never. */
  owns?(attempt: BindAttempt): boolean;
  /** Throws `GateFullError`, and the signal's reason when it aborts. */
  verify(attempt: BindAttempt): Promise<LinkVerdict>;
}
