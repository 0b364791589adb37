/** What the daemon tells about binds. Times are milliseconds since the epoch. */
import type { BindEvent, BindEventQuery, BindVerdictWord } from './bind-event.ts';
import type { BindRuleReport } from './bind-rule.ts';

/** Something that stands against binds until the administrator acts. */
export interface BindAlarm {
  /** A sentence without a full stop. */
  readonly reason: string;
  readonly aadsts: number | null;
  readonly sinceMs: number;
  /** How many binds it has stood against. */
  readonly count: number;
}

/** How many binds ended how. */
export type BindCounts = Readonly<Record<BindVerdictWord, number>>;

/** How binds go. */
export interface AuthReport {
  /** Whether Entra is asked about the passwords of users. */
  readonly entra: boolean;
  /** The codes that count as success although Entra wants a second factor (PAIN-03). */
  readonly acceptProven: readonly number[];
  /** The NT hashes that are kept, about how many, and the names of the service accounts that may read them; null for none. */
  readonly ntHashes: { readonly kept: number; readonly readers: readonly string[] } | null;
  /** Since the start. */
  readonly counts: BindCounts;
  /** The same by what has decided: the name of a link as in the audit trail, or `none` where none was asked. */
  readonly byLink: Readonly<Record<string, BindCounts>>;
  /** Why Entra cannot be asked, or null. */
  readonly alarm: BindAlarm | null;
  /** Why the one-time codes of some cannot be checked, or null. */
  readonly keysAlarm: BindAlarm | null;
  /** Who may log in how, in the order in which the rules are looked at. */
  readonly rules: readonly BindRuleReport[];
  /** Why the audit trail is not being written, or null. */
  readonly auditProblem: string | null;
  /** Accounts that Entra has locked and that rest. */
  readonly resting: number;
  /** Addresses from which strangers are told to come back later. */
  readonly limited: number;
  /** True while strangers from everywhere are told so. */
  readonly strangersHeld: boolean;
}

/** An account that can be tried less often than usual at present. */
export interface HeldAccount {
  /** `user:` and an object id, or `service:` and a name. */
  readonly key: string;
  /** The name of its entry, or null for one that has none any more. */
  readonly dn: string | null;
  /** Wrong passwords that may be tried still. */
  readonly left: number;
  /** How long until one may be tried; 0 when one may. */
  readonly waitMs: number;
  /** How often in a row Entra has locked it. */
  readonly locks: number;
}

/** An address, or an IPv6 network, that has used up a part of its allowance. */
export interface HeldAddress {
  readonly address: string;
  readonly left: number;
  readonly waitMs: number;
}

/** What the lockout shield holds back at present. */
export interface ShieldReport {
  readonly accounts: readonly HeldAccount[];
  readonly addresses: readonly HeldAddress[];
  /** True when there are more of either than are listed. */
  readonly isShortened: boolean;
}

/** So many accounts, and so many addresses, are listed. */
export const heldMax = 1000;

/** What was unlocked. */
export interface UnlockOutcome {
  readonly kind: 'user' | 'service' | 'address';
  /** The DN of the account, or the address or network. */
  readonly name: string;
  /** False when nothing stood against it. */
  readonly wasHeld: boolean;
}

/** What an administrator may ask about binds. */
export interface AuthAdmin {
  report(): AuthReport;
  shield(): ShieldReport;
  /** Lets a user, a service account or an address be tried again; undefined when there is nobody of this name. */
  unlock(name: string): UnlockOutcome | undefined;
  /** When and why Entra has refused the last bind of a user; undefined when it has accepted one since, or was not asked. */
  lastRefusal(objectId: string): { readonly atMs: number; readonly aadsts: number } | undefined;
  /** Events of the audit trail. Rejects when it cannot be read. */
  events(query: BindEventQuery): Promise<readonly BindEvent[]>;
  /**
   * The same, followed by those to come, each within about a second, until the signal aborts. Throws `AdminRefusal` when no audit
   * trail is kept.
   */
  followEvents(query: BindEventQuery, signal: AbortSignal): AsyncGenerator<BindEvent, void, void>;
}
