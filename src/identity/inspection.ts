/** What an administrator is told of single objects and of lists of them. Times are milliseconds since the epoch. */
import type { BindWays } from './bind-rule.ts';
import type { GraphProperties } from './change.ts';
import type { LedgerOrigin, LedgerSpace } from './ledger.ts';
import type { RemovedObject } from './mirror.ts';
import type { DomainsReport } from './tenant-facts.ts';
import type { OverlayFinding, OverlayPart } from './overlay.ts';

/**
 * How an object stands in LDAP.
 *
 * - `shown`: it has an entry
 * - `locked`: it has an entry, and nobody may bind as it
 * - `skipped`: Entra has it, and a rule leaves it out
 * - `removed`: it is gone from Entra
 * - `pending`: the next publish will give it an entry
 */
export type ObjectState = 'shown' | 'locked' | 'skipped' | 'removed' | 'pending';

/** Where an object is from: the tenant, the overlay files, or the tenant with something of the overlay. */
export type ObjectSource = 'tenant' | 'overlay' | 'both';

/** A user or a group in a list. */
export interface ObjectRow {
  readonly kind: LedgerSpace;
  readonly objectId: string;
  readonly state: ObjectState;
  readonly origin: ObjectSource;
  /** Why it is locked, skipped or removed. */
  readonly reason: string | null;
  /** The `uid` or `cn`; kept for an object that is not shown any more. */
  readonly name: string | null;
  /** The `uidNumber` or `gidNumber`. */
  readonly number: number | null;
  readonly displayName: string | null;
  /** Users only. */
  readonly userPrincipalName: string | null;
  readonly mail: string | null;
}

/** What to list. */
export interface ListRequest {
  readonly kind: LedgerSpace;
  /** Only objects that stand so; undefined: all but those that are gone or not in scope. */
  readonly state: ObjectState | undefined;
  /** Only those of which the overlay says something. */
  readonly overlay?: boolean | undefined;
  /** Only objects with this text in a name, a mail address, the number or the object id; letter case does not matter. */
  readonly search: string | undefined;
}

/** Whom to explain: by name, user principal name, mail address, object id or DN. */
export interface ExplainRequest {
  readonly kind: LedgerSpace;
  readonly name: string;
}

/** A rule that was asked about an object. */
export interface RuleReport {
  readonly title: string;
  /** The key of the configuration that it follows, or null. */
  readonly setting: string | null;
  readonly verdict: 'passed' | 'locked' | 'skipped';
  readonly reason: string | null;
}

/** Why an object does not have the name that it wished for. */
export interface NameClash {
  readonly wanted: string;
  /** Who has it, by object id; null when the configuration keeps it for the primary group. */
  readonly holder: string | null;
  /** The name that the holder is shown under. */
  readonly holderName: string | null;
  readonly holderUserPrincipalName: string | null;
  /** What decided, as a clause. */
  readonly decidedBy: string;
}

/** How an object came by its name. */
export interface NameReport {
  /** What its properties ask for, or null when they ask for none. */
  readonly wanted: string | null;
  readonly given: string | null;
  readonly sinceMs: number | null;
  readonly clash: NameClash | null;
}

/** How an object came by its number. */
export interface NumberReport {
  readonly attribute: 'uidNumber' | 'gidNumber';
  readonly number: number;
  readonly origin: LedgerOrigin['origin'] | null;
  readonly sinceMs: number | null;
  /** Why it is not the number that a property asks for. */
  readonly notAdopted: string | null;
}

/** How a user comes by the primary POSIX group. */
export interface PrimaryGroupReport {
  readonly gidNumber: number;
  /**
   * What decided: a property of the user (`users.primaryGroup.gidNumberFrom`), a group of the user alone, the first match of the
   * configured groups, the shared group; or the user would have a group of their own, but its number is that of another.
   */
  readonly by: 'property' | 'private' | 'group' | 'shared' | 'numberTaken';
  /** What the group is called; null when only its number is known. */
  readonly group: string | null;
  /** Why a group of the user alone is not called like the user: what has the name. */
  readonly nameHolder: string | null;
}

/** One group that an object is in, or one that is nested in a group. */
export interface MembershipReport {
  readonly name: string;
  readonly objectId: string;
  readonly isDirect: boolean;
  /** Whether the group has an entry. */
  readonly isShown: boolean;
  /** The groups between the two, in the order of the way; empty for a direct one. */
  readonly through: readonly string[];
}

/** Who is in a group. */
export interface MembersReport {
  /** What Entra lists: users, groups, and others such as devices. */
  readonly direct: { readonly users: number; readonly groups: number; readonly others: number };
  /** How many members the entry shows. */
  readonly shown: number;
  readonly nested: readonly MembershipReport[];
}

/** Whether a user may bind, and what will check the password. */
export interface BindReport {
  readonly isPossible: boolean;
  readonly explanation: string;
  /** Which ways to log in are open; left out for whoever cannot bind in any. */
  readonly ways?: BindWays;
  /** Why Entra has refused the last bind; left out when it has not since the daemon started, or when no daemon runs. */
  readonly lastRefusal?: {
    readonly atMs: number;
    /** The number of Entra's error code. */
    readonly aadsts: number;
    /** What it means, as a clause. */
    readonly meaning: string;
    /** What to do about it, as sentences. */
    readonly advice: string;
  };
}

