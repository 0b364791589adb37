import type { PlannedAttribute, PlannedItem, PlannedMembers, PlanResult } from '../../identity/plan.ts';
import { count, counted } from '../../wording/quantities.ts';
import { dangerText } from '../../wording/safety.ts';
import { table } from './table.ts';

/** Values longer than this are cut. */
const VALUE_MAX = 100;

/** What a publish would do, for people. */
export function planText(plan: PlanResult): string {
  const { users, groups, memberships, dangers, items, more, readsOtherwise } = plan;
  const cells = ['created', 'changed', 'locked', 'removed'] as const;
  const numbers = table([
    ['', ...cells],
    ['users', ...cells.map((cell) => count(users[cell]))],
    ['groups', ...cells.map((cell) => count(groups[cell]))],
  ]);
  return [
    ...items.flatMap(itemLines),
    ...(more === 0 ? [] : [more === 1 ? '… and 1 entry more' : `… and ${count(more)} entries more`]),
    ...(items.length === 0 ? ['Nothing would change.'] : ['', numbers]),
    ...membershipLines(memberships),
    ...(dangers.length === 0 ? [] : ['', 'This would be held back until it is approved:', ...dangers.map(dangerText)]),
    ...(readsOtherwise ? ['', otherwise] : []),
  ].join('\n');
}

const otherwise =
  'This configuration reads other users, groups or properties of the tenant than the local copy holds. What that changes is ' +
  'known when they have been read.';

function membershipLines({ added, removed }: PlanResult['memberships']): readonly string[] {
  return added + removed === 0 ? [] : [`${counted(added, 'membership')} added, ${count(removed)} removed`];
}

function itemLines({ changes, dn, newDn, displayName, attributes, added, removed }: PlannedItem): readonly string[] {
  const name = displayName === null ? '' : `  (${displayName})`;
  return [
    `${changes.join(', ')}: ${dn}${newDn === null ? '' : ` to ${newDn}`}${name}`,
    ...attributes.map(attributeLine),
    ...memberLines('+', added),
    ...memberLines('-', removed),
  ];
}

function attributeLine({ name, before, after }: PlannedAttribute): string {
  // Of an attribute with several values that stay, only what comes and goes is worth reading.
  if (before.length > 1 && after.length > 1) {
    const removed = before.filter((value) => !after.includes(value));
    const added = after.filter((value) => !before.includes(value));
    const parts = [...removed.map((value) => `- ${cut(value)}`), ...added.map((value) => `+ ${cut(value)}`)];
    if (parts.length > 0 && removed.length < before.length) return `    ${name}: ${parts.join(', ')}`;
  }
  return `    ${name}: ${valuesText(before)} -> ${valuesText(after)}`;
}

function valuesText(values: readonly string[]): string {
  if (values.length === 0) return 'none';
  return values.map(cut).join(', ');
}

function cut(value: string): string {
  return value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX)}…` : value;
}

function memberLines(sign: string, { count: total, dns }: PlannedMembers): readonly string[] {
  const rest = total - dns.length;
  return [...dns.map((dn) => `    ${sign} ${dn}`), ...(rest === 0 ? [] : [`    ${sign} ${count(rest)} more`])];
}
