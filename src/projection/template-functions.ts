/** The functions of templates: each turns the values of a reference into others. */
import { domainPart, localPart } from './values.ts';

/** What a function with its arguments does with the values so far. */
export type TemplateFunction = (values: readonly string[]) => readonly string[];

/** Longer values count as missing, so that no chain of functions grows without an end, in characters. */
export const valueLengthMax = 32_768;

/** The function, or a sentence that says what it takes. */
export type FunctionReading = { readonly apply: TemplateFunction } | { readonly problem: string };

type Read = (args: readonly string[]) => TemplateFunction | undefined;

const prefixMax = 1024;

function each(change: (value: string) => string | undefined): TemplateFunction {
  return (values) => values.flatMap((value) => change(value) ?? []);
}

function without(args: readonly string[], apply: TemplateFunction): TemplateFunction | undefined {
  return args.length === 0 ? apply : undefined;
}

function readPrefix([count, ...more]: readonly string[]): TemplateFunction | undefined {
  const length = /^\d{1,4}$/.test(count ?? '') ? Number(count) : 0;
  if (more.length > 0 || length < 1 || length > prefixMax) return undefined;
  // By code points: half of a surrogate pair is no character.
  return each((value) => Array.from(value).slice(0, length).join(''));
}

function readReplace([search, replacement, ...more]: readonly string[]): TemplateFunction | undefined {
  if (search === undefined || search === '' || replacement === undefined || more.length > 0) return undefined;
  return each((value) => {
    const parts = value.split(search);
    const length = value.length + (parts.length - 1) * (replacement.length - search.length);
    return length > valueLengthMax ? undefined : parts.join(replacement);
  });
}

function readDefault([value, ...more]: readonly string[]): TemplateFunction | undefined {
  if (value === undefined || value.trim() === '' || more.length > 0) return undefined;
  return (values) => (values.length === 0 ? [value] : values);
}

function readJoin([separator, ...more]: readonly string[]): TemplateFunction | undefined {
  if (separator === undefined || more.length > 0) return undefined;
  return (values) => (values.length === 0 ? values : [values.join(separator)]);
}

/** Each function: how it is written, what it does, how its arguments are read. */
export const templateFunctions: Readonly<
  Record<string, { readonly usage: string; readonly meaning: string; readonly read: Read }>
> = {
  lower: {
    usage: 'lower',
    meaning: 'in lower case',
    read: (args) =>
      without(
        args,
        each((value) => value.toLowerCase()),
      ),
  },
  upper: {
    usage: 'upper',
    meaning: 'in upper case',
    read: (args) =>
      without(
        args,
        each((value) => value.toUpperCase()),
      ),
  },
  trim: {
    usage: 'trim',
    meaning: 'without blanks at both ends',
    read: (args) =>
      without(
        args,
        each((value) => value.trim()),
      ),
  },
  local: {
    usage: 'local',
    meaning: 'what stands before the last @; of a guest, what stands before #EXT#',
    read: (args) => without(args, each(localPart)),
  },
  domain: {
    usage: 'domain',
    meaning: 'what stands behind the last @; nothing where there is none',
    read: (args) => without(args, each(domainPart)),
  },
  prefix: { usage: 'prefix:N', meaning: 'the first N characters, 1 to 1024', read: readPrefix },
  replace: { usage: 'replace:A:B', meaning: 'every A becomes B; B may be empty', read: readReplace },
  default: { usage: 'default:TEXT', meaning: 'this text where there is no value', read: readDefault },
  first: {
    usage: 'first',
    meaning: 'the first of several values',
    read: (args) => without(args, (values) => values.slice(0, 1)),
  },
  join: { usage: 'join:TEXT', meaning: 'all values in one, with this text between them', read: readJoin },
};

/** A function by its name and arguments. The problem never quotes them. */
export function readFunction(name: string, args: readonly string[]): FunctionReading {
  const known = Object.hasOwn(templateFunctions, name) ? templateFunctions[name] : undefined;
  if (known === undefined)
    return { problem: `must be one of the functions ${Object.keys(templateFunctions).join(', ')}` };
  const apply = known.read(args);
  return apply === undefined ? { problem: `must be written ${known.usage}: ${known.meaning}` } : { apply };
}
