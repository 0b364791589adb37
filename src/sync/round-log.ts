import type { Hold } from '../identity/hold.ts';
import type { RoundSummary } from '../identity/round.ts';
import {
  type EntryTotals,
  syncRoundAborted,
  syncRoundFailed,
  syncRoundFinished,
  syncRoundHeld,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import { holdReport } from './guard.ts';
import type { RoundResult } from './round-run.ts';

/** Logs how a round ended, and what is held back after it. */
export function logRound(log: Log, { summary, cause, isNewHold }: RoundResult, hold: Hold | undefined): void {
  const { round, durationMs } = summary;
  switch (summary.outcome) {
    case 'aborted':
      syncRoundAborted(log, { round, durationMs });
      return;
    case 'failed':
      syncRoundFailed(log, { round, durationMs, reason: summary.error ?? 'unknown' }, cause);
      return;
    case 'held':
      if (hold !== undefined) syncRoundHeld(log, { ...holdReport(hold), isNew: isNewHold });
      return;
    case 'published':
    case 'unchanged':
      logFinished(log, summary, summary.outcome);
  }
}

function logFinished(log: Log, summary: RoundSummary, outcome: 'published' | 'unchanged'): void {
  const { round, durationMs, retries } = summary;
  const { users, groups } = summary.collections;
  const pages = users.pages + groups.pages;
  syncRoundFinished(log, { round, outcome, durationMs, pages, retries, users: totals(users), groups: totals(groups) });
}

function totals({ read, entries, skipped, notAdopted, leftOut }: RoundSummary['collections']['users']): EntryTotals {
  return { read, ...entries, skipped: total(skipped), notAdopted: total(notAdopted), leftOut: total(leftOut) };
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
