/** Who has signed in, or has tried to, and whom the shield holds back. */
import type { AuthReport, HeldAccount, ShieldReport } from '../../identity/auth-report.ts';
import { type BindEvent, type BindEventQuery, type BindVerdictWord, bindVerdicts } from '../../identity/bind-event.ts';
import { count, counted, duration } from '../../wording/quantities.ts';
import { type Html, html } from './html.ts';
import type { Tone } from './icons.ts';
import { csrfField, type Visit } from './layout.ts';
import { ago, badge, card, command, empty, heading, link, notice, table } from './parts.ts';

/** Events of a page. */
export const auditShown = 200;

/** How far back a page of the audit trail goes. */
export const auditPeriods = {
  hour: ['Last hour', 3_600_000],
  day: ['Last day', 86_400_000],
  week: ['Last week', 604_800_000],
} as const satisfies Readonly<Record<string, readonly [string, number]>>;

/** One of {@link auditPeriods}. */
export type AuditPeriod = keyof typeof auditPeriods;

/** What the page of sign-ins was asked for. */
export interface AuditAsked extends Pick<BindEventQuery, 'user' | 'address' | 'verdict'> {
  readonly period: AuditPeriod | undefined;
}

const looks: Readonly<Record<BindVerdictWord, readonly [Tone, string]>> = {
  accepted: ['good', 'Accepted'],
  refused: ['warn', 'Refused'],
  busy: ['none', 'Busy'],
  unavailable: ['bad', 'Unavailable'],
};

/** The audit trail with its filters, and above it who is held back. Events come in the order of their times. */
export function auditPage(events: readonly BindEvent[], shield: ShieldReport, asked: AuditAsked, visit: Visit): Html {
  return html`${heading('Sign-ins', lead(visit.status.binds))}
${visit.status.binds.auditProblem !== null && notice('bad', `The audit trail is not being written: ${visit.status.binds.auditProblem}`)}
<div class="stack">${shieldCard(shield, visit)}${filterCard(asked)}${eventsCard(events.toReversed(), visit)}</div>`;
}

function lead({ counts, entra }: AuthReport): string {
  const decided = bindVerdicts.map((word) => `${count(counts[word])} ${word}`).join(', ');
  return `Since the start: ${decided}.${entra ? '' : ' Entra is not asked about passwords.'}`;
}

function shieldCard({ accounts, addresses, isShortened }: ShieldReport, visit: Visit): Html {
  if (accounts.length + addresses.length === 0)
    return card('Held back', empty('No account and no address is held back.'), { id: 'shield' });
  const rows = [
    ...accounts.map((account) => [account.dn ?? account.key, accountText(account), unlockForm(nameOf(account), visit)]),
    ...addresses.map(({ address, left, waitMs }) => [address, leftText(left, waitMs), unlockForm(address, visit)]),
  ];
  return card(
    'Held back',
    table(
      'Accounts and addresses with wrong passwords',
      [{ title: 'Who' }, { title: 'What stands against it' }, { title: '' }],
      rows,
    ),
    {
      id: 'shield',
      footer: isShortened ? html`There are more than are listed: ${command('entra-ldapd auth status')}` : undefined,
    },
  );
}

/** By what an account is unlocked: its DN, or the name of a service account that has none any more. */
function nameOf({ dn, key }: HeldAccount): string {
  return dn ?? key.slice(key.indexOf(':') + 1);
}

function accountText({ left, waitMs, locks }: HeldAccount): string {
  if (locks === 0) return leftText(left, waitMs);
  return `locked by Entra${locks === 1 ? '' : ` ${count(locks)} times`}, asked again in ${duration(waitMs)}`;
}

function leftText(left: number, waitMs: number): string {
  if (left >= 1) return `${counted(left, 'wrong password')} left`;
  return `no wrong password left, the next in ${duration(waitMs)}`;
}

function unlockForm(name: string, { identity, csrf }: Visit): Html | false {
  return (
    identity.scopes.has('unlock') &&
    html`<form method="post" action="/unlock">${csrfField(csrf)}<input type="hidden" name="name" value="${name}"><button class="small">Unlock<span class="visually-hidden"> ${name}</span></button></form>`
  );
}

function filterCard({ user, address, verdict, period }: AuditAsked): Html {
  const option = (word: string, title: string, chosen: boolean): Html =>
    html`<option value="${word}"${chosen && html` selected`}>${title}</option>\n`;
  return html`<search class="card"><form class="filter" method="get" action="/audit">
<div class="grow"><label for="user">Who: name, DN or object id</label><input id="user" name="user" value="${user}" maxlength="256" autocomplete="off" spellcheck="false"></div>
<div><label for="address">From address</label><input id="address" name="address" value="${address}" maxlength="64" autocomplete="off" spellcheck="false"></div>
<div><label for="verdict">How it ended</label><select id="verdict" name="verdict"><option value="">Any</option>${bindVerdicts.map((word) => option(word, looks[word][1], word === verdict))}</select></div>
<div><label for="period">When</label><select id="period" name="period"><option value="">Any time</option>${Object.entries(auditPeriods).map(([word, [title]]) => option(word, title, word === period))}</select></div>
<div><button class="main">Filter</button></div>
</form></search>`;
}

function eventsCard(events: readonly BindEvent[], visit: Visit): Html {
  if (events.length === 0)
    return card('Sign-ins', empty('Nobody has signed in like this, or it is longer ago than is kept (bind.audit).'), {
      id: 'events',
    });
  return card(
    'Sign-ins',
    table(
      'Sign-ins, the newest first',
      [
        { title: 'Who' },
        { title: 'Ended' },
        { title: 'When' },
        { title: 'From', kind: 'wide' },
        { title: 'Details', kind: 'wide' },
      ],
      events.map((event) => rowOf(event, visit)),
    ),
    {
      id: 'events',
      footer:
        events.length >= auditShown
          ? html`These are the newest ${count(events.length)}. More: ${command('entra-ldapd audit --limit 10000')}`
          : undefined,
    },
  );
}

function rowOf(
  {
    atMs,
    verdict,
    name,
    dn,
    objectId,
    address,
    secure,
    link: by,
    remembered,
    reason,
    aadsts,
    correlationId,
    durationMs,
    count: times,
  }: BindEvent,
  { identity, nowMs }: Visit,
): readonly Html[] {
  const [tone, word] = looks[verdict];
  const who = html`${name === '' ? (dn ?? 'several names') : name}`;
  const shown =
    objectId !== null && identity.scopes.has('people')
      ? html`<a href="${link('/users/explain', { name: objectId })}">${who}</a>`
      : who;
  const facts = [
    ...(reason === null ? [] : [reason]),
    ...(aadsts === null ? [] : [`AADSTS${aadsts}`]),
    ...(by === null ? [] : [`by ${by}${remembered ? ', remembered' : ''}`]),
    duration(durationMs),
  ].join(', ');
  return [
    html`${shown}${dn !== null && name !== '' && html`<span class="sub mono">${dn}</span>`}`,
    html`${badge(tone, word)}${times > 1 && html`<span class="sub">${count(times)} times</span>`}`,
    ago(atMs, nowMs),
    html`<span class="mono">${address === '' ? 'several' : address}</span>${!secure && html`<span class="sub">without TLS</span>`}`,
    html`${facts}${correlationId !== null && html`<span class="sub mono">${correlationId}</span>`}`,
  ];
}
