import { renderUnicodeCompact } from 'uqr';
import { parseNetwork } from '../../config/endpoints.ts';
import { parseDuration } from '../../config/units.ts';
import type { AppPasswordReport, NetworkBlock } from '../../identity/app-password.ts';
import { withAppPasswords } from '../app-passwords.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { appPasswordTable, newAppPasswordText } from '../text/app-passwords.ts';

/** `app-password create`: a password for one program of one person. */
export const appPasswordCreateCommand = defineCommand({
  name: 'app-password create',
  summary: 'Make a password for one program or device of a user',
  description:
    'Makes a random password with which the user can bind beside the one that Entra has: for a program or device that cannot ' +
    'do a second factor, or that should not know the real password. It is shown this once, works without Entra, and ends when ' +
    'it is revoked, when its time is over, or as soon as the user is locked or gone. A running daemon is asked; without one the ' +
    'store is changed.',
  options: {
    config: configOption,
    name: { kind: 'text', description: 'What it is for, as the list shows it; for instance "printer 2nd floor"' },
    expires: {
      kind: 'text',
      description: 'How long it works: 90d, 12h, or never',
      byDefault: 'bind.appPasswords.expiresAfter',
    },
    from: { kind: 'text', description: 'Only from these networks, with commas between: 10.20.0.0/16,192.0.2.7' },
    for: {
      kind: 'text',
      description: 'Only from the networks of these service accounts (their allowFrom), with commas between',
    },
    code: { kind: 'flag', description: 'Want a one-time code behind it at each login, and show a QR code for it' },
    json: jsonOption,
  },
  operand: { name: 'USER', description: 'a uid, user principal name, mail address, DN or object id' },
  examples: [
    ['app-password create alice --name thunderbird', 'For a mail program, for a year'],
    ['app-password create alice --name vpn --code', 'With a one-time code behind it'],
    ['app-password create alice --name printer --from 10.20.0.0/16 --expires never --json', 'For a program'],
  ],
  run: async (shell, { config, name, expires, from, for: services, code, json }, user) => {
    if (name === undefined) throw usageFailure('--name is missing: say what the app password is for.');
    const request = {
      user,
      label: name,
      lifetimeMs: readLifetime(expires),
      networks: listed(from).map(readNetwork),
      services: listed(services),
      withCode: code,
    };
    return await withAppPasswords(shell, config, async (admin) => {
      const made = await admin.create(request);
      const picture = made.otpauth === null ? undefined : renderUnicodeCompact(made.otpauth);
      shell.stdout.write(`${json ? JSON.stringify(made) : newAppPasswordText(made, picture)}\n`);
      return exitCodes.ok;
    });
  },
});

/** `app-password list`: which there are, and when each was last used. */
export const appPasswordListCommand = defineCommand({
  name: 'app-password list',
  summary: 'List the app passwords of everybody, or of one user',
  description:
    'Lists which app passwords there are: whose, what for, until when, when and from where each was last used, and what it is ' +
    'bound to. The passwords themselves are nowhere to be found. It is personal data.',
  options: {
    config: configOption,
    user: {
      kind: 'text',
      description: 'Only those of this user: a uid, user principal name, mail address, DN or object id',
    },
    json: jsonOption,
  },
  examples: [
    ['app-password list', 'Everybody'],
    ['app-password list --user alice --json', 'One user, for a program'],
  ],
  run: async (shell, { config, user, json }) =>
    await withAppPasswords(shell, config, async (admin) => {
      const reports: AppPasswordReport[] = [];
      for await (const report of admin.list(user)) reports.push(report);
      shell.stdout.write(`${json ? JSON.stringify({ appPasswords: reports }) : appPasswordTable(reports)}\n`);
      return exitCodes.ok;
    }),
});

/** `app-password revoke`: end one. */
export const appPasswordRevokeCommand = defineCommand({
  name: 'app-password revoke',
  summary: 'End an app password, and the connections of its user',
  description:
    'From now on the app password does not work any more. Connections that are bound as its user are closed at once, because one ' +
    'of them may have been bound by it.',
  options: { config: configOption, json: jsonOption },
  operand: { name: 'ID', description: 'the id that app-password list shows; it is also how the password begins' },
  examples: [['app-password revoke k7qfm3', 'The one of this id']],
  run: async (shell, { config, json }, id) =>
    await withAppPasswords(shell, config, async (admin) => {
      const revoked = await admin.revoke(id.toLowerCase().replaceAll('-', ''));
      const text = `The app password ${revoked.id} (${revoked.label}) works no longer.`;
      shell.stdout.write(`${json ? JSON.stringify({ revoked }) : text}\n`);
      return exitCodes.ok;
    }),
});

function readLifetime(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'never') return null;
  const reading = parseDuration(text);
  if ('value' in reading && reading.value > 0) return reading.value;
  throw usageFailure(`--expires must be a duration such as 90d or 12h, or never, not "${text}".`);
}

function readNetwork(text: string): NetworkBlock {
  const reading = parseNetwork(text);
  if ('value' in reading) return reading.value;
  throw usageFailure(`"${text}" in --from ${reading.problem}.`);
}

function listed(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
