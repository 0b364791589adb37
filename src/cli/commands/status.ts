import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import { systemClock } from '../../timing/clock.ts';
import { storeFolder } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { configFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { statusText } from '../text/status.ts';

/** `status`: how a running daemon is. */
export const statusCommand = defineCommand({
  name: 'status',
  summary: 'Show how the running daemon is',
  description:
    'Asks the daemon that runs with this configuration what it serves, where it listens, what the last round of ' +
    'synchronization did and when the next one comes. Ends with exit code 6 when no daemon runs.',
  options: { config: configOption, json: jsonOption },
  examples: [
    ['status', 'The daemon of config/entra-ldapd.yaml'],
    ['status --json', 'The same for a program; "running" says whether there is a daemon'],
  ],
  run: async (shell, { config: given, json }) => {
    const { file, path, problems } = storeFolder(shell, given);
    try {
      const status = await createControlClient(path).status();
      const text = json ? JSON.stringify({ running: true, ...status }) : statusText(status, systemClock.now());
      shell.stdout.write(`${text}\n`);
      return exitCodes.ok;
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== 'notRunning') throw error;
      if (problems.length > 0) throw configFailure(file, problems);
      if (json) shell.stdout.write(`${JSON.stringify({ running: false })}\n`);
      shell.stderr.write(`${error.message} Start it with: entra-ldapd serve --config ${file}\n`);
      return exitCodes.notRunning;
    }
  },
});
