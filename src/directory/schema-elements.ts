/** Schema elements with their references resolved. */

import { parseAttributeDefinition, SchemaError } from './schema-notation.ts';
import type { AttributeDefinition, AttributeUsage, ObjectClassDefinition, ObjectClassKind } from './schema-notation.ts';
import type { MatchingRule } from './schema-rules.ts';
import { syntaxes } from './schema-syntaxes.ts';

/** An attribute type with everything inherited filled in (RFC 4512 §2.5.1). */
export interface AttributeType {
  readonly oid: string;
  readonly names: readonly string[];
  /** The first name, as served. */
  readonly name: string;
  /** The first name in lower case: how indexes and normalized DNs call it. */
  readonly key: string;
  /** 32-bit FNV-1a hash of `key`: how stored entries call it. No two types of a schema have the same. */
  readonly hash: number;
  readonly syntax: string;
  readonly equality: MatchingRule | undefined;
  readonly ordering: MatchingRule | undefined;
  readonly substrings: MatchingRule | undefined;
  readonly singleValue: boolean;
  readonly usage: AttributeUsage;
  /** True for every usage but userApplications. */
  readonly operational: boolean;
  /** The AttributeTypeDescription that the subschema publishes. */
  readonly description: string;
}

/** An object class with its superclasses resolved (RFC 4512 §2.4). */
export interface ObjectClass {
  readonly oid: string;
  readonly name: string;
  /** The first name in lower case. */
  readonly key: string;
  readonly kind: ObjectClassKind;
  /** All superclasses, nearest first. */
  readonly superclasses: readonly ObjectClass[];
  /** Required attributes, those of superclasses included. */
  readonly must: readonly AttributeType[];
  /** Allowed attributes, those of superclasses included. */
  readonly may: readonly AttributeType[];
  /** The ObjectClassDescription that the subschema publishes. */
  readonly description: string;
}

/** 32-bit FNV-1a hash of an attribute's name in lower case. */
export function attributeHash(key: string): number {
  let hash = 0x811c9dc5;
  // Names are ASCII (RFC 4512 §1.4), so that code units are octets.
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Elements by name and OID; refuses a second element of the same name, OID or other key. */
export class Registry<T> {
  readonly #what: string;
  readonly #byName = new Map<string, T>();
  /** As names are written, by which they are asked for most: the map above has them in lower case. */
  readonly #asWritten = new Map<string, T>();

  constructor(what: string) {
    this.#what = what;
  }

  add(element: T, keys: readonly string[]): void {
    for (const key of keys) {
      const lower = key.toLowerCase();
      if (this.#byName.has(lower)) throw new SchemaError(`${this.#what} ${key} is defined twice`);
      this.#byName.set(lower, element);
      this.#asWritten.set(key, element);
    }
  }

  /** Answers without making a string when the name is written as in the schema or in lower case. */
  find(name: string): T | undefined {
    return this.#asWritten.get(name) ?? this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
  }

  need(name: string, by: string): T {
    const found = this.find(name);
    if (found === undefined) throw new SchemaError(`${by} refers to the ${this.#what} ${name}, which is not defined`);
    return found;
  }
}

function resolveAttribute(
  definition: AttributeDefinition,
  sup: AttributeType | undefined,
  rules: Registry<MatchingRule>,
): AttributeType {
  const name = definition.names[0] ?? definition.oid;
  const rule = (reference: string | undefined): MatchingRule | undefined =>
    reference === undefined ? undefined : rules.need(reference, name);
  const syntax = definition.syntax ?? sup?.syntax;
  if (syntax === undefined || !syntaxes.some(([oid]) => oid === syntax)) {
    throw new SchemaError(`${name} has no known syntax`);
  }
  const key = name.toLowerCase();
  return {
    oid: definition.oid,
    names: definition.names,
    name,
    key,
    hash: attributeHash(key),
    syntax,
    equality: rule(definition.equality) ?? sup?.equality,
    ordering: rule(definition.ordering) ?? sup?.ordering,
    substrings: rule(definition.substrings) ?? sup?.substrings,
    singleValue: definition.singleValue,
    usage: definition.usage,
    operational: definition.usage !== 'userApplications',
    description: definition.text,
  };
}

/** All attribute types of a schema. */
export interface ResolvedAttributes {
  readonly list: readonly AttributeType[];
  readonly registry: Registry<AttributeType>;
  readonly byHash: ReadonlyMap<number, AttributeType>;
  readonly subtypes: ReadonlyMap<AttributeType, readonly AttributeType[]>;
}

/** Resolves attribute types in order. Throws {@link SchemaError}. */
export function resolveAttributes(texts: readonly string[], rules: Registry<MatchingRule>): ResolvedAttributes {
  const registry = new Registry<AttributeType>('attribute type');
  const byHash = new Map<number, AttributeType>();
  const subtypes = new Map<AttributeType, AttributeType[]>();
  const superiors = new Map<AttributeType, readonly AttributeType[]>();
  for (const definition of texts.map(parseAttributeDefinition)) {
    const name = definition.names[0] ?? definition.oid;
    const sup = definition.sup === undefined ? undefined : registry.need(definition.sup, name);
    const type = resolveAttribute(definition, sup, rules);
    registry.add(type, [type.oid, ...type.names]);
    // Stored entries know attributes by this number alone.
    const other = byHash.get(type.hash);
    if (other !== undefined) throw new SchemaError(`${type.name} and ${other.name} have the same hash; rename one`);
    byHash.set(type.hash, type);
    const above = sup === undefined ? [] : [sup, ...(superiors.get(sup) ?? [])];
    superiors.set(type, above);
    for (const each of [type, ...above]) subtypes.set(each, [...(subtypes.get(each) ?? []), type]);
  }
  return { list: [...superiors.keys()], registry, byHash, subtypes };
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}

/** Resolves one object class; its superclasses are registered already. Throws {@link SchemaError}. */
export function resolveClass(
  definition: ObjectClassDefinition,
  classes: Registry<ObjectClass>,
  attributes: Registry<AttributeType>,
): ObjectClass {
  const name = definition.names[0] ?? definition.oid;
  const direct = definition.sup.map((sup) => classes.need(sup, name));
  const own = (references: readonly string[]): readonly AttributeType[] =>
    references.map((reference) => attributes.need(reference, name));
  return {
    oid: definition.oid,
    name,
    key: name.toLowerCase(),
    kind: definition.kind,
    superclasses: unique(direct.flatMap((sup) => [sup, ...sup.superclasses])),
    must: unique([...own(definition.must), ...direct.flatMap((sup) => sup.must)]),
    may: unique([...own(definition.may), ...direct.flatMap((sup) => sup.may)]),
    description: definition.text,
  };
}
