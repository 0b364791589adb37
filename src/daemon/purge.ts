import type { Config } from '../config/config.ts';
import { purgeTenant, type TenantContents, tenantContents } from '../store/purge.ts';
import { StoreError } from '../store/store-error.ts';
import { StartupError } from './startup-error.ts';

/** What `purge` finds. */
export type { TenantContents };

/**
 * What the store of a configuration has of its tenant; undefined when nothing.
 *
 * @throws StartupError when the store cannot be opened, for instance because a daemon holds it
 */
export function storedContents(config: Config): Promise<TenantContents | undefined> {
  return told(tenantContents({ directory: config.store.path, tenantId: config.tenant.id }));
}

/**
 * Removes the tenant of a configuration from its store; see {@link purgeTenant}.
 *
 * @throws StartupError when the store cannot be opened or written
 */
export function purgeStored(config: Config, withIds: boolean): Promise<void> {
  return told(purgeTenant({ directory: config.store.path, tenantId: config.tenant.id, withIds }));
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError(`store-${error.code}`, error.message, { cause: error });
  }
}
