/** Pieces of JSON Schema that several answers have. */

/** A schema: plain data, as it is written into the description of the interface. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A text. */
export const text: JsonSchema = { type: 'string' };

/** A text, or null. */
export const textOrNull: JsonSchema = { type: ['string', 'null'] };

/** True or false. */
export const flag: JsonSchema = { type: 'boolean' };

/** How many of something. */
export const count: JsonSchema = { type: 'integer', minimum: 0 };

/** The same, or null where that is not known or does not apply. */
export const countOrNull: JsonSchema = { type: ['integer', 'null'] };

/** A time. */
export const moment: JsonSchema = { type: 'number', description: 'Milliseconds since 1970-01-01T00:00:00Z.' };

/** A time, or null. */
export const momentOrNull: JsonSchema = {
  type: ['number', 'null'],
  description: 'Milliseconds since 1970-01-01T00:00:00Z, or null.',
};

/** How long something took. */
export const milliseconds: JsonSchema = { type: 'number', minimum: 0, description: 'Milliseconds.' };

/** One of a few words. */
export function oneOf(words: readonly string[]): JsonSchema {
  return { type: 'string', enum: words };
}

/** A list. */
export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** A map from names to values of one kind. */
export function mapOf(values: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: values };
}

/** Something, or null. */
export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

/**
 * An object with the properties of `T`, each of which has to be described: one that is added to the type is an error here. All
 * are there but those that `optional` names.
 */
export function schemaOf<T>(
  properties: { readonly [Key in keyof T]-?: JsonSchema },
  description?: string,
  optional: readonly (keyof T)[] = [],
): JsonSchema {
  const names = Object.keys(properties);
  const left: readonly PropertyKey[] = optional;
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties,
    required: names.filter((name) => !left.includes(name)),
  };
}
