import type { BoundIdentity } from '../directory/identity.ts';

/** The authzId of RFC 4513 §5.2.1.8; empty for anonymous. */
export function authorizationIdentity(identity: BoundIdentity): string {
  return identity.kind === 'anonymous' ? '' : `dn:${identity.dn}`;
}
