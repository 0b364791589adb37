import type { HistoryCause, HistoryCounts, HistoryEvent } from '../identity/history.ts';
import type { RollbackOutcome } from '../identity/rollback.ts';
import type { CollectionSummary, RoundSummary } from '../identity/round.ts';
import type { HoldDecision } from '../identity/safety.ts';

const NOTHING = { durationMs: 0, round: null, publication: null, hold: null, users: null, groups: null, note: null };

/** What the history says of a round; `publication` is the directory that is shown after it. */
export function roundEvent(summary: RoundSummary, by: HistoryCause, publication: number | null): HistoryEvent {
  const { round, outcome, error, held, startedAtMs, durationMs, collections } = summary;
  return {
    kind: 'round',
    outcome,
    by,
    atMs: startedAtMs,
    durationMs,
    round,
    publication,
    hold: held?.hold ?? null,
    users: counts(collections.users),
    groups: counts(collections.groups),
    note: error,
  };
}

function counts({ mode, read, entries }: CollectionSummary): HistoryCounts {
  const { created, changed, locked, removed } = entries;
  return { mode, read, created, changed, locked, removed };
}

/** What the history says of a decision about what is held back. */
export function decisionEvent(
  hold: number,
  decision: Exclude<HoldDecision, 'open'>,
  atMs: number,
  publication: number | null,
): HistoryEvent {
  const kind = decision === 'approved' ? 'approval' : 'rejection';
  return { ...NOTHING, kind, outcome: 'done', by: 'command', atMs, publication, hold };
}

/** What the history says of going back. */
export function rollbackEvent(
  { publication, from, to, hold }: RollbackOutcome,
  by: HistoryCause,
  atMs: number,
): HistoryEvent {
  const note = `Publication ${to} is shown again in the place of ${from}.`;
  return { ...NOTHING, kind: 'rollback', outcome: 'done', by, atMs, publication, hold, note };
}

/** What the history says of forgetting what was read of the tenant. */
export function clearEvent(round: number, atMs: number, publication: number | null): HistoryEvent {
  const note = 'What was read of the tenant was forgotten, to be read anew.';
  return { ...NOTHING, kind: 'clear', outcome: 'done', by: 'command', atMs, round, publication, note };
}

/** What the history says of a changed configuration: that it was taken over, or what is wrong with it. */
export function configurationEvent(
  by: HistoryCause,
  atMs: number,
  publication: number | null,
  problem: string | null,
): HistoryEvent {
  const outcome = problem === null ? 'done' : 'failed';
  return { ...NOTHING, kind: 'configuration', outcome, by, atMs, publication, note: problem };
}
