/**
 * - `good`: as it must be
 * - `doubtful`: works, and should be looked at
 * - `bad`: does not work; something of what is configured cannot be had
 * - `skipped`: was not looked at, and the finding says why
 */
export type Verdict = 'good' | 'doubtful' | 'bad' | 'skipped';

/** One thing that was looked at before anything is imported. Holds no secret and nothing about people. */
export interface Finding {
  /** What programs know it by, for instance `permission.users`. */
  readonly id: string;
  /** What it is about, in a few words. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** What was found, without a full stop. */
  readonly finding: string;
  /** What to do about it, as a sentence; null when there is nothing to do. */
  readonly fix: string | null;
}

/** A user to try a sign-in with. */
export interface TrialUser {
  readonly userPrincipalName: string;
  readonly password: string;
}
