import type { Conflict, ObjectRow } from '../../identity/inspection.ts';
import { conflictText } from '../../wording/conflict.ts';
import { printable } from '../../wording/printable.ts';

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

const conflictTags: Readonly<Record<Conflict['about'], string>> = {
  name: 'name',
  number: 'number',
  privateGroup: 'group',
  duplicate: 'twice',
};

/** An object that does not have what it asks for, on one line. */
export function conflictLine(conflict: Conflict): string {
  return `${conflictTags[conflict.about].padEnd(6)}  ${conflictText(conflict)}`;
}
