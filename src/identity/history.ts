import type { RoundMode, EntryCounts } from './round.ts';

/** What is remembered as having happened. */
export const historyKinds = ['round', 'configuration', 'approval', 'rejection', 'rollback', 'clear'] as const;

/** One of {@link historyKinds}. */
export type HistoryKind = (typeof historyKinds)[number];

/** How it ended; what is no round is `done` or `failed`. */
export const historyOutcomes = ['published', 'unchanged', 'held', 'failed', 'aborted', 'done'] as const;

/** One of {@link historyOutcomes}. */
export type HistoryOutcome = (typeof historyOutcomes)[number];

/**
 * What made it happen: the program's start, its schedule, a command of an administrator, SIGHUP, changed settings, or the end of
 * a process in the middle of something that had to be finished.
 */
export type HistoryCause = 'start' | 'schedule' | 'command' | 'signal' | 'configuration' | 'recovery';

/** What a round did with one collection. */
export interface HistoryCounts extends EntryCounts {
  readonly mode: RoundMode;
  readonly read: number;
}

/** One thing that happened, before it has its number. Times are milliseconds since the epoch. */
export interface HistoryEvent {
  readonly kind: HistoryKind;
  readonly outcome: HistoryOutcome;
  readonly by: HistoryCause;
  /** When it began. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly round: number | null;
  /** The directory that is shown since then; null when nothing was ever published. */
  readonly publication: number | null;
  /** What was held back, approved or rejected. */
  readonly hold: number | null;
  readonly users: HistoryCounts | null;
  readonly groups: HistoryCounts | null;
  /** A sentence for the administrator, of what failed or what cannot be told by numbers; else null. */
  readonly note: string | null;
}

/** One line of the history. */
export interface HistoryEntry extends HistoryEvent {
  /** Ascending; never given twice. */
  readonly number: number;
  /** How many events this line stands for: quiet rounds, and failures for one reason, are told once as long as they follow each other. */
  readonly times: number;
  /** When the last of them ended. */
  readonly untilMs: number;
}

/** Which lines are asked for; the newest come first. */
export interface HistoryRequest {
  /** Only what ended at this time or later. */
  readonly sinceMs: number | null;
  readonly outcome: HistoryOutcome | null;
  readonly kind: HistoryKind | null;
  readonly limit: number;
}

/** Where it is remembered. */
export interface History {
  /** Remembers an event in a write of its own. What belongs to a publish is written with it instead. */
  add(event: HistoryEvent): Promise<void>;
  /** The newest first. */
  entries(request: HistoryRequest): AsyncIterable<HistoryEntry>;
}
