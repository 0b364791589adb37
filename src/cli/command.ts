import type { Argv } from 'yargs';
import { nearest } from '../config/nearest.ts';
import { type ExitCode, exitCodesText } from './exit-codes.ts';
import { usageFailure } from './failure.ts';
import { type OptionTable, type OptionValues, parserOption, readOptions } from './options.ts';
import type { Shell } from './shell.ts';

/** A command as its file describes it. */
export interface CommandDefinition<O extends OptionTable> {
  /** One word, or two for a command within a group (`config check`). */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What else a first-time administrator should know; shown by `--help` of the command. */
  readonly description: string;
  readonly options: O;
  /** Command lines without the name of the program, each with what it does. */
  readonly examples: readonly (readonly [command: string, explanation: string])[];
  readonly run: (shell: Shell, options: OptionValues<O>) => Promise<ExitCode>;
}

/** What a parsed command line asks to be done. */
export type Action = (shell: Shell) => Promise<ExitCode>;

/** A command that can be entered into the parser. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Describes the command to the parser, which calls `choose` when the command line asks for it and is right. */
  register(parser: Argv, choose: (action: Action) => void): void;
}

/** Makes a command of its description. Options that it does not have and surplus words are refused. */
export function defineCommand<const O extends OptionTable>(definition: CommandDefinition<O>): Command {
  const { name, summary, options, run } = definition;
  return {
    name,
    summary,
    register: (parser, choose) => {
      parser.command(
        name.split(' ').at(-1) ?? name,
        summary,
        (inner) => describe(inner, definition),
        (args) => {
          refuseSurplus(args, name, Object.keys(options));
          const values = readOptions(options, args);
          choose((shell) => run(shell, values));
        },
      );
    },
  };
}

type Description = Pick<CommandDefinition<OptionTable>, 'name' | 'description' | 'options' | 'examples'>;

function describe(parser: Argv, { name, description, options, examples }: Description): Argv {
  parser.usage(`entra-ldapd ${name} [options]\n\n${description}`);
  for (const [option, definition] of Object.entries(options)) parser.option(option, parserOption(definition));
  parser.epilogue(exitCodesText());
  for (const [command, explanation] of examples) parser.example(`entra-ldapd ${command}`, explanation);
  return parser;
}

function refuseSurplus(args: Readonly<Record<string, unknown>>, name: string, options: readonly string[]): void {
  const words = Array.isArray(args['_']) ? args['_'].map(String) : [];
  const surplus = words[name.split(' ').length];
  if (surplus !== undefined) {
    throw usageFailure(`entra-ldapd ${name} takes no argument "${surplus}". ${helpHint(name)}`);
  }
  refuseOptions(args, options, name);
}

/** Throws a usage failure for an option that the program, or one of its commands, does not have. */
export function refuseOptions(
  args: Readonly<Record<string, unknown>>,
  options: readonly string[],
  name?: string,
): void {
  const known = new Set([...options, '_', '$0', 'help', 'h', 'version']);
  const unknown = Object.keys(args).find((key) => !known.has(key));
  if (unknown === undefined) return;
  const close = nearest(unknown, [...options, 'help', 'version']);
  const hint = close === undefined ? '' : ` Did you mean --${close}?`;
  const dashes = unknown.length === 1 ? '-' : '--';
  throw usageFailure(`${programName(name)} has no option ${dashes}${unknown}.${hint} ${helpHint(name)}`);
}

/** Where to read more about a command, as a sentence. */
export function helpHint(name?: string): string {
  return `See: ${programName(name)} --help`;
}

function programName(command: string | undefined): string {
  return command === undefined ? 'entra-ldapd' : `entra-ldapd ${command}`;
}
