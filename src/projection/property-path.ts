/** Names of properties of Microsoft Graph, as an administrator writes them, and the values that they lead to. */
import type { GraphProperties, GraphValue } from '../identity/change.ts';
import { isDirectoryExtension, propertyFields, propertyShape } from '../identity/graph-properties.ts';
import type { EntryOwner } from './source-setting.ts';

/** What a property holds; `any`: what an administrator of the tenant has put there, one value or several. */
export type ValueShape = 'text' | 'flag' | 'number' | 'instant' | 'texts' | 'reference' | 'any';

/** The way to a value within what is read of an object. */
export interface PropertyPath {
  /** What has to be selected. */
  readonly property: string;
  /** The way on within an object. */
  readonly steps: readonly string[];
  readonly shape: ValueShape;
}

/** The path, or a sentence that says what is wrong; `isUnknown`: there is no such property. Never quotes the text. */
export type PathReading = { readonly path: PropertyPath } | { readonly problem: string; readonly isUnknown?: true };

const EXTENSION_ATTRIBUTE = /^extensionAttribute(?:[1-9]|1[0-5])$/;
const FIELD = /^\w{1,256}$/;
const extensionAttributes = 'onPremisesExtensionAttributes';

/** Reads the name of a property: Graph's own, those of extensions, and with dots what is within an object. */
export function parsePropertyPath(owner: EntryOwner, text: string): PathReading {
  if (EXTENSION_ATTRIBUTE.test(text)) return { path: { property: extensionAttributes, steps: [text], shape: 'text' } };
  const [property = '', ...steps] = text.split('.');
  const shape = propertyShape(owner, property);
  switch (shape) {
    case undefined:
      return unknownProperty(property);
    case 'objects':
      return { problem: 'is a list of objects, of which no attribute can be made' };
    case 'object':
    case 'texts by name':
      return fieldOf(owner, property, steps);
    case 'schema extension':
      return within(
        property,
        steps,
        1,
        'a schema extension is written with the property in it: extabcd1234_name.property',
      );
    case 'security attributes':
      return within(property, steps, 2, `must name a set and an attribute: ${property}.Set.Attribute`);
    case 'reference':
      if (steps.length === 0) return { path: { property, steps, shape } };
      return { problem: `${property} can only be had as the name (DN) of an entry: write ${property} alone` };
    case 'extension':
      return plain(property, steps, 'any');
    case 'text':
    case 'flag':
    case 'number':
    case 'instant':
    case 'texts':
      return plain(property, steps, shape);
  }
}

function unknownProperty(property: string): PathReading {
  if (/^extension_/i.test(property) && !isDirectoryExtension(property)) {
    return {
      problem:
        'must be a directory extension: extension_, the application id of 32 digits without dashes, _ and a name',
    };
  }
  return { problem: 'must be a property of Microsoft Graph', isUnknown: true };
}

function fieldOf(owner: EntryOwner, property: string, steps: readonly string[]): PathReading {
  const fields = propertyFields[owner][property] ?? {};
  const [field = ''] = steps;
  const shape = steps.length === 1 && Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (shape !== undefined) return { path: { property, steps, shape } };
  const names = Object.keys(fields).map((name) => `${property}.${name}`);
  return { problem: `is an object; write what in it is meant: ${names.slice(0, 3).join(', ')}` };
}

function within(property: string, steps: readonly string[], depth: number, problem: string): PathReading {
  const isRight = steps.length === depth && steps.every((step) => FIELD.test(step));
  return isRight ? { path: { property, steps, shape: 'any' } } : { problem };
}

function plain(property: string, steps: readonly string[], shape: ValueShape): PathReading {
  return steps.length === 0
    ? { path: { property, steps, shape } }
    : { problem: `${property} has no parts: write it without a dot` };
}

/** What a path leads to that has no value: one list for all, since most are empty. */
export const noTexts: readonly string[] = [];

/** The values at a path as texts, flags as TRUE and FALSE; blank ones are left out. */
export function propertyTexts(properties: GraphProperties, { property, steps }: PropertyPath): readonly string[] {
  let value = properties[property];
  for (const step of steps) {
    if (!isObject(value)) return noTexts;
    value = value[step];
  }
  return Array.isArray(value) ? value.flatMap(textOf) : textOf(value);
}

function textOf(value: GraphValue | undefined): readonly string[] {
  switch (typeof value) {
    case 'string':
      return isBlank(value) ? noTexts : [value];
    case 'number':
      return [String(value)];
    case 'boolean':
      return [value ? 'TRUE' : 'FALSE'];
    default:
      return noTexts;
  }
}

function isBlank(text: string): boolean {
  // Nearly no text begins with a blank, and `trim` looks at both ends.
  return text === '' || (text.charCodeAt(0) <= 0x20 || text.charCodeAt(0) > 0x7e ? text.trim() === '' : false);
}

function isObject(value: GraphValue | undefined): value is GraphProperties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
