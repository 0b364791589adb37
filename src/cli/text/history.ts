import type { HistoryCause, HistoryCounts, HistoryEntry, HistoryKind } from '../../identity/history.ts';
import { count, duration, moment } from '../../wording/quantities.ts';

const kinds: Readonly<Record<HistoryKind, string>> = {
  round: 'round',
  configuration: 'configuration',
  approval: 'approved',
  rejection: 'rejected',
  rollback: 'rolled back',
  clear: 'cleared',
};

const causes: Readonly<Record<HistoryCause, string>> = {
  start: 'at the start',
  schedule: 'by schedule',
  command: 'by command',
  signal: 'by SIGHUP',
  configuration: 'by the configuration',
  recovery: 'after an interruption',
};

/** One line of the history, and further lines for what it says of entries or of trouble. */
export function historyLine(entry: HistoryEntry): string {
  const { kind, by, atMs, untilMs, times, durationMs, round, publication, hold, note } = entry;
  const facts = [
    round === null ? kinds[kind] : `${kinds[kind]} ${count(round)}`,
    ...(kind === 'round' || kind === 'configuration' ? [outcomeText(entry)] : []),
    ...(hold === null ? [] : [`change ${hold}`]),
    causes[by],
    ...(kind === 'round' ? [`in ${duration(durationMs)}`] : []),
    ...(publication === null ? [] : [`publication ${count(publication)}`]),
    ...(times === 1 ? [] : [`${count(times)} times until ${moment(untilMs)}`]),
  ];
  return [
    `${moment(atMs)}  ${facts.join(', ')}`,
    ...countsLine('users', entry.users),
    ...countsLine('groups', entry.groups),
    ...(note === null ? [] : [`    ${note}`]),
  ].join('\n');
}

function outcomeText({ kind, outcome }: HistoryEntry): string {
  if (kind !== 'configuration') return outcome;
  return outcome === 'done' ? 'taken over' : 'not taken over';
}

function countsLine(name: string, counts: HistoryCounts | null): readonly string[] {
  if (counts === null) return [];
  const { mode, read, created, changed, locked, removed } = counts;
  const parts = Object.entries({ read, created, changed, locked, removed }).filter(([, value]) => value > 0);
  if (parts.length === 0) return [];
  return [`    ${name}, ${mode}: ${parts.map(([word, value]) => `${count(value)} ${word}`).join(', ')}`];
}