/** Everything that makes an object what it is in LDAP. */
export interface Explanation {
  readonly kind: LedgerSpace;
  readonly objectId: string;
  readonly state: ObjectState;
  readonly reason: string | null;
  readonly source: SourceReport;
  readonly dn: string | null;
  /** What the mirror has of it under Graph's names, which is what was asked for and no more; null when it is gone. */
  readonly record: GraphProperties | null;
  readonly removal: { readonly reason: RemovedObject['reason']; readonly atMs: number | null } | null;
  /** Where it is from. */
  readonly origin: ObjectSource;
  /** What overlay files say of it, each with its place; the later counts. */
  readonly overlay: readonly OverlayPart[];
  /** What overlay files say of its names without effect, or with another than it seems. */
  readonly overlayFindings: readonly OverlayFinding[];
  /** In the order in which they are asked, up to the one that leaves the object out. */
  readonly rules: readonly RuleReport[];
  readonly name: NameReport;
  readonly number: NumberReport | null;
  /** Users only, who have an entry. */
  readonly primaryGroup: PrimaryGroupReport | null;
  readonly memberOf: readonly MembershipReport[];
  /** Groups only. */
  readonly members: MembersReport | null;
  /** True when there are more memberships or nested groups than are listed. */
  readonly isShortened: boolean;
  /** Users only. */
  readonly bind: BindReport | null;
}

/** Where what is said comes from, and how old it is. */
export interface SourceReport {
  readonly tenantId: string;
  /** When everything was last read; null before the first time. */
  readonly readInFullAtMs: number | null;
  readonly publishedAtMs: number | null;
}

/** The answer to a question about an object. */
export type ExplainAnswer =
  | { readonly found: 'one'; readonly explanation: Explanation }
  /** Several objects answer to the name; the first of them. */
  | { readonly found: 'several'; readonly candidates: readonly ObjectRow[] }
  /** Entra has told of nobody by this name. */
  | { readonly found: 'none'; readonly source: SourceReport; readonly overlayFindings: readonly OverlayFinding[] };

/** An object that does not have what it asks for, or an account whose person has another. */
export type Conflict = { readonly kind: LedgerSpace; readonly objectId: string; readonly name: string } & (
  | {
      /** A cloud account whose person has a synchronized one too. */
      readonly about: 'duplicate';
      readonly userPrincipalName: string | null;
      /** The synchronized account, by object id. */
      readonly holder: string;
      readonly holderUserPrincipalName: string | null;
      /** What both have in common. */
      readonly sign: string;
      /** Whether the cloud account is left out for it. */
      readonly isLeftOut: boolean;
    }
  | { readonly about: 'name'; readonly userPrincipalName: string | null; readonly clash: NameClash }
  | {
      readonly about: 'number';
      readonly userPrincipalName: string | null;
      /** null when the property holds no number for users or groups. */
      readonly wanted: number | null;
      readonly number: number;
      readonly holder: string | null;
      readonly holderName: string | null;
      readonly reason: string;
    }
  | {
      /** A user whose own group is called otherwise than the user, or who cannot have one. */
      readonly about: 'privateGroup';
      readonly userPrincipalName: string | null;
      /** What it is called; null when there is none. */
      readonly group: string | null;
      /** Which group has the name or the number, by object id; null when it is the shared group. */
      readonly holder: string | null;
      readonly holderName: string;
    }
);

/** One name of the ledger, current or left, with the number of its object. */
export interface IdRow {
  readonly objectId: string;
  readonly kind: LedgerSpace;
  /** `former`: the object has another name now, and nobody else is given this one. */
  readonly use: 'current' | 'former';
  /** A former name is case-folded. */
  readonly name: string;
  readonly number: number;
}

/** The columns of a file of these rows, in their order. */
export const idColumns = ['objectId', 'kind', 'use', 'name', 'number'] as const satisfies readonly (keyof IdRow)[];

/** What came, or would come, of a file with names and numbers. */
export interface IdsReport {
  /** How many rows say something new, and how many what is known. */
  readonly added: number;
  readonly unchanged: number;
  /** What stands against it, at most {@link idProblemsMax} of them; nothing is written unless there are none. */
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
  readonly problemCount: number;
  readonly isWritten: boolean;
}

/** So many problems of one file are told. */
export const idProblemsMax = 1000;

/** Answers questions about objects. Every list is made while it is read, however long it is. */
export interface Inspection {
  explain(request: ExplainRequest): Promise<ExplainAnswer>;
  objects(request: ListRequest): AsyncGenerator<ObjectRow, void, void>;
  conflicts(): AsyncGenerator<Conflict, void, void>;
  ids(): AsyncGenerator<IdRow, void, void>;
  /** The domains of the tenant; with `refresh` the tenant is asked for them first, and `problem` says why it did not tell. */
  domains(request: { readonly refresh: boolean }): Promise<DomainsReport>;
}
