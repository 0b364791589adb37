import { StoredAdminTokens } from '../auth/admin-tokens.ts';
import type { AdminTokenAdmin } from '../identity/admin-token.ts';
import { StoreError } from '../store/store-error.ts';
import type { DaemonOptions } from './options.ts';
import { openOwnStore } from './own-store.ts';
import { StartupError } from './startup-error.ts';

/**
 * Does something with the tokens of the store, without a daemon. The store is closed when `work` is done.
 *
 * @throws StartupError when the store cannot be used, AdminRefusal when what was asked cannot be done
 */
export async function withStoredAdminTokens<T>(
  { config, log, clock }: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  work: (admin: AdminTokenAdmin) => Promise<T>,
): Promise<T> {
  await using store = await openOwnStore(config, log);
  try {
    return await work(new StoredAdminTokens({ store: store.adminTokens, clock, log }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}
