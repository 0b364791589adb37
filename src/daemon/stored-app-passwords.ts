import { KeyringError } from '../auth/keyring.ts';
import type { AppPasswordAdmin } from '../identity/app-password.ts';
import type { OneTimeCodeAdmin } from '../identity/one-time-code.ts';
import { StoreError } from '../store/store-error.ts';
import { addKey, dropOlderKeys, secretsFile } from './keyring.ts';
import type { DaemonOptions } from './options.ts';
import { openOwnPasswords, type OwnPasswords } from './own-passwords.ts';
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
  return await withOwnPasswords(options, ({ appPasswords }) => work(appPasswords));
}

/**
 * Does something with the one-time codes of the store, without a daemon. The store is closed when `work` is done.
 *
 * @throws StartupError when the store or the keys cannot be used, AdminRefusal when what was asked cannot be done
 */
export async function withStoredOneTimeCodes<T>(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  work: (admin: OneTimeCodeAdmin) => Promise<T>,
): Promise<T> {
  return await withOwnPasswords(options, ({ oneTimeCodes }) => work(oneTimeCodes));
}

async function withOwnPasswords<T>(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  work: (own: OwnPasswords) => Promise<T>,
): Promise<T> {
  await using store = await openOwnStore(options.config, options.log);
  try {
    return await work(await openOwnPasswords(options, store));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}

/** What came of a change of keys. */
export interface RotatedKeys {
  /** The file with the keys; null where they stand in the configuration. */
  readonly file: string | null;
  /** The one that is used from now on. */
  readonly current: string;
  /** Those that are still in the file. */
  readonly older: readonly string[];
  /** Seeds of one-time codes that were sealed anew. */
  readonly resealed: number;
}

/**
 * Makes a new key and seals everything with it, without a daemon; where the keys stand in the configuration, the first of them is the
 * new one. Interrupted at any moment, all keys are there that anything was made with.
 *
 * @throws StartupError when the store or the keys cannot be used
 */
export async function rotateKeys(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  dropOld: boolean,
): Promise<RotatedKeys> {
  await using store = await openOwnStore(options.config, options.log);
  const { keys } = options.config.secrets;
  const file = keys === undefined ? secretsFile(options.config) : null;
  try {
    const older = keys === undefined ? await addKey(options.config) : keys.slice(1).map(({ id }) => id);
    const { appPasswords, oneTimeCodes, remembered, current } = await openOwnPasswords(options, store);
    const resealed = (await appPasswords.reseal()) + (await oneTimeCodes.reseal());
    if (dropOld) {
      // All of them are peppered with a key that may be known.
      await remembered.clear();
      if (file !== null) await dropOlderKeys(options.config);
    }
    // Those of the configuration only the administrator can remove.
    return { file, current, older: dropOld && file !== null ? [] : older, resealed };
  } catch (error) {
    if (error instanceof KeyringError) {
      throw new StartupError(
        'secrets',
        `${file ?? 'The configuration (secrets.keys)'} lacks a key that is needed: ${error.message}. Put it back from a copy.`,
        { cause: error },
      );
    }
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}
