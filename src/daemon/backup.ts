/** Backups of the store, of a running daemon or of a process with the store alone. */
import { hkdfSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretKey } from '../auth/keyring.ts';
import { baseDnFileName } from '../config/base-dn.ts';
import type { Config } from '../config/config.ts';
import { AdminRefusal } from '../identity/admin.ts';
import type { BackupRequest, BackupSource, KeyFingerprint } from '../identity/backup.ts';
import { backupMade } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import { StoreError } from '../store/store-error.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../timing/clock.ts';
import { formatKeys, keysInUse, secretsFile } from './keyring.ts';
import type { DaemonOptions } from './options.ts';
import { openOwnStore } from './own-store.ts';
import { StartupError } from './startup-error.ts';

/** What backups are made of, and with. */
export interface BackupMeans {
  readonly config: Config;
  readonly store: Pick<Store, 'backup'>;
  readonly version: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** What tells a key from others, and nothing of the key (RFC 5869). */
export function fingerprintOf({ id, secret }: SecretKey): KeyFingerprint {
  const digest = hkdfSync('sha256', secret, '', 'entra-ldapd fingerprint of a key', 8);
  return { id, fingerprint: Buffer.from(digest).toString('hex') };
}

/** Makes backups, one at a time: each holds a snapshot, which keeps what is deleted meanwhile on the disk. */
export function backupsOf(means: BackupMeans): BackupSource {
  let isUnderWay = false;
  return {
    backup: async function* (request) {
      if (isUnderWay) throw new AdminRefusal('A backup is being made already: try again when it is complete.');
      isUnderWay = true;
      try {
        yield* bytesOf(means, request);
      } finally {
        isUnderWay = false;
      }
    },
  };
}

async function* bytesOf(
  { config, store, version, clock, log }: BackupMeans,
  { secrets }: BackupRequest,
): AsyncGenerator<Buffer, void, void> {
  const found = await keysInUse(config);
  const startedAtMs = clock.now();
  const files = {
    ...(secrets ? { secrets: keysToCopy(config, found) } : {}),
    ...(await baseDnFile(config)),
  };
  const keys = (found?.keys ?? []).map(fingerprintOf);
  const about = { program: version, madeAt: new Date(startedAtMs).toISOString(), keys, files };
  let bytes = 0;
  for await (const chunk of store.backup(about)) {
    bytes += chunk.length;
    yield chunk;
  }
  backupMade(log, { bytes, secrets, durationMs: clock.now() - startedAtMs });
}

function keysToCopy(config: Config, found: Awaited<ReturnType<typeof keysInUse>>): string {
  if (found === undefined) {
    throw new AdminRefusal(`There are no keys yet in ${secretsFile(config)}: leave out --with-secrets.`);
  }
  if (found.inConfig) {
    throw new AdminRefusal(
      'The keys stand in the configuration (secrets.keys), or in the environment that it names: leave out --with-secrets, and keep a copy of them there.',
    );
  }
  return formatKeys(found.keys);
}

async function baseDnFile({ store }: Config): Promise<{ readonly 'base-dn'?: string }> {
  const path = join(store.path, baseDnFileName);
  return existsSync(path) ? { 'base-dn': await readFile(path, 'utf8') } : {};
}

/**
 * The bytes of a backup, made without a daemon.
 *
 * @throws StartupError when the store cannot be opened or read, AdminRefusal when there is nothing to back up
 */
export async function* backupStored(
  { config, log, clock, version }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'version'>,
  request: BackupRequest,
): AsyncGenerator<Buffer, void, void> {
  // Opening would make one.
  if (!existsSync(join(config.store.path, 'db', 'CURRENT'))) {
    throw new AdminRefusal(`There is no store in ${config.store.path}: nothing to back up yet.`);
  }
  await using store = await openOwnStore(config, log);
  try {
    yield* backupsOf({ config, store, version, clock, log }).backup(request);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}
