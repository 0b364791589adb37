import type { EntryCounts } from './round.ts';
import type { DangerCount } from './safety.ts';

/** What to plan. */
export interface PlanRequest {
  /** Read first what has changed in the tenant. It is published by the next round, not by this one. */
  readonly pull: boolean;
  /** Differences that are described; the others are counted only. */
  readonly itemsMax: number;
  /** The text of the configuration to plan with, and where it stands; null for the one in use. */
  readonly config: { readonly file: string; readonly text: string } | null;
}

/** What would become of an entry. One that only gets or loses members is `changed`. */
export type PlannedChange = 'created' | 'changed' | 'locked' | 'unlocked' | 'renamed' | 'removed';

/** An attribute with other values than before; binary values in base64. */
export interface PlannedAttribute {
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Members that a group would get or lose: how many, and the DNs of the first of them. */
export interface PlannedMembers {
  readonly count: number;
  readonly dns: readonly string[];
}

/** How one entry would differ. */
export interface PlannedItem {
  readonly kind: 'user' | 'group' | 'other';
  readonly changes: readonly PlannedChange[];
  /** The name that is shown now, or that a new one would have. */
  readonly dn: string;
  /** The name that a renamed one would have. */
  readonly newDn: string | null;
  readonly objectId: string;
  readonly displayName: string | null;
  /** Those that differ, of an entry that stays. */
  readonly attributes: readonly PlannedAttribute[];
  readonly added: PlannedMembers;
  readonly removed: PlannedMembers;
}

/** What the next publish would do. */
export interface PlanResult {
  readonly users: EntryCounts;
  readonly groups: EntryCounts;
  /** Memberships that would begin and end, of nested groups as they are shown. */
  readonly memberships: { readonly added: number; readonly removed: number };
  /** What would be held back. */
  readonly dangers: readonly DangerCount[];
  readonly items: readonly PlannedItem[];
  /** Entries that differ too and are not described. */
  readonly more: number;
  /** True when the configuration reads other objects or properties: what that changes is known after the next round. */
  readonly readsOtherwise: boolean;
}
