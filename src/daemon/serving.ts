import type { AppPasswords } from '../auth/app-passwords.ts';
import type { LiveAuthenticator } from '../auth/authenticator.ts';
import type { AccountLimitsConfig, Config } from '../config/config.ts';
import { changedAccounts, changedLocalAccounts } from '../config/live.ts';
import type { Access } from '../directory/access.ts';
import { createDirectory } from '../directory/directory.ts';
import type { Directory } from '../directory/directory-port.ts';
import { followSchema } from '../directory/following-directory.ts';
import { defaultDirectoryLimits } from '../directory/limits.ts';
import type { Schema } from '../directory/schema.ts';
import type { Graph } from '../graph/graph.ts';
import { supportedControls, supportedExtensions } from '../ldap/features.ts';
import { defaultLdapLimits } from '../ldap/limits.ts';
import { type LdapServer, startLdapServer } from '../ldap/server.ts';
import { ldapTls, type LoadedServerTls } from '../ldap/server-certificates.ts';
import type { Store } from '../store/store.ts';
import { authenticatorSettings, openBinds, revokeAccounts, revokeUsers } from './binds.ts';
import { listenError } from './listen-error.ts';
import type { DaemonOptions } from './options.ts';
import { openOwnPasswords } from './own-passwords.ts';
import { presentationsOf } from './presentations.ts';
import type { ServedSchema } from './served-schema.ts';

/** A running server, and how it takes over another configuration. */
export interface Serving {
  readonly server: LdapServer;
  readonly authenticator: LiveAuthenticator;
  readonly appPasswords: AppPasswords;
  use(next: Config, before: Config): void;
}

/**
 * Serves what is published.
 *
 * @throws StartupError when it cannot listen
 */
export async function startServer(
  { config, log, clock, version }: DaemonOptions,
  store: Store,
  graph: Graph,
  access: Access,
  schema: ServedSchema,
  tls: LoadedServerTls | undefined,
): Promise<Serving> {
  let presentationOf = presentationsOf(config);
  const limits = { ...defaultLdapLimits, ...config.ldap.limits };
  const directoryBy = (served: Schema, supportedSaslMechanisms: readonly string[]): Directory =>
    createDirectory({
      source: store.source,
      schema: served,
      baseDn: config.directory.baseDn,
      access,
      presentationOf: (who) => presentationOf(who),
      limits: { ...defaultDirectoryLimits, examinedMax: config.ldap.lookthroughLimit },
      rootDse: {
        vendorName: 'entra-ldapd',
        vendorVersion: version,
        supportedControls,
        supportedExtensions: supportedExtensions({ startTls: tls !== undefined }),
        supportedFeatures: [],
        supportedSaslMechanisms,
      },
    });
  const directoryOffering = (mechanisms: readonly string[]): Directory =>
    followSchema(
      () => schema.current,
      (served) => directoryBy(served, mechanisms),
    );
  const own = await openOwnPasswords({ config, clock, log }, store);
  const { appPasswords } = own;
  const authenticator = openBinds({ config, clock, log }, store, graph, own);
  try {
    const server = await startLdapServer({
      listeners: config.ldap.listeners,
      ...(tls && { tls: ldapTls(tls) }),
      directory: directoryOffering([]),
      directoryOffering,
      authenticator,
      log,
      clock,
      limits,
      requireTlsForBind: config.ldap.requireTlsForBind,
      clearPasswordsFrom: config.ldap.clearPasswordsFrom,
      accountLimits: accountLimits(config),
    });
    appPasswords.onRevoked((objectId) => {
      revokeUsers(server, new Set([objectId]), 'an app password was revoked', log);
    });
    const use = (next: Config, before: Config): void => {
      schema.use(next.projection);
      access.useSchema(schema.current);
      access.use(next.access);
      presentationOf = presentationsOf(next);
      Object.assign(limits, next.ldap.limits);
      authenticator.use(authenticatorSettings(next, graph));
      server.useAccounts(accountLimits(next));
      revokeAccounts(server, changedAccounts(before, next), log);
      revokeUsers(server, changedLocalAccounts(before, next), 'changed', log);
    };
    return { server, authenticator, appPasswords, use };
  } catch (error) {
    throw listenError(error);
  }
}

function accountLimits({ serviceAccounts }: Config): ReadonlyMap<string, AccountLimitsConfig> {
  return new Map(serviceAccounts.map(({ name, limits }) => [name, limits]));
}
