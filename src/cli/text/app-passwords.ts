import type { AppPasswordReport, NewAppPassword } from '../../identity/app-password.ts';
import { printable } from '../../wording/printable.ts';
import { moment } from '../../wording/quantities.ts';
import { columns } from './table.ts';

/** A new app password, the only time that it is shown; `code` is a picture of the otpauth URI. */
export function newAppPasswordText(
  { id, password, dn, expiresAtMs, otpauth }: NewAppPassword,
  code: string | undefined,
): string {
  const lines = [
    `App password ${id} of ${printable(dn)}, ${expiresAtMs === null ? 'without an end' : `until ${moment(expiresAtMs)}`}:`,
    '',
    `  ${password}`,
    '',
    'It is shown this once. Hyphens, spaces and letter case do not matter.',
  ];
  if (otpauth === null || code === undefined) return lines.join('\n');
  return [
    ...lines,
    'Scan this with an authenticator app; the six digits that it shows go right behind the password at each login:',
    '',
    code,
    '',
    printable(otpauth),
  ].join('\n');
}

/** App passwords, one a line. */
export function appPasswordTable(reports: readonly AppPasswordReport[]): string {
  if (reports.length === 0) return 'There are no app passwords.';
  const rows = reports.map((report) => [
    report.id,
    printable(report.dn ?? `${report.objectId} (not in the directory)`),
    printable(report.label),
    report.expiresAtMs === null ? 'never' : moment(report.expiresAtMs),
    report.lastUsedAtMs === null ? 'never' : `${moment(report.lastUsedAtMs)} from ${report.lastUsedFrom ?? 'nowhere'}`,
    restrictions(report),
  ]);
  return columns([['ID', 'USER', 'NAME', 'ENDS', 'LAST USED', 'ONLY'], ...rows]);
}

function restrictions({ networks, hasCode }: AppPasswordReport): string {
  const from =
    networks === null ? [] : [`from ${networks.map(({ address, prefix }) => `${address}/${prefix}`).join(', ')}`];
  return [...from, ...(hasCode ? ['with a code'] : [])].join(', ') || '-';
}
