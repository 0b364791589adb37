import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createControlClient } from '../../http/control-client.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfig, storeFolder } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { backupStored, checkBackup } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import { writePrivateFile } from '../private-file.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { backupText } from '../text/backup.ts';
import { programVersion } from '../version.ts';

/** `backup`: everything that is stored, as one file. */
export const backupCommand = defineCommand({
  name: 'backup',
  summary: 'Write everything that is stored into one file, while the daemon runs',
  description:
    'Writes the names and numbers that were given, app passwords, one-time codes, NT hashes, remembered passwords, admin tokens, where the synchronization ' +
    'stands, the copy of the tenant, the directory, the history and the audit trail, all as of one instant. A running daemon makes ' +
    'it and goes on serving; without one the store is read. The file is read back and checked before it has its name, and only its ' +
    'owner may read it: it holds personal data. THE FILE WITH THE KEYS IS NOT IN IT unless --with-secrets asks for it; without ' +
    'these keys one-time codes, NT hashes and remembered passwords in it are worthless, and with them whoever has the file ' +
    'can use them: better keep the keys apart. The configuration and certificates are not in it either.',
  operand: { name: 'FILE', description: 'the file to write, or - for standard output' },
  options: {
    config: configOption,
    'with-secrets': { kind: 'flag', description: 'Put the keys of what is kept of passwords into it, too' },
    json: jsonOption,
  },
  examples: [
    [
      'backup /var/backups/entra-ldapd.backup',
      'A file that "restore" reads; one of that name is replaced when it is complete',
    ],
    ['backup - | gpg --encrypt -r ops > entra-ldapd.gpg', 'Encrypted before it reaches a disk'],
    ['restore entra-ldapd.backup --dry-run', 'Whether it is whole, and what is in it'],
  ],
  run: async (shell, { config: given, 'with-secrets': secrets, json }, file) => {
    if (file === '-' && (json || shell.stdout.isTTY === true)) {
      throw usageFailure('A backup on standard output wants to be redirected, and goes without --json.');
    }
    using stopping = stopOnSignals(shell, systemClock);
    const { signal } = stopping;
    const content = backupBytes(shell, given, secrets, signal);
    try {
      if (file === '-') {
        await pipeline(Readable.from(content), shell.stdout, { end: false, signal });
        return exitCodes.ok;
      }
      const backup = await writePrivateFile({ path: file, content, signal, check: checkBackup });
      shell.stdout.write(json ? `${JSON.stringify({ backup: { file, ...backup } })}\n` : backupText(file, backup));
      return exitCodes.ok;
    } catch (error) {
      if (signal.aborted) throw new CommandFailure(exitCodes.interrupted, 'The backup was interrupted; there is none.');
      throw error;
    }
  },
});

async function* backupBytes(
  shell: Shell,
  given: string | undefined,
  secrets: boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  // A daemon goes on with what it runs with while its file has a problem, and answers.
  const client = createControlClient(storeFolder(shell, given).path);
  if (await isRunning(client)) {
    yield* client.backup({ secrets }, signal);
    return;
  }
  const { config } = loadConfig(shell, given);
  const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
  yield* backupStored({ config, log, clock: systemClock, version: programVersion() }, { secrets });
}
