import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId } from '../identity/ids.ts';
import type { BackupReader } from './backup-reader.ts';
import { Database } from './database.ts';
import { storeSlot, Table, TenantKeys } from './keys.ts';
import { commitRestore, hasPendingRestore, restorePlaces } from './pending-restore.ts';
import { openMigrated } from './migrations.ts';
import { StoreError } from './store-error.ts';
import { findSlot } from './tenant-slots.ts';

/**
 * What there is where a backup is to be restored.
 *
 * - `none`: no store, or one with nothing in it
 * - `filled`: a store with the data of a tenant
 * - `unreadable`: a store that is damaged, or that a newer program has made
 */
export type StoreState = 'none' | 'filled' | 'unreadable';

const MIB = 1024 * 1024;
const memory = { cacheBytes: 8 * MIB, writeBufferBytes: 16 * MIB };
const BLOCK = 1000;
const BATCH_BYTES = 4 * MIB;

/**
 * What there is in a data directory.
 *
 * @throws StoreError when it is in use, cannot be reached, or holds what is no store of this program
 */
export async function storeState(directory: string): Promise<StoreState> {
  if (!existsSync(join(directory, restorePlaces.database, 'CURRENT')) && !hasPendingRestore(directory)) return 'none';
  try {
    await using db = await Database.open(directory, memory);
    return (await db.isEmpty({ gte: Buffer.from([storeSlot + 1]), lt: undefined })) ? 'none' : 'filled';
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'corrupt' || error.code === 'newer')) return 'unreadable';
    throw error;
  }
}

/**
 * Reads a backup to its end into a store of its own beside the one that is there, and only when all of it has proven right lets that
 * take its place: an end of the process at any moment leaves the one or the other. What was in the store from before is kept in the
 * folder `db.replaced`.
 *
 * @throws BackupFileError when the backup is damaged, StoreError when the store is in use or cannot be written; nothing was changed
 */
export async function restoreStore(directory: string, backup: BackupReader, before: StoreState): Promise<void> {
  const unfinished = join(directory, restorePlaces.unfinished);
  rmSync(unfinished, { recursive: true, force: true });
  let found = before;
  try {
    await fill(unfinished, backup);
    // Reading takes its time; whoever uses the store by now would not have it replaced under the next who opens it.
    found = await storeState(directory);
    commitRestore(directory);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  // Opening puts it in its place, and brings it to the format of today.
  await (await openMigrated(directory, memory)).db.close();
  if (found === 'none') rmSync(join(directory, restorePlaces.replaced), { recursive: true, force: true });
}

async function fill(directory: string, backup: BackupReader): Promise<void> {
  await using db = await Database.open(directory, memory);
  let batch = db.batch();
  for await (const records of backup.records()) {
    for (const [key, value] of records) batch.put(key, value);
    if (batch.bytes < BATCH_BYTES) continue;
    await db.write(batch, false);
    batch = db.batch();
  }
  await db.write(batch, true);
}

/**
 * How many objects were given a name and a number in the store that was replaced, and are not known to the one that took its place;
 * undefined when that cannot be told.
 *
 * @throws StoreError when the store cannot be opened
 */
export async function idsLeftBehind(directory: string, tenantId: TenantId): Promise<number | undefined> {
  const replaced = join(directory, restorePlaces.replaced);
  if (!existsSync(replaced)) return undefined;
  await using current = await Database.open(directory, memory);
  try {
    await using former = await Database.openAt(replaced, memory);
    const [formerKeys, keys] = [keysOf(former, tenantId), keysOf(current, tenantId)];
    if (formerKeys === undefined) return 0;
    let left = 0;
    for await (const block of former.keys(formerKeys.table(Table.ledgerEntries), BLOCK)) {
      for (const key of block) {
        const own = keys?.bytes(Table.ledgerEntries, key.subarray(2));
        if (own === undefined || current.get(own) === undefined) left++;
      }
    }
    return left;
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

function keysOf(db: Database, tenantId: TenantId): TenantKeys | undefined {
  const slot = findSlot(db, tenantId);
  return slot === undefined ? undefined : new TenantKeys(slot);
}
