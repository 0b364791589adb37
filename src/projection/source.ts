/** Sources, read from how they are written: what an attribute, a name or a number is taken from. */
import type { GraphProperties } from '../identity/change.ts';
import type { ObjectId } from '../identity/ids.ts';
import { noTexts, parsePropertyPath, type PropertyPath, propertyTexts } from './property-path.ts';
import type { EntryOwner, SourceSetting } from './source-setting.ts';
import {
  isTemplate,
  type NameReading,
  parseTemplate,
  type Template,
  type TemplateReading,
  templateLengthMax,
  templateValues,
} from './template.ts';
import { text } from './values.ts';

/** What entries themselves have, and templates may refer to. */
export const ownNames = {
  users: ['uid', 'uidNumber', 'cn'],
  groups: ['cn', 'gidNumber'],
} as const satisfies Readonly<Record<EntryOwner, readonly string[]>>;

/** Those that templates of paths may refer to. */
const namesInPaths: readonly string[] = ['uid', 'uidNumber'];

/** A word for a part of the user principal name, from the time before there were templates. */
const words: ReadonlyMap<string, string> = new Map([['userPrincipalNameLocalPart', '{userPrincipalName|local}']]);

/** What a name refers to: what the entry itself has, the object id, or a property. */
type Reference =
  | { readonly kind: 'own'; readonly name: string }
  | { readonly kind: 'id' }
  | { readonly kind: 'property'; readonly path: PropertyPath };

/** One way to values. */
export type Alternative =
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'template'; readonly template: Template<Reference> }
  | { readonly kind: 'constant'; readonly values: readonly string[] };

/** Ways to values, of which the first counts that leads to some. */
export type Source = readonly Alternative[];

/** The source, or a sentence about what is wrong; `at` leads to the part of the setting, `unknownName` is no property. */
export type SourceReading =
  | { readonly source: Source }
  | { readonly problem: string; readonly at: readonly (string | number)[]; readonly unknownName?: string };

const tooLong = `is longer than ${templateLengthMax} characters`;

/** The most alternatives of one source. */
export const alternativesMax = 16;

/** What values are taken from. */
export interface SourceFacts {
  readonly objectId: ObjectId;
  readonly properties: GraphProperties;
  /** By the names of {@link ownNames}. */
  readonly own: Readonly<Record<string, string>>;
}

/**
 * Reads a source. `own` are the names beside properties that templates may use: those of which the values are known already. Never
 * throws, never quotes what is written.
 */
export function parseSource(owner: EntryOwner, setting: SourceSetting, own: readonly string[] = []): SourceReading {
  if (typeof setting === 'string' || isList(setting)) return parseAlternatives(owner, setting, [], own);
  if ('constant' in setting) return constantOf([setting.constant].flat(), ['constant']);
  const reading = parseAlternatives(owner, setting.from, ['from'], own);
  if ('problem' in reading) return reading;
  const otherwise = constantOf([setting.default], ['default']);
  return 'problem' in otherwise ? otherwise : { source: [...reading.source, ...otherwise.source] };
}

function constantOf(values: readonly string[], at: readonly string[]): SourceReading {
  if (values.some((value) => value.length > templateLengthMax)) return { problem: tooLong, at };
  return { source: [{ kind: 'constant', values }] };
}

function isList(setting: SourceSetting): setting is readonly string[] {
  return Array.isArray(setting);
}

function parseAlternatives(
  owner: EntryOwner,
  written: string | readonly string[],
  at: readonly (string | number)[],
  own: readonly string[],
): SourceReading {
  const source: Alternative[] = [];
  for (const [index, each] of [written].flat().entries()) {
    const reading = parseAlternative(owner, words.get(each) ?? each, own);
    if ('problem' in reading) return { ...reading, at: typeof written === 'string' ? at : [...at, index] };
    source.push(reading.alternative);
  }
  return { source };
}

type AlternativeReading =
  | { readonly alternative: Alternative }
  | { readonly problem: string; readonly unknownName?: string };

