import { GroupLookup } from '../auth/group-lookup.ts';
import { LinkPolicy } from '../auth/link-policy.ts';
import { closingOf, type Revocation, revocationOf } from '../auth/revocation.ts';
import { createUserLookup } from '../auth/user-lookup.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import type { PublishedSource } from '../directory/reader.ts';
import { standardSchema } from '../directory/schema.ts';
import type { LdapServer } from '../ldap/server.ts';
import { bindRevoked } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { ServedSettings } from './served-settings.ts';

/** Why the way by which somebody has bound is not open any more, if it is not. */
export type ClosingOf = (identity: BoundIdentity) => Revocation | undefined;

/** Tells of ways to log in that these settings, and what is published when it is asked, have closed. */
export function closingBy(
  { bind, serviceAccounts }: Pick<ServedSettings, 'bind' | 'serviceAccounts'>,
  source: PublishedSource,
): ClosingOf {
  const policy = new LinkPolicy({ bind, serviceAccounts, groups: new GroupLookup(source, standardSchema) });
  return (identity) => closingOf(identity, policy, bind.entra.acceptProven);
}

/** Whom to disconnect: plain data, so that another thread can be handed it. */
export type RevocationOrder =
  /** Who is bound as one of these users. */
  | { readonly kind: 'users'; readonly objectIds: ReadonlySet<string>; readonly reason: string }
  /** Who is bound as one of these service accounts, by their names. */
  | { readonly kind: 'accounts'; readonly names: ReadonlySet<string> };

/** Disconnects whom the order names. */
export function revoke(server: LdapServer, order: RevocationOrder, log: Log): void {
  server.revoke((identity) => {
    switch (identity.kind) {
      case 'user':
        if (order.kind !== 'users' || !order.objectIds.has(identity.objectId)) return false;
        bindRevoked(log, { account: identity.objectId, reason: order.reason });
        return true;
      case 'service':
        if (order.kind !== 'accounts' || !order.names.has(identity.name)) return false;
        bindRevoked(log, { account: identity.dn, reason: 'changed' });
        return true;
      case 'anonymous':
        return false;
    }
  });
}

/**
 * Disconnects users who are, by what is published now, not any more who they were when they bound, or whose way to log in is not open
 * any more.
 */
export function revokeOutdated(
  server: LdapServer,
  source: PublishedSource,
  log: Log,
  closing: ClosingOf = () => undefined,
): void {
  const users = createUserLookup(source, standardSchema);
  server.revoke((identity: BoundIdentity) => {
    const reason = revocationOf(identity, users) ?? closing(identity);
    if (identity.kind !== 'user' || reason === undefined) return false;
    bindRevoked(log, { account: identity.objectId, reason });
    return true;
  });
}
