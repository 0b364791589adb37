import { atKey, type Finding } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';
import { supportsWorkers, workersNodeVersion } from './worker-support.ts';

/** The rule on `ldap.workers` that the document breaks, if it does, with this release of Node.js. */
export function brokenWorkerRules(
  config: { readonly ldap?: Readable<Pick<ParsedConfig['ldap'], 'workers'>> } | undefined,
  nodeVersion = process.versions.node,
): Finding[] {
  const workers = config?.ldap?.workers;
  if (typeof workers !== 'number' || workers === 1 || supportsWorkers(nodeVersion)) return [];
  const message =
    `needs Node.js ${workersNodeVersion} or later, and this is ${nodeVersion}; run entra-ldapd with a newer one, or write auto, ` +
    'which is one thread here';
  return [atKey(['ldap', 'workers'], message)];
}