function parseAlternative(owner: EntryOwner, written: string, own: readonly string[]): AlternativeReading {
  if (written.length > templateLengthMax) return { problem: tooLong };
  if (isTemplate(written)) {
    const reading = parseTemplate(written, (name) => inTemplate(owner, name, own));
    return 'problem' in reading ? reading : { alternative: { kind: 'template', template: reading.template } };
  }
  const reading = resolve(owner, written, own);
  if ('to' in reading) return { alternative: { kind: 'reference', reference: reading.to } };
  const problem = `${reading.problem}${reading.isUnknown === true ? '; a template has braces, and a fixed value is written {constant: …}' : ''}`;
  return reading.isUnknown === true ? { problem, unknownName: written } : { problem };
}

function resolve(owner: EntryOwner, name: string, own: readonly string[]): NameReading<Reference> {
  if (name === 'id') return { to: { kind: 'id' } };
  if (own.includes(name)) return { to: { kind: 'own', name } };
  const reading = parsePropertyPath(owner, name);
  return 'path' in reading ? { to: { kind: 'property', path: reading.path } } : reading;
}

function inTemplate(owner: EntryOwner, name: string, own: readonly string[]): NameReading<Reference> {
  const reading = resolve(owner, name, own);
  if (!('to' in reading) || reading.to.kind !== 'property' || reading.to.path.shape !== 'reference') return reading;
  return { problem: `must be a property with a text; ${name} is an entry, whose name (DN) has to be all of the value` };
}

/** Reads the template of a user's path, which may be without any reference. Never throws, never quotes the text. */
export function parsePathTemplate(written: string): TemplateReading<Reference> {
  return parseTemplate(written, (name) => inTemplate('users', name, namesInPaths));
}

/** A source of paths that was found to be right when the configuration was read: a template behind what properties have. */
export function compilePath(from: SourceSetting | undefined, template: string): Source {
  const reading = parsePathTemplate(template);
  if ('problem' in reading) throw new RangeError(`a path of the settings ${reading.problem}`);
  const first = from === undefined ? [] : compileSource('users', from, namesInPaths);
  return [...first, { kind: 'template', template: reading.template }];
}

/** A source that was found to be right when the configuration was read; throws a RangeError for another. */
export function compileSource(owner: EntryOwner, setting: SourceSetting, own?: readonly string[]): Source {
  const reading = parseSource(owner, setting, own);
  if ('problem' in reading) throw new RangeError(`a source of the settings ${reading.problem}`);
  return reading.source;
}

/** The values of one alternative; the object id of an entry that it refers to. */
export function alternativeValues(alternative: Alternative, facts: SourceFacts): readonly string[] {
  switch (alternative.kind) {
    case 'reference':
      return referenceValues(alternative.reference, facts);
    case 'template':
      return templateValues(alternative.template, (reference) => referenceValues(reference, facts));
    case 'constant':
      return alternative.values;
  }
}

function referenceValues(reference: Reference, facts: SourceFacts): readonly string[] {
  switch (reference.kind) {
    case 'property':
      return propertyTexts(facts.properties, reference.path);
    case 'own': {
      const value = text(facts.own, reference.name);
      return value === undefined ? noTexts : [value];
    }
    case 'id':
      return [facts.objectId];
  }
}

/** The values of the first alternative that has some. */
export function sourceValues(source: Source, facts: SourceFacts): readonly string[] {
  for (const alternative of source) {
    const values = alternativeValues(alternative, facts);
    if (values.length > 0) return values;
  }
  return noTexts;
}

/** True for an alternative that is another entry, by its object id. */
export function isReference(alternative: Alternative): boolean {
  return pathsOf(alternative).some(({ shape }) => shape === 'reference');
}

/** The properties that an alternative looks at. */
export function pathsOf(alternative: Alternative): readonly PropertyPath[] {
  switch (alternative.kind) {
    case 'reference':
      return pathOf(alternative.reference);
    case 'template':
      return alternative.template.flatMap((part) => (typeof part === 'string' ? [] : pathOf(part.to)));
    case 'constant':
      return [];
  }
}

function pathOf(reference: Reference): readonly PropertyPath[] {
  return reference.kind === 'property' ? [reference.path] : [];
}

/** What has to be selected of Microsoft Graph for a source, each property once. */
export function sourceProperties(source: Source): readonly string[] {
  return [...new Set(source.flatMap(pathsOf).map(({ property }) => property))];
}
