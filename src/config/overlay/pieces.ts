import type { Schema } from '../../directory/schema.ts';
import type { ObjectId } from '../../identity/ids.ts';
import type { Secret } from '../../identity/secret.ts';
import type { Overlay } from '../../projection/overlay.ts';

/** The schema that attributes are looked up in; `isComplete`: an attribute that is not in it does not exist. */
export interface KnownSchema {
  readonly schema: Schema;
  readonly isComplete: boolean;
}

/** A local user as far as binds need to know. */
export interface LocalAccount {
  readonly objectId: ObjectId;
  /** A bcrypt hash; undefined for a user who cannot bind. */
  readonly passwordHash: Secret | undefined;
  /** Nobody may bind as it, whatever is published. */
  readonly isLocked: boolean;
}

/** What one file says. */
export interface OverlayPieces extends Omit<Overlay, 'digest' | 'files'> {
  readonly accounts: readonly LocalAccount[];
}
