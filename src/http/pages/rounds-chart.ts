import type { HistoryEntry, HistoryOutcome } from '../../identity/history.ts';
import { count, counted, duration, moment } from '../../wording/quantities.ts';
import { type Bar, type BarLook, chart, legend } from './chart.ts';
import { type Html, html } from './html.ts';
import { card, empty, exactly, table } from './parts.ts';

/** So many lines of the history are drawn. */
export const chartedRounds = 48;

const looks: Readonly<Record<HistoryOutcome, BarLook>> = {
  published: 'full',
  done: 'full',
  unchanged: 'soft',
  held: 'held',
  failed: 'failed',
  aborted: 'failed',
};

/** How long rounds took and what they changed; `entries` are the newest first, or null when they cannot be read. */
export function roundsChart(entries: readonly HistoryEntry[] | null, nowMs: number): Html {
  if (entries === null) return card('Rounds', empty('The sync log cannot be read.'));
  const rounds = entries.filter(({ kind }) => kind === 'round').toReversed();
  const [oldest] = rounds;
  if (oldest === undefined) return card('Rounds', empty('No round has ended yet.'));
  const ends = [`${duration(nowMs - oldest.atMs)} ago`, 'now'] as const;
  const worst = rounds.filter(({ outcome }) => outcome === 'failed').length;
  return card(
    'Rounds',
    html`${chart({
      title: 'How long they took',
      summary: `${counted(rounds.length, 'line')} of the sync log, ${count(worst)} of them failed. The table below has the numbers.`,
      bars: rounds.map((entry) => bar(entry, entry.durationMs)),
      peak: duration,
      ends,
    })}
${chart({
  title: 'What they changed',
  summary: 'Entries that were created, changed or removed by each round. The table below has the numbers.',
  bars: rounds.map((entry) => bar(entry, changesOf(entry))),
  peak: (value) => (value === 1 ? '1 entry' : `${count(value)} entries`),
  ends,
})}
${legend([
  ['full', 'published'],
  ['soft', 'no change'],
  ['held', 'held back'],
  ['failed', 'failed or stopped'],
])}
<details><summary>The same as a table</summary>${asTable(rounds.toReversed())}</details>`,
    { id: 'rounds' },
  );
}

function bar(entry: HistoryEntry, value: number): Bar {
  return { parts: [{ value, look: looks[entry.outcome] }], label: labelOf(entry) };
}

/** Entries that were created, changed or removed. */
function changesOf({ users, groups }: HistoryEntry): number {
  return [users, groups].reduce(
    (sum, counts) => sum + (counts === null ? 0 : counts.created + counts.changed + counts.removed),
    0,
  );
}

function labelOf(entry: HistoryEntry): string {
  const times = entry.times === 1 ? '' : `, ${count(entry.times)} times until ${moment(entry.untilMs)}`;
  return `${moment(entry.atMs)}: ${entry.outcome} after ${duration(entry.durationMs)}, ${count(changesOf(entry))} changed${times}`;
}

function asTable(rounds: readonly HistoryEntry[]): Html {
  return table(
    'Rounds, the newest first',
    [
      { title: 'Began' },
      { title: 'Outcome' },
      { title: 'Times', kind: 'number' },
      { title: 'Took', kind: 'number' },
      { title: 'Changed', kind: 'number' },
    ],
    rounds.map((entry) => [
      exactly(entry.atMs),
      entry.outcome,
      count(entry.times),
      duration(entry.durationMs),
      count(changesOf(entry)),
    ]),
  );
}
