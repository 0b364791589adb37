import type { Conflict } from '../identity/inspection.ts';
import { printable } from './printable.ts';

/** An object that does not have what it asks for, and why, as a sentence without a full stop. */
export function conflictText(conflict: Conflict): string {
  const { kind, name, userPrincipalName } = conflict;
  const who = `${kind} ${name}${userPrincipalName === null ? '' : ` <${userPrincipalName}>`}`;
  return `${printable(who)} ${conflictClause(conflict)}`;
}

/** The same without whom it is about. */
export function conflictClause(conflict: Conflict): string {
  switch (conflict.about) {
    case 'name': {
      const { wanted, holder, holderName, holderUserPrincipalName, decidedBy } = conflict.clash;
      const known = holder === null ? 'the configuration' : `${holderName ?? ''} ${holder}`.trim();
      return printable(`asks for "${wanted}", which is kept by ${holderUserPrincipalName ?? known}: ${decidedBy}`);
    }
    case 'duplicate': {
      const { holder, holderUserPrincipalName, sign, isLeftOut } = conflict;
      const outcome = isLeftOut ? 'is left out for' : 'is shown beside';
      return printable(
        `${outcome} the synchronized account ${holderUserPrincipalName ?? holder}, which has the same ${sign}`,
      );
    }
    case 'privateGroup': {
      const { group, holderName } = conflict;
      return printable(
        group === null
          ? `has no group of their own, because the group ${holderName} has the number`
          : `has a group of their own called "${group}", because the group ${holderName} has, or had, the name`,
      );
    }
    case 'number': {
      const { wanted, number, holderName, reason } = conflict;
      const asked = wanted === null ? 'asks for a number' : `asks for ${wanted}`;
      const other = holderName === null ? '' : ` (${holderName})`;
      return printable(`has ${number} and ${asked}: ${reason}${other}`);
    }
  }
}
