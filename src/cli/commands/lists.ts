import type { ObjectState } from '../../identity/inspection.ts';
import { defineCommand } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { inspect } from '../inspect.ts';
import { configOption, jsonOption, type OptionTable, type OptionValues } from '../options.ts';
import type { Shell } from '../shell.ts';
import { jsonDocument, streamOutput } from '../stream-output.ts';
import { conflictLine, objectLine } from '../text/objects.ts';

const states = ['locked', 'skipped', 'removed', 'pending'] as const satisfies readonly ObjectState[];

const listOptions = {
  config: configOption,
  skipped: { kind: 'flag', description: 'Only those whom a rule leaves out' },
  removed: { kind: 'flag', description: 'Only those who are gone from Entra; their names and numbers are kept' },
  pending: { kind: 'flag', description: 'Only those whom the next publish will show' },
  overlay: { kind: 'flag', description: 'Only those of whom the overlay files say something' },
  search: { kind: 'text', description: 'Only those with this text in a name, address, number or object id' },
  limit: { kind: 'integer', from: 1, to: 1_000_000_000, description: 'End after so many' },
  json: jsonOption,
} as const satisfies OptionTable;

const listDescription =
  'that Entra has told of, with how each stands in LDAP, its name and its number. The list is made while it is printed, ' +
  'however long it is. A running daemon is asked; without one the store is read. It is personal data.';

/** `users`: the people of the tenant, and how they stand in LDAP. */
export const usersCommand = defineCommand({
  name: 'users',
  summary: 'List users: who is shown, locked or left out, and why',
  description: `Lists the users ${listDescription}`,
  options: { ...listOptions, locked: { kind: 'flag', description: 'Only those who are shown and may not bind' } },
  examples: [
    ['users --skipped', 'Whom clients do not see, and for what reason'],
    ['users --search smith --json', 'For a program'],
  ],
  run: (shell, options) => list(shell, 'user', options),
});

/** `groups`: the groups of the tenant, and how they stand in LDAP. */
export const groupsCommand = defineCommand({
  name: 'groups',
  summary: 'List groups: which are shown or left out, and why',
  description: `Lists the groups ${listDescription}`,
  options: listOptions,
  examples: [
    ['groups --skipped', 'Which groups clients do not see, and for what reason'],
    ['groups --search sales --json', 'For a program'],
  ],
  run: (shell, options) => list(shell, 'group', { ...options, locked: false }),
});

type ListOptions = OptionValues<typeof listOptions> & { readonly locked: boolean };

async function list(shell: Shell, kind: 'user' | 'group', options: ListOptions): Promise<ExitCode> {
  const { config, json, search, overlay, limit = Number.POSITIVE_INFINITY } = options;
  const chosen = states.filter((state) => options[state]);
  if (chosen.length > 1) throw usageFailure(`--${chosen.join(' and --')} exclude each other.`);
  return inspect(shell, config, (inspection, signal) => {
    const rows = firstOf(inspection.objects({ kind, state: chosen[0], search, overlay }), limit);
    const text = json ? jsonDocument(`${kind}s`, rows) : printed(rows, objectLine);
    return streamOutput(shell, text, { output: undefined, interrupted: 'The list was interrupted.', signal });
  });
}

/** `conflicts`: who does not have the name or the number that was asked for (P5). */
export const conflictsCommand = defineCommand({
  name: 'conflicts',
  summary: 'List clashes of names and numbers, with what decided',
  description:
    'Lists each user and group that does not have the name that its properties ask for, because another was given it, or ' +
    'the number that its property asks for, and each cloud account whose person has one that is synchronized from Active ' +
    'Directory too, and each user whose own group is called otherwise or cannot be. Prints nothing when there are none.',
  options: { config: configOption, json: jsonOption },
  examples: [
    ['conflicts', 'One line for each, with both sides'],
    ['conflicts --json', 'For a program'],
  ],
  run: (shell, { config, json }) =>
    inspect(shell, config, (inspection, signal) => {
      const rows = inspection.conflicts();
      const text = json ? jsonDocument('conflicts', rows) : printed(rows, conflictLine);
      return streamOutput(shell, text, { output: undefined, interrupted: 'The list was interrupted.', signal });
    }),
});

async function* firstOf<T>(rows: AsyncGenerator<T, void, void>, limit: number): AsyncGenerator<T, void, void> {
  let left = limit;
  for await (const row of rows) {
    yield row;
    if (--left === 0) return;
  }
}

async function* printed<T>(rows: AsyncIterable<T>, line: (row: T) => string): AsyncGenerator<string, void, void> {
  for await (const row of rows) yield `${line(row)}\n`;
}
