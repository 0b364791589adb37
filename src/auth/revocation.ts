import type { BoundIdentity } from '../directory/identity.ts';
import { DirectoryStorageError } from '../directory/reader.ts';
import type { LinkPolicy } from './link-policy.ts';
import type { UserLookup } from './user-lookup.ts';

/** Why somebody who has bound may not be that any more. */
export type Revocation = 'removed' | 'locked' | 'renamed' | 'passwordChanged' | 'linkClosed' | 'codeRequired';

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

/**
 * Why the way by which somebody has bound is not open any more, by the rules and memberships of now; undefined while it is.
 * `acceptProven` are the codes of Entra that count as success now. Trouble of our own closes nothing.
 */
export function closingOf(
  identity: BoundIdentity,
  policy: LinkPolicy,
  acceptProven: readonly number[],
): Revocation | undefined {
  if (identity.kind !== 'user' || identity.proof === undefined) return undefined;
  const { link, address, hasCode, letThrough } = identity.proof;
  if (letThrough.some((code) => !acceptProven.includes(code))) return 'linkClosed';
  try {
    const ruling = policy.of(identity, address);
    if (!ruling.isOpen(link)) return 'linkClosed';
    return ruling.needsCode(link) && !hasCode ? 'codeRequired' : undefined;
  } catch (error) {
    if (!(error instanceof DirectoryStorageError)) throw error;
    return undefined;
  }
}
