import { KeyringError } from '../auth/keyring.ts';
import type { AppPasswordAdmin } from '../identity/app-password.ts';
import { StoreError } from '../store/store-error.ts';
import { addKey, dropOlderKeys, secretsFile } from './keyring.ts';
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

/** What came of a change of keys. */
export interface RotatedKeys {
  readonly file: string;
  /** The one that is used from now on. */
  readonly current: string;
  /** Those that are still in the file. */
  readonly older: readonly string[];
  /** Seeds of one-time codes that were sealed anew. */
  readonly resealed: number;
}

/**
 * Makes a new key and seals everything with it, without a daemon. Interrupted at any moment, all keys are there that anything
 * was made with.
 *
 * @throws StartupError when the store or the keys cannot be used
 */
export async function rotateKeys(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  dropOld: boolean,
): Promise<RotatedKeys> {
  await using store = await openOwnStore(options.config, options.log);
  const file = secretsFile(options.config);
  try {
    const older = await addKey(options.config);
    const { appPasswords, remembered, current } = await openOwnPasswords(options, store);
    const resealed = await appPasswords.reseal();
    if (dropOld) {
      // All of them are peppered with a key that may be known.
      await remembered.clear();
      await dropOlderKeys(options.config);
    }
    return { file, current, older: dropOld ? [] : older, resealed };
  } catch (error) {
    if (error instanceof KeyringError) {
      throw new StartupError(
        'secrets',
        `${file} lacks a key that is needed: ${error.message}. Put it back from a copy.`,
        { cause: error },
      );
    }
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}
