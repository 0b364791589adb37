import type { Command } from '../command.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { inspect } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import { explanationText } from '../text/explanation.ts';

function explainCommand(kind: 'user' | 'group', example: string, about: string): Command {
  return defineCommand({
    name: `explain ${kind}`,
    summary: `Say why a ${kind} is visible, absent or named so`,
    description:
      `Shows what Entra says of a ${kind}, each rule in order with what it decided, the resulting name and number and how ` +
      `they came about, and ${about}. Also for one who is not shown, or is gone. A running daemon is asked; without one the ` +
      'store is read. What it prints is personal data.',
    operand: { name: 'NAME', description: 'a name, user principal name, mail address, object id or DN' },
    options: { config: configOption, json: jsonOption },
    examples: [
      [`explain ${kind} ${example}`, `The ${kind} of this name`],
      [`explain ${kind} ${example} --json`, 'The same for a program; "found" is one, several or none'],
    ],
    run: (shell, { config, json }, name) =>
      inspect(shell, config, async (inspection) => {
        const answer = await inspection.explain({ kind, name });
        shell.stdout.write(`${json ? JSON.stringify(answer) : explanationText(answer, kind, name)}\n`);
        return exitCodes.ok;
      }),
  });
}

/** `explain user`: why a person is as he is in LDAP. */
export const explainUserCommand = explainCommand(
  'user',
  'alice@example.com',
  'memberships with the way they came about, and whether the user may bind',
);

/** `explain group`: why a group is as it is in LDAP. */
export const explainGroupCommand = explainCommand(
  'group',
  'Staff',
  'its members, the groups in it, and those around it',
);
