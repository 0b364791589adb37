/** Why a user or a group is as it is: every rule with what it decided, and where name and number came from (P9). */
import type { ExplainAnswer, Explanation, MembershipReport, ObjectRow, RuleReport } from '../../identity/inspection.ts';
import type { LedgerSpace } from '../../identity/ledger.ts';
import { nameText, numberText, primaryGroupText, propertyText } from '../../wording/explanation.ts';
import { findingText, overlayLines } from '../../wording/overlay.ts';
import { count, counted } from '../../wording/quantities.ts';
import { type Html, html } from './html.ts';
import type { Tone } from './icons.ts';
import type { Visit } from './layout.ts';
import { ago, badge, card, empty, exactly, facts, heading, link } from './parts.ts';
import { stateBadge } from './people.ts';

/** The answer to “why is it so?”. */
export function explanationPage(answer: ExplainAnswer, kind: LedgerSpace, asked: string, visit: Visit): Html {
  switch (answer.found) {
    case 'one':
      return onePage(answer.explanation, visit);
    case 'several':
      return severalPage(answer.candidates, kind, asked);
    case 'none':
      return html`${heading('Not found', `No ${kind} answers to “${asked}”.`)}
${card(
  'What that means',
  html`<p>Nobody ever had this name here. Either Entra does not have it, or it is not in scope, or it came since the last round.</p>
${facts([['Read in full', answer.source.readInFullAtMs === null ? 'never' : ago(answer.source.readInFullAtMs, visit.nowMs)]])}
${answer.overlayFindings.length > 0 && html`<ul>${answer.overlayFindings.map((finding) => html`<li>${findingText(finding)}</li>`)}</ul>`}
<p class="actions end"><a class="button" href="/${kind}s">Back to the list</a></p>`,
)}`;
  }
}

function severalPage(candidates: readonly ObjectRow[], kind: LedgerSpace, asked: string): Html {
  return html`${heading('Which one?', `Several ${kind}s answer to “${asked}”.`)}
${card(
  'Candidates',
  html`<ul class="plain">${candidates.map(({ objectId, displayName, userPrincipalName, mail, state }) => html`<li>${stateBadge(state)} <a href="${link(`/${kind}s/explain`, { name: objectId })}">${displayName ?? objectId}</a> <span class="quiet">${userPrincipalName ?? mail ?? objectId}</span></li>`)}</ul>`,
)}`;
}

function onePage(explanation: Explanation, visit: Visit): Html {
  const { kind, objectId, state, reason, record, name, dn } = explanation;
  const displayName = record?.['displayName'];
  const title = typeof displayName === 'string' && displayName !== '' ? displayName : (name.given ?? objectId);
  return html`${heading(title, html`${kind === 'user' ? 'User' : 'Group'}, ${dn === null ? 'without an entry' : html`<span class="mono">${dn}</span>`}`, html`<a class="button" href="/${kind}s">All ${kind}s</a>`)}
<div class="stack">
<div class="pair">${standingCard(explanation, visit, html`${stateBadge(state)}${reason !== null && html` <span class="quiet">${reason}</span>`}`)}${rulesCard(explanation.rules)}</div>
<div class="pair">${membershipCards(explanation)}</div>
${overlayCard(explanation)}${recordCard(explanation)}
</div>`;
}

function standingCard(explanation: Explanation, { nowMs }: Visit, state: Html): Html {
  const { objectId, name, number, primaryGroup, members, bind, removal, source } = explanation;
  return card(
    'How it stands',
    facts([
      ['State', state],
      ['Object id', html`<span class="mono">${objectId}</span>`],
      ['Name', nameText(name)],
      [number?.attribute ?? '', number !== null && numberText(number)],
      ['Primary group', primaryGroup !== null && primaryGroupText(primaryGroup)],
      [
        'Members',
        members !== null &&
          `${counted(members.direct.users, 'user')}, ${counted(members.direct.groups, 'group')}, ${counted(members.direct.others, 'other')} directly; the entry shows ${count(members.shown)}`,
      ],
      [
        'Sign-in',
        bind !== null &&
          html`${bind.isPossible ? badge('good', 'Possible') : badge('none', 'Not possible')} ${bind.explanation}`,
      ],
      [
        'Last refusal',
        bind?.lastRefusal !== undefined &&
          html`${ago(bind.lastRefusal.atMs, nowMs)} by Entra: ${bind.lastRefusal.meaning} (AADSTS${bind.lastRefusal.aadsts}). ${bind.lastRefusal.advice}`,
      ],
      ['Removed', removal !== null && (removal.atMs === null ? 'at a time not noted' : exactly(removal.atMs))],
      ['Read in full', source.readInFullAtMs !== null && ago(source.readInFullAtMs, nowMs)],
      ['Published', source.publishedAtMs !== null && ago(source.publishedAtMs, nowMs)],
    ]),
    { id: 'standing' },
  );
}

const verdicts: Readonly<Record<RuleReport['verdict'], readonly [Tone, string]>> = {
  passed: ['good', 'Passed'],
  locked: ['warn', 'Locked'],
  skipped: ['bad', 'Left out'],
};

function rulesCard(rules: readonly RuleReport[]): Html {
  if (rules.length === 0) return card('Rules', empty('No rule was asked: Entra does not have it any more.'));
  return card(
    'Rules',
    html`<ol class="rules">${rules.map(
      ({ title, setting, verdict, reason }) =>
        html`<li><span>${badge(...verdicts[verdict])}</span><span>${title}${reason !== null && `: ${reason}`}${setting !== null && html` <code>${setting}</code>`}</span></li>\n`,
    )}</ol>`,
    { footer: 'In the order in which they are asked, up to the one that leaves it out.' },
  );
}

function membershipCards({ kind, memberOf, members, isShortened }: Explanation): Html {
  const groups =
    memberOf.length === 0
      ? empty(`This ${kind} is in no group.`)
      : html`<ul class="plain">${memberOf.map(membership)}</ul>`;
  const nested = members?.nested ?? [];
  const more = isShortened ? 'There are more than are listed.' : undefined;
  return html`${card(`Member of ${counted(memberOf.length, 'group')}`, groups, { id: 'member-of', footer: more })}
${nested.length > 0 && card('Groups nested in it', html`<ul class="plain">${nested.map(membership)}</ul>`, { id: 'nested', footer: more })}`;
}

function membership({ name, objectId, isShown, through }: MembershipReport): Html {
  return html`<li><a href="${link('/groups/explain', { name: objectId })}">${name}</a>${through.length > 0 && html` <span class="quiet">through ${through.join(' › ')}</span>`}${!isShown && html` ${badge('none', 'Not shown')}`}</li>\n`;
}

function overlayCard({ overlay, overlayFindings }: Explanation): Html | false {
  const lines = [...overlayLines(overlay), ...overlayFindings.map(findingText)];
  return (
    lines.length > 0 &&
    card(
      'What the overlay says',
      html`<ul class="plain">${lines.map((line) => html`<li class="mono">${line}</li>`)}</ul>`,
      { id: 'overlay' },
    )
  );
}

function recordCard({ origin, record }: Explanation): Html | false {
  if (record === null) return false;
  const rows = Object.entries(record)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => [name, html`<span class="mono">${propertyText(value)}</span>`] as const);
  return card(origin === 'overlay' ? 'What it is made of' : 'What Entra says', facts(rows, true), { id: 'record' });
}
