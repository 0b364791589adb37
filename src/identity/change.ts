import type { ObjectId } from './ids.ts';

/** The two collections that Microsoft Graph offers delta queries for and that we mirror. */
export type Collection = 'users' | 'groups';

/** A JSON value as Graph sends it. */
export type GraphValue =
  | string
  | number
  | boolean
  | null
  | readonly GraphValue[]
  | { readonly [key: string]: GraphValue };

/** Graph properties under Graph's own names. Never holds `id` or annotations (`@odata.…`). */
export type GraphProperties = Readonly<Record<string, GraphValue>>;

/** What a group member is; everything that is neither user nor group (devices, service principals, contacts) is `other`. */
export type MemberType = 'user' | 'group' | 'other';

/** One element of `members@delta`. */
export interface MemberChange {
  readonly id: ObjectId;
  readonly type: MemberType;
  /** true: the membership ended; false: it began or is repeated. */
  readonly removed: boolean;
}

/**
 * One decoded element of a delta page.
 *
 * `properties` is a patch: a value of null clears the property, a missing key leaves it as it was
 * (Microsoft Graph, "Use delta query to track changes": entries carry at least the updated properties).
 */
export type DirectoryChange =
  | {
      readonly kind: 'user';
      readonly id: ObjectId;
      readonly properties: GraphProperties;
      /** The object is not in scope: it has no properties here, and loses those that it had. */
      readonly outOfScope?: true;
    }
  | {
      readonly kind: 'group';
      readonly id: ObjectId;
      readonly properties: GraphProperties;
      readonly members: readonly MemberChange[];
      /** As for users; the memberships count nevertheless, for other groups may hold this one. */
      readonly outOfScope?: true;
    }
  | {
      readonly kind: 'removed';
      readonly id: ObjectId;
      /** `changed`: soft-deleted and restorable; `deleted`: gone for ever. */
      readonly reason: 'changed' | 'deleted';
    };

/** An element of a page that could not be decoded. `reason` names the property and never quotes its value. */
export interface RejectedObject {
  readonly id: ObjectId | undefined;
  readonly reason: string;
}

/** Where a delta query goes on: a next link within a round, or the delta link that ends it. Holds personal data: never log it. */
export interface DeltaLink {
  readonly kind: 'next' | 'delta';
  readonly url: string;
}

/** Decoded objects of one answer. */
export interface ObjectPage {
  readonly changes: readonly DirectoryChange[];
  readonly rejected: readonly RejectedObject[];
}

/** Some properties of an object that is known by other means; null where it has none. */
export interface ObjectProperties {
  readonly id: ObjectId;
  readonly properties: GraphProperties;
}

/** One decoded answer of a delta query. */
export interface DeltaPage extends ObjectPage {
  readonly link: DeltaLink;
  /** How many objects of the tenant the page brings; as many as it has elements when left out. */
  readonly read?: number;
}
