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
  /** The one word that the command takes beside its options, and cannot do without. */
  readonly operand?: { readonly name: string; readonly description: string };
  /** A word, behind that one if there is one, that the command may be given. */
  readonly furtherOperand?: { readonly name: string; readonly description: string };
  /** Command lines without the name of the program, each with what it does. */
  readonly examples: readonly (readonly [command: string, explanation: string])[];
  /** `operand` is empty for a command that takes none; `further` is undefined when it was not given. */
  readonly run: (
    shell: Shell,
    options: OptionValues<O>,
    operand: string,
    further: string | undefined,
  ) => Promise<ExitCode>;
}

/** What a parsed command line asks to be done. */
export type Action = (shell: Shell) => Promise<ExitCode>;

/** A command that can be entered into the parser. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /**
   * Describes the command to the parser, which calls `choose` when the command line asks for it and is right. `within` are the
   * commands whose names begin with its own.
   */
  register(parser: Argv, choose: (action: Action) => void, within?: readonly Command[]): void;
}

/** Makes a command of its description. Options that it does not have and surplus words are refused. */
export function defineCommand<const O extends OptionTable>(definition: CommandDefinition<O>): Command {
  const { name, summary, options, operand, furtherOperand, run } = definition;
  const operands = [operand, furtherOperand].filter((each) => each !== undefined).length;
  return {
    name,
    summary,
    register: (parser, choose, within = []) => {
      parser.command(
        name.split(' ').at(-1) ?? name,
        summary,
        (inner) => {
          for (const command of within) command.register(inner, choose);
          return describe(inner, definition);
        },
        (args) => {
          const word = operand === undefined ? '' : readOperand(args, name, operand);
          refuseSurplus(args, name, operands, Object.keys(options));
          const values = readOptions(options, args);
          choose((shell) => run(shell, values, word, wordsBehind(args, name)[operand === undefined ? 0 : 1]));
        },
      );
    },
  };
}

type Description = Omit<CommandDefinition<OptionTable>, 'summary' | 'run'>;

function describe(parser: Argv, { name, description, options, operand, furtherOperand, examples }: Description): Argv {
  const word = operand === undefined ? '' : ` ${operand.name}`;
  const further = furtherOperand === undefined ? '' : ` [${furtherOperand.name}]`;
  const meanings = [operand, furtherOperand].map((each) =>
    each === undefined ? '' : `\n\n${each.name}: ${each.description}`,
  );
  parser.usage(`entra-ldapd ${name}${word}${further} [options]\n\n${description}${meanings.join('')}`);
  for (const [option, definition] of Object.entries(options)) {
    // A command within this one has options of its own.
    parser.option(option, { ...parserOption(definition), global: false });
  }
  parser.epilogue(exitCodesText());
  for (const [command, explanation] of examples) parser.example(`entra-ldapd ${command}`, explanation);
  return parser;
}

function readOperand(
  args: Readonly<Record<string, unknown>>,
  name: string,
  operand: NonNullable<Description['operand']>,
): string {
  const word = wordsBehind(args, name)[0];
  if (word !== undefined && word !== '') return word;
  throw usageFailure(`entra-ldapd ${name} needs a ${operand.name}: ${operand.description}. ${helpHint(name)}`);
}

function wordsBehind(args: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const words = Array.isArray(args['_']) ? args['_'].map(String) : [];
  return words.slice(name.split(' ').length);
}

function refuseSurplus(
  args: Readonly<Record<string, unknown>>,
  name: string,
  operands: number,
  options: readonly string[],
): void {
  const surplus = wordsBehind(args, name)[operands];
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
