import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';

/** An attribute description as a client wrote it (RFC 4512 §2.5), with its type found. */
export interface AttributeDescription {
  readonly type: AttributeType;
  /** True when it has options: no entry has values with options, so that it describes nothing that is there. */
  readonly hasOptions: boolean;
}

// RFC 3866 §2.1 and RFC 4522 §2: the options that we know of, though nothing is served with them.
const knownOption = /^(?:lang-[a-z0-9-]*|binary)$/i;

/** Resolves an attribute description; undefined when the type or an option is not recognized. */
export function resolveDescription(schema: Schema, description: string): AttributeDescription | undefined {
  if (!description.includes(';')) {
    const type = schema.attribute(description);
    return type === undefined ? undefined : { type, hasOptions: false };
  }
  const [name = '', ...options] = description.split(';');
  const type = schema.attribute(name);
  return type === undefined || !options.every((option) => knownOption.test(option))
    ? undefined
    : { type, hasOptions: true };
}
