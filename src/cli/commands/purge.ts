import { createControlClient } from '../../http/control-client.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfig } from '../config-file.ts';
import { confirm, yesOption } from '../confirm.ts';
import { defineCommand } from '../command.ts';
import { purgeStored, storedContents } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { counted } from '../../wording/quantities.ts';

/** `purge`: the tenant out of the store. */
export const purgeCommand = defineCommand({
  name: 'purge',
  summary: "Remove the tenant's data from the store for good",
  description:
    'Removes from the store everything that was read of the tenant or made from it: the local copy, the directory, what was ' +
    'served before, the history, the audit trail of logins, app passwords and remembered passwords; in the files of the store too, and in the store that a restore has put aside. ' +
    'Names and numbers that were given ' +
    'stay, so that people who come back own their files again; --with-ids removes them as well, and then somebody else can get ' +
    'them. Other tenants in the same store are left alone. The daemon must not run; when it is started again, it reads the tenant ' +
    'anew. The configuration, certificates, exports and backups are not touched.',
  options: {
    config: configOption,
    'with-ids': { kind: 'flag', description: 'Remove the names and numbers that were given, too' },
    yes: yesOption,
    json: jsonOption,
  },
  examples: [
    ['purge', "Asks for the tenant's name, then removes its data and keeps names and numbers"],
    ['ids export --output ids.csv', 'What --with-ids would lose'],
    ['purge --with-ids --yes', 'Removes everything without asking'],
  ],
  run: async (shell, { config: given, 'with-ids': withIds, yes, json }) => {
    const { file, config } = loadConfig(shell, given);
    const { id, displayName } = config.tenant;
    if (await isRunning(createControlClient(config.store.path))) {
      throw new CommandFailure(
        exitCodes.refused,
        `The daemon is running and would read the tenant again: stop it first (systemctl stop entra-ldapd), then purge, and start ` +
          `it only when ${file} is what you want.`,
      );
    }
    const contents = await storedContents(config);
    if (contents === undefined) {
      throw new CommandFailure(exitCodes.refused, `The store ${config.store.path} has nothing of the tenant ${id}.`);
    }
    const { published, ids } = contents;
    const name = displayName ?? id;
    const which = displayName === undefined ? id : `${displayName} (${id})`;
    const shown =
      published === null
        ? 'nothing published'
        : `${counted(published.users, 'user')} and ${counted(published.groups, 'group')} published`;
    const fate = withIds ? 'are removed as well' : 'stay';
    if (!json) {
      shell.stdout.write(
        `Tenant ${which} in ${config.store.path}: ${shown}.\n` +
          `Names and numbers of ${counted(ids, 'object')} ${fate}.\n`,
      );
    }
    using stopping = stopOnSignals(shell, systemClock);
    const prompt = `Type ${name} to remove its data`;
    if (!yes) await confirm(shell, { prompt, answer: name, signal: stopping.signal });
    await purgeStored(config, withIds);
    const purged = { tenant: id, published, ids: { count: ids, removed: withIds } };
    shell.stdout.write(json ? `${JSON.stringify({ purged })}\n` : 'Removed.\n');
    return exitCodes.ok;
  },
});
