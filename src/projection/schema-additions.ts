/** What the map of attributes makes of the schema: attributes that no schema has, and such as entries of users or groups do not have elsewhere. */
import { extendSchema, type Schema, standardSchema } from '../directory/schema.ts';
import { attributeHash } from '../directory/schema-elements.ts';
import type { AddedAttribute } from '../identity/view.ts';
import { attributeMap, type MappedAttribute } from './attribute-map.ts';
import { GROUP_CLASSES, USER_CLASSES } from './object-classes.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ValueShape } from './property-path.ts';
import { pathsOf, type Source } from './source.ts';
import type { AttributeSettings, EntryOwner } from './source-setting.ts';

const classes: Readonly<Record<EntryOwner, readonly string[]>> = { users: USER_CLASSES, groups: GROUP_CLASSES };

/** The class that allows what the map adds to the entries of each kind. */
export const addedClasses = { users: 'entraCustomUser', groups: 'entraCustomGroup' } as const;

const allowed: Readonly<Record<EntryOwner, ReadonlySet<string>>> = {
  users: allowedBy(USER_CLASSES),
  groups: allowedBy(GROUP_CLASSES),
};

function allowedBy(names: readonly string[]): ReadonlySet<string> {
  const types = names.flatMap((name) => {
    const objectClass = standardSchema.objectClass(name);
    return objectClass === undefined ? [] : [...objectClass.must, ...objectClass.may];
  });
  return new Set(types.map((type) => type.key));
}

/** The settings that add to the schema. */
export type MappingSettings = {
  readonly [owner in EntryOwner]: Pick<ProjectionSettings[owner], 'attributes'>;
};

/** What the maps of the settings add to the schema, by name. */
export function schemaAdditions({ users, groups }: MappingSettings): readonly AddedAttribute[] {
  const added = new Map<string, AddedAttribute>();
  for (const each of [...additionsOf('users', users.attributes), ...additionsOf('groups', groups.attributes)]) {
    const key = each.name.toLowerCase();
    added.set(key, merged(added.get(key), each));
  }
  return [...added.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What one map adds. */
export function additionsOf(owner: EntryOwner, settings: AttributeSettings): readonly AddedAttribute[] {
  return attributeMap(owner, settings).attributes.flatMap((each) => additionOf(owner, each) ?? []);
}

function additionOf(owner: EntryOwner, { name, type, source }: MappedAttribute): AddedAttribute | undefined {
  if (type === undefined) {
    return { name, kind: kindOf(source), multiValued: isMultiValued(source), of: owner };
  }
  return allowed[owner].has(type.key) ? undefined : { name, kind: 'known', multiValued: !type.singleValue, of: owner };
}

const kindByShape: Readonly<Partial<Record<ValueShape, AddedAttribute['kind']>>> = {
  flag: 'boolean',
  number: 'integer',
  instant: 'time',
  reference: 'dn',
};

/** What values are, where all that they can come from is alike; else text. */
function kindOf(source: Source): AddedAttribute['kind'] {
  const shapes = new Set(source.map((each) => (each.kind === 'reference' ? pathsOf(each)[0]?.shape : undefined)));
  const [shape] = shapes;
  return (shapes.size === 1 && shape !== undefined && kindByShape[shape]) || 'text';
}

/** Whether a source can have several values; what a function leaves of them is not looked at. */
function isMultiValued(source: Source): boolean {
  return source.some((each) =>
    each.kind === 'constant'
      ? each.values.length > 1
      : pathsOf(each).some(({ shape }) => shape === 'texts' || shape === 'any'),
  );
}

function merged(one: AddedAttribute | undefined, other: AddedAttribute): AddedAttribute {
  if (one === undefined) return other;
  return {
    ...one,
    multiValued: one.multiValued || other.multiValued,
    of: one.of === other.of ? one.of : 'both',
  };
}

/** What the settings add with what was added before them and may still be in entries: in doubt, the settings say what it is. */
export function mergedAdditions(
  wanted: readonly AddedAttribute[],
  earlier: readonly AddedAttribute[],
): readonly AddedAttribute[] {
  const byHash = new Map(wanted.map((each) => [attributeHash(each.name.toLowerCase()), each]));
  for (const each of earlier) {
    const hash = attributeHash(each.name.toLowerCase());
    const own = byHash.get(hash);
    if (own !== undefined) byHash.set(hash, merged(own, each));
    // What was an addition once may be in the schema of a later version.
    else if ((each.kind === 'known') === (standardSchema.attributeByHash(hash) !== undefined)) byHash.set(hash, each);
  }
  return [...byHash.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The standard schema with additions. Throws a SchemaError for such as the configuration would have refused. */
export function schemaWith(additions: readonly AddedAttribute[]): Schema {
  return additions.length === 0 ? standardSchema : extendSchema(standardSchema, additions);
}

/** The schema of the entries that the settings make. */
export function schemaOf(settings: ProjectionSettings): Schema {
  return schemaWith(schemaAdditions(settings));
}

/** The object classes of the entries of one kind. */
export function entryClasses(owner: EntryOwner, additions: readonly AddedAttribute[]): readonly string[] {
  const isAdded = additions.some(({ of }) => of === owner || of === 'both');
  return isAdded ? [...classes[owner], addedClasses[owner]] : classes[owner];
}
