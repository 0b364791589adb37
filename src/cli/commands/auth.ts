import { defineCommand } from '../command.ts';
import { askDaemon } from '../daemon-or-store.ts';
import { exitCodes } from '../exit-codes.ts';
import { configOption, jsonOption } from '../options.ts';
import { shieldText, unlockText } from '../text/auth.ts';

/** `auth status`: how binds go, and who is held back. */
export const authStatusCommand = defineCommand({
  name: 'auth status',
  summary: 'Show how logins go, and which accounts and addresses are held back',
  description:
    'Shows how many logins ended how since the daemon has started, and for which accounts and addresses the lockout shield has ' +
    'counted wrong passwords: how many more may be tried, and when. It is personal data. Needs a running daemon.',
  options: { config: configOption, json: jsonOption },
  examples: [
    ['auth status', 'Who is held back at present'],
    ['auth status --json', 'The same for a program'],
  ],
  run: async (shell, { config: given, json }) => {
    const { binds, shield } = await askDaemon(shell, given, async (client) => {
      const status = await client.status();
      return { binds: status.binds, shield: await client.shield() };
    });
    shell.stdout.write(`${json ? JSON.stringify({ ...binds, ...shield }) : shieldText(binds, shield)}\n`);
    return exitCodes.ok;
  },
});

/** `auth unlock`: let an account or an address be tried again at once. */
export const authUnlockCommand = defineCommand({
  name: 'auth unlock',
  summary: 'Let an account or an address try passwords again at once',
  description:
    'Forgets which passwords were refused for an account and gives it, or an address, its whole allowance back. A lock in Entra ' +
    'itself is not ended by it. Needs a running daemon.',
  options: { config: configOption, json: jsonOption },
  operand: {
    name: 'NAME',
    description:
      'a uid, user principal name, DN, name of a service account, IP address, or IPv6 network as auth status shows it',
  },
  examples: [
    ['auth unlock alice', 'A user'],
    ['auth unlock 192.0.2.7', 'An address'],
  ],
  run: async (shell, { config: given, json }, name) => {
    const outcome = await askDaemon(shell, given, (client) => client.unlock(name));
    shell.stdout.write(`${json ? JSON.stringify(outcome) : unlockText(outcome)}\n`);
    return exitCodes.ok;
  },
});
