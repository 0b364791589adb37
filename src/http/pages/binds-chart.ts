import { count, counted, moment } from '../../wording/quantities.ts';
import type { BindCounts } from '../../identity/auth-report.ts';
import type { BindStep } from './bind-series.ts';
import { chart, legend } from './chart.ts';
import { type Html, html } from './html.ts';
import { card, exactly, table } from './parts.ts';

/** How far back the chart of sign-ins goes, and in which steps. */
export const bindRanges = {
  hour: { title: 'Hour', steps: 60, stepMinutes: 1, began: 'an hour ago', step: 'minute' },
  day: { title: 'Day', steps: 48, stepMinutes: 30, began: 'a day ago', step: 'half hour' },
} as const;

/** One of {@link bindRanges}. */
export type BindRange = keyof typeof bindRanges;

/** The word of a query for a range; what is not one is an hour. */
export function bindRange(word: string | undefined): BindRange {
  return word === 'day' ? 'day' : 'hour';
}

/** How sign-ins went over the last hour or day. */
export function bindsChart(series: readonly BindStep[], range: BindRange, total: BindCounts): Html {
  const { began, step } = bindRanges[range];
  const all = Object.values(total).reduce((sum, value) => sum + value, 0);
  return card(
    'Sign-ins',
    html`${chart({
      title: `Each ${step}`,
      summary: `Sign-ins by ${step}. ${counted(all, 'sign-in')} since the start. The table below has the numbers.`,
      bars: series.map(({ fromMs, counts }) => ({
        parts: [
          { value: counts.accepted, look: 'full' },
          { value: counts.refused, look: 'refused' },
          { value: undecided(counts), look: 'undecided' },
        ],
        label: `${moment(fromMs)}: ${countsText(counts)}`,
      })),
      peak: (value) => counted(value, 'sign-in'),
      ends: [began, 'now'],
    })}
${legend([
  ['full', 'accepted'],
  ['refused', 'refused'],
  ['undecided', 'could not be decided'],
])}
<p class="quiet">Since the start: ${countsText(total)}.</p>
<details><summary>The same as a table</summary>${asTable(series)}</details>`,
    { id: 'binds', aside: rangeSwitch(range) },
  );
}

function rangeSwitch(range: BindRange): Html {
  return html`<p class="switch">${Object.entries(bindRanges).map(
    ([word, { title }]) => html`<a href="/?binds=${word}"${word === range && html` aria-current="true"`}>${title}</a>`,
  )}</p>`;
}

function undecided({ busy, unavailable }: BindCounts): number {
  return busy + unavailable;
}

/** Counts of sign-ins as a clause. */
function countsText(counts: BindCounts): string {
  return `${count(counts.accepted)} accepted, ${count(counts.refused)} refused, ${count(undecided(counts))} undecided`;
}

function asTable(series: readonly BindStep[]): Html {
  const busy = series.filter(({ counts }) => Object.values(counts).some((value) => value > 0)).toReversed();
  if (busy.length === 0) return html`<p class="quiet">Nobody has signed in during this time.</p>`;
  return table(
    'Sign-ins by time, the newest first',
    [
      { title: 'From' },
      { title: 'Accepted', kind: 'number' },
      { title: 'Refused', kind: 'number' },
      { title: 'Busy', kind: 'number' },
      { title: 'Unavailable', kind: 'number' },
    ],
    busy.map(({ fromMs, counts }) => [
      exactly(fromMs),
      count(counts.accepted),
      count(counts.refused),
      count(counts.busy),
      count(counts.unavailable),
    ]),
  );
}
