import { createControlClient } from '../../http/control-client.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfig } from '../config-file.ts';
import type { RotatedKeys } from '../../daemon/stored-app-passwords.ts';
import { defineCommand } from '../command.ts';
import { rotateKeys } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import { counted } from '../../wording/quantities.ts';

/** `secrets rotate`: a new key for what is kept of passwords. */
export const secretsRotateCommand = defineCommand({
  name: 'secrets rotate',
  summary: 'Make a new key for what is kept of passwords',
  description:
    'Puts a new key in front of those in the file that secrets.file names, and encrypts the seeds of one-time codes with it. Where the ' +
    'keys stand in the configuration (secrets.keys), put the new one in front there; this command then encrypts the seeds with it. ' +
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
    shell.stdout.write(`${json ? JSON.stringify({ rotated }) : rotatedText(rotated, dropOld)}\n`);
    return exitCodes.ok;
  },
});

function rotatedText({ file, current, older, resealed }: RotatedKeys, dropOld: boolean): string {
  const place = file ?? 'the configuration (secrets.keys)';
  const done = `The key ${current} in ${place} is used from now on; ${counted(resealed, 'one-time code')} took it over.`;
  if (older.length === 0) return `${done} It is the only one.`;
  const names = older.join(', ');
  if (file !== null) return `${done} Older ones are still there: ${names}.`;
  return dropOld
    ? `${done} Nothing needs the older ones any more, remove them from secrets.keys: ${names}.`
    : `${done} Older ones are still there, for passwords that are remembered: ${names}.`;
}
