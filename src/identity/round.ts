import type { Collection } from './change.ts';
import type { HoldReport } from './safety.ts';

/** How a collection is read in a round: everything anew, or what changed since the last delta link. */
export type RoundMode = 'full' | 'incremental';

/** What a running round is doing. */
export type RoundPhase = 'pull' | 'sweep' | 'plan' | 'publish';

/** What happened to the entries of one collection in a round. */
export interface EntryCounts {
  readonly created: number;
  readonly changed: number;
  /** Entries that became locked; they are counted in `changed` too. */
  readonly locked: number;
  readonly removed: number;
}

/** What a round did with one collection. */
export interface CollectionSummary {
  readonly mode: RoundMode;
  /** Objects read from the source, removals included. */
  readonly read: number;
  readonly pages: number;
  readonly entries: EntryCounts;
  /** Objects that were not shown, by reason (`guest`, `no name`, `not decodable: …`). */
  readonly skipped: Readonly<Record<string, number>>;
  /** Objects among those looked at that do not have the POSIX number that their property asks for, by reason. */
  readonly notAdopted: Readonly<Record<string, number>>;
  /** Objects among those looked at with a value that is not shown, for the syntax of its attribute does not admit it, by attribute. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** The report of one finished round. */
export interface RoundSummary {
  readonly round: number;
  /** `held`: what it would publish reaches too far; the counts of entries say what it would have done. */
  readonly outcome: 'published' | 'unchanged' | 'held' | 'failed' | 'aborted';
  /** A sentence for the administrator when the outcome is `failed`, else null. */
  readonly error: string | null;
  /** What is held back after this round, or null. */
  readonly held: HoldReport | null;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** True when the round went on where an interrupted one had stopped. */
  readonly resumed: boolean;
  readonly retries: number;
  readonly collections: Readonly<Record<Collection, CollectionSummary>>;
}

/** Where a running round stands; numbers only grow. */
export interface RoundProgress {
  readonly round: number;
  readonly phase: RoundPhase;
  readonly collection: Collection | null;
  readonly mode: RoundMode;
  readonly pages: number;
  /** Objects read so far, memberships not counted. */
  readonly read: number;
  /** Entries planned or written so far in the phases plan and publish. */
  readonly entries: number;
  /** How many objects are expected, when that can be known. */
  readonly expected: number | null;
  readonly startedAtMs: number;
}
