import type { PlanResult } from './plan.ts';
import type { ReturnPoint } from './undo.ts';

/** What to go back to. */
export interface RollbackRequest {
  /** The publication to show again; null for the one before that which is shown. */
  readonly to: number | null;
  /** The publication that was shown when this was decided; null for whichever is. With another one it is refused. */
  readonly from: number | null;
}

/** A user who is named beside the plan, because of the lock. */
export interface NamedUser {
  readonly dn: string;
  readonly objectId: string;
  readonly displayName: string | null;
}

/** What going back would change, or has changed. */
export interface RollbackPlan extends Pick<PlanResult, 'users' | 'groups' | 'memberships' | 'items' | 'more'> {
  /** The publication that is shown. */
  readonly from: number;
  readonly to: number;
  /** When it was published that would be shown again. */
  readonly publishedAtMs: number;
  /** Users who are locked and would not be any more. */
  readonly reopened: readonly NamedUser[];
  /** Users who could sign in then, and whom Entra has disabled or deleted since: they stay as they are, locked or gone. */
  readonly keptShut: readonly NamedUser[];
}

/** What came of going back. */
export interface RollbackOutcome {
  /** The publication that was made for it. */
  readonly publication: number;
  readonly from: number;
  readonly to: number;
  /** What is held back from now on: what was just taken back. */
  readonly hold: number;
}

/** The publications that can be returned to. */
export interface ReturnPoints {
  /** The one that is shown; null before the first. */
  readonly shown: number | null;
  /** The one whose content it shows again; null unless it came by going back. */
  readonly restores: number | null;
  /** The newest first. */
  readonly points: readonly ReturnPoint[];
  /** Why it ends there: the publish before changed more than is remembered, or is too long ago. */
  readonly end: 'tooLarge' | 'forgotten';
}
