/** The overlay as it was read from its files: what it names is not looked up yet. */
import type { GraphProperties } from '../identity/change.ts';
import type { ObjectId } from '../identity/ids.ts';
import type { AttributeChanges, OverlayPlace } from '../identity/overlay.ts';

/** Properties of users by which the overlay may name them, beside the object id. */
export const overlayMatchProperties = [
  'userPrincipalName',
  'employeeId',
  'mail',
  'onPremisesSamAccountName',
  'onPremisesImmutableId',
] as const;

/** One of {@link overlayMatchProperties}. */
export type OverlayMatchProperty = (typeof overlayMatchProperties)[number];

/** How the overlay names an object of the tenant or of its own. */
export type OverlayReference =
  | { readonly by: 'objectId'; readonly objectId: ObjectId }
  | { readonly by: 'property'; readonly property: OverlayMatchProperty; readonly value: string }
  /** The display name of a group. */
  | { readonly by: 'groupName'; readonly name: string }
  /** A short name of a user, or the display name of a group. */
  | { readonly by: 'name'; readonly name: string };

/** A user that the overlay adds. */
export interface LocalUser {
  readonly objectId: ObjectId;
  readonly place: OverlayPlace;
  /** Under the names of Microsoft Graph, so that the attribute map holds for it as for everybody. */
  readonly properties: GraphProperties;
  readonly uid: string | undefined;
  readonly number: number | undefined;
  readonly isLocked: boolean;
  readonly changes: AttributeChanges;
}

/** A group that the overlay adds. */
export interface LocalGroup {
  readonly objectId: ObjectId;
  readonly place: OverlayPlace;
  readonly properties: GraphProperties;
  readonly number: number | undefined;
  readonly changes: AttributeChanges;
}

/** A member that the overlay adds to a group. */
export interface ExtraMember {
  readonly place: OverlayPlace;
  readonly group: OverlayReference;
  readonly member: OverlayReference;
}

/** What the overlay changes of an object of the tenant. */
export interface Override {
  readonly place: OverlayPlace;
  readonly target: OverlayReference;
  /** What of it entries of users and of groups can have. */
  readonly changes: Readonly<Record<'user' | 'group', AttributeChanges>>;
  readonly isLocked: boolean;
}

/** What all overlay files say together, in their order. */
export interface Overlay {
  /** Identifies what it says, the passwords apart; empty for an overlay that says nothing. */
  readonly digest: string;
  readonly files: readonly string[];
  readonly users: readonly LocalUser[];
  readonly groups: readonly LocalGroup[];
  readonly members: readonly ExtraMember[];
  readonly overrides: readonly Override[];
  /** Groups that every user is in. */
  readonly everyone: readonly { readonly place: OverlayPlace; readonly group: OverlayReference }[];
}

/** An overlay that says nothing. */
export const noOverlay: Overlay = {
  digest: '',
  files: [],
  users: [],
  groups: [],
  members: [],
  overrides: [],
  everyone: [],
};
