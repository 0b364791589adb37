import type { BoundIdentity } from '../directory/identity.ts';
import type { UserLookup } from './user-lookup.ts';

/** Why somebody who has bound may not be that any more. */
export type Revocation = 'removed' | 'locked' | 'renamed' | 'passwordChanged';

/**
 * Why an identity that was right when it was bound is not any more, by what is published now; undefined while it is. Trouble
 * of our own revokes nothing, and service accounts are the configuration's to revoke.
 */
export function revocationOf(identity: BoundIdentity, users: UserLookup): Revocation | undefined {
  if (identity.kind !== 'user') return undefined;
  const found = users.byObjectId(identity.objectId);
  if (found.kind === 'none') return 'removed';
  if (found.kind !== 'user') return undefined;
  if (found.user.locked) return 'locked';
  if (found.user.dn !== identity.dn) return 'renamed';
  const { credentialVersion = found.user.credentialVersion } = identity;
  return found.user.credentialVersion === credentialVersion ? undefined : 'passwordChanged';
}
