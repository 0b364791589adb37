import type { Config } from '../../config/config.ts';
import { createControlClient } from '../../http/control-client.ts';
import { checkConfig, configFile } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { restoreStored } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, configFailure } from '../failure.ts';
import { isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { restoreText } from '../text/backup.ts';

/** `restore`: what a backup holds, as the store. */
export const restoreCommand = defineCommand({
  name: 'restore',
  summary: 'Make the store of what a backup holds',
  description:
    'Reads all of the backup, checks it, and only then lets it take the place of the store, at once and as a whole: interrupted at any ' +
    'moment, either the one or the other is there. A store that has something in it is replaced with --replace only, and kept beside ' +
    'it as db.replaced. The daemon must not run. When it is started, it serves at once what was served when the backup was made, ' +
    'with all names and numbers, and asks Entra for what has changed since. Names and numbers that were given after the backup are not ' +
    'in it: "ids export" before, and "ids import" after, keep those too.',
  operand: { name: 'FILE', description: 'a file that "backup" has written' },
  options: {
    config: configOption,
    replace: { kind: 'flag', description: 'Replace a store that has something in it' },
    'dry-run': { kind: 'flag', description: 'Only check the backup, and say what is in it' },
    json: jsonOption,
  },
  examples: [
    ['restore entra-ldapd.backup --dry-run', 'Whether it is whole and fits, and what is in it'],
    ['restore entra-ldapd.backup', 'On a new machine, before the first start'],
    ['restore entra-ldapd.backup --replace', 'In place of a store that is damaged, or went wrong'],
  ],
  run: async (shell, { config: given, replace, 'dry-run': isDryRun, json }, file) => {
    const config = readConfig(shell, given);
    if (!isDryRun && (await isRunning(createControlClient(config.store.path)))) {
      throw new CommandFailure(
        exitCodes.refused,
        'The daemon is running: stop it first (systemctl stop entra-ldapd); nothing was changed.',
      );
    }
    const report = await restoreStored(config, { file, replace, isDryRun });
    shell.stdout.write(json ? `${JSON.stringify({ restore: { file, ...report } })}\n` : restoreText(file, report));
    return exitCodes.ok;
  },
});

/** The base DN need not be known: it may be in the backup, and who restores may have no way to the tenant. */
function readConfig(shell: Shell, given: string | undefined): Config {
  const file = configFile(given);
  const result = checkConfig(shell, file);
  if (result.ok) return result.config;
  if (result.provisional !== undefined) return result.provisional;
  throw configFailure(file, result.problems);
}
