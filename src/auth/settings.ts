import type { BindEventRetention } from '../identity/bind-event.ts';
import type { AppPasswordSettings } from './app-passwords.ts';
import type { MemorySettings } from './bind-memory.ts';
import type { NtHashSettings } from './nt-hashes.ts';
import type { LinkRule } from './link-policy.ts';
import type { ShieldSettings } from './shield.ts';

/**
 * How much the diagnostic message of a refused bind says:
 *
 * - `plain`: one text for every reason
 * - `activeDirectory`: Active Directory's words, and another one than "wrong password" only to who has the right password
 * - `activeDirectoryFull`: Active Directory's words to everybody, so that anybody can learn which names exist and are locked
 */
export const diagnosticsKinds = ['plain', 'activeDirectory', 'activeDirectoryFull'] as const;

/** One of {@link diagnosticsKinds}. */
export type Diagnostics = (typeof diagnosticsKinds)[number];

/** What an administrator decides about binds. */
export interface BindSettings {
  readonly diagnostics: Diagnostics;
  /** Who may log in how; the first that is about a person and a place, and names what is asked, decides. */
  readonly rules: readonly LinkRule[];
  /** Whether Entra is asked where no rule says otherwise. Left out: yes. */
  readonly entra?: { readonly enabled: boolean };
  /** Codes of Entra that count as success although it wants a second factor (PAIN-03). */
  readonly acceptProven: readonly number[];
  readonly shield: ShieldSettings;
  readonly memory: MemorySettings;
  readonly appPasswords: AppPasswordSettings;
  /** How long a password that Entra has found right is accepted without it. undefined: nothing is remembered. */
  readonly remembered:
    | {
        readonly freshMs: number;
        readonly outageMs: number;
        /** True when that is only for whom a rule says so. */
        readonly isByRuleOnly?: boolean;
      }
    | undefined;
  /** One-time codes of people. */
  readonly oneTimeCodes: {
    /** Whether everybody has to show one with every password, where no rule says otherwise (PAIN-02). */
    readonly required: boolean;
    /** Steps of 30 seconds by which the clock of an authenticator may be off. */
    readonly window: number;
  };
  /** Which NT hashes are kept of passwords that Entra has found right. undefined: none. */
  readonly ntHash: NtHashSettings | undefined;
  /** undefined: nothing is kept. */
  readonly audit: BindEventRetention | undefined;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** What applies unless the administrator decides otherwise. */
export const defaultBindSettings: BindSettings = {
  diagnostics: 'plain',
  rules: [],
  acceptProven: [],
  shield: {
    account: { attempts: 6, refillMs: MINUTE },
    address: { attempts: 60, refillMs: SECOND },
    total: { attempts: 600, refillMs: 100 },
    lockout: { firstMs: MINUTE, mostMs: 60 * MINUTE },
  },
  memory: { acceptedMs: MINUTE, refusedMs: 15 * MINUTE },
  appPasswords: { enabled: true, lifetimeMs: 365 * DAY, codeRequired: false, codeWindow: 1 },
  remembered: undefined,
  oneTimeCodes: { required: false, window: 1 },
  ntHash: undefined,
  audit: { ageMs: 90 * DAY, eventsMax: 1_000_000, bytesMax: 512 * 1024 * 1024 },
};
