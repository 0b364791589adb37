/** What is held back and why, in words for an administrator (P4). */
import type { DangerCount, DangerKind, HoldReport } from '../identity/safety.ts';
import { count } from './quantities.ts';

/** What happens to many at once. */
export const dangerWords: Readonly<Record<DangerKind, string>> = {
  usersRemoved: 'users removed',
  usersLocked: 'users locked',
  usersRenamed: 'users renamed',
  usersRegrouped: 'users with another primary group',
  groupsRemoved: 'groups removed',
  groupsRenamed: 'groups renamed',
  groupsShrunk: 'groups losing too many members',
};

/** What it is held back for, as a clause. */
export const holdCauses: Readonly<Record<HoldReport['cause'], string>> = {
  tenant: 'the tenant has changed',
  configuration: 'the configuration has changed',
  rollback: 'it was taken back',
};

/** One danger in a line. */
export function dangerText({ kind, affected, total, limit }: DangerCount): string {
  const allowed = kind === 'groupsShrunk' ? '' : `, ${count(limit)} allowed`;
  return `${dangerWords[kind]}: ${count(affected)} of ${count(total)}${allowed}`;
}
