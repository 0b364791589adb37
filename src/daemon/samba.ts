/** NT hashes, and what Samba sees, for the service accounts that may. */
import type { NtHashLookup } from '../auth/nt-hash-lookup.ts';
import type { NtHashSettings } from '../auth/nt-hashes.ts';
import { userOf } from '../auth/user-lookup.ts';
import type { Additions } from '../directory/augmented-reader.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import { DirectoryStorageError } from '../directory/reader.ts';
import { sambaAdditions } from '../projection/samba.ts';
import { domainSidOf } from '../projection/samba-sid.ts';
import type { ServedSettings } from './served-settings.ts';

/** Which NT hashes the configuration wants; undefined: none. */
export function ntHashSettings({
  bind,
  serviceAccounts,
}: Pick<ServedSettings, 'bind' | 'serviceAccounts'>): NtHashSettings | undefined {
  const { ntHash, entra } = bind;
  return (
    ntHash && {
      ageMaxMs: ntHash.ageMaxMs,
      acceptProven: ntHash.acceptProven ? entra.acceptProven : [],
      readers: readersOf(serviceAccounts),
    }
  );
}

/** What an identity is shown beside what is published: to the accounts that may read NT hashes, what Samba asks for. */
export function sambaFor(
  {
    tenant,
    directory,
    bind,
    serviceAccounts,
  }: Pick<ServedSettings, 'tenant' | 'directory' | 'bind' | 'serviceAccounts'>,
  ntHashes: NtHashLookup,
): (who: BoundIdentity) => Additions | undefined {
  const readers = new Set(readersOf(serviceAccounts));
  if (bind.ntHash === undefined || readers.size === 0) return () => undefined;
  const { sambaSid, sambaDomains } = bind.ntHash;
  const settings = { baseDn: directory.baseDn, domainSid: sambaSid ?? domainSidOf(tenant.id), domains: sambaDomains };
  const additions = sambaAdditions(settings, (entry) => {
    const user = userOf(entry);
    try {
      return user && ntHashes.of(user);
    } catch (error) {
      // An entry without its hash would look as if there was none (P1).
      throw new DirectoryStorageError('the NT hashes could not be read', { cause: error });
    }
  });
  return (who) => (who.kind === 'service' && readers.has(who.name) ? additions : undefined);
}

function readersOf(accounts: ServedSettings['serviceAccounts']): readonly string[] {
  return accounts.filter(({ ntHash }) => ntHash).map(({ name }) => name);
}
