import type { NewOneTimeCodes, OneTimeCodeReport } from '../../identity/one-time-code.ts';
import { printable } from '../../wording/printable.ts';
import { moment } from '../../wording/quantities.ts';
import { columns } from './table.ts';

/** New one-time codes, the only time that the seed is shown; `picture` is the otpauth URI as a QR code. */
export function newOneTimeCodesText({ dn, otpauth }: NewOneTimeCodes, picture: string): string {
  return [
    `One-time codes of ${printable(dn)}. Scan this with an authenticator app; it is shown this once:`,
    '',
    picture,
    '',
    printable(otpauth),
    '',
    'The six digits that the app shows go right behind the password, where a code is demanded.',
  ].join('\n');
}

/** Who has one-time codes, one a line. */
export function oneTimeCodeTable(reports: readonly OneTimeCodeReport[]): string {
  if (reports.length === 0) return 'Nobody has one-time codes.';
  const rows = reports.map((report) => [
    nameOf(report),
    moment(report.createdAtMs),
    report.lastUsedAtMs === null ? 'never' : `${moment(report.lastUsedAtMs)} from ${report.lastUsedFrom ?? 'nowhere'}`,
  ]);
  return columns([['USER', 'SET UP', 'LAST USED'], ...rows]);
}

/** What was ended, as a sentence. */
export function revokedOneTimeCodesText(report: OneTimeCodeReport): string {
  return `The one-time codes of ${nameOf(report)} work no longer.`;
}

function nameOf({ dn, objectId }: OneTimeCodeReport): string {
  return printable(dn ?? `${objectId} (not in the directory)`);
}
