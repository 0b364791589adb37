import { type EventLevel, eventLevels, type LoggedEvent, type LogRequest } from '../../identity/logged-event.ts';
import { moment } from '../../wording/quantities.ts';
import { type Html, html } from './html.ts';
import type { Tone } from './icons.ts';
import { badge, card, command, empty, heading, notice } from './parts.ts';

/** Events of a page. */
export const logShown = 300;

const looks: Readonly<Record<EventLevel, readonly [Tone, string, string]>> = {
  debug: ['none', 'debug', 'Everything'],
  info: ['busy', 'info', 'Information and above'],
  warn: ['warn', 'warn', 'Warnings and errors'],
  error: ['bad', 'error', 'Errors alone'],
};

/** The latest events of the daemon's log, which come oldest first; null when they are not kept, for the reason that is given. */
export function logPage(
  events: readonly LoggedEvent[],
  asked: Pick<LogRequest, 'level' | 'event'>,
  problem: string | undefined,
): Html {
  return html`${heading('Daemon log', 'The latest events since the start, the newest first, with no more personal data than the log itself has.')}
${problem !== undefined && notice('warn', problem)}
<div class="stack">${filterCard(asked)}${eventsCard(events.toReversed())}</div>`;
}

function filterCard({ level, event }: Pick<LogRequest, 'level' | 'event'>): Html {
  return html`<search class="card"><form class="filter" method="get" action="/log">
<div><label for="level">How important</label><select id="level" name="level">${eventLevels.map((word) => html`<option value="${word}"${word === level && html` selected`}>${looks[word][2]}</option>\n`)}</select></div>
<div class="grow"><label for="event">Event; * stands for anything</label><input id="event" name="event" value="${event}" maxlength="200" placeholder="sync.*" autocomplete="off" spellcheck="false"></div>
<div><button class="main">Filter</button></div>
</form></search>`;
}

function eventsCard(events: readonly LoggedEvent[]): Html {
  if (events.length === 0) return card('Events', empty('No event like this has been logged.'));
  return card(
    'Events',
    html`<ol class="events">${events.map(
      ({ timeMs, level, event, fields, cause }) =>
        html`<li><time datetime="${new Date(timeMs).toISOString()}">${moment(timeMs)}</time>${badge(looks[level][0], looks[level][1])}<span><strong>${event}</strong> <span class="mono quiet">${fieldsText(fields)}</span>${cause !== undefined && html`<span class="sub">${cause.code !== undefined && `${cause.code}: `}${cause.message}</span>`}</span></li>\n`,
    )}</ol>`,
    { footer: html`Following it: ${command('entra-ldapd logs --follow')}` },
  );
}

function fieldsText(fields: LoggedEvent['fields']): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'object' && value !== null ? value.join(',') : String(value)}`)
    .join('  ');
}
