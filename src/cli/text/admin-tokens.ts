import type { AdminTokenReport, NewAdminToken } from '../../identity/admin-token.ts';
import { printable } from '../../wording/printable.ts';
import { moment } from '../../wording/quantities.ts';
import { columns } from './table.ts';

/** A new token, the only time that it is shown. */
export function newAdminTokenText({ id, name, token, scopes, expiresAtMs }: NewAdminToken): string {
  return [
    `Token ${id} (${printable(name)}), ${expiresAtMs === null ? 'without an end' : `until ${moment(expiresAtMs)}`}, for ${scopes.join(', ')}:`,
    '',
    `  ${token}`,
    '',
    'It is shown this once. Send it as "Authorization: Bearer TOKEN", or sign in with it on the status page.',
  ].join('\n');
}

/** Tokens, one a line. */
export function adminTokenTable(reports: readonly AdminTokenReport[]): string {
  if (reports.length === 0) return 'There are no tokens.';
  const rows = reports.map((report) => [
    report.id,
    printable(report.name),
    report.scopes.join(','),
    report.expiresAtMs === null ? 'never' : moment(report.expiresAtMs),
    report.lastUsedAtMs === null ? 'never' : `${moment(report.lastUsedAtMs)} from ${report.lastUsedFrom ?? 'nowhere'}`,
    report.description === '' ? '-' : printable(report.description),
  ]);
  return columns([['ID', 'NAME', 'SCOPES', 'ENDS', 'LAST USED', 'DESCRIPTION'], ...rows]);
}
