import { createControlClient } from '../../http/control-client.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfig } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { rotateKeys } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import { counted } from '../text/quantities.ts';

/** `secrets rotate`: a new key for what is kept of passwords. */
export const secretsRotateCommand = defineCommand({
  name: 'secrets rotate',
  summary: 'Make a new key for what is kept of passwords',
  description:
    'Puts a new key in front of those in the file that secrets.file names, and encrypts the seeds of one-time codes with it. ' +
    'Passwords that are remembered take it over when their owner logs in the next time, and need the older key until then; ' +
    '--drop-old removes that at once and forgets them, as is right when it may have become known. The daemon must not run.',
  options: {
    config: configOption,
    'drop-old': {
      kind: 'flag',
      description: 'Remove the older keys, and with them the passwords that are remembered under them',
    },
    json: jsonOption,
  },
  examples: [
    ['secrets rotate', 'A new key, with nothing forgotten'],
    ['secrets rotate --drop-old', 'When somebody may have read the file'],
  ],
  run: async (shell, { config: given, 'drop-old': dropOld, json }) => {
    const { config } = loadConfig(shell, given);
    if (await isRunning(createControlClient(config.store.path))) {
      throw new CommandFailure(
        exitCodes.refused,
        'The daemon is running and uses the keys: stop it first (systemctl stop entra-ldapd), then rotate and start it again.',
      );
    }
    const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
    const rotated = await rotateKeys({ config, log, clock: systemClock }, dropOld);
    const { file, current, older, resealed } = rotated;
    const rest = older.length === 0 ? 'It is the only one.' : `Older ones are still there: ${older.join(', ')}.`;
    const text = `The key ${current} in ${file} is used from now on; ${counted(resealed, 'one-time code')} took it over. ${rest}`;
    shell.stdout.write(`${json ? JSON.stringify({ rotated }) : text}\n`);
    return exitCodes.ok;
  },
});
