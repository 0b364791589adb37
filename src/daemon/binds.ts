import { type AuthenticatorSettings, createAuthenticator, type LiveAuthenticator } from '../auth/authenticator.ts';
import { revocationOf } from '../auth/revocation.ts';
import { createUserLookup } from '../auth/user-lookup.ts';
import type { Config } from '../config/config.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import { standardSchema } from '../directory/schema.ts';
import type { Graph } from '../graph/graph.ts';
import type { LdapServer } from '../ldap/server.ts';
import { bindRevoked } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Store } from '../store/store.ts';
import { type OwnPasswords, serviceAccountsOf } from './own-passwords.ts';
import type { DaemonOptions } from './options.ts';

/** Binds as the configuration has them; they are written to the audit trail of the store. */
export function openBinds(
  { config, clock, log }: Pick<DaemonOptions, 'config' | 'clock' | 'log'>,
  store: Store,
  graph: Graph,
  { appPasswords, remembered }: OwnPasswords,
): LiveAuthenticator {
  const users = createUserLookup(store.source, standardSchema);
  const settings = authenticatorSettings(config, graph);
  return createAuthenticator({ ...settings, users, events: store.bindEvents, appPasswords, remembered, clock, log });
}

/** What of the configuration binds work by. */
export function authenticatorSettings(
  { serviceAccounts, localAccounts, bind }: Config,
  graph: Graph,
): AuthenticatorSettings {
  return {
    serviceAccounts: serviceAccountsOf({ serviceAccounts }),
    localAccounts: localAccounts.map((account) => ({ ...account, passwordHash: account.passwordHash?.reveal() })),
    passwords: bind.entra.enabled ? graph.passwords : undefined,
    bind: { ...bind, acceptProven: bind.entra.acceptProven },
  };
}

/** Disconnects whoever is bound as one of these users. */
export function revokeUsers(server: LdapServer, objectIds: ReadonlySet<string>, reason: string, log: Log): void {
  server.revoke((identity) => {
    if (identity.kind !== 'user' || !objectIds.has(identity.objectId)) return false;
    bindRevoked(log, { account: identity.objectId, reason });
    return true;
  });
}

/** Disconnects, after each publish until disposed, users who are not any more who they were when they bound. */
export function revokeOnPublish(server: LdapServer, store: Store, log: Log): Disposable {
  const users = createUserLookup(store.source, standardSchema);
  const isRevoked = (identity: BoundIdentity): boolean => {
    const reason = revocationOf(identity, users);
    if (identity.kind !== 'user' || reason === undefined) return false;
    bindRevoked(log, { account: identity.objectId, reason });
    return true;
  };
  return store.source.onPublished(() => server.revoke(isRevoked));
}

/** Disconnects who is bound as a service account that the configuration has changed. */
export function revokeAccounts(server: LdapServer, changed: ReadonlySet<string>, log: Log): void {
  server.revoke((identity) => {
    if (identity.kind !== 'service' || !changed.has(identity.name)) return false;
    bindRevoked(log, { account: identity.dn, reason: 'changed' });
    return true;
  });
}

/** How often what is too old is looked for. */
const pruneIntervalMs = 3_600_000;

/** Keeps the audit trail and what is remembered within their ages, also while nobody binds, until disposed. */
export function pruneBinds(authenticator: LiveAuthenticator, { clock }: Pick<DaemonOptions, 'clock'>): Disposable {
  const stopped = new AbortController();
  const prune = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await authenticator.prune();
      await clock.sleep(pruneIntervalMs, stopped.signal).catch(() => undefined);
    }
  };
  void prune();
  return { [Symbol.dispose]: () => stopped.abort() };
}
