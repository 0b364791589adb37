import type { CheckedBackup, RestoreReport } from '../../identity/backup.ts';
import { count, counted, moment } from '../../wording/quantities.ts';
import { printable } from '../../wording/printable.ts';

/** What `backup` says when it is done. */
export function backupText(file: string, backup: CheckedBackup): string {
  const { header } = backup;
  const keys = header.secrets
    ? 'THE KEYS ARE IN IT: whoever has the file can use what it keeps of passwords. Keep it like a password.'
    : header.keys.length === 0
      ? 'There are no keys yet that would belong to it.'
      : `The keys (${header.keys.map(({ id }) => id).join(', ')}) are NOT in it: keep a copy of the file with them apart from it.`;
  return `${file}: ${contents(backup)}\nRead back and whole, SHA-256 ${backup.sha256}.\n${keys}\n`;
}

/** What `restore` says when it is done. */
export function restoreText(file: string, report: RestoreReport): string {
  const { header } = report;
  return [
    `${file}: ${contents(report)}`,
    `Made ${moment(Date.parse(header.madeAt))} by entra-ldapd ${printable(header.program)}; read to its end and whole.`,
    report.isRestored
      ? 'Restored. Start the daemon: it serves this at once, then asks for what has changed since.'
      : '',
    report.replaced === null ? '' : `The store from before is in ${report.replaced}; delete it when nothing is missed.`,
    (report.newerIds ?? 0) === 0
      ? ''
      : `${counted(report.newerIds ?? 0, 'object')} of it had a name and a number that the backup does not know.`,
    report.isRestored
      ? 'Admin tokens and app passwords that were revoked since the backup are good again: revoke them anew.'
      : '',
    keysText(report),
    report.isRestored ? '' : 'This was only a look; nothing was changed.',
  ]
    .filter((line) => line !== '')
    .map((line) => `${line}\n`)
    .join('');
}

function contents({ header, contents: found, fileBytes }: CheckedBackup): string {
  const { ids, entries, appPasswords, rememberedPasswords, oneTimeCodes, ntHashes } = found;
  return [
    counted(header.tenants.length, 'tenant'),
    `${counted(ids, 'object')} with name and number`,
    `${count(entries)} ${entries === 1 ? 'entry' : 'entries'}`,
    ...(appPasswords === 0 ? [] : [counted(appPasswords, 'app password')]),
    ...(rememberedPasswords === 0 ? [] : [counted(rememberedPasswords, 'remembered password')]),
    ...(oneTimeCodes === 0 ? [] : [counted(oneTimeCodes, 'one-time code')]),
    ...(ntHashes === 0 ? [] : [`${count(ntHashes)} NT ${ntHashes === 1 ? 'hash' : 'hashes'}`]),
    `${count(found.records)} records in ${count(fileBytes)} bytes.`,
  ].join(', ');
}

function keysText({ keys, keyFile, header, isRestored }: RestoreReport): string {
  const ids = header.keys.map(({ id }) => id).join(', ');
  const lost = 'one-time codes, remembered passwords and NT hashes do not work';
  switch (keys) {
    case 'none':
      return '';
    case 'same':
      return `The keys in ${keyFile} are those of the backup.`;
    case 'restored':
      return `${isRestored ? 'Its keys were written to' : 'Its keys would be written to'} ${keyFile}.`;
    case 'missing':
      return `ITS KEYS (${ids}) ARE MISSING: put a copy of the file with them at ${keyFile} before the daemon starts, else ${lost}.`;
    case 'different':
      return `OTHER KEYS are in ${keyFile}, not those of the backup (${ids}): put these there before the daemon starts, else ${lost}.`;
  }
}
