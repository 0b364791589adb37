/** NT hashes, and what Samba sees, for the service accounts that may. */
import { GroupLookup } from '../auth/group-lookup.ts';
import { LinkPolicy } from '../auth/link-policy.ts';
import type { NtHashLookup } from '../auth/nt-hash-lookup.ts';
import type { NtHashSettings } from '../auth/nt-hashes.ts';
import { createUserLookup, userOf } from '../auth/user-lookup.ts';
import type { Additions } from '../directory/augmented-reader.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import { type DirectorySource, DirectoryStorageError } from '../directory/reader.ts';
import { standardSchema } from '../directory/schema.ts';
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

/**
 * What an identity is shown beside what is published: to the accounts that may read NT hashes, what Samba asks for. `source` is what
 * is published, by which rules know who is in which group.
 */
export function sambaFor(
  {
    tenant,
    directory,
    bind,
    serviceAccounts,
  }: Pick<ServedSettings, 'tenant' | 'directory' | 'bind' | 'serviceAccounts'>,
  ntHashes: Pick<NtHashLookup, 'of'>,
  source: DirectorySource,
): (who: BoundIdentity) => Additions | undefined {
  const readers = new Set(readersOf(serviceAccounts));
  if (bind.ntHash === undefined || readers.size === 0) return () => undefined;
  const { sambaSid, sambaDomains } = bind.ntHash;
  const settings = { baseDn: directory.baseDn, domainSid: sambaSid ?? domainSidOf(tenant.id), domains: sambaDomains };
  const isOpen = openByPasswordAlone({ bind, serviceAccounts }, source);
  const additions = sambaAdditions(settings, (entry) => {
    const user = userOf(entry);
    try {
      const hash = user && ntHashes.of(user);
      return hash && isOpen(user.objectId) ? hash : undefined;
    } catch (error) {
      // An entry without its hash would look as if there was none (P1).
      throw new DirectoryStorageError('the NT hashes could not be read', { cause: error });
    }
  });
  return (who) => (who.kind === 'service' && readers.has(who.name) ? additions : undefined);
}

/** Tells whether the password of Entra alone opens an account, by the rules and memberships of now: else its hash does not either. */
function openByPasswordAlone(
  { bind, serviceAccounts }: Pick<ServedSettings, 'bind' | 'serviceAccounts'>,
  source: DirectorySource,
): (objectId: string) => boolean {
  const policy = new LinkPolicy({ bind, serviceAccounts, groups: new GroupLookup(source, standardSchema) });
  const users = createUserLookup(source, standardSchema);
  return (objectId) => {
    const found = users.byObjectId(objectId);
    if (found.kind === 'unavailable') throw found.cause;
    return found.kind === 'user' && policy.opensByPasswordAlone(found.user);
  };
}

function readersOf(accounts: ServedSettings['serviceAccounts']): readonly string[] {
  return accounts.filter(({ ntHash }) => ntHash).map(({ name }) => name);
}
