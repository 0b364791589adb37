/** What is held back because it reaches too far, and deciding about it (P4). */
import type { DangerKind, HeldItem, HoldReport } from '../../identity/safety.ts';
import { count, counted } from '../../wording/quantities.ts';
import { dangerWords, holdCauses } from '../../wording/safety.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { csrfField, type Visit } from './layout.ts';
import { ago, badge, card, command, empty, facts, heading, link, table } from './parts.ts';

/** What would become of one of those whom it concerns. */
const fates: Readonly<Record<DangerKind, string>> = {
  usersRemoved: 'is removed',
  usersLocked: 'is locked',
  usersRenamed: 'is renamed',
  usersRegrouped: 'gets another primary group',
  groupsRemoved: 'is removed',
  groupsRenamed: 'is renamed',
  groupsShrunk: 'loses members',
};

/** So many of those whom it concerns are listed. */
export const heldShown = 500;

/** Of a change that is held back, the first items, and whether there are more; null for somebody who must not see people. */
export interface HeldList {
  readonly items: readonly HeldItem[];
  readonly isCut: boolean;
}

/** The change that is held back, with everybody whom it concerns. */
export function heldPage(visit: Visit, list: HeldList | null): Html {
  const { held } = visit.status.sync;
  const lead = 'A change that reaches too far is not published until somebody has decided.';
  const live = html`<p class="live" id="live" role="status"></p>`;
  if (held === null) {
    return html`${heading('Held back', lead, live)}
${card('Nothing is held back', empty(html`${badge('good', 'Nothing waits for a decision')}`, 'What the next round would do, beside a changed configuration too, is told by the command', command('entra-ldapd plan')), { id: 'held' })}`;
  }
  return html`${heading('Held back', lead, live)}
<div class="stack">${changeCard(visit, held)}${list === null ? card('Whom it concerns', empty('The names are shown to tokens with the scope “people”.')) : listCard(list)}</div>`;
}

function changeCard(visit: Visit, held: HoldReport): Html {
  const { hold, sinceMs, cause, rolledBack, decision } = held;
  return card(
    `Change ${hold}`,
    html`${facts([
      ['Waiting since', ago(sinceMs, visit.nowMs)],
      ['Because', holdCauses[cause]],
      [
        'Taken back',
        rolledBack !== undefined &&
          `from publication ${count(rolledBack.from)} to ${count(rolledBack.to)}; rounds go on reading`,
      ],
    ])}
${dangersTable(held)}
${decision === 'open' ? decisionLinks(visit, hold) : html`<p class="quiet">${decision === 'approved' ? 'The next round publishes it.' : 'Rounds go on without it. It can be approved all the same.'}</p>${decision === 'rejected' && decisionLinks(visit, hold)}`}`,
    {
      id: 'held',
      aside:
        decision === 'open'
          ? badge('warn', 'Waits for a decision')
          : badge('none', decision === 'approved' ? 'Approved' : 'Rejected'),
    },
  );
}

function dangersTable({ dangers }: HoldReport): HtmlValue {
  if (dangers.length === 0) return false;
  return table(
    'How far it reaches',
    [
      { title: 'What would happen' },
      { title: 'To how many', kind: 'number' },
      { title: 'Of', kind: 'number' },
      { title: 'Allowed', kind: 'number' },
    ],
    dangers.map(({ kind, affected, total, limit }) => [
      dangerWords[kind],
      count(affected),
      count(total),
      kind === 'groupsShrunk' ? '–' : count(limit),
    ]),
  );
}

function decisionLinks({ identity }: Visit, hold: number): Html {
  if (!identity.scopes.has('approve')) {
    return html`<p class="quiet">Deciding takes a token with the scope “approve”, or on the server ${command(`entra-ldapd sync approve --change ${hold}`)}.</p>`;
  }
  return html`<div class="actions end"><a class="button main" href="${link('/held/decide', { change: hold, decision: 'approved' })}">Approve …</a><a class="button" href="${link('/held/decide', { change: hold, decision: 'rejected' })}">Reject …</a></div>`;
}

function listCard({ items, isCut }: HeldList): Html {
  if (items.length === 0) return card('Whom it concerns', empty('Nobody by name.'), { id: 'concerned' });
  const rows = items.map(({ kind, dn, objectId, displayName, newName, members }) => [
    html`<a href="${link(kind.startsWith('groups') ? '/groups/explain' : '/users/explain', { name: objectId })}">${displayName ?? dn}</a><span class="sub mono">${dn}</span>`,
    fates[kind],
    html`${newName !== null && (kind === 'usersRegrouped' ? `primary group ${newName}` : `will be ${newName}`)}${members !== null && `loses ${count(members.lost)} of ${counted(members.of, 'member')}`}`,
  ]);
  return card(
    'Whom it concerns',
    html`${table('Whom the change concerns', [{ title: 'Who' }, { title: 'What' }, { title: 'Details', kind: 'wide' }], rows)}`,
    {
      id: 'concerned',
      footer: isCut
        ? html`These are the first ${count(items.length)}. All of them: ${command('entra-ldapd sync held')}`
        : undefined,
    },
  );
}

/** Asks once more before a decision. */
export function decidePage(visit: Visit, hold: HoldReport, decision: 'approved' | 'rejected'): Html {
  const approves = decision === 'approved';
  return html`${heading(approves ? `Approve change ${hold.hold}?` : `Reject change ${hold.hold}?`, approves ? 'It is published in the next round, exactly as far as it was listed or less. What grows beyond it is held back anew.' : 'Rounds go on without it, and the directory stays as it is. It can be approved later.')}
${card(
  'What it would do',
  html`${dangersTable(hold)}
<form method="post" action="/held/decide">${csrfField(visit.csrf)}<input type="hidden" name="change" value="${hold.hold}"><input type="hidden" name="decision" value="${decision}">
<div class="actions end"><button class="main">${approves ? 'Approve and publish' : 'Reject'}</button><a class="button" href="/held">Back to the list</a></div></form>`,
  { id: 'decision' },
)}`;
}
