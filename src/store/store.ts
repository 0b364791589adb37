import type { PublishedSource } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';
import type { TenantId } from '../identity/ids.ts';
import type { History } from '../identity/history.ts';
import type { AdminTokenStore } from '../identity/admin-token.ts';
import type { AppPasswordStore } from '../identity/app-password.ts';
import type { BindEventStore } from '../identity/bind-event.ts';
import type { HoldMemory } from '../identity/hold.ts';
import type { StoredLedger } from '../identity/ledger.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { OneTimeCodeStore } from '../identity/one-time-code.ts';
import type { NtHashStore } from '../identity/nt-hash.ts';
import type { RememberedPasswordStore } from '../identity/remembered-password.ts';
import type { View } from '../identity/view.ts';
import type { TenantMemory } from '../identity/tenant-facts.ts';
import { LevelAdminTokenStore } from './admin-token-store.ts';
import { LevelAppPasswordStore } from './app-password-store.ts';
import { LevelBindEventStore } from './bind-event-store.ts';
import { type BackupAbout, writeBackup } from './backup-writer.ts';
import { HistoryStore } from './history-store.ts';
import { HoldStore } from './hold-store.ts';
import { Table, TenantKeys } from './keys.ts';
import { LedgerStore } from './ledger-store.ts';
import { openMigrated } from './migrations.ts';
import { MirrorStore } from './mirror-store.ts';
import { LevelOneTimeCodeStore } from './one-time-code-store.ts';
import { LevelNtHashStore } from './nt-hash-store.ts';
import { LevelRememberedPasswordStore } from './remembered-password-store.ts';
import { giveSlot } from './tenant-slots.ts';
import type { PublicationLeader } from './publication-follower.ts';
import type { UndoLimits } from './undo-recorder.ts';
import { TenantStore } from './tenant-store.ts';
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
  /** What is remembered for going back to an earlier directory. */
  readonly undo?: UndoLimits;
  /** Lines that the history keeps. */
  readonly historyEntriesMax?: number;
  /** Whether other threads of this process may read the published directory (`SharedView`). They end before this store is closed. */
  readonly isShared?: boolean;
}

/** Everything that one tenant keeps. */
export interface Store extends AsyncDisposable {
  readonly mirror: Mirror;
  readonly ledger: StoredLedger;
  readonly view: View;
  readonly holds: HoldMemory;
  readonly history: History;
  readonly bindEvents: BindEventStore;
  readonly adminTokens: AdminTokenStore;
  readonly appPasswords: AppPasswordStore;
  readonly rememberedPasswords: RememberedPasswordStore;
  readonly ntHashes: NtHashStore;
  readonly oneTimeCodes: OneTimeCodeStore;
  readonly tenant: TenantMemory;
  readonly source: PublishedSource;
  /** The size of the files on disk in bytes. */
  sizeBytes(): Promise<number>;
  /** For those who read what is published in other threads. */
  readonly publications: PublicationLeader;
  /** The format that the store had before it was opened; undefined when it had today's. */
  readonly migratedFrom: number | undefined;
  /** See {@link writeBackup}. */
  backup(about: BackupAbout): AsyncGenerator<Buffer, void, void>;
}

const MIB = 1024 * 1024;
/** What is remembered for going back unless the configuration says otherwise. */
const defaultUndoLimits: UndoLimits = {
  publicationsMax: 50,
  bytesMax: 64 * MIB,
  ageMaxMs: 7 * 86_400_000,
};

/**
 * Opens or creates the store of a tenant.
 *
 * @throws StoreError when the directory is locked, foreign, newer, damaged or not accessible
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { db, migratedFrom } = await openMigrated(options.directory, {
    cacheBytes: options.cacheBytes ?? 32 * MIB,
    writeBufferBytes: options.writeBufferBytes ?? 16 * MIB,
    isShared: options.isShared ?? false,
  });
  try {
    const keys = new TenantKeys(await giveSlot(db, options.tenantId));
    const buffer = new WriteBuffer(db);
    // Everything from the ledger on is written through the buffer and nowhere else.
    const { gte } = keys.table(Table.ledgerEntries);
    if (await db.isEmpty({ gte, lt: keys.table(Table.changes).lt })) buffer.assumeEmpty();
    const ledger = await LedgerStore.open(db, buffer, keys);
    const history = await HistoryStore.open(db, keys, {
      entriesMax: options.historyEntriesMax ?? 10_000,
      bytesMax: 8 * MIB,
    });
    const mirror = new MirrorStore(db, keys, options.now ?? Date.now, (event, out) => history.put(event, out));
    const holds = new HoldStore(db, keys, {
      state: (state, out) => mirror.putState(state, out),
      event: (event, out) => history.put(event, out),
    });
    const view = await ViewStore.open({
      db,
      keys: new ViewKeys(keys),
      schema: options.schema,
      buffer,
      entryCacheBytes: options.entryCacheBytes ?? 48 * MIB,
      publishBatchOperations: options.publishBatchOperations ?? 50_000,
      changeRecordsMax: options.changeRecordsMax ?? 100_000,
      undo: options.undo ?? defaultUndoLimits,
      finalWrites: async ({ state, publication, hold, event }, out) => {
        mirror.putState(state, out);
        if (hold === undefined) {
          await mirror.clearDirty(out);
          holds.clear(out);
        } else {
          mirror.putAllDirty(out);
          holds.put(hold, out);
        }
        if (event !== undefined) history.put({ ...event, publication }, out);
      },
    });
    return {
      mirror,
      ledger,
      view,
      holds,
      history,
      bindEvents: new LevelBindEventStore(db, keys),
      adminTokens: new LevelAdminTokenStore(db, keys),
      appPasswords: new LevelAppPasswordStore(db, keys),
      rememberedPasswords: new LevelRememberedPasswordStore(db, keys),
      ntHashes: new LevelNtHashStore(db, keys),
      oneTimeCodes: new LevelOneTimeCodeStore(db, keys),
      tenant: new TenantStore(db, keys),
      source: view,
      sizeBytes: () => db.sizeBytes(),
      publications: view,
      migratedFrom,
      backup: (about) => writeBackup(db, about),
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
