import type { Collection } from './change.ts';

/** What a property of a tenant is. */
export type OfferKind =
  | 'property'
  | 'extensionAttribute'
  | 'directoryExtension'
  | 'schemaExtension'
  | 'securityAttribute';

/** A property that users or groups of the tenant can have. */
export interface OfferedProperty {
  /** As the configuration names it, for instance `jobTitle` or `customSecurityAttributes.Site.Floor`. */
  readonly source: string;
  readonly kind: OfferKind;
  /** What it holds, in a word: `text`, `flag`, `number`, `instant`, `reference`, `objects`, or `any`. */
  readonly type: string;
  /** Whether it can have several values. */
  readonly multiValued: boolean;
  /** What the tenant says about it, or null. */
  readonly description: string | null;
  /** How many of the sampled objects have a value; null when the values must not be read. */
  readonly count: number | null;
  /** Some values, each once, shortened. */
  readonly values: readonly string[];
}

/** A kind of properties that could not be looked for, and why: usually the permissions of which one is missing. */
export interface Undiscovered {
  readonly what: string;
  readonly why: string;
}

/** What a tenant offers of one collection. */
export interface Discovery {
  readonly collection: Collection;
  /** How many objects were looked at. */
  readonly sampled: number;
  readonly properties: readonly OfferedProperty[];
  readonly undiscovered: readonly Undiscovered[];
}

/** The same beside the configuration. */
export interface MappableProperty extends OfferedProperty {
  /** The attributes, and the keys of the configuration, that are taken from it. */
  readonly mappedTo: readonly string[];
  /** A line of the configuration that maps it, to put under `attributes`; null when it is mapped already or cannot be. */
  readonly line: string | null;
}

/** What a tenant offers, beside the configuration. */
export interface PropertiesOfTenant extends Omit<Discovery, 'properties'> {
  readonly properties: readonly MappableProperty[];
}
