/**
 * Builders for the parts of the configuration's schema. Each knows how to say, in one sentence, what it accepts, so that
 * a wrong type, a missing key and a wrong text all end in the same helpful message; none of them ever quotes the input.
 */
import { z } from 'zod';
import { isOneLine } from './names.ts';
import { nearest } from './nearest.ts';
import {
  durationPattern,
  formatDuration,
  formatSize,
  parseDuration,
  parsePercent,
  parseSize,
  percentPattern,
  type Reading,
  sizePattern,
} from './units.ts';

interface TextOptions<T> {
  /** One or two sentences for editors and readers of the JSON Schema. */
  readonly description: string;
  /** Continues the sentence "the key …": `must be …, for instance …`. */
  readonly expected: string;
  readonly examples?: readonly string[];
  /** A regular expression that editors check while the administrator types. */
  readonly pattern?: string;
  /** How to fix it when a number was written. */
  readonly numberHint?: string;
  readonly parse: (text: string) => Reading<T>;
}

/** A text that `parse` turns into a value. */
export function text<T>(options: TextOptions<T>) {
  const { description, expected, examples, pattern, numberHint = 'put quotes around it', parse } = options;
  return z
    .string({ error: (issue) => wrongType(issue.input, expected, numberHint) })
    .transform((input, context): T => {
      const reading = parse(input);
      if ('value' in reading) return reading.value;
      context.addIssue({ code: 'custom', message: reading.problem });
      return z.NEVER;
    })
    .meta({
      description,
      ...(examples === undefined ? {} : { examples: [...examples] }),
      ...(pattern === undefined ? {} : { pattern }),
    });
}

/** A text that must satisfy `accept`; the value is the text itself. */
export function plainText(options: Omit<TextOptions<string>, 'parse'> & { accept: (text: string) => boolean }) {
  return text({
    ...options,
    parse: (input) => (options.accept(input) ? { value: input } : { problem: options.expected }),
  });
}

/** The path of a file or folder; the value is the path as written. */
export function filePath(description: string) {
  return plainText({
    description: `${description} A relative path starts at the folder of this file.`,
    expected: 'must be the path of a file, at most 4096 characters on one line',
    accept: (input) => isOneLine(input, 4096),
  });
}

interface NumberOptions {
  readonly description: string;
  readonly min: number;
  readonly max: number;
}

/** A whole number from `min` to `max`. Digits in a text are accepted too, because `${env:…}` gives a text. */
export function integer({ description, min, max }: NumberOptions) {
  const expected = `must be a whole number from ${min} to ${max}`;
  const error = (issue: { readonly input: unknown }): string => wrongType(issue.input, expected);
  const inRange = z.number({ error }).int(expected).min(min, expected).max(max, expected);
  return z
    .preprocess((input) => (typeof input === 'string' && /^\d{1,15}$/.test(input) ? Number(input) : input), inRange)
    .meta({ description });
}

/** true or false. The two words in a text are accepted too, because `${env:…}` gives a text. */
export function flag(description: string) {
  const expected = 'must be true or false';
  const words = new Map<unknown, boolean>([
    ['true', true],
    ['false', false],
  ]);
  return z
    .preprocess((input) => words.get(input) ?? input, z.boolean({ error: (issue) => wrongType(issue.input, expected) }))
    .meta({ description });
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(description: string, values: T) {
  const expected = `must be one of: ${values.join(', ')}`;
  const error = (issue: { readonly input: unknown }): string => {
    if (typeof issue.input !== 'string') return wrongType(issue.input, expected);
    const meant = nearest(issue.input, values);
    return meant === undefined ? expected : `${expected}; did you mean ${meant}?`;
  };
  return z.enum(values, { error }).meta({ description });
}

/** A duration such as `30m`; the value is in milliseconds. */
export function duration({ description, min, max }: NumberOptions) {
  const limits = `must be a duration from ${formatDuration(min)} to ${formatDuration(max)}`;
  return text({
    description,
    expected: `${limits}, for instance 30m or 1h30m`,
    numberHint: 'add a unit (d, h, m, s or ms)',
    examples: ['30s', '30m', '1h30m'],
    pattern: durationPattern,
    parse: (input) => within(parseDuration(input), min, max, limits),
  });
}

/** A size such as `64MiB`; the value is in bytes. */
export function size({ description, min, max }: NumberOptions) {
  const limits = `must be a size from ${formatSize(min)} to ${formatSize(max)}`;
  return text({
    description,
    expected: `${limits}, for instance 1MiB`,
    numberHint: 'add a unit (B, kB, MB, GB, KiB, MiB or GiB)',
    examples: ['512KiB', '1MiB'],
    pattern: sizePattern,
    parse: (input) => within(parseSize(input), min, max, limits),
  });
}

/** A percentage such as `10%`, at most `max` (a fraction); the value is a fraction from 0 to 1. */
export function percent(description: string, max: number) {
  const limits = `must be a percentage from 0% to ${max * 100}%`;
  return text({
    description,
    expected: `${limits}, for instance 10%`,
    examples: ['10%'],
    numberHint: 'add a percent sign',
    pattern: percentPattern,
    parse: (input) => within(parsePercent(input), 0, max, limits),
  });
}

/** A map with known keys. Unknown keys are found by the caller of the schema, who knows the nearest known one. */
export function section<T extends z.core.$ZodLooseShape>(description: string, shape: T) {
  const error = (issue: { readonly input: unknown }): string =>
    wrongType(issue.input, `must be a section with these keys: ${Object.keys(shape).join(', ')}`);
  return z.strictObject(shape, { error }).meta({ description });
}

/** A list of at most `max` items. */
export function list<T extends z.core.$ZodType>(description: string, max: number, item: T) {
  const expected = `must be a list of at most ${max} items; write [] for none`;
  return (
    z
      .array(item, { error: (issue) => wrongType(issue.input, expected) })
      // The check of zod's own max would also measure a text that stands where the list should be (4.6).
      .refine((items) => items.length <= max, expected)
      .meta({ description, maxItems: max })
  );
}

interface WordOrListOptions<T extends string> {
  readonly description: string;
  readonly words: readonly [T, ...T[]];
  /** Continues the sentence "the key …". */
  readonly expected: string;
  /** Items of the list. */
  readonly max: number;
  /** The same for an item of the list. */
  readonly itemExpected: string;
  readonly accept: (item: string) => boolean;
}

/** One of a few words, or a list of texts that satisfy `accept`. */
export function wordOrList<const T extends string>(options: WordOrListOptions<T>) {
  const { description, words, expected, max, itemExpected, accept } = options;
  const item = z.string().refine(accept, itemExpected);
  const items = z.array(item).max(max);
  return z
    .union([z.enum(words), items], {
      error: ({ input }) => (Array.isArray(input) || typeof input === 'string' ? expected : wrongType(input, expected)),
    })
    .meta({ description });
}

function within(reading: Reading<number>, min: number, max: number, limits: string): Reading<number> {
  if ('problem' in reading) return reading;
  return reading.value >= min && reading.value <= max ? reading : { problem: limits };
}

/** The sentence for a value of another type than `expected`, which continues "the key …", describes. */
export function wrongType(input: unknown, expected: string, numberHint?: string): string {
  if (input === undefined) return `is missing; it ${expected}`;
  if (input === null) return `has no value; it ${expected}`;
  const hint = numberHint !== undefined && typeof input === 'number' ? `: ${numberHint}` : '';
  return `${expected}; this is ${typeWord(input)}${hint}`;
}

function typeWord(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  switch (typeof input) {
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'a section';
  }
}
