import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseDnFileName } from '../config/base-dn.ts';
import type { Config } from '../config/config.ts';
import { AdminRefusal } from '../identity/admin.ts';
import type {
  BackupContents,
  BackupHeader,
  CheckedBackup,
  KeysAfterRestore,
  RestoreReport,
} from '../identity/backup.ts';
import { BackupFileError } from '../store/backup-format.ts';
import { BackupReader } from '../store/backup-reader.ts';
import { storeFormatVersion } from '../store/database.ts';
import { restorePlaces } from '../store/pending-restore.ts';
import { idsLeftBehind, restoreStore, type StoreState, storeState } from '../store/restore.ts';
import { StoreError } from '../store/store-error.ts';
import { fingerprintOf } from './backup.ts';
import { keysInUse, restoreKeys, secretsFile } from './keyring.ts';
import { StartupError } from './startup-error.ts';

/** Which backup, and how. */
export interface RestoreRequest {
  readonly file: string;
  /** Whether a store that has something in it may be replaced. */
  readonly replace: boolean;
  /** Only read the backup and say what would come of it. */
  readonly isDryRun: boolean;
}

/**
 * Reads a backup file to its end.
 *
 * @throws AdminRefusal when it cannot be read, is no backup or is damaged
 */
export async function checkBackup(file: string): Promise<CheckedBackup> {
  return await told(async () => (await readThrough(file)).checked);
}

/**
 * Puts what is in a backup in the place of the store of a configuration, without a daemon; see {@link restoreStore}.
 *
 * @throws AdminRefusal when the backup cannot be used for it, StartupError when the store or the keys cannot; nothing was changed
 */
export async function restoreStored(config: Config, request: RestoreRequest): Promise<RestoreReport> {
  return await told(async () => {
    const { file, replace, isDryRun } = request;
    const backup = await BackupReader.open(file);
    assertRestorable(config, backup);
    // A look needs nothing of the store, which a daemon may be using.
    const before = isDryRun ? 'none' : await storeState(config.store.path);
    if (before !== 'none' && !replace) throw new AdminRefusal(filledText(config, before));
    const formerKeys = await keysInUse(config);
    if (isDryRun) await readToEnd(backup);
    else await restore(config, backup, before, formerKeys === undefined);
    const isReplaced = before !== 'none';
    return {
      ...backup.checked,
      isRestored: !isDryRun,
      keys: keysFor(formerKeys, backup.header, backup.checked.contents),
      keyFile: secretsFile(config),
      replaced: isReplaced ? join(config.store.path, restorePlaces.replaced) : null,
      newerIds: isReplaced ? ((await idsLeftBehind(config.store.path, config.tenant.id)) ?? null) : null,
    };
  });
}

async function restore(config: Config, backup: BackupReader, before: StoreState, withKeys: boolean): Promise<void> {
  const directory = config.store.path;
  await restoreStore(directory, backup, before);
  const baseDn = backup.file('base-dn');
  if (baseDn !== undefined) await writePrivate(join(directory, baseDnFileName), baseDn);
  const keys = backup.file('secrets');
  // Other keys are in use for something else here, and are not ours to replace.
  if (keys !== undefined && withKeys) await restoreKeys(config, keys);
}

async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600);
}

function assertRestorable({ tenant }: Config, { path, header }: BackupReader): void {
  if (header.storeFormat > storeFormatVersion) {
    throw new AdminRefusal(
      `${path} has store format ${header.storeFormat}, made by entra-ldapd ${header.program}, and this program knows up to ` +
        `${storeFormatVersion}. Restore it with that version or a newer one; nothing was changed.`,
    );
  }
  if (!header.tenants.includes(tenant.id)) {
    throw new AdminRefusal(
      `${path} is a backup of the tenant ${header.tenants.join(', ') || '(none)'}, and the configuration is for ${tenant.id}; nothing was changed.`,
    );
  }
}

function filledText({ store }: Config, state: StoreState): string {
  const what = state === 'filled' ? 'has data in it' : 'cannot be read by this program';
  return (
    `The store ${store.path} ${what}. With --replace the backup takes its place, and it is kept in ${restorePlaces.replaced} there; ` +
    'nothing was changed.'
  );
}

function keysFor(
  former: Awaited<ReturnType<typeof keysInUse>>,
  { keys, secrets }: BackupHeader,
  { appPasswords, rememberedPasswords, oneTimeCodes, ntHashes }: BackupContents,
): KeysAfterRestore {
  if (former === undefined && secrets) return 'restored';
  const known = new Map((former?.keys ?? []).map((key) => [key.id, fingerprintOf(key).fingerprint]));
  if (former !== undefined && keys.every(({ id, fingerprint }) => known.get(id) === fingerprint)) return 'same';
  if (appPasswords + rememberedPasswords + oneTimeCodes + ntHashes === 0) return 'none';
  return former === undefined ? 'missing' : 'different';
}

async function readThrough(file: string): Promise<BackupReader> {
  const backup = await BackupReader.open(file);
  await readToEnd(backup);
  return backup;
}

async function readToEnd(backup: BackupReader): Promise<void> {
  for await (const _records of backup.records());
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupFileError) throw new AdminRefusal(error.message, { cause: error });
    if (error instanceof StoreError) throw new StartupError(`store-${error.code}`, error.message, { cause: error });
    throw error;
  }
}
