import type { Conflict, ObjectRow } from '../../identity/inspection.ts';
import { printable } from './printable.ts';

/** What is told of where an object is from, where that is not the tenant alone. */
const sources: Readonly<Record<ObjectRow['origin'], string>> = {
  tenant: '',
  overlay: '[overlay]',
  both: '[tenant and overlay]',
};

/** A user or a group on one line: how it stands, name, number, who it is. */
export function objectLine({
  state,
  origin,
  reason,
  name,
  number,
  displayName,
  userPrincipalName,
  mail,
}: ObjectRow): string {
  const address = userPrincipalName ?? mail;
  const who = [displayName, address === null ? null : `<${address}>`].filter((part) => part !== null).join(' ');
  const why = reason === null ? '' : `(${reason})`;
  const rest = [who, why, sources[origin]].filter((part) => part !== '').join(' ');
  const cells = [state.padEnd(7), (name ?? '-').padEnd(24), String(number ?? '-').padStart(10), rest];
  return printable(cells.join('  ')).trimEnd();
}

/** An object that does not have what it asks for, as a sentence. */
export function conflictLine(conflict: Conflict): string {
  const { kind, name, userPrincipalName } = conflict;
  const who = `${kind} ${name}${userPrincipalName === null ? '' : ` <${userPrincipalName}>`}`;
  if (conflict.about === 'name') {
    const { wanted, holder, holderName, holderUserPrincipalName, decidedBy } = conflict.clash;
    const other = holderUserPrincipalName ?? (holder === null ? 'the configuration' : `${holderName ?? ''} ${holder}`);
    return printable(`name    ${who} asks for "${wanted}", which is kept by ${other.trim()}: ${decidedBy}`);
  }
  if (conflict.about === 'duplicate') {
    const { holder, holderUserPrincipalName, sign, isLeftOut } = conflict;
    const outcome = isLeftOut ? 'is left out for' : 'is shown beside';
    return printable(
      `twice   ${who} ${outcome} the synchronized account ${holderUserPrincipalName ?? holder}, which has the same ${sign}`,
    );
  }
  if (conflict.about === 'privateGroup') {
    const { group, holderName } = conflict;
    const outcome =
      group === null
        ? `has no group of their own, because the group ${holderName} has the number`
        : `has a group of their own called "${group}", because the group ${holderName} has, or had, the name`;
    return printable(`group   ${who} ${outcome}`);
  }
  const { wanted, number, holderName, reason } = conflict;
  const asked = wanted === null ? 'asks for a number' : `asks for ${wanted}`;
  const other = holderName === null ? '' : ` (${holderName})`;
  return printable(`number  ${who} has ${number} and ${asked}: ${reason}${other}`);
}
