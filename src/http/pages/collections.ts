/** Users and groups side by side: each with its own last time, result and errors (FOX-12, FED-21), and progress (FED-25). */
import type { Collection } from '../../identity/change.ts';
import type { CollectionSummary, RoundProgress, RoundSummary } from '../../identity/round.ts';
import { count, counted, duration } from '../../wording/quantities.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { Tone } from './icons.ts';
import type { Visit } from './layout.ts';
import { ago, badge, card, empty, tally } from './parts.ts';

const titles: Readonly<Record<Collection, string>> = { users: 'Users', groups: 'Groups' };

const results: Readonly<Record<RoundSummary['outcome'], readonly [Tone, string]>> = {
  published: ['good', 'Published'],
  unchanged: ['good', 'No change'],
  held: ['warn', 'Held back'],
  failed: ['bad', 'Failed'],
  aborted: ['warn', 'Stopped early'],
};

/** A card for the users and one for the groups. */
export function collectionCards(visit: Visit): Html {
  return html`<div class="pair equal">${collectionCard('users', visit)}${collectionCard('groups', visit)}</div>`;
}

function collectionCard(collection: Collection, visit: Visit): Html {
  const { status, nowMs } = visit;
  const { running, last } = status.sync;
  const shown = status.directory?.[collection];
  return card(
    titles[collection],
    html`<p class="figure">${shown === undefined ? '–' : count(shown)} <small>${shown === undefined ? 'nothing is published yet' : 'in the directory'}</small></p>
${running !== null && progressOf(running, collection, nowMs)}
${last === null ? empty('No round has ended yet.') : lastRound(last, collection, nowMs)}`,
    { aside: last === null ? null : badge(...results[last.outcome]), footer: footerOf(collection, visit) },
  );
}

function lastRound(last: RoundSummary, collection: Collection, nowMs: number): Html {
  const { mode, read, entries, skipped, notAdopted, leftOut } = last.collections[collection];
  const left = sumOf(skipped);
  return html`<p class="quiet">Round ${last.round}, ${mode}, ended ${ago(last.startedAtMs + last.durationMs, nowMs)}</p>
${tally([
  ['read', count(read)],
  ['created', count(entries.created)],
  ['changed', count(entries.changed)],
  ['locked', count(entries.locked)],
  ['removed', count(entries.removed)],
  ['left out', count(left)],
])}
${last.error !== null && html`<p class="error">${last.error}</p>`}
${reasons('Left out', skipped)}${reasons('Without the number of their property', notAdopted)}${reasons('With a value that does not fit its attribute', leftOut)}`;
}

function sumOf(counts: CollectionSummary['skipped']): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}

function reasons(title: string, counts: CollectionSummary['skipped']): Html | false {
  const sorted = Object.entries(counts).toSorted(([, left], [, right]) => right - left);
  if (sorted.length === 0) return false;
  return html`<details><summary>${title}: ${count(sumOf(counts))}</summary><ul>${sorted.map(([reason, value]) => html`<li>${count(value)}: ${reason}</li>`)}</ul></details>`;
}

const phases: Readonly<Record<RoundProgress['phase'], string>> = {
  pull: 'Reading',
  sweep: 'Looking for what has gone',
  plan: 'Planning',
  publish: 'Publishing',
};

/** How far a round has come with this collection; with both of them once it plans. */
function progressOf(running: RoundProgress, collection: Collection, nowMs: number): Html | false {
  const { phase, read, entries, expected, startedAtMs, pages } = running;
  if (running.collection !== null && running.collection !== collection) return false;
  const isReading = phase === 'pull' || phase === 'sweep';
  const done = isReading
    ? `${counted(read, 'object')} of ${counted(pages, 'page')}`
    : counted(entries, 'entrie').replace(/ entries?$/, entries === 1 ? ' entry' : ' entries');
  const known: HtmlValue =
    expected !== null &&
    expected > 0 &&
    html` max="${expected}" value="${Math.min(expected, isReading ? read : entries)}"`;
  return html`<p>${badge('busy', phases[phase])} <span class="quiet">${done}, for ${duration(nowMs - startedAtMs)}</span></p>
<progress aria-label="Round ${running.round}"${known}></progress>`;
}

function footerOf(collection: Collection, { identity, status }: Visit): HtmlValue {
  const privateGroups = status.directory?.privateGroups ?? 0;
  const more =
    collection === 'groups' &&
    privateGroups > 0 &&
    html` Besides, ${counted(privateGroups, 'private group')} of one user each.`;
  if (!identity.scopes.has('people')) return more === false ? undefined : more;
  return html`<a href="/${collection}">All ${collection}</a> · <a href="/history">Sync log</a>${more}`;
}
