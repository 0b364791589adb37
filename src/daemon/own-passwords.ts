import { AppPasswords } from '../auth/app-passwords.ts';
import { GroupLookup } from '../auth/group-lookup.ts';
import { LinkPolicy } from '../auth/link-policy.ts';
import { NtHashes } from '../auth/nt-hashes.ts';
import { OneTimeCodes } from '../auth/one-time-codes.ts';
import { RememberedPasswords } from '../auth/remembered-passwords.ts';
import { type ServiceAccount, ServiceAccounts } from '../auth/service-accounts.ts';
import { createUserLookup } from '../auth/user-lookup.ts';
import type { Config } from '../config/config.ts';
import { standardSchema } from '../directory/schema.ts';
import type { Store } from '../store/store.ts';
import { openKeyring } from './keyring.ts';
import { ntHashSettings } from './samba.ts';
import type { DaemonOptions } from './options.ts';

/** What is kept of passwords here, beside the hashes of the configuration. */
export interface OwnPasswords {
  readonly appPasswords: AppPasswords;
  readonly oneTimeCodes: OneTimeCodes;
  readonly remembered: RememberedPasswords;
  readonly ntHashes: NtHashes;
  /** The key that is used for what is made now. */
  readonly current: string;
}

/**
 * The passwords of the store. Those that are remembered, and NT hashes, are deleted when the configuration does not want any.
 *
 * @throws StartupError when the keys that protect them cannot be used
 */
export async function openOwnPasswords(
  { config, clock, log }: Pick<DaemonOptions, 'config' | 'clock' | 'log'>,
  store: Store,
): Promise<OwnPasswords> {
  const users = createUserLookup(store.source, standardSchema);
  const keyring = await openKeyring(config);
  const { bind, serviceAccounts } = config;
  const services = new ServiceAccounts(serviceAccountsOf(config));
  const groups = new GroupLookup(store.source, standardSchema);
  const policy = new LinkPolicy({ bind, serviceAccounts, groups });
  const means = { keyring, users, issuer: issuerOf(config), clock, log };
  if (config.bind.remembered === undefined) await store.rememberedPasswords.clear();
  if (config.bind.ntHash === undefined) await store.ntHashes.clear();
  return {
    appPasswords: new AppPasswords({ ...means, store: store.appPasswords }, bind.appPasswords, services, policy),
    oneTimeCodes: new OneTimeCodes({ ...means, store: store.oneTimeCodes }, bind.oneTimeCodes.window),
    remembered: new RememberedPasswords({ store: store.rememberedPasswords, keyring, clock }),
    ntHashes: new NtHashes({ store: store.ntHashes, keyring, users, clock, terms: ntHashSettings(config) }),
    current: keyring.current,
  };
}

/** What authenticator apps show. */
function issuerOf({ tenant, directory }: Config): string {
  return tenant.displayName ?? directory.baseDn;
}

/** The service accounts as binds know them. */
export function serviceAccountsOf({ serviceAccounts }: Pick<Config, 'serviceAccounts'>): ServiceAccount[] {
  return serviceAccounts.map((account) => ({ ...account, passwordHash: account.passwordHash?.reveal() }));
}
