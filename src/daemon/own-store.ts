import type { Config } from '../config/config.ts';
import { standardSchema } from '../directory/schema.ts';
import { storeMigrated, storeOpened } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import { storeFormatVersion } from '../store/database.ts';
import { openStore, type Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { StartupError } from './startup-error.ts';
import { entryCacheShare, servingThreads } from './workers/serving-threads.ts';

/**
 * Opens the store that the configuration names.
 *
 * @throws StartupError when it cannot be opened, for instance because another process holds it
 */
export async function openOwnStore(config: Config, log: Log): Promise<Store> {
  try {
    const { path, undo, historyEntriesMax } = config.store;
    const threads = servingThreads(config.ldap);
    const store = await openStore({
      directory: path,
      tenantId: config.tenant.id,
      schema: standardSchema,
      undo,
      historyEntriesMax,
      isShared: threads > 1,
      entryCacheBytes: entryCacheShare(threads),
    });
    if (store.migratedFrom !== undefined) storeMigrated(log, { from: store.migratedFrom, to: storeFormatVersion });
    storeOpened(log, { path: config.store.path, publication: store.view.facts?.publication });
    return store;
  } catch (error) {
    if (error instanceof StoreError) throw new StartupError(`store-${error.code}`, error.message, { cause: error });
    throw error;
  }
}
