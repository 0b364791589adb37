import type { Options } from 'yargs';
import { nearest } from '../config/nearest.ts';
import { usageFailure } from './failure.ts';

/** An option that is on or off. */
interface FlagOption {
  readonly kind: 'flag';
  readonly description: string;
}

/** An option with a value. `fallback` is used when the option is not given; `byDefault` describes one that is worked out later. */
interface ValueOption<V> {
  readonly description: string;
  readonly fallback?: V;
  readonly byDefault?: string;
}

/** Some text, for instance a path. */
interface TextOption extends ValueOption<string> {
  readonly kind: 'text';
}

/** A whole number between two bounds, both inclusive. */
interface IntegerOption extends ValueOption<number> {
  readonly kind: 'integer';
  readonly from: number;
  readonly to: number;
}

/** One of several words. */
interface ChoiceOption<C extends string> extends ValueOption<C> {
  readonly kind: 'choice';
  readonly choices: readonly C[];
}

/** An option of a command. */
export type Option = FlagOption | TextOption | IntegerOption | ChoiceOption<string>;

/** The options of a command by their names without dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

type Value<O extends Option> = O extends { readonly kind: 'flag' }
  ? boolean
  : O extends { readonly kind: 'integer' }
    ? number
    : O extends { readonly choices: readonly (infer C)[] }
      ? C
      : string;

type Given<O extends Option> = O extends { readonly kind: 'flag' } | { readonly fallback: unknown }
  ? Value<O>
  : Value<O> | undefined;

/** What a command is given for its options: undefined where there is neither a value nor a fallback. */
export type OptionValues<O extends OptionTable> = { readonly [K in keyof O]: Given<O[K]> };

/** An option as the parser describes it in its help. Values are texts to it; {@link readOptions} reads them. */
export function parserOption(option: Option): Options {
  if (option.kind === 'flag') return { type: 'boolean', description: option.description };
  const byDefault = option.byDefault ?? (option.fallback === undefined ? undefined : String(option.fallback));
  const choices = option.kind === 'choice' ? ` (${option.choices.join(', ')})` : '';
  return {
    requiresArg: true,
    description: `${option.description}${choices}${byDefault === undefined ? '' : ` [default: ${byDefault}]`}`,
  };
}

/** Reads what the parser found; throws a usage failure that names the option and what it allows. */
export function readOptions<O extends OptionTable>(
  options: O,
  found: Readonly<Record<string, unknown>>,
): OptionValues<O> {
  const values = Object.entries(options).map(
    ([name, option]) => [name, readOption(name, option, found[name])] as const,
  );
  // Object.fromEntries forgets which key has which type; readOption gives each the type of its option.
  return Object.fromEntries(values) as OptionValues<O>;
}

function readOption(name: string, option: Option, found: unknown): string | number | boolean | undefined {
  if (option.kind === 'flag') return found === true;
  if (found === undefined) return option.fallback;
  const text = typeof found === 'string' ? found : '';
  if (text === '') throw usageFailure(`--${name} needs a value.`);
  switch (option.kind) {
    case 'text':
      return text;
    case 'integer':
      return readInteger(name, option, text);
    case 'choice':
      return readChoice(name, option, text);
  }
}

function readInteger(name: string, { from, to }: IntegerOption, text: string): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= from && value <= to) return value;
  throw usageFailure(`--${name} must be a whole number from ${from} to ${to}, not "${text}".`);
}

function readChoice(name: string, { choices }: ChoiceOption<string>, text: string): string {
  if (choices.includes(text)) return text;
  const close = nearest(text, choices);
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  throw usageFailure(`--${name} must be one of ${choices.join(', ')}, not "${text}".${hint}`);
}

/** The option that names the configuration file. */
export const configOption = {
  kind: 'text',
  description: 'Configuration file',
  byDefault: 'config/entra-ldapd.yaml, else data/demo/entra-ldapd.yaml',
} as const satisfies Option;

/** The option for programs that read the answer. */
export const jsonOption = {
  kind: 'flag',
  description: 'Print one JSON document on standard output instead of text',
} as const satisfies Option;

/** How much is logged. */
export const logLevelOption = {
  kind: 'choice',
  choices: ['debug', 'info', 'warn', 'error'],
  description: 'How much to log; debug also says where in the program an error came from',
} as const satisfies Option;
