/** The map of attributes, and every key that says where a value comes from. */
import { z } from 'zod';
import { graphProperties } from '../identity/graph-properties.ts';
import { alternativesMax, ownNames, parsePathTemplate, parseSource } from '../projection/source.ts';
import type { AttributeSetting, EntryOwner, SourceSetting } from '../projection/source-setting.ts';
import { templateLengthMax } from '../projection/template.ts';
import { text, wrongType } from './leaf.ts';
import { isOneLine } from './names.ts';
import { nearest } from './nearest.ts';

/** The most attributes of one map. */
const attributesMax = 256;
const valuesMax = 64;

const forms =
  'a property of Microsoft Graph, a template in quotes, a list of these, {from: …, default: …} or {constant: …}';
const sourceExpected = `must be ${forms}`;
const attributeExpected = `must be ${forms}, or false for no such attribute`;

const empty = `is empty; it ${sourceExpected}`;
const reference = z.string().min(1, empty);
const fixedText = z
  .union([reference, z.number(), z.boolean()])
  .transform((value) => (typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : String(value)));

function severalOf<T extends z.ZodType>(item: T, max: number) {
  // The check of zod's own max would also measure a text that stands where a list may be (4.6).
  const few = z
    .array(item)
    .min(1, empty)
    .refine((items) => items.length <= max, `has more than ${max} items`);
  return z.union([item, few.meta({ maxItems: max })]);
}

const references = severalOf(reference, alternativesMax);
const constants = severalOf(fixedText, valuesMax);

const sourceForms = [
  references,
  z.strictObject({ from: references, default: fixedText }),
  z.strictObject({ constant: constants }),
] as const;

function formProblem(input: unknown, expected: string): string {
  if (input === undefined || typeof input === 'number' || typeof input === 'boolean') return wrongType(input, expected);
  // YAML reads {name} as a section with a key and no value.
  const isBareTemplate =
    typeof input === 'object' && input !== null && Object.values(input).some((value) => value === null);
  return isBareTemplate ? `${expected}; put quotes around a template that begins with {` : expected;
}

/** Where a value comes from. `own`: what of the entry itself templates may refer to. */
export function source(owner: EntryOwner, description: string, own: readonly string[] = []) {
  return z
    .union(sourceForms, { error: ({ input }) => formProblem(input, sourceExpected) })
    .transform((setting, context): SourceSetting => {
      const reading = parseSource(owner, setting, own);
      if ('source' in reading) return setting;
      const message = withNearest(owner, reading);
      context.addIssue({ code: 'custom', message, path: [...reading.at] });
      return z.NEVER;
    })
    .meta({ description, examples: owner === 'users' ? ['extensionAttribute1'] : ['mailNickname'] });
}

/** The path of a passwd(5) line, as a template. `accept` judges what is written when it is one. */
export function pathTemplate(description: string, expected: string, accept: (input: string) => boolean) {
  return text({
    description,
    expected,
    parse: (input) => {
      if (!isOneLine(input, templateLengthMax) || !input.startsWith('/')) return { problem: expected };
      const reading = parsePathTemplate(input);
      if ('problem' in reading) return { problem: withNearest('users', reading) };
      // A colon would end the field.
      const isRight = !reading.template.some((part) => typeof part === 'string' && part.includes(':')) && accept(input);
      return isRight ? { value: input } : { problem: expected };
    },
  });
}

/** What is different from the default map. Which attributes there are, and what their sources may be, is a rule. */
export function attributes(owner: EntryOwner) {
  const kind = owner === 'users' ? 'users' : 'groups';
  const setting = z
    .union([...sourceForms, z.literal(false), z.null()], {
      error: ({ input }) => formProblem(input, attributeExpected),
    })
    .transform((value): AttributeSetting => value ?? false);
  return z
    .record(z.string(), setting, { error: 'must be a section with a line for each attribute: title: jobTitle' })
    .refine((map) => Object.keys(map).length <= attributesMax, `has more than ${attributesMax} attributes`)
    .meta({
      description:
        `Which LDAP attributes ${kind} have, and what of Microsoft Graph they are taken from, where that is different from the ` +
        'default map; false: not at all, and what is taken from nowhere is not read. docs/attributes.md has the map and the templates.',
    });
}

/** The sentence about a source, with the name of a property that was most likely meant. */
export function withNearest(
  owner: EntryOwner,
  { problem, unknownName }: { readonly problem: string; readonly unknownName?: string },
): string {
  const meant = unknownName === undefined ? undefined : nearest(unknownName, propertyNames(owner));
  return meant === undefined ? problem : `${problem}; did you mean ${meant}?`;
}

function propertyNames(owner: EntryOwner): readonly string[] {
  return [
    ...Object.keys(graphProperties[owner]),
    ...ownNames[owner],
    'extensionAttribute1',
    'userPrincipalNameLocalPart',
  ];
}
