import type { GraphProperties, GraphValue } from '../identity/change.ts';
import type { PropertyShape } from '../identity/graph-properties.ts';
import { parseObjectId } from '../identity/ids.ts';
import { asRecord, type JsonRecord } from './json.ts';
import type { SelectedProperty } from './selection.ts';

/**
 * One element of an answer could not be decoded; the element is left out, and the page stands. The message names the
 * property and never quotes a value.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/**
 * The selected properties that an element has, and no others: what was not asked for is not to be kept. Throws
 * {@link DecodeError} for one that has not its documented shape.
 */
export function decodeProperties(selected: readonly SelectedProperty[], element: JsonRecord): GraphProperties {
  const properties: Record<string, GraphValue> = {};
  for (const { name, shape } of selected) {
    const value = element[name];
    if (value === undefined) continue;
    const decoded = value === null ? null : decodeValue(value, shape);
    if (decoded === undefined) throw new DecodeError(`${name} is not ${shape}`);
    properties[name] = decoded;
  }
  return properties;
}

/** A value of a shape; undefined when it is something else. */
function decodeValue(value: unknown, shape: PropertyShape): GraphValue | undefined {
  switch (shape) {
    case 'text':
    case 'instant':
      return typeof value === 'string' ? value : undefined;
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'texts':
      return isListOf(value, isText) ? value : undefined;
    case 'extension':
      return isScalar(value) || isListOf(value, isScalar) ? value : undefined;
    case 'objects':
      return isListOf(value, isObject) ? value.map((item) => decodeObjectValue(item)) : undefined;
    case 'texts by name':
    case 'object':
    case 'schema extension':
      return decodeFields(value, shape === 'texts by name' ? isText : isScalarOrList);
    case 'security attributes':
      return decodeSecurityAttributes(value);
    case 'reference':
      return typeof value === 'string' ? parseObjectId(value) : undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const isScalarOrList = (value: unknown): value is GraphValue => isScalar(value) || isListOf(value, isScalar);

const isObject = (value: unknown): value is JsonRecord => asRecord(value) !== undefined;

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Fields whose values satisfy `isField`, or are null; annotations are left out. */
function decodeFields(value: unknown, isField: (field: unknown) => field is GraphValue): GraphValue | undefined {
  const record = asRecord(value);
  if (record === undefined) return undefined;
  const fields: (readonly [string, GraphValue])[] = [];
  for (const [name, field] of ownFields(record)) {
    if (field !== null && !isField(field)) return undefined;
    fields.push([name, field]);
  }
  return Object.fromEntries(fields);
}

/** Sets of attributes by name (https://learn.microsoft.com/graph/api/resources/customsecurityattributevalue). */
function decodeSecurityAttributes(value: unknown): GraphValue | undefined {
  const record = asRecord(value);
  if (record === undefined) return undefined;
  const sets: (readonly [string, GraphValue])[] = [];
  for (const [name, attributes] of ownFields(record)) {
    const decoded = attributes === null ? null : decodeFields(attributes, isScalarOrList);
    if (decoded === undefined) return undefined;
    if (decoded !== null) sets.push([name, decoded]);
  }
  return Object.fromEntries(sets);
}

/** Nobody uses what is in lists of objects but to look whether it has changed, so it is kept as it came. */
function decodeObjectValue(value: JsonRecord): GraphValue {
  return Object.fromEntries(ownFields(value)) as GraphValue;
}

function ownFields(record: JsonRecord): (readonly [string, unknown])[] {
  return Object.entries(record).filter(([name]) => !name.includes('@'));
}
