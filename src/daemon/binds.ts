import { type AuthenticatorSettings, createAuthenticator, type LiveAuthenticator } from '../auth/authenticator.ts';
import { GroupLookup } from '../auth/group-lookup.ts';
import { createUserLookup } from '../auth/user-lookup.ts';
import type { Config } from '../config/config.ts';
import { standardSchema } from '../directory/schema.ts';
import type { Graph } from '../graph/graph.ts';
import type { AuthAdmin } from '../identity/auth-report.ts';
import type { Store } from '../store/store.ts';
import { type OwnPasswords, serviceAccountsOf } from './own-passwords.ts';
import type { DaemonOptions } from './options.ts';
import { ntHashSettings } from './samba.ts';

/** Binds as the configuration has them; they are written to the audit trail of the store. */
export function openBinds(
  { config, clock, log }: Pick<DaemonOptions, 'config' | 'clock' | 'log'>,
  store: Store,
  graph: Graph,
  own: OwnPasswords,
): LiveAuthenticator {
  const users = createUserLookup(store.source, standardSchema);
  const settings = authenticatorSettings(config, graph);
  const { appPasswords, oneTimeCodes, remembered, ntHashes } = own;
  return createAuthenticator({
    ...settings,
    users,
    groups: new GroupLookup(store.source, standardSchema),
    events: store.bindEvents,
    appPasswords,
    oneTimeCodes,
    remembered,
    ntHashes,
    clock,
    log,
  });
}

/** What of the configuration binds work by. */
export function authenticatorSettings(config: Config, graph: Graph): AuthenticatorSettings {
  const { serviceAccounts, localAccounts, bind } = config;
  return {
    serviceAccounts: serviceAccountsOf({ serviceAccounts }),
    localAccounts: localAccounts.map((account) => ({ ...account, passwordHash: account.passwordHash?.reveal() })),
    passwords: isEntraAsked(bind) ? graph.passwords : undefined,
    bind: { ...bind, acceptProven: bind.entra.acceptProven, ntHash: ntHashSettings(config) },
  };
}

/** Whether Entra is asked about the passwords of anybody. */
export function isEntraAsked({ entra, rules }: Config['bind']): boolean {
  return entra.enabled || rules.some(({ switches }) => switches.entra === true);
}

/** What an administrator may ask about binds; whoever follows them is told of no more when the signal aborts. */
export function authAdminUntil(signal: AbortSignal, admin: AuthAdmin): AuthAdmin {
  return {
    report: () => admin.report(),
    shield: () => admin.shield(),
    unlock: (name) => admin.unlock(name),
    lastRefusal: (objectId) => admin.lastRefusal(objectId),
    events: (query) => admin.events(query),
    followEvents: (query, following) => admin.followEvents(query, AbortSignal.any([following, signal])),
  };
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
