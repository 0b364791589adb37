import type { PublishedSource } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';
import { guidBytes, type TenantId } from '../identity/ids.ts';
import type { HoldMemory } from '../identity/hold.ts';
import type { StoredLedger } from '../identity/ledger.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { View } from '../identity/view.ts';
import { Database } from './database.ts';
import { HoldStore } from './hold-store.ts';
import { storeSlot, Table, TenantKeys } from './keys.ts';
import { LedgerStore } from './ledger-store.ts';
import { MirrorStore } from './mirror-store.ts';
import { StoreError } from './store-error.ts';
import { ViewKeys } from './view-keys.ts';
import { ViewStore } from './view-store.ts';
import { WriteBuffer } from './write-buffer.ts';

/** Settings of an opened store. */
export interface StoreOptions {
  /** The data directory; the database is its sub-directory `db`. */
  readonly directory: string;
  readonly tenantId: TenantId;
  readonly schema: Schema;
  /** The time in milliseconds since the epoch, for notes of when an object went. */
  readonly now?: () => number;
  readonly cacheBytes?: number;
  readonly writeBufferBytes?: number;
  readonly entryCacheBytes?: number;
  /** Operations that a publish gathers before it writes them; memory grows with it, about 500 bytes each. */
  readonly publishBatchOperations?: number;
  /** Changes that the log of the view keeps, about 30 bytes each; a consumer that is behind them compares everything. */
  readonly changeRecordsMax?: number;
}

/** Everything that one tenant keeps. */
export interface Store extends AsyncDisposable {
  readonly mirror: Mirror;
  readonly ledger: StoredLedger;
  readonly view: View;
  readonly holds: HoldMemory;
  readonly source: PublishedSource;
}

const MIB = 1024 * 1024;
const SLOTS_KEY = Buffer.from([storeSlot, 1]);
const FIRST_SLOT = 1;
const LAST_SLOT = 0xff;

/**
 * Opens or creates the store of a tenant.
 *
 * @throws StoreError when the directory is locked, foreign, newer, damaged or not accessible
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const db = await Database.open(options.directory, {
    cacheBytes: options.cacheBytes ?? 32 * MIB,
    writeBufferBytes: options.writeBufferBytes ?? 16 * MIB,
  });
  try {
    const keys = new TenantKeys(await tenantSlot(db, options.tenantId));
    const buffer = new WriteBuffer(db);
    // Everything from the ledger on is written through the buffer and nowhere else.
    const { gte } = keys.table(Table.ledgerEntries);
    if (await db.isEmpty({ gte, lt: keys.table(Table.changes).lt })) buffer.assumeEmpty();
    const ledger = await LedgerStore.open(db, buffer, keys);
    const mirror = new MirrorStore(db, keys, options.now ?? Date.now);
    const holds = new HoldStore(db, keys, (state, out) => mirror.putState(state, out));
    const view = await ViewStore.open({
      db,
      keys: new ViewKeys(keys),
      schema: options.schema,
      buffer,
      entryCacheBytes: options.entryCacheBytes ?? 48 * MIB,
      publishBatchOperations: options.publishBatchOperations ?? 50_000,
      changeRecordsMax: options.changeRecordsMax ?? 100_000,
      finalWrites: async (state, out) => {
        await mirror.clearDirty(out);
        mirror.putState(state, out);
        holds.clear(out);
      },
    });
    return {
      mirror,
      ledger,
      view,
      holds,
      source: view,
      async [Symbol.asyncDispose]() {
        await view.close();
        await db.close();
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** The key slot of a tenant; a tenant that is new to the store gets the next free one. */
async function tenantSlot(db: Database, tenantId: TenantId): Promise<number> {
  const slots = db.get(SLOTS_KEY) ?? Buffer.alloc(0);
  const own = guidBytes(tenantId);
  for (let slot = FIRST_SLOT, at = 0; at < slots.length; slot++, at += own.length) {
    if (slots.subarray(at, at + own.length).equals(own)) return slot;
  }
  const slot = FIRST_SLOT + slots.length / own.length;
  if (slot > LAST_SLOT) throw new StoreError('failed', `A store holds at most ${LAST_SLOT} tenants.`);
  await db.write(db.batch().put(SLOTS_KEY, Buffer.concat([slots, own])), true);
  return slot;
}
