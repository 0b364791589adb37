import { z } from 'zod';
import type { Secret } from '../identity/secret.ts';
import type { ListenAddress } from './endpoints.ts';

type Leaf = string | number | boolean | Secret | ListenAddress | undefined;

/** A value of which every part may be missing because what stands in the file for it is wrong. */
export type Readable<T> = T extends Leaf
  ? T | undefined
  : T extends readonly (infer Item)[]
    ? readonly Readable<Item>[] | undefined
    : string extends keyof T
      ? { readonly [Key in keyof T]: T[Key] | undefined } | undefined
      : { readonly [Key in keyof T]: Readable<T[Key]> } | undefined;

/** The parts of a document that are right in themselves, defaults included; what is wrong is undefined. */
export function readableParts<T extends z.ZodType>(schema: T, value: unknown): Readable<z.output<T>> {
  return readParts(schema, value) as Readable<z.output<T>>;
}

function readParts(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) return value === undefined ? undefined : readParts(schema.unwrap(), value);
  if (schema instanceof z.ZodPrefault) return readParts(schema.unwrap(), value ?? schema.def.defaultValue);
  if (schema instanceof z.ZodObject) return isSection(value) ? readSection(schema.shape, value) : undefined;
  if (schema instanceof z.ZodArray) {
    return Array.isArray(value) ? value.map((item) => readParts(schema.element, item)) : undefined;
  }
  if (schema instanceof z.ZodRecord) return isSection(value) ? readEntries(schema.valueType, value) : undefined;
  return schema instanceof z.ZodType ? schema.safeParse(value).data : undefined;
}

function readSection(shape: object, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, readParts(schema, value[key])]));
}

/** A map with any keys; each of its values is right as a whole, or undefined. */
function readEntries(schema: unknown, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readParts(schema, item)]));
}

/** True for a map of the document. */
export function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The known keys of the section at a path, or undefined when the schema has no section there. */
export function keysAt(schema: unknown, path: readonly (string | number)[]): readonly string[] | undefined {
  let current = unwrap(schema);
  for (const step of path) {
    if (current instanceof z.ZodObject) current = unwrap(current.shape[step]);
    else if (current instanceof z.ZodArray) current = unwrap(current.element);
    else return undefined;
  }
  if (current instanceof z.ZodRecord) return [];
  return current instanceof z.ZodObject ? Object.keys(current.shape) : undefined;
}

function unwrap(schema: unknown): unknown {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}

/** Every path of the schema that ends in this key, sections of lists left out. */
export function pathsTo(schema: unknown, matches: (key: string) => boolean, path: readonly string[] = []): string[][] {
  const current = unwrap(schema);
  if (!(current instanceof z.ZodObject)) return [];
  return Object.entries(current.shape).flatMap(([key, child]) => {
    const here = [...path, key];
    return [...(matches(key) ? [here] : []), ...pathsTo(child, matches, here)];
  });
}
