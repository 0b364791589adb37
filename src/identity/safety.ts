/**
 * How much of one kind a round may change. Held back is what is more than `count`, and what is more than `share` of all there
 * are (0 to 1) unless it is at most `few`.
 */
export interface SafetyLimit {
  readonly count: number;
  readonly share: number;
  readonly few: number;
}

/** What a round may change without asking. */
export interface SafetyLimits {
  /** Users that are no longer shown, of all users; and groups, of all groups. */
  readonly removals: SafetyLimit;
  /** Users that become locked, of all users. */
  readonly locks: SafetyLimit;
  /** Users that get another uid, of all users; and groups that get another cn, of all groups. */
  readonly renames: SafetyLimit;
  /** Members that one group loses, of all that it has. */
  readonly groupShrink: SafetyLimit;
}

/** What a round must not do to many at once. */
export const dangerKinds = [
  'usersRemoved',
  'usersLocked',
  'usersRenamed',
  'usersRegrouped',
  'groupsRemoved',
  'groupsRenamed',
  'groupsShrunk',
] as const;

/** One of {@link dangerKinds}. */
export type DangerKind = (typeof dangerKinds)[number];

/** How many of how many are concerned, and how many may be; of shrinking groups none may be. */
export interface DangerCount {
  readonly kind: DangerKind;
  readonly affected: number;
  readonly total: number;
  readonly limit: number;
}

/** What was decided about a change that is held back. */
export type HoldDecision = 'open' | 'approved' | 'rejected';

/** A change that is held back until somebody decides or it goes away. */
export interface HoldReport {
  /** Names this change; one that grows beyond it gets another number. */
  readonly hold: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Whether the tenant has changed, or the configuration too; or that it was published and then taken back. */
  readonly cause: 'tenant' | 'configuration' | 'rollback';
  /** The publications that were gone back from and to; only where that is the cause. */
  readonly rolledBack?: { readonly from: number; readonly to: number };
  readonly decision: HoldDecision;
  readonly dangers: readonly DangerCount[];
}

/** One user or group of a change that is held back. */
export interface HeldItem {
  readonly kind: DangerKind;
  /** The name that is shown now. */
  readonly dn: string;
  readonly objectId: string;
  readonly displayName: string | null;
  /** The name that it would get, of a renamed one; the number of the primary group, of a user with another one. */
  readonly newName: string | null;
  /** How many members a shrinking group would lose, and has. */
  readonly members: { readonly lost: number; readonly of: number } | null;
}
