import type {
  BindReport,
  ExplainAnswer,
  Explanation,
  MembershipReport,
  NameReport,
  NumberReport,
  PrimaryGroupReport,
} from '../../identity/inspection.ts';
import { count, counted, moment } from './quantities.ts';
import { objectLine } from './objects.ts';
import { printable } from './printable.ts';
import { findingText, overlayLines } from './overlay.ts';
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
    ...section(membershipTitle(explanation), explanation.memberOf.map(membershipLine)),
    ...section('Groups nested in it', (explanation.members?.nested ?? []).map(membershipLine)),
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
  if (primaryGroup !== null) rows.push(['Primary group', primaryText(primaryGroup)]);
  if (members !== null) {
    const { users, groups, others } = members.direct;
    const direct = `${counted(users, 'user')}, ${counted(groups, 'group')}, ${counted(others, 'other')} directly`;
    rows.push(['Members', `${direct}; the entry shows ${count(members.shown)}`]);
  }
  if (bind !== null) rows.push(['Bind', `${bind.isPossible ? 'possible: ' : ''}${bind.explanation}`]);
  if (bind?.lastRefusal !== undefined) rows.push(['Last login', refusalText(bind.lastRefusal)]);
  if (removal !== null) rows.push(['Removed', removal.atMs === null ? 'at a time not noted' : moment(removal.atMs)]);
  const read = source.readInFullAtMs === null ? 'never' : moment(source.readInFullAtMs);
  const published = source.publishedAtMs === null ? 'never' : moment(source.publishedAtMs);
  rows.push(['Source', `tenant ${source.tenantId}, read in full ${read}, published ${published}`]);
  return rows;
}

function refusalText({ atMs, aadsts, meaning, advice }: NonNullable<BindReport['lastRefusal']>): string {
  return `refused by Entra ${moment(atMs)}: ${meaning} (AADSTS${aadsts})\n${advice}`;
}

function nameText({ wanted, given, sinceMs, clash }: NameReport): string {
  if (given === null) return wanted === null ? 'none' : `none yet; it asks for "${printable(wanted)}"`;
  const since = sinceMs === null ? '' : `, since ${moment(sinceMs)}`;
  if (clash === null) return `${printable(given)}${since}`;
  const holder = clash.holderUserPrincipalName ?? clash.holderName ?? clash.holder ?? '';
  return `${printable(given)}${since}; not "${printable(clash.wanted)}", which is kept by ${printable(holder)}: ${clash.decidedBy}`;
}

const origins: Readonly<Record<NonNullable<NumberReport['origin']>, string>> = {
  derived: 'worked out from the object id',
  nextFree: 'the next free one after the one of its object id',
  adopted: 'adopted',
  imported: 'imported',
};

function numberText({ number, origin, sinceMs, notAdopted }: NumberReport): string {
  const how = origin === null ? '' : `, ${origins[origin]}`;
  const since = sinceMs === null ? '' : `, since ${moment(sinceMs)}`;
  return `${number}${how}${since}${notAdopted === null ? '' : `; not the one of its property: ${notAdopted}`}`;
}

function primaryText({ gidNumber, by, group, nameHolder }: PrimaryGroupReport): string {
  const name = printable(group ?? '');
  switch (by) {
    case 'property':
      return `${gidNumber}, the number in a property (users.primaryGroup.gidNumberFrom)`;
    case 'group':
      return `${name} (${gidNumber}), the first of users.primaryGroup.groups that the user is in`;
    case 'shared':
      return `${name} (${gidNumber}), the shared one`;
    case 'numberTaken':
      return `${name} (${gidNumber}), the shared one, because a group has the number of the user`;
    case 'private': {
      const why =
        nameHolder === null
          ? ''
          : `; not called like the user, because the group ${printable(nameHolder)} has, or had, the name`;
      return `${name} (${gidNumber}), of the user alone${why}`;
    }
  }
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

function membershipLine({ name, isShown, through }: MembershipReport): string {
  const way = through.length === 0 ? '' : `, through ${through.map(printable).join(' > ')}`;
  return `${printable(name)}${way}${isShown ? '' : ' (not shown)'}`;
}

function recordLines(record: NonNullable<Explanation['record']>): readonly string[] {
  return properties(
    Object.entries(record)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [
        name,
        printable(typeof value === 'string' ? value : JSON.stringify(value, withoutNulls)),
      ]),
  ).split('\n');
}

// Of the fifteen extension attributes, for one, Entra lists those that have no value too.
function withoutNulls(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [[`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')];
}
