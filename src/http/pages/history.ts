/** What has happened: rounds, decisions, rollbacks (FOX-21, FED-21), and the publications that can be returned to. */
import {
  type HistoryCause,
  type HistoryCounts,
  type HistoryEntry,
  type HistoryKind,
  type HistoryOutcome,
  type HistoryRequest,
  historyKinds,
  historyOutcomes,
} from '../../identity/history.ts';
import type { ReturnPoints } from '../../identity/rollback.ts';
import { count, duration } from '../../wording/quantities.ts';
import { type Html, html } from './html.ts';
import type { Tone } from './icons.ts';
import type { Visit } from './layout.ts';
import { ago, badge, card, command, empty, exactly, heading, link, table } from './parts.ts';

/** Lines of a page of the sync log. */
export const historyShown = 100;

/** The longest part of it that one page shows. */
export const historyShownMax = 1000;

/** What each kind is called. */
const kindTitles: Readonly<Record<HistoryKind, string>> = {
  round: 'Round',
  configuration: 'Configuration',
  approval: 'Approval',
  rejection: 'Rejection',
  rollback: 'Rollback',
  clear: 'Clearing',
};

const causes: Readonly<Record<HistoryCause, string>> = {
  start: 'at the start',
  schedule: 'by schedule',
  command: 'by command',
  signal: 'by SIGHUP',
  configuration: 'by the configuration',
  recovery: 'after an interruption',
};

/** How each outcome looks. */
const outcomes: Readonly<Record<HistoryOutcome, readonly [Tone, string]>> = {
  published: ['good', 'Published'],
  unchanged: ['none', 'No change'],
  held: ['warn', 'Held back'],
  failed: ['bad', 'Failed'],
  aborted: ['warn', 'Stopped early'],
  done: ['good', 'Done'],
};

/** The sync log with its filters. */
export function historyPage(
  entries: readonly HistoryEntry[],
  asked: Pick<HistoryRequest, 'kind' | 'outcome' | 'limit'>,
  visit: Visit,
): Html {
  return html`${heading('Sync log', 'Every round, decision and rollback, the newest first.', html`<p class="live" id="live" role="status"></p>`)}
<div class="stack">${filterCard(asked)}${linesCard(entries, asked, visit)}</div>`;
}

function filterCard({ kind, outcome }: Pick<HistoryRequest, 'kind' | 'outcome'>): Html {
  const option = (word: string, title: string, chosen: boolean): Html =>
    html`<option value="${word}"${chosen && html` selected`}>${title}</option>\n`;
  return html`<search class="card"><form class="filter" method="get" action="/history">
<div><label for="kind">What</label><select id="kind" name="kind"><option value="">Everything</option>${historyKinds.map((each) => option(each, kindTitles[each], each === kind))}</select></div>
<div><label for="outcome">Outcome</label><select id="outcome" name="outcome"><option value="">Any</option>${historyOutcomes.map((each) => option(each, outcomes[each][1], each === outcome))}</select></div>
<div><button class="main">Filter</button></div>
</form></search>`;
}

function linesCard(
  entries: readonly HistoryEntry[],
  { kind, outcome, limit }: Pick<HistoryRequest, 'kind' | 'outcome' | 'limit'>,
  visit: Visit,
): Html {
  if (entries.length === 0) return card('Sync log', empty('Nothing like this has happened.'), { id: 'lines' });
  const older = entries.length >= limit && limit < historyShownMax;
  return card(
    'Sync log',
    html`${table(
      'Sync log, the newest first',
      [
        { title: 'When' },
        { title: 'What' },
        { title: 'Outcome' },
        { title: 'Users', kind: 'wide' },
        { title: 'Groups', kind: 'wide' },
        { title: 'Took', kind: 'wide number' },
      ],
      entries.map((entry) => rowOf(entry, visit)),
    )}
${older && html`<p class="actions end"><a class="button" href="${link('/history', { kind: kind ?? undefined, outcome: outcome ?? undefined, limit: historyShownMax })}">Show older ones</a></p>`}`,
    { id: 'lines', footer: html`All of it, and as JSON: ${command('entra-ldapd history --json')}` },
  );
}

function rowOf(entry: HistoryEntry, { nowMs }: Visit): readonly Html[] {
  const { kind, by, untilMs, times, durationMs, round, publication, hold, note, outcome } = entry;
  const [tone, word] =
    kind === 'configuration'
      ? ([outcomes[outcome][0], outcome === 'done' ? 'Taken over' : 'Not taken over'] as const)
      : outcomes[outcome];
  return [
    html`${ago(untilMs, nowMs)}${times > 1 && html`<span class="sub">${count(times)} times since ${exactly(entry.atMs)}</span>`}`,
    html`${kindTitles[kind]}${round !== null && ` ${count(round)}`}<span class="sub">${causes[by]}${hold !== null && `, change ${hold}`}${publication !== null && `, publication ${count(publication)}`}</span>${note !== null && html`<span class="sub">${note}</span>`}`,
    badge(tone, word),
    countsCell(entry.users),
    countsCell(entry.groups),
    html`${kind === 'round' ? duration(durationMs) : '–'}`,
  ];
}

function countsCell(counts: HistoryCounts | null): Html {
  if (counts === null) return html`–`;
  const { mode, read, created, changed, locked, removed } = counts;
  const parts = Object.entries({ read, created, changed, locked, removed }).filter(([, value]) => value > 0);
  return html`${parts.length === 0 ? 'nothing' : parts.map(([word, value]) => `${count(value)} ${word}`).join(', ')}<span class="sub">${mode}</span>`;
}

const ends: Readonly<Record<ReturnPoints['end'], string>> = {
  tooLarge: 'Before that a change was larger than is remembered (store.undo.size).',
  forgotten: 'Nothing older is remembered (store.undo).',
};

/** The publications that can be returned to. Going back is done by the command, which shows first what it would change. */
export function publicationsPage({ shown, restores, points, end }: ReturnPoints, { nowMs }: Visit): Html {
  const lead =
    shown === null
      ? 'Nothing has been published yet.'
      : `Clients see publication ${count(shown)}${restores === null ? '' : `, with the content of ${count(restores)}`}.`;
  const rows = points.map(({ publication, publishedAtMs, replacedAtMs, changes }) => [
    html`${count(publication)}`,
    ago(publishedAtMs, nowMs),
    exactly(replacedAtMs),
    count(changes),
    command(`entra-ldapd rollback --to ${publication}`),
  ]);
  return html`${heading('Publications', lead)}
${card(
  'What can be shown again',
  points.length === 0
    ? empty('There is no earlier publication to go back to.')
    : table(
        'Publications that can be shown again',
        [
          { title: 'Publication' },
          { title: 'Published' },
          { title: 'Replaced', kind: 'wide' },
          { title: 'Differences to the next', kind: 'number' },
          { title: 'Command', kind: 'wide' },
        ],
        rows,
      ),
  {
    footer: html`${ends[end]} ${command('entra-ldapd rollback')} shows first what going back would change, and asks; whom Entra has disabled since stays locked.`,
  },
)}`;
}
