import type { HistoryEntry } from '../../identity/history.ts';
import { driftOf } from '../../identity/reconciliation.ts';
import { count, counted, duration } from '../../wording/quantities.ts';
import type { BindStep } from './bind-series.ts';
import { type BindRange, bindsChart } from './binds-chart.ts';
import { collectionCards } from './collections.ts';
import { findingsOf } from './findings.ts';
import { healthOf } from './health.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { csrfField, type Visit } from './layout.ts';
import { ago, card, exactly, facts, heading } from './parts.ts';
import { roundsChart } from './rounds-chart.ts';
import { daemonCard, serverCards } from './server-cards.ts';

/** What the overview shows beside the status. */
export interface OverviewData {
  /** The newest first; null when they cannot be read. */
  readonly rounds: readonly HistoryEntry[] | null;
  readonly binds: readonly BindStep[];
  readonly range: BindRange;
}

/** Health at a glance, then what was synchronized, then how it went over time, then the server. */
export function overview(visit: Visit, { rounds, binds, range }: OverviewData): Html {
  const { status, nowMs } = visit;
  return html`${heading('Overview', html`Up for ${duration(nowMs - status.startedAtMs)}, base <span class="mono">${status.baseDn}</span>`, html`<p class="live" id="live" role="status"></p>`)}
<div class="stack">
${healthCard(visit)}
${collectionCards(visit)}
<div class="pair">${syncCard(visit)}${daemonCard(visit)}</div>
<div class="pair">${roundsChart(rounds, nowMs)}${bindsChart(binds, range, status.binds.counts)}</div>
${serverCards(visit)}
</div>`;
}

function healthCard({ status, nowMs }: Visit): Html {
  const { tone, headline, lead } = healthOf(status, nowMs);
  const findings = findingsOf(status, nowMs);
  const list = findings.map(
    ({ tone: each, title, advice, path }) =>
      html`<li class="finding">${icon(each)}<div><strong>${title}</strong><p>${advice}${path !== undefined && path !== '/' && html` <a href="${path}">Have a look</a>`}</p></div></li>\n`,
  );
  return html`<section class="card health ${tone}" id="health" aria-labelledby="health-title" data-live>
<span class="sign">${icon(tone)}</span>
<div><h2 id="health-title">${headline}</h2><p class="lead">${lead}</p></div>
${list.length > 0 && html`<ul class="findings" aria-label="What to look at">${list}</ul>`}
</section>`;
}

function syncCard(visit: Visit): Html {
  const { status, nowMs } = visit;
  const { sync, directory, traffic } = status;
  const { running, nextAtMs, lastSuccessAtMs, lastFullAtMs, reconciliation } = sync;
  const drift = reconciliation === null ? undefined : driftOf(reconciliation);
  const next =
    running !== null
      ? 'one is running'
      : nextAtMs === null
        ? 'not scheduled'
        : nextAtMs <= nowMs
          ? 'now'
          : ago(nextAtMs, nowMs);
  return card(
    'Synchronization',
    html`${facts([
      ['Last success', lastSuccessAtMs === null ? 'not yet since the start' : ago(lastSuccessAtMs, nowMs)],
      ['Next round', next],
      [
        'Read in full',
        lastFullAtMs === null
          ? 'not yet'
          : html`${ago(lastFullAtMs, nowMs)}${drift !== undefined && (drift === 0 ? '; nothing had drifted' : `; ${counted(drift, 'change')} had been missed`)}`,
      ],
      [
        'Published',
        directory === null
          ? 'nothing yet'
          : html`${ago(directory.publishedAtMs, nowMs)}, publication ${directory.publication}`,
      ],
      [
        'Reading',
        sync.reading.listsEverything &&
          `each round lists everything (${sync.reading.mode === 'list' ? 'sync.mode' : 'the tenant has no delta queries'})`,
      ],
      ['New people', !sync.reading.create && 'do not come in (sync.create)'],
      ['Microsoft Graph', trafficText(traffic)],
    ])}
${syncButtons(visit)}`,
    {
      aside:
        running === null
          ? null
          : html`<span class="quiet">Round ${running.round} began ${exactly(running.startedAtMs)}</span>`,
    },
  );
}

function trafficText({
  requests,
  resourceUnits,
  throttled,
  slowedMs,
  allowanceUsed,
}: Visit['status']['traffic']): string {
  return [
    counted(requests, 'request'),
    counted(resourceUnits, 'resource unit'),
    ...(throttled === 0 ? [] : [`${count(throttled)} refused as too many`]),
    ...(slowedMs === 0 ? [] : [`slowed down by ${duration(slowedMs)}`]),
    ...(allowanceUsed === null ? [] : [`${Math.round(allowanceUsed * 100)} % of the allowance used`]),
  ].join(', ');
}

function syncButtons({ identity, csrf }: Visit): Html | false {
  return (
    identity.scopes.has('sync') &&
    html`<div class="actions end">
<form method="post" action="/sync">${csrfField(csrf)}<button class="main" name="full" value="no">Sync now</button></form>
<details><summary>Read everything anew …</summary>
<p>A full round reads every user and group instead of what has changed. It takes longer and costs more of the tenant’s allowance; names, numbers and passwords stay as they are.</p>
<form method="post" action="/sync">${csrfField(csrf)}<button name="full" value="yes">Start a full round</button></form>
</details></div>`
  );
}
