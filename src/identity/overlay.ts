/** What files of the administrator say beside the tenant: further users, groups and members, and other attributes. */
import type { ObjectId } from './ids.ts';

/** Where something stands in an overlay file; the line counts from 1. */
export interface OverlayPlace {
  readonly file: string;
  readonly line: number;
}

/** Attributes under the schema's names with the values that take the place of what is there; no values: none is left. */
export type AttributeChanges = readonly (readonly [name: string, values: readonly string[]])[];

/** What one place of the overlay says of one object. */
export interface OverlayPart {
  readonly place: OverlayPlace;
  readonly changes: AttributeChanges;
  /** Nobody may bind as it, and it is shown as locked. */
  readonly isLocked: boolean;
}

/** What the overlay says of an object, in its order: of two parts that change one attribute, the later counts. */
export interface RecordOverlay {
  /** True for an object that is in the overlay and not in the tenant. */
  readonly isLocal: boolean;
  readonly parts: readonly OverlayPart[];
  /** The short name to ask for, instead of the one that properties give. */
  readonly uid: string | undefined;
  /** The number to ask for, instead of the one of a property. */
  readonly number: number | undefined;
  /** The local object that has become this one: its name and number are no longer another's. */
  readonly formerly: ObjectId | undefined;
}

/**
 * What the overlay says and what cannot be done, or not as it stands there.
 *
 * - `none`: no object answers to it
 * - `several`: more than one does, so that it has no effect
 * - `merged`: a local user is a user of the tenant too, and its entry follows the tenant
 * - `notForKind`: an attribute that entries of this kind cannot have
 */
export interface OverlayFinding {
  readonly place: OverlayPlace;
  readonly about: 'user' | 'group' | 'member' | 'override';
  readonly kind: 'none' | 'several' | 'merged' | 'notForKind';
  /** The name in question, as it stands there. Personal data: not for the log. */
  readonly name: string;
}

/** What is told of the overlay in use. */
export interface OverlayReport {
  readonly files: readonly string[];
  /** Users and groups that only the overlay has, extra members, and objects with other attributes. */
  readonly users: number;
  readonly groups: number;
  readonly members: number;
  readonly overrides: number;
  readonly findings: readonly OverlayFinding[];
}
