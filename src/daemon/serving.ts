import { type AuthenticatorSettings, createAuthenticator } from '../auth/authenticator.ts';
import { createUserLookup } from '../auth/user-lookup.ts';
import type { AccountLimitsConfig, Config } from '../config/config.ts';
import { changedAccounts } from '../config/live.ts';
import type { Access } from '../directory/access.ts';
import { createDirectory } from '../directory/directory.ts';
import type { Directory } from '../directory/directory-port.ts';
import { defaultDirectoryLimits } from '../directory/limits.ts';
import { standardSchema } from '../directory/schema.ts';
import type { Graph } from '../graph/graph.ts';
import { supportedControls, supportedExtensions } from '../ldap/features.ts';
import { defaultLdapLimits } from '../ldap/limits.ts';
import { type LdapServer, startLdapServer } from '../ldap/server.ts';
import { ldapTls, type LoadedServerTls } from '../ldap/server-certificates.ts';
import type { Store } from '../store/store.ts';
import { listenError } from './listen-error.ts';
import type { DaemonOptions } from './options.ts';
import { presentationsOf } from './presentations.ts';

/** A running server, and how it takes over another configuration. */
export interface Serving {
  readonly server: LdapServer;
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
  tls: LoadedServerTls | undefined,
): Promise<Serving> {
  let presentationOf = presentationsOf(config);
  const limits = { ...defaultLdapLimits, ...config.ldap.limits };
  const directoryOffering = (supportedSaslMechanisms: readonly string[]): Directory =>
    createDirectory({
      source: store.source,
      schema: standardSchema,
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
  const users = createUserLookup(store.source, standardSchema);
  const authenticator = createAuthenticator({ ...authenticatorSettings(config, graph), users, clock, log });
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
    const use = (next: Config, before: Config): void => {
      access.use(next.access);
      presentationOf = presentationsOf(next);
      Object.assign(limits, next.ldap.limits);
      authenticator.use(authenticatorSettings(next, graph));
      server.useAccounts(accountLimits(next), changedAccounts(before, next));
    };
    return { server, use };
  } catch (error) {
    throw listenError(error);
  }
}

function authenticatorSettings({ serviceAccounts, bind }: Config, graph: Graph): AuthenticatorSettings {
  return {
    serviceAccounts: serviceAccounts.map((account) => ({ ...account, passwordHash: account.passwordHash?.reveal() })),
    passwords: bind.entra.enabled ? graph.passwords : undefined,
  };
}

function accountLimits({ serviceAccounts }: Config): ReadonlyMap<string, AccountLimitsConfig> {
  return new Map(serviceAccounts.map(({ name, limits }) => [name, limits]));
}
