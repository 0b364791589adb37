/**
 * The schema: which attribute types, object classes and matching rules there are, resolved and checked. What does not fit
 * together (a reference to nothing, a name or number twice) is refused when it is built, not met by a client.
 */

import { createMatchingRules } from './schema-rules.ts';
import type { MatchingRule } from './schema-rules.ts';
import { parseAttributeDefinition, parseObjectClassDefinition, SchemaError } from './schema-notation.ts';
import type { AttributeDefinition, AttributeUsage, ObjectClassDefinition, ObjectClassKind } from './schema-notation.ts';
import { unixAttributes, whitePagesAttributes } from './schema-attributes.ts';
import { activeDirectoryAttributes, entraAttributes } from './schema-attributes-entra.ts';
import {
  entryOperationalAttributes,
  modelAttributes,
  rootDseAttributes,
  subschemaAttributes,
} from './schema-attributes-operational.ts';
import { entraClasses, unixClasses, whitePagesClasses } from './schema-classes.ts';
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

/** Looks up schema elements by any of their names, in any letter case, or by numeric OID. */
export interface Schema {
  attribute(nameOrOid: string): AttributeType | undefined;
  objectClass(nameOrOid: string): ObjectClass | undefined;
  matchingRule(nameOrOid: string): MatchingRule | undefined;
  /** The type and all its direct and indirect subtypes (RFC 4512 §2.5.1). */
  subtypes(type: AttributeType): readonly AttributeType[];
  /** The class and all classes below it. */
  subclasses(objectClass: ObjectClass): readonly ObjectClass[];
  readonly attributes: readonly AttributeType[];
  readonly objectClasses: readonly ObjectClass[];
  readonly matchingRules: readonly MatchingRule[];
  readonly definitions: SchemaDefinitions;
}

/** What a schema is built from: RFC 4512 §4.1 descriptions. */
export interface SchemaDefinitions {
  readonly attributeTypes: readonly string[];
  readonly objectClasses: readonly string[];
}

/** 32-bit FNV-1a hash of an attribute's name in lower case. */
export function attributeHash(key: string): number {
  let hash = 0x811c9dc5;
  // Names are ASCII (RFC 4512 §1.4), so that code units are octets.
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Elements by name and OID; refuses a second element of the same name, OID or other key. */
class Registry<T> {
  readonly #what: string;
  readonly #byName = new Map<string, T>();

  constructor(what: string) {
    this.#what = what;
  }

  add(element: T, keys: readonly string[]): void {
    for (const key of keys) {
      const lower = key.toLowerCase();
      if (this.#byName.has(lower)) throw new SchemaError(`${this.#what} ${key} is defined twice`);
      this.#byName.set(lower, element);
    }
  }

  /** Answers without making a string when the name is written in lower case or as an OID. */
  find(name: string): T | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
  }

  need(name: string, by: string): T {
    const found = this.find(name);
    if (found === undefined) throw new SchemaError(`${by} refers to the ${this.#what} ${name}, which is not defined`);
    return found;
  }
}

function inherited<T>(own: T | undefined, above: T | undefined): T | undefined {
  return own ?? above;
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
    equality: inherited(rule(definition.equality), sup?.equality),
    ordering: inherited(rule(definition.ordering), sup?.ordering),
    substrings: inherited(rule(definition.substrings), sup?.substrings),
    singleValue: definition.singleValue,
    usage: definition.usage,
    operational: definition.usage !== 'userApplications',
    description: definition.text,
  };
}

interface ResolvedAttributes {
  readonly list: readonly AttributeType[];
  readonly registry: Registry<AttributeType>;
  readonly subtypes: ReadonlyMap<AttributeType, readonly AttributeType[]>;
}

function resolveAttributes(texts: readonly string[], rules: Registry<MatchingRule>): ResolvedAttributes {
  const registry = new Registry<AttributeType>('attribute type');
  const hashes = new Map<number, string>();
  const subtypes = new Map<AttributeType, AttributeType[]>();
  const superiors = new Map<AttributeType, readonly AttributeType[]>();
  for (const definition of texts.map(parseAttributeDefinition)) {
    const name = definition.names[0] ?? definition.oid;
    const sup = definition.sup === undefined ? undefined : registry.need(definition.sup, name);
    const type = resolveAttribute(definition, sup, rules);
    registry.add(type, [type.oid, ...type.names]);
    // Stored entries know attributes by this number alone.
    const other = hashes.get(type.hash);
    if (other !== undefined) throw new SchemaError(`${type.name} and ${other} have the same hash; rename one`);
    hashes.set(type.hash, type.name);
    const above = sup === undefined ? [] : [sup, ...(superiors.get(sup) ?? [])];
    superiors.set(type, above);
    for (const each of [type, ...above]) subtypes.set(each, [...(subtypes.get(each) ?? []), type]);
  }
  return { list: [...superiors.keys()], registry, subtypes };
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}

function resolveClass(
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

/** Builds a schema. Superiors come before what refers to them. Throws {@link SchemaError} when it is not consistent. */
export function createSchema(definitions: SchemaDefinitions): Schema {
  const oids = new Map<string, string>();
  const matchingRules = createMatchingRules((name) => oids.get(name.toLowerCase()));
  const rules = new Registry<MatchingRule>('matching rule');
  for (const rule of matchingRules) rules.add(rule, rule.name === undefined ? [rule.oid] : [rule.oid, rule.name]);
  const attributes = resolveAttributes(definitions.attributeTypes, rules);
  const classes = new Registry<ObjectClass>('object class');
  const objectClasses: ObjectClass[] = [];
  for (const definition of definitions.objectClasses.map(parseObjectClassDefinition)) {
    const objectClass = resolveClass(definition, classes, attributes.registry);
    classes.add(objectClass, [objectClass.oid, ...definition.names]);
    objectClasses.push(objectClass);
  }
  // Classes last, so that a name that both a class and an attribute had would mean the class, as objectClass values do.
  for (const type of attributes.list) for (const name of type.names) oids.set(name.toLowerCase(), type.oid);
  for (const rule of matchingRules) if (rule.name !== undefined) oids.set(rule.name.toLowerCase(), rule.oid);
  for (const objectClass of objectClasses) oids.set(objectClass.key, objectClass.oid);
  return {
    attribute: (name) => attributes.registry.find(name),
    objectClass: (name) => classes.find(name),
    matchingRule: (name) => rules.find(name),
    subtypes: (type) => attributes.subtypes.get(type) ?? [type],
    subclasses: (objectClass) =>
      objectClasses.filter((each) => each === objectClass || each.superclasses.includes(objectClass)),
    attributes: attributes.list,
    objectClasses,
    matchingRules,
    definitions,
  };
}

/** The schema of what we serve by default, and of what clients ask for by name. */
export const standardSchema: Schema = createSchema({
  attributeTypes: [
    ...modelAttributes,
    ...entryOperationalAttributes,
    ...subschemaAttributes,
    ...rootDseAttributes,
    ...whitePagesAttributes,
    ...unixAttributes,
    ...activeDirectoryAttributes,
    ...entraAttributes,
  ],
  objectClasses: [...whitePagesClasses, ...unixClasses, ...entraClasses],
});
