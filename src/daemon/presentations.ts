import type { BoundIdentity } from '../directory/identity.ts';
import type { Presentation } from '../directory/presentation.ts';
import { standardSchema } from '../directory/schema.ts';
import { presentationOfFlavour } from '../projection/flavour.ts';
import type { ServedSettings } from './served-settings.ts';

/** How the directory appears to each identity: as the tree does, unless a service account has it otherwise. */
export function presentationsOf({
  directory,
  projection,
  serviceAccounts,
}: Pick<ServedSettings, 'directory' | 'projection' | 'serviceAccounts'>): (who: BoundIdentity) => Presentation {
  const { memberOf } = directory;
  const plain = presentationOfFlavour({ activeDirectory: false, memberOf }, projection, standardSchema);
  const activeDirectory = presentationOfFlavour({ activeDirectory: true, memberOf }, projection, standardSchema);
  const accounts = new Map(
    serviceAccounts.map((account) => [account.name, account.activeDirectory ? activeDirectory : plain]),
  );
  const tree = directory.activeDirectory ? activeDirectory : plain;
  return (who) => (who.kind === 'service' ? accounts.get(who.name) : undefined) ?? tree;
}
