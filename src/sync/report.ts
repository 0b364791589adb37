import type { Collection } from '../identity/change.ts';
import type { CollectionSummary, EntryCounts, RoundSummary } from '../identity/round.ts';
import { SourceError } from '../identity/source-error.ts';
import type { HoldReport } from '../identity/safety.ts';
import type { PlanReport } from './publisher.ts';
import { type OpenRound, SyncStateError } from './sync-state.ts';

/** What a round left behind for its report. */
export interface RoundOutcome {
  readonly round: OpenRound | undefined;
  readonly number: number;
  /** What was published, or would have been. */
  readonly report: PlanReport | undefined;
  /** True when the report is of a publish that was made and changed something. */
  readonly changed: boolean;
  readonly held: HoldReport | undefined;
  readonly failure: unknown;
  readonly aborted: boolean;
  readonly resumed: boolean;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly retries: number;
}

const NOTHING: EntryCounts = { created: 0, changed: 0, locked: 0, removed: 0 };

/** Writes the report of a round. */
export function summarize(outcome: RoundOutcome): RoundSummary {
  const { report, failure, aborted, resumed, startedAtMs, durationMs, retries } = outcome;
  return {
    round: outcome.number,
    outcome: outcomeOf(outcome),
    error: failure !== undefined && !aborted ? sentenceOf(failure) : null,
    held: outcome.held ?? null,
    startedAtMs,
    durationMs: Math.round(durationMs),
    resumed,
    retries,
    collections: {
      users: collectionSummary(outcome, 'users', report?.users, report?.skippedUsers),
      groups: collectionSummary(outcome, 'groups', report?.groups, report?.skippedGroups),
    },
  };
}

function outcomeOf({ failure, aborted, held, changed }: RoundOutcome): RoundSummary['outcome'] {
  if (failure !== undefined) return aborted ? 'aborted' : 'failed';
  if (held !== undefined) return 'held';
  return changed ? 'published' : 'unchanged';
}

function collectionSummary(
  { round, report }: RoundOutcome,
  collection: Collection,
  entries: EntryCounts | undefined,
  notShown: Readonly<Record<string, number>> | undefined,
): CollectionSummary {
  const skipped: Record<string, number> = { ...notShown };
  for (const [reason, count] of Object.entries(round?.rejected[collection] ?? {}))
    skipped[`not readable: ${reason}`] = count;
  return {
    mode: round?.modes[collection] ?? 'incremental',
    read: round?.read[collection] ?? 0,
    pages: round?.pages[collection] ?? 0,
    entries: entries ?? NOTHING,
    skipped,
    notAdopted: report?.notAdopted[collection] ?? {},
    leftOut: report?.leftOut[collection] ?? {},
  };
}

/** Our own errors carry a sentence for the administrator; of others only the kind is told, and the log has the rest. */
function sentenceOf(failure: unknown): string {
  if (failure instanceof SourceError || failure instanceof SyncStateError || failure instanceof RangeError)
    return failure.message;
  if (failure instanceof Error && failure.name === 'StoreError') return failure.message;
  return `The round failed unexpectedly (${failure instanceof Error ? failure.name : typeof failure}); the log has the details.`;
}
