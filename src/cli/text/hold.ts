import type { DangerCount, DangerKind, HeldItem, HoldReport } from '../../identity/safety.ts';
import { count, moment } from './quantities.ts';

const concerns: Readonly<Record<DangerKind, string>> = {
  usersRemoved: 'users removed',
  usersLocked: 'users locked',
  usersRenamed: 'users renamed',
  usersRegrouped: 'users with another primary group',
  groupsRemoved: 'groups removed',
  groupsRenamed: 'groups renamed',
  groupsShrunk: 'groups losing too many members',
};

const causes: Readonly<Record<HoldReport['cause'], string>> = {
  tenant: 'the tenant has changed',
  configuration: 'the configuration has changed',
  rollback: 'it was taken back',
};

/** What is held back, in numbers. */
export function holdText({ hold, sinceMs, cause, decision, rolledBack, dangers }: HoldReport): string {
  const decided = decision === 'open' ? '' : `; it was ${decision}`;
  const back =
    rolledBack === undefined
      ? []
      : [
          `rolled back from publication ${count(rolledBack.from)} to ${count(rolledBack.to)}; rounds go on reading, and entra-ldapd plan shows what waits`,
        ];
  return [
    `change ${hold} since ${moment(sinceMs)}, for ${causes[cause]}${decided}`,
    ...back,
    ...dangers.map(dangerText),
  ].join('\n');
}

/** One danger in a line. */
export function dangerText({ kind, affected, total, limit }: DangerCount): string {
  const allowed = kind === 'groupsShrunk' ? '' : `, ${count(limit)} allowed`;
  return `${concerns[kind]}: ${count(affected)} of ${count(total)}${allowed}`;
}

const signs: Readonly<Record<DangerKind, string>> = {
  usersRemoved: 'remove user',
  usersLocked: 'lock user',
  usersRenamed: 'rename user',
  usersRegrouped: 'regroup user',
  groupsRemoved: 'remove group',
  groupsRenamed: 'rename group',
  groupsShrunk: 'shrink group',
};

const signWidth = Math.max(...Object.values(signs).map(({ length }) => length));

/** One of those whom a held change concerns, in a line. */
export function heldItemText({ kind, dn, displayName, newName, members }: HeldItem): string {
  const facts = [
    ...(displayName === null ? [] : [displayName]),
    ...(newName === null ? [] : [kind === 'usersRegrouped' ? `primary group ${newName}` : `will be ${newName}`]),
    ...(members === null ? [] : [`loses ${count(members.lost)} of ${count(members.of)} members`]),
  ];
  return `${signs[kind].padEnd(signWidth)}  ${dn}${facts.length === 0 ? '' : `  (${facts.join(', ')})`}`;
}
