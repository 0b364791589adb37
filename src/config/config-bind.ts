import type { GroupReference } from '../directory/rights.ts';
import type { BindSwitches } from '../identity/bind-rule.ts';

/** How many wrong passwords may come at once, and how long until one more may. */
export interface AllowanceConfig {
  readonly attempts: number;
  readonly refillMs: number;
}

/** NT hashes of passwords that Entra has found right. */
export interface NtHashConfig {
  readonly ageMaxMs: number;
  /** Whether one is also kept of a password that Entra has answered with a code that counts as success. */
  readonly acceptProven: boolean;
  /** NetBIOS names of Samba servers. */
  readonly sambaDomains: readonly string[];
  /** undefined: it follows from the tenant. */
  readonly sambaSid: string | undefined;
}

/** Who may log in how. */
export interface BindRuleConfig {
  /** undefined: everybody. */
  readonly groups: readonly GroupReference[] | undefined;
  /** Names of service accounts that have `allowFrom`; undefined: from everywhere. */
  readonly services: readonly string[] | undefined;
  readonly switches: BindSwitches;
}

/** How binds are checked and answered. */
export interface BindConfig {
  readonly diagnostics: 'plain' | 'activeDirectory' | 'activeDirectoryFull';
  readonly rules: readonly BindRuleConfig[];
  readonly entra: {
    readonly enabled: boolean;
    readonly timeoutMs: number;
    /** Codes of Entra that count as success. */
    readonly acceptProven: readonly number[];
  };
  readonly appPasswords: {
    readonly enabled: boolean;
    /** Of new ones; null: for ever. */
    readonly lifetimeMs: number | null;
    readonly codeRequired: boolean;
    /** Steps of 30 seconds. */
    readonly codeWindow: number;
  };
  /** How long a password that Entra has found right is accepted without it. undefined: none is remembered. */
  readonly remembered:
    | { readonly freshMs: number; readonly outageMs: number; readonly isByRuleOnly?: boolean }
    | undefined;
  /** Window: steps of 30 seconds. */
  readonly oneTimeCodes: { readonly required: boolean; readonly window: number };
  /** Which NT hashes are kept, and how Samba sees those who have them. undefined: none are. */
  readonly ntHash: NtHashConfig | undefined;
  readonly shield: {
    readonly account: AllowanceConfig;
    readonly address: AllowanceConfig;
    readonly total: AllowanceConfig;
    readonly lockout: { readonly firstMs: number; readonly mostMs: number };
  };
  /** 0: never. */
  readonly memory: { readonly acceptedMs: number; readonly refusedMs: number };
  /** undefined: no audit trail is kept. */
  readonly audit: { readonly ageMs: number; readonly eventsMax: number; readonly bytesMax: number } | undefined;
}
