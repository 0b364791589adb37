import type { Collection } from '../identity/change.ts';
import { isTracked, type PropertyShape, propertyShape } from '../identity/graph-properties.ts';
import type { QueryOptions } from './graph-url.ts';

/** The names of the properties that are read of each collection, beside `id` and the members of groups. */
export type SelectedProperties = Readonly<Record<Collection, readonly string[]>>;

/** A property that is read, and its shape. */
export interface SelectedProperty {
  readonly name: string;
  readonly shape: PropertyShape;
}

/** What is read of one collection, and how it is asked for. */
export interface Selection {
  readonly collection: Collection;
  /** What delta queries report, `manager` left out. */
  readonly tracked: readonly SelectedProperty[];
  /** What only lists tell, see {@link isTracked}. */
  readonly untracked: readonly SelectedProperty[];
  /** Whether the managers of users are read. */
  readonly manager: boolean;
}

/** Sorts what is selected by how it can be had. Throws a `TypeError` for a name that Microsoft Graph cannot know. */
export function selectionOf(collection: Collection, names: readonly string[]): Selection {
  const properties = [...new Set(names)].sort().map((name): SelectedProperty => {
    const shape = propertyShape(collection, name);
    if (shape === undefined) throw new TypeError(`Microsoft Graph has no property ${name} of ${collection}`);
    return { name, shape };
  });
  const values = properties.filter(({ shape }) => shape !== 'reference');
  return {
    collection,
    tracked: values.filter(({ name }) => isTracked(name)),
    untracked: values.filter(({ name }) => !isTracked(name)),
    manager: values.length < properties.length,
  };
}

/** `$select` of a delta query: relations are selected like properties. */
export function deltaSelect({ collection, tracked, manager }: Selection): string {
  const relations = [...(manager ? ['manager'] : []), ...(collection === 'groups' ? ['members'] : [])];
  return [...tracked.map(({ name }) => name), ...relations].join(',');
}

/** The options of a list with what a delta query would report; lists expand relations instead of selecting them. */
export function listOptions({ tracked, manager }: Selection): QueryOptions {
  return {
    $select: ['id', ...tracked.map(({ name }) => name)].join(','),
    ...(manager ? { $expand: 'manager($select=id)' } : {}),
  };
}
