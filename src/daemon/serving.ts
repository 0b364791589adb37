import type { AppPasswords } from '../auth/app-passwords.ts';
import type { LiveAuthenticator } from '../auth/authenticator.ts';
import type { OneTimeCodes } from '../auth/one-time-codes.ts';
import type { Config } from '../config/config.ts';
import { changedAccounts, changedLocalAccounts } from '../config/live.ts';
import type { Graph } from '../graph/graph.ts';
import type { LdapTls } from '../ldap/tls.ts';
import { ldapTls, type LoadedServerTls } from '../ldap/server-certificates.ts';
import type { Store } from '../store/store.ts';
import { authenticatorSettings, openBinds } from './binds.ts';
import type { LdapService } from './ldap-service.ts';
import { keysInUse } from './keyring.ts';
import { listenError } from './listen-error.ts';
import type { DaemonOptions } from './options.ts';
import { openOwnPasswords } from './own-passwords.ts';
import { sambaFor } from './samba.ts';
import { ServedDirectory } from './served-directory.ts';
import { servedSettings } from './served-settings.ts';
import { ServingThread } from './serving-thread.ts';
import { explainOneThread, servingThreads } from './workers/serving-threads.ts';
import { startWorkers } from './workers/worker-pool.ts';

/** A running server, and how it takes over another configuration. */
export interface Serving {
  readonly server: LdapService;
  /** The directory as LDAP shows it. */
  readonly directory: ServedDirectory;
  readonly authenticator: LiveAuthenticator;
  readonly appPasswords: AppPasswords;
  readonly oneTimeCodes: OneTimeCodes;
  use(next: Config, before: Config): void;
}

/**
 * Serves what is published.
 *
 * @throws StartupError when it cannot listen
 */
export async function startServer(
  options: DaemonOptions,
  store: Store,
  graph: Graph,
  tls: LoadedServerTls | undefined,
): Promise<Serving> {
  const { config, log, clock, version } = options;
  const own = await openOwnPasswords({ config, clock, log }, store);
  const { appPasswords, oneTimeCodes, ntHashes } = own;
  const directory = new ServedDirectory({
    source: store.source,
    view: store.view,
    settings: servedSettings(config),
    version,
    startTls: tls !== undefined,
    threads: 1,
    additions: (settings) => sambaFor(settings, ntHashes.lookup, store.source),
  });
  const authenticator = openBinds({ config, clock, log }, store, graph, own);
  try {
    const server = await startService(options, store, directory, authenticator, tls && ldapTls(tls));
    appPasswords.onRevoked((objectId) => {
      server.revoke({ kind: 'users', objectIds: new Set([objectId]), reason: 'an app password was revoked' });
    });
    oneTimeCodes.onRevoked((objectId) => {
      server.revoke({ kind: 'users', objectIds: new Set([objectId]), reason: 'the one-time codes were ended' });
    });
    const use = (next: Config, before: Config): void => {
      const settings = servedSettings(next);
      directory.use(settings);
      authenticator.use(authenticatorSettings(next, graph));
      server.use(settings);
      server.revoke({ kind: 'accounts', names: changedAccounts(before, next) });
      server.revoke({ kind: 'users', objectIds: changedLocalAccounts(before, next), reason: 'changed' });
    };
    return { server, directory, authenticator, appPasswords, oneTimeCodes, use };
  } catch (error) {
    throw listenError(error);
  }
}

/** Serves by as many threads as the configuration asks for. */
async function startService(
  { config, log, clock, version, logLevel }: DaemonOptions,
  store: Store,
  directory: ServedDirectory,
  authenticator: LiveAuthenticator,
  tls: LdapTls | undefined,
): Promise<LdapService> {
  const settings = servedSettings(config);
  const threads = servingThreads(config.ldap);
  if (threads > 1) {
    return await startWorkers({
      threads,
      settings,
      tls,
      store: { directory: config.store.path, tenantId: config.tenant.id },
      publications: store.publications,
      authenticator,
      secretKeys: (await keysInUse(config))?.keys ?? [],
      version,
      log,
      clock,
      isDebugging: () => logLevel?.() === 'debug',
    });
  }
  if (config.ldap.workers === 'auto') explainOneThread(log);
  const { source } = store;
  const { listeners } = config.ldap;
  return await ServingThread.alone({ settings, listeners, tls, directory, source, authenticator, log, clock, threads });
}
