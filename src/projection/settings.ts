import type { Overlay } from './overlay.ts';
import type { AttributeSettings, SourceSetting } from './source-setting.ts';
import type { SudoSettings } from './sudo-settings.ts';

/** Numbers from `from` to `to`, both inclusive. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** Where a user's account comes from. */
export const accountTypes = ['cloud', 'synchronized'] as const;

/** One of {@link accountTypes}. */
export type AccountType = (typeof accountTypes)[number];

/** The kinds of groups as Entra's own pages tell them apart. */
export const groupTypes = ['security', 'mailEnabledSecurity', 'microsoft365', 'distribution'] as const;

/** One of {@link groupTypes}. */
export type GroupType = (typeof groupTypes)[number];

/** How a group gets its members: somebody puts them in, or a rule does. */
export const membershipTypes = ['assigned', 'dynamic'] as const;

/** One of {@link membershipTypes}. */
export type MembershipType = (typeof membershipTypes)[number];

/** How users come by their primary POSIX group: one for all, one for each, or the first of some groups that the user is in. */
export const primaryGroupKinds = ['shared', 'private', 'firstMatch'] as const;

/** One of {@link primaryGroupKinds}. */
export type PrimaryGroupKind = (typeof primaryGroupKinds)[number];

/** The primary POSIX group of users. */
export interface PrimaryGroup {
  readonly kind: PrimaryGroupKind;
  /** Of the shared group, which is also the one of those who have no other. */
  readonly name: string;
  readonly gidNumber: number;
  /** The property with the number of a user's own primary group, whatever the kind. */
  readonly gidNumberFrom: SourceSetting | undefined;
  /** Whether the shared group, which has no members, and private groups are entries; else the machines know them already. */
  readonly shown: boolean;
  /** Of kind `firstMatch`: groups of the tenant by display name or object id, the preferred first. */
  readonly groups: readonly string[];
  /** Of kind `firstMatch`: whether the members of nested groups count. */
  readonly nested: boolean;
  /** Of kind `private`: RDN of the container of the private groups below the base. */
  readonly container: string;
}

/** Who may sign in, by groups of the tenant. Each is named by its display name or its object id. */
export interface PolicySettings {
  /** Who is in none of them is inactive; undefined: everybody is allowed (FOX-17). */
  readonly allowedGroups: readonly string[] | undefined;
  /** Who is in one of them is disabled, also when allowed (FOX-18). */
  readonly disabledGroups: readonly string[];
  /** Whether the members of nested groups count. */
  readonly nested: boolean;
}

/** What of the mirror is shown in LDAP, and how. Comes from the config; every value is valid. */
export interface ProjectionSettings {
  /** The naming context, for instance `dc=example,dc=com`. */
  readonly baseDn: string;
  /** Whether entries say what Active Directory says, for everybody or for those who are shown it. */
  readonly activeDirectory: boolean;
  /** false: only who was given a name here before is shown (SNP-13). */
  readonly create: boolean;
  readonly users: {
    /** RDN of the container below the base, for instance `ou=users`. */
    readonly container: string;
    /** Where the short name (`uid`) comes from; the ledger keeps what was once given. */
    readonly uidFrom: SourceSetting;
    readonly includeGuests: boolean;
    /** Where accounts come from: made in Entra, or synchronized from an Active Directory. */
    readonly accountTypes: readonly AccountType[];
    /** The domains of user principal names, in lower case; undefined: all (FOX-19). */
    readonly domains: readonly string[] | undefined;
    /** Whether of a cloud account and a synchronized one of the same person only the second is shown (SNP-02). */
    readonly duplicates: 'report' | 'preferSynchronized';
    /** Disabled users stay visible but locked, or are left out. */
    readonly whenLocked: 'lock' | 'hide';
    readonly uidNumbers: NumberRange;
    /** The property whose number a user gets who has none yet; the range serves those whose property has none. */
    readonly uidNumberFrom: SourceSetting | undefined;
    /** A template, see {@link SourceSetting}. */
    readonly homeDirectory: string;
    /** The property that has the home directory; the template serves those whose property has none. */
    readonly homeDirectoryFrom: SourceSetting | undefined;
    /** A template, see {@link SourceSetting}. */
    readonly loginShell: string;
    readonly loginShellFrom: SourceSetting | undefined;
    /** Where SSH public keys come from; those of all together. */
    readonly sshPublicKeyFrom: readonly SourceSetting[];
    /** What is different from the default map. */
    readonly attributes: AttributeSettings;
    readonly primaryGroup: PrimaryGroup;
  };
  readonly groups: {
    readonly container: string;
    /** false leaves out groups without a mail address (FOX-13). */
    readonly withoutEmail: boolean;
    readonly types: readonly GroupType[];
    readonly membershipTypes: readonly MembershipType[];
    /** What display names begin with, in lower case; undefined: anything (FOX-16). */
    readonly namePrefixes: readonly string[] | undefined;
    readonly gidNumbers: NumberRange;
    /** The property whose number a group gets that has none yet. */
    readonly gidNumberFrom: SourceSetting | undefined;
    /** Where the name (`cn`) comes from; the ledger keeps what was once given. */
    readonly nameFrom: SourceSetting;
    /** What is different from the default map. */
    readonly attributes: AttributeSettings;
    /** `transitive`: nested groups are flattened into users; `direct`: members as Entra lists them. */
    readonly membership: 'transitive' | 'direct';
  };
  readonly policy: PolicySettings;
  /** What files of the administrator say beside the tenant. */
  readonly overlay: Overlay;
  readonly services: {
    readonly container: string;
    readonly accounts: readonly { readonly name: string; readonly description: string | undefined }[];
  };
  /** Undefined: there are no sudo rules, and no container for them. */
  readonly sudo: SudoSettings | undefined;
}
