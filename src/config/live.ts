/** What of a changed configuration a running daemon can take over, and what only a restart can. Pure. */
import { Secret } from '../identity/secret.ts';
import type { Config } from './config.ts';
import { readableSettings } from './live-reading.ts';

/** What becomes of a changed configuration. */
export interface LiveChange {
  /** What to run with: the wanted configuration, with the running one where only a restart helps. */
  readonly config: Config;
  /** Keys that differ from the running configuration and that only a restart takes over, in the order of the file. */
  readonly needsRestart: readonly string[];
}

type Part = readonly [key: string, of: (config: Config) => unknown];

const fixed: readonly Part[] = [
  ['tenant', ({ tenant }) => tenant],
  ['directory.baseDn', ({ directory }) => directory.baseDn],
  ['directory.users', ({ directory }) => directory.users],
  ['directory.groups', ({ directory }) => directory.groups],
  ['directory.services', ({ directory }) => directory.services],
  ['directory.privateGroups', ({ directory }) => directory.privateGroups],
  ['directory.sudoers', ({ directory }) => directory.sudoers],
  ['users.enabled', ({ scope }) => scope.users.enabled],
  ['users.filter', ({ scope }) => scope.users.filter],
  ['users.memberOf', ({ scope }) => scope.users.memberOf],
  ['groups.enabled', ({ scope }) => scope.groups.enabled],
  ['groups.filter', ({ scope }) => scope.groups.filter],
  ['sync.mode', ({ sync }) => sync.mode],
  ['sync.assignedOnly', ({ scope }) => scope.assignedOnly],
  ['store.path', ({ store }) => store.path],
  ['store.undo', ({ store }) => store.undo],
  ['store.history', ({ store }) => store.historyEntriesMax],
  ['secrets', ({ secrets }) => secrets],
  ['ldap.listen, ldap.tlsListen', ({ ldap }) => ldap.listeners],
  ['ldap.tls', ({ ldap }) => ldap.tls],
  ['ldap.workers', ({ ldap }) => ldap.workers],
  ['ldap.requireTlsForBind', ({ ldap }) => ldap.requireTlsForBind],
  ['ldap.clearPasswordsFrom', ({ ldap }) => ldap.clearPasswordsFrom],
  ['http.listen', ({ http }) => http.listeners],
  ['http.tls', ({ http }) => http.tls],
  ['bind.entra.timeout', ({ bind }) => bind.entra.timeoutMs],
  ['log.format', ({ log }) => log.format],
];

/** What is made of the names of the tree, which only a restart changes. */
const belowTree: readonly Part[] = [
  ['users, groups, policy, sudo, overlay', ({ projection }) => projection],
  ['serviceAccounts', ({ serviceAccounts }) => serviceAccounts],
  ['access', ({ access }) => access],
  ['bind.rules', ({ bind }) => bind.rules],
];

/** Decides what a daemon that runs with `running` does about `wanted`. */
export function liveChange(running: Config, wanted: Config): LiveChange {
  const differs = ([, of]: Part): boolean => !sameSettings(of(running), of(wanted));
  const treeStays = sameSettings(treeOf(running), treeOf(wanted));
  const readable = readableSettings(running.readBy, running.projection, wanted.projection);
  const { projection, verifiedDomainsOnly, serviceAccounts, localAccounts, access } = running;
  return {
    config: {
      ...wanted,
      ...(treeStays
        ? { projection: readable.projection }
        : { projection, verifiedDomainsOnly, serviceAccounts, localAccounts, access }),
      readBy: running.readBy,
      tenant: running.tenant,
      scope: running.scope,
      sync: { ...wanted.sync, mode: running.sync.mode },
      store: running.store,
      secrets: running.secrets,
      directory: { ...wanted.directory, ...treeOf(running) },
      ldap: { ...running.ldap, limits: wanted.ldap.limits },
      http: { ...wanted.http, ...fixedHttpOf(running) },
      bind: {
        ...wanted.bind,
        // They name groups by their place in the tree, and the service accounts that stay.
        rules: (treeStays ? wanted : running).bind.rules,
        entra: { ...wanted.bind.entra, timeoutMs: running.bind.entra.timeoutMs },
      },
      log: { ...running.log, level: wanted.log.level },
    },
    needsRestart: [...fixed, ...(treeStays ? [] : belowTree)]
      .filter(differs)
      .map(([key]) => key)
      .concat(treeStays ? readable.keys : []),
  };
}

/** Service accounts of `running` that are gone, or that another credential opens, or that have other rights. */
export function changedAccounts(running: Config, next: Config): ReadonlySet<string> {
  const facts = ({ serviceAccounts, access }: Config): ReadonlyMap<string, unknown> =>
    new Map(
      serviceAccounts.map((account) => [
        account.name,
        [account, access.services.get(account.name) ?? access.otherServices],
      ]),
    );
  const after = facts(next);
  const changed = [...facts(running)].filter(([name, before]) => !sameSettings(before, after.get(name)));
  return new Set(changed.map(([name]) => name));
}

/** Object ids of users whom only the overlay has and who are gone from its files, locked, or have another password there. */
export function changedLocalAccounts(running: Config, next: Config): ReadonlySet<string> {
  const after = new Map(next.localAccounts.map((account) => [account.objectId, account]));
  const changed = running.localAccounts.filter((account) => !sameSettings(account, after.get(account.objectId)));
  return new Set(changed.map(({ objectId }) => objectId));
}

/** Whether two settings say the same, secrets included. */
export function sameSettings(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal();
  }
  if (isCollection(a) || isCollection(b)) return isCollection(a) && isCollection(b) && sameSettings([...a], [...b]);
  const [left, right] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  return (
    left.length === right.size && left.every(([key, value]) => right.has(key) && sameSettings(value, right.get(key)))
  );
}

function isCollection(value: object): value is ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> {
  return value instanceof Map || value instanceof Set;
}

function fixedHttpOf({ http: { listeners, isListenGiven, tls } }: Config) {
  return { listeners, isListenGiven, tls };
}

function treeOf({ directory: { baseDn, users, groups, services, privateGroups, sudoers } }: Config) {
  return { baseDn, users, groups, services, privateGroups, sudoers };
}
