import type { DangerKind, HeldItem, HoldReport } from '../../identity/safety.ts';
import { count, moment } from '../../wording/quantities.ts';
import { dangerText, holdCauses } from '../../wording/safety.ts';

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
    `change ${hold} since ${moment(sinceMs)}, for ${holdCauses[cause]}${decided}`,
    ...back,
    ...dangers.map(dangerText),
  ].join('\n');
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
