/** Taking a tenant out of a store for good. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId } from '../identity/ids.ts';
import type { PublicationFacts } from '../identity/view.ts';
import { type Bounds, Database } from './database.ts';
import { Table, TenantKeys } from './keys.ts';
import { openMigrated } from './migrations.ts';
import { putForgotten } from './mirror-store.ts';
import { restorePlaces } from './pending-restore.ts';
import { findSlot, freeSlot } from './tenant-slots.ts';
import { ViewKeys } from './view-keys.ts';

/** Whose data, and where. */
export interface TenantInStore {
  /** The data directory. */
  readonly directory: string;
  readonly tenantId: TenantId;
}

/** What a store has of a tenant. */
export interface TenantContents {
  /** Users and groups as they were published last; null when nothing was. */
  readonly published: { readonly users: number; readonly groups: number } | null;
  /** Objects that were given a name and a number. */
  readonly ids: number;
}

const MIB = 1024 * 1024;
const memory = { cacheBytes: 8 * MIB, writeBufferBytes: 4 * MIB };
const BLOCK = 1000;
const BATCH_MAX = 5000;

/**
 * What the store has of a tenant; undefined when it does not have it, or there is no store.
 *
 * @throws StoreError when the store cannot be opened or read
 */
export async function tenantContents({ directory, tenantId }: TenantInStore): Promise<TenantContents | undefined> {
  // Opening would make one.
  if (!existsSync(join(directory, 'db', 'CURRENT'))) return undefined;
  const { db } = await openMigrated(directory, memory);
  try {
    const slot = findSlot(db, tenantId);
    if (slot === undefined) return undefined;
    const keys = new TenantKeys(slot);
    const facts = db.get(new ViewKeys(keys).meta('facts'));
    let ids = 0;
    for await (const block of db.keys(keys.table(Table.ledgerEntries), BLOCK)) ids += block.length;
    return { published: facts === undefined ? null : counts(facts), ids };
  } finally {
    await db.close();
  }
}

function counts(bytes: Buffer): { users: number; groups: number } {
  const { users, groups } = JSON.parse(bytes.toString()) as PublicationFacts;
  return { users, groups };
}

/**
 * Removes everything that the store has of a tenant, in its files too; names and numbers only with `withIds`. Other tenants of
 * the store are not touched. When it is interrupted it can be repeated, and until then nothing is served of what is left.
 *
 * @throws StoreError when the store cannot be opened, read or written
 */
export async function purgeTenant({
  directory,
  tenantId,
  withIds,
}: TenantInStore & { readonly withIds: boolean }): Promise<void> {
  const { db } = await openMigrated(directory, memory);
  try {
    const slot = findSlot(db, tenantId);
    if (slot === undefined) return;
    const keys = new TenantKeys(slot);
    await stopServing(db, keys);
    for (const bounds of rangesOf(keys, withIds)) await deleteRange(db, bounds);
    if (withIds) {
      const batch = db.batch();
      freeSlot(db, slot, batch);
      await db.write(batch, true);
    }
    await db.compact({ gte: Buffer.from([slot]), lt: Buffer.from([slot, 0xff, 0xff]) });
  } finally {
    await db.close();
  }
  // What a restore has put aside holds the same people.
  rmSync(join(directory, restorePlaces.replaced), { recursive: true, force: true });
  // LevelDB's list of files holds keys of those that are gone, and its own log tells of compactions by their keys. Opening
  // begins the list anew and sets the log aside; opening once more throws that away.
  for (let opened = 0; opened < 2; opened++) await (await Database.open(directory, memory)).close();
}

/**
 * What is left after an interruption is, to whoever opens the store, a first publish that was not finished, of a tenant that was
 * never read.
 */
async function stopServing(db: Database, keys: TenantKeys): Promise<void> {
  const view = new ViewKeys(keys);
  const batch = db.batch();
  batch.put(view.meta('publishing'), Buffer.alloc(0));
  batch.delete(view.meta('facts'));
  putForgotten(keys, batch);
  await db.write(batch, true);
}

/** What is to be deleted, that which says of the rest that it is to be forgotten last. */
function rangesOf(keys: TenantKeys, withIds: boolean): readonly Bounds[] {
  const at = (table: number): Buffer => Buffer.from([keys.slot, table]);
  return [
    { gte: at(Table.objectNodes), lt: at(Table.ledgerEntries) },
    ...(withIds ? [{ gte: at(Table.ledgerEntries), lt: at(Table.viewMeta) }] : []),
    { gte: at(Table.viewMeta + 1), lt: Buffer.from([keys.slot, 0xff, 0xff]) },
    { gte: at(Table.viewMeta), lt: at(Table.viewMeta + 1) },
    { gte: at(0), lt: at(Table.objectNodes) },
  ];
}

async function deleteRange(db: Database, bounds: Bounds): Promise<void> {
  let batch = db.batch();
  for await (const block of db.keys(bounds, BLOCK)) {
    for (const key of block) batch.delete(key);
    if (batch.operations < BATCH_MAX) continue;
    await db.write(batch, false);
    batch = db.batch();
  }
  await db.write(batch, true);
}
