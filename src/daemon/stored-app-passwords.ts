import type { AppPasswordAdmin } from '../identity/app-password.ts';
import { StoreError } from '../store/store-error.ts';
import type { DaemonOptions } from './options.ts';
import { openOwnPasswords } from './own-passwords.ts';
import { openOwnStore } from './own-store.ts';
import { StartupError } from './startup-error.ts';

/**
 * Does something with the app passwords of the store, without a daemon. The store is closed when `work` is done.
 *
 * @throws StartupError when the store or the keys cannot be used, AdminRefusal when what was asked cannot be done
 */
export async function withStoredAppPasswords<T>(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  work: (admin: AppPasswordAdmin) => Promise<T>,
): Promise<T> {
  await using store = await openOwnStore(options.config, options.log);
  try {
    const { appPasswords } = await openOwnPasswords(options, store);
    return await work(appPasswords);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}
