/**
 * Rules that need more than one key. They see the parts of the document that are right in themselves and keep silent
 * about the others, so that every problem of a file is found at once.
 */
import type { Secret } from '../identity/secret.ts';
import type { NumberRange } from '../projection/settings.ts';
import { isLoopback, type ListenAddress } from './endpoints.ts';
import { normalizeContainer, serviceAccountKey } from './names.ts';
import type { Finding, KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type Parts = Readable<ParsedConfig>;

/** Every rule between keys that the document breaks. */
export function brokenRules(config: Parts): Finding[] {
  return [
    ...tenantIds(config),
    ...oneCredential(config),
    ...distinctContainers(config),
    ...numberRanges(config),
    ...listeners(config),
    ...connectionLimits(config),
    ...uniqueServiceAccounts(config),
  ];
}

/** What is allowed but probably not meant. `isWritten` tells whether the text at a path stands in the file itself. */
export function doubts(config: Parts, isWritten: (path: KeyPath) => boolean): Finding[] {
  return [...writtenSecret(config, isWritten), ...clearTextPasswords(config), ...hashCosts(config)];
}

function atKey(path: KeyPath, message: string): Finding {
  return { path, at: 'key', message };
}

function atValue(path: KeyPath, message: string): Finding {
  return { path, at: 'value', message };
}

function tenantIds(config: Parts): Finding[] {
  const { id, clientId } = config?.tenant ?? {};
  if (id === undefined || id !== clientId) return [];
  const message = 'is the same as tenant.id; the overview page shows the application (client) ID and the directory (tenant) ID';
  return [atValue(['tenant', 'clientId'], message)];
}

function oneCredential(config: Parts): Finding[] {
  const credential = config?.tenant?.credential;
  if (credential === undefined) return [];
  return [];
}
