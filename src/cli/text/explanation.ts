import type { BindSwitchReport, BindWays } from '../../identity/bind-rule.ts';
import type { BindReport, ExplainAnswer, Explanation } from '../../identity/inspection.ts';
import { count, counted, moment } from '../../wording/quantities.ts';
import { membershipText, nameText, numberText, primaryGroupText, propertyText } from '../../wording/explanation.ts';
import { objectLine } from './objects.ts';
import { printable } from '../../wording/printable.ts';
import { findingText, overlayLines } from '../../wording/overlay.ts';
import { properties } from './table.ts';

/** The answer to `explain` in sentences and short tables. */
export function explanationText(answer: ExplainAnswer, kind: 'user' | 'group', asked: string): string {
  switch (answer.found) {
    case 'one':
      return oneText(answer.explanation);
    case 'several':
      return [
        `Several ${kind}s answer to "${printable(asked)}"; ask for one of them by its object id:`,
        ...answer.candidates.map((row) => `  ${row.objectId}  ${objectLine(row)}`),
      ].join('\n');
    case 'none':
      return [noneText(answer.source, kind, asked), ...answer.overlayFindings.map(findingText)].join('\n');
  }
}

function noneText({ tenantId, readInFullAtMs }: Explanation['source'], kind: 'user' | 'group', asked: string): string {
  if (readInFullAtMs === null) {
    return (
      `No ${kind} "${printable(asked)}" is known of tenant ${tenantId}. Nothing has been read from it yet: run ` +
      'entra-ldapd sync.'
    );
  }
  return (
    `No ${kind} "${printable(asked)}" is known of tenant ${tenantId}, and none ever had this name. Everything was last read at ` +
    `${moment(readInFullAtMs)}. Either Entra does not have it, or it is not in scope, or it came since the last round.`
  );
}

function oneText(explanation: Explanation): string {
  const { kind, objectId, state, reason, record } = explanation;
  const displayName = record?.['displayName'];
  const title = typeof displayName === 'string' ? displayName : (explanation.name.given ?? '');
  const why = reason === null ? '' : ` (${reason})`;
  return [
    `${kind === 'user' ? 'User' : 'Group'} ${printable(title)}, object id ${objectId}: ${state}${why}.`,
    properties(facts(explanation)),
    ...section('Rules, in the order in which they are asked', rulesText(explanation)),
    ...section(membershipTitle(explanation), explanation.memberOf.map(membershipText)),
    ...section('Groups nested in it', (explanation.members?.nested ?? []).map(membershipText)),
    ...section('What the overlay says', [
      ...overlayLines(explanation.overlay),
      ...explanation.overlayFindings.map(findingText),
    ]),
    ...section(
      explanation.origin === 'overlay' ? 'What it is made of' : 'What Entra says',
      record === null ? [] : recordLines(record),
    ),
  ].join('\n\n');
}

function facts(explanation: Explanation): readonly (readonly [string, string])[] {
  const { dn, name, number, primaryGroup, members, bind, removal, source } = explanation;
  const rows: (readonly [string, string])[] = [
    ['DN', dn === null ? 'none' : printable(dn)],
    ['Name', nameText(name)],
  ];
  if (number !== null) rows.push([number.attribute, numberText(number)]);
  if (primaryGroup !== null) rows.push(['Primary group', primaryGroupText(primaryGroup)]);
  if (members !== null) {
    const { users, groups, others } = members.direct;
    const direct = `${counted(users, 'user')}, ${counted(groups, 'group')}, ${counted(others, 'other')} directly`;
    rows.push(['Members', `${direct}; the entry shows ${count(members.shown)}`]);
  }
  if (bind !== null) rows.push(['Bind', `${bind.isPossible ? 'possible: ' : ''}${bind.explanation}`]);
  if (bind?.ways !== undefined) rows.push(['Ways to log in', waysText(bind.ways)]);
  if (bind?.lastRefusal !== undefined) rows.push(['Last login', refusalText(bind.lastRefusal)]);
  if (removal !== null) rows.push(['Removed', removal.atMs === null ? 'at a time not noted' : moment(removal.atMs)]);
  const read = source.readInFullAtMs === null ? 'never' : moment(source.readInFullAtMs);
  const published = source.publishedAtMs === null ? 'never' : moment(source.publishedAtMs);
  rows.push(['Source', `tenant ${source.tenantId}, read in full ${read}, published ${published}`]);
  return rows;
}

/** How every switch stands anywhere, and from other places those that stand otherwise. */
function waysText({ places, hasCodes }: BindWays): string {
  const [anywhere, ...others] = places;
  const known = new Set(anywhere?.switches.map(switchText));
  const lines = [
    ...known,
    ...others.map(({ service, switches }) => {
      const otherwise = switches.map(switchText).filter((text) => !known.has(text));
      return `from the networks of ${printable(service ?? '')}: ${otherwise.join(', ')}`;
    }),
    hasCodes ? 'one-time codes are set up' : 'no one-time codes are set up',
  ];
  return lines.join('\n');
}

function switchText({ name, isOn, setting }: BindSwitchReport): string {
  return `${name} ${isOn ? 'on' : 'off'} (${setting})`;
}

function refusalText({ atMs, aadsts, meaning, advice }: NonNullable<BindReport['lastRefusal']>): string {
  return `refused by Entra ${moment(atMs)}: ${meaning} (AADSTS${aadsts})\n${advice}`;
}

function rulesText({ rules }: Explanation): readonly string[] {
  return rules.map(({ title, setting, verdict, reason }) => {
    const key = setting === null ? '' : ` (${setting})`;
    return `${verdict.padEnd(7)}  ${title}${key}${reason === null ? '' : `: ${reason}`}`;
  });
}

function membershipTitle({ memberOf, isShortened }: Explanation): string {
  return `Member of ${counted(memberOf.length, 'group')}${isShortened ? ' and more' : ''}`;
}

function recordLines(record: NonNullable<Explanation['record']>): readonly string[] {
  return properties(
    Object.entries(record)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, printable(propertyText(value))]),
  ).split('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [[`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')];
}
