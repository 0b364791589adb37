import { hashPassword, PasswordNotHashableError } from '../../auth/hash-password.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { jsonOption } from '../options.ts';
import { readNewPassword } from '../password-input.ts';

/** `hash-password`: makes the hash of a service account's password. */
export const hashPasswordCommand = defineCommand({
  name: 'hash-password',
  summary: 'Make the hash of a password for a service account',
  description:
    'Asks for a password and prints its bcrypt hash, the value of serviceAccounts[].passwordHash in the configuration. ' +
    'On a terminal the password is asked for twice and not shown; otherwise it is the first line of standard input.',
  options: { json: jsonOption },
  examples: [
    ['hash-password', 'Ask for the password'],
    ['hash-password < gitlab-password.txt', 'Take the first line of a file'],
  ],
  run: async (shell, { json }) => {
    const password = await readNewPassword(shell);
    const hash = await hashPassword(password).catch((error: unknown) => {
      throw error instanceof PasswordNotHashableError ? usageFailure(error.message) : error;
    });
    shell.stdout.write(json ? `${JSON.stringify({ passwordHash: hash })}\n` : `${hash}\n`);
    return exitCodes.ok;
  },
});
