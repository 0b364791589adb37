/**
 * The schema: which attribute types, object classes and matching rules there are, resolved and checked. What does not fit
 * together (a reference to nothing, a name or number twice) is refused when it is built, not met by a client.
 */

import { createMatchingRules } from './schema-rules.ts';
import type { MatchingRule } from './schema-rules.ts';
import { Registry, resolveAttributes, resolveClass } from './schema-elements.ts';
import type { AttributeType, ObjectClass } from './schema-elements.ts';
import { isKeystring, parseObjectClassDefinition, SchemaError } from './schema-notation.ts';
import { unixAttributes, whitePagesAttributes } from './schema-attributes.ts';
import { activeDirectoryAttributes, entraAttributes, ownArc, renumberedAttributes } from './schema-attributes-entra.ts';
import {
  entryOperationalAttributes,
  modelAttributes,
  rootDseAttributes,
  subschemaAttributes,
} from './schema-attributes-operational.ts';
import { sambaAttributes, sambaClasses } from './schema-samba.ts';
import { entraClasses, namedClasses, unixClasses, whitePagesClasses } from './schema-classes.ts';
import { Syntax } from './schema-syntaxes.ts';
import { attributeHash } from './schema-elements.ts';

/** Looks up schema elements by any of their names, in any letter case, or by numeric OID. */
export interface Schema {
  attribute(nameOrOid: string): AttributeType | undefined;
  objectClass(nameOrOid: string): ObjectClass | undefined;
  matchingRule(nameOrOid: string): MatchingRule | undefined;
  /** The type with this {@link AttributeType.hash}. */
  attributeByHash(hash: number): AttributeType | undefined;
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
    attributeByHash: (hash) => attributes.byHash.get(hash),
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
    ...sambaAttributes,
    ...activeDirectoryAttributes,
    ...renumberedAttributes,
    ...entraAttributes,
  ],
  objectClasses: [...whitePagesClasses, ...unixClasses, ...sambaClasses, ...entraClasses, ...namedClasses],
});

/** What values of an attribute from the configuration are; `known`: what the schema says, for it has the attribute already. */
export type CustomAttributeKind = 'text' | 'integer' | 'boolean' | 'time' | 'dn' | 'known';

/** An attribute that the configuration adds to the schema, or to what entries may have. */
export interface CustomAttribute {
  /** Letters, digits and hyphens, a letter first. */
  readonly name: string;
  readonly kind: CustomAttributeKind;
  readonly multiValued: boolean;
  /** Whose entries may have it. */
  readonly of: 'users' | 'groups' | 'both';
}

const customSyntax: Readonly<Record<Exclude<CustomAttributeKind, 'known'>, string>> = {
  text: `EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX ${Syntax.directoryString}`,
  integer: `EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX ${Syntax.integer}`,
  boolean: `EQUALITY booleanMatch SYNTAX ${Syntax.boolean}`,
  time: `EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX ${Syntax.generalizedTime}`,
  dn: `EQUALITY distinguishedNameMatch SYNTAX ${Syntax.dn}`,
};

function describeCustom(custom: CustomAttribute): readonly string[] {
  if (custom.kind === 'known') return [];
  if (!isKeystring(custom.name)) throw new SchemaError(`${custom.name} cannot be the name of an attribute`);
  // The number follows from the name, so that it is the same in every daemon and after every change of the configuration.
  const oid = `${ownArc}.9.${attributeHash(custom.name.toLowerCase())}`;
  return [`( ${oid} NAME '${custom.name}' ${customSyntax[custom.kind]}${custom.multiValued ? '' : ' SINGLE-VALUE'} )`];
}

function describeCustomClass(number: number, name: string, attributes: readonly CustomAttribute[]): readonly string[] {
  if (attributes.length === 0) return [];
  const names = attributes.map((attribute) => attribute.name).join(' $ ');
  return [`( ${ownArc}.2.${number} NAME '${name}' SUP top AUXILIARY MAY ( ${names} ) )`];
}

/**
 * The schema with further attributes. Entries that carry them are of the auxiliary class `entraCustomUser` or
 * `entraCustomGroup`, which allows them. Throws {@link SchemaError} for a name that is malformed or taken.
 */
export function extendSchema(schema: Schema, custom: readonly CustomAttribute[]): Schema {
  const allowed = (whose: 'users' | 'groups'): readonly CustomAttribute[] =>
    custom.filter((attribute) => attribute.of === whose || attribute.of === 'both');
  return createSchema({
    attributeTypes: [...schema.definitions.attributeTypes, ...custom.flatMap(describeCustom)],
    objectClasses: [
      ...schema.definitions.objectClasses,
      ...describeCustomClass(90, 'entraCustomUser', allowed('users')),
      ...describeCustomClass(91, 'entraCustomGroup', allowed('groups')),
    ],
  });
}
