import { renderUnicodeCompact } from 'uqr';
import type { OneTimeCodeReport } from '../../identity/one-time-code.ts';
import { withOneTimeCodes } from '../app-passwords.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { configOption, jsonOption } from '../options.ts';
import { newOneTimeCodesText, oneTimeCodeTable, revokedOneTimeCodesText } from '../text/one-time-codes.ts';

const userOperand = { name: 'USER', description: 'a uid, user principal name, mail address, DN or object id' } as const;

/** `one-time-code create`: one-time codes for a person. */
export const oneTimeCodeCreateCommand = defineCommand({
  name: 'one-time-code create',
  summary: 'Set up one-time codes for a user, with a QR code for an authenticator app',
  description:
    'Makes the seed of one-time codes and shows it this once, as a QR code. Where bind.rules or bind.oneTimeCodes demand a code, the ' +
    'user types the six digits right behind the password of Entra or of the overlay. They are checked here, before Entra is asked, and ' +
    'have nothing to do with the second factor of Entra. App passwords have codes of their own: app-password create --code. A running ' +
    'daemon is asked; without one the store is changed.',
  options: {
    config: configOption,
    replace: { kind: 'flag', description: 'End those that the user has, and with them the connections of the user' },
    json: jsonOption,
  },
  operand: userOperand,
  examples: [
    ['one-time-code create alice', 'For the first time'],
    ['one-time-code create alice --replace', 'For a new telephone'],
    ['one-time-code create alice --json', 'For a program, which gets the otpauth URI'],
  ],
  run: async (shell, { config, replace, json }, user) =>
    await withOneTimeCodes(shell, config, async (admin) => {
      const made = await admin.create({ user, replace });
      const text = json ? JSON.stringify(made) : newOneTimeCodesText(made, renderUnicodeCompact(made.otpauth));
      shell.stdout.write(`${text}\n`);
      return exitCodes.ok;
    }),
});

/** `one-time-code list`: who has them. */
export const oneTimeCodeListCommand = defineCommand({
  name: 'one-time-code list',
  summary: 'List who has one-time codes, and when each used one last',
  description:
    'Lists for whom one-time codes were set up, since when, and when and from where each used one last. The seeds are nowhere to be ' +
    'found. It is personal data.',
  options: { config: configOption, json: jsonOption },
  examples: [
    ['one-time-code list', 'Everybody'],
    ['one-time-code list --json', 'For a program'],
  ],
  run: async (shell, { config, json }) =>
    await withOneTimeCodes(shell, config, async (admin) => {
      const reports: OneTimeCodeReport[] = [];
      for await (const report of admin.list()) reports.push(report);
      shell.stdout.write(`${json ? JSON.stringify({ oneTimeCodes: reports }) : oneTimeCodeTable(reports)}\n`);
      return exitCodes.ok;
    }),
});

/** `one-time-code revoke`: end those of a person. */
export const oneTimeCodeRevokeCommand = defineCommand({
  name: 'one-time-code revoke',
  summary: 'End the one-time codes of a user, and the connections of the user',
  description:
    'From now on no code of the user is right, so that the user does not get in where one is demanded. Connections that are bound as ' +
    'the user are closed at once. App passwords and their codes go on working.',
  options: { config: configOption, json: jsonOption },
  operand: userOperand,
  examples: [['one-time-code revoke alice', 'When the telephone is lost']],
  run: async (shell, { config, json }, user) =>
    await withOneTimeCodes(shell, config, async (admin) => {
      const revoked = await admin.revoke(user);
      shell.stdout.write(`${json ? JSON.stringify({ revoked }) : revokedOneTimeCodesText(revoked)}\n`);
      return exitCodes.ok;
    }),
});
