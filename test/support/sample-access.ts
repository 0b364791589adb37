import { Access, type AccessRules } from '../../src/directory/access.ts';
import { noRights, type Rights, type TreeLayout } from '../../src/directory/rights.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { sampleBase, sampleGroups, sampleUsers } from './sample-directory.ts';

// Where the entries of the sample are.
const sampleTree: TreeLayout = {
  base: sampleBase,
  users: sampleUsers,
  groups: sampleGroups,
  services: `ou=services,${sampleBase}`,
  privateGroups: `ou=private-groups,${sampleBase}`,
  sudoers: `ou=sudoers,${sampleBase}`,
};

/** What identities may do. Service accounts that are not named read everything, unless `others` is there. */
export interface SampleRights {
  readonly services?: Readonly<Record<string, Partial<Rights>>>;
  /** Rights of the service accounts that are not named. */
  readonly others?: Partial<Rights>;
  readonly users?: Partial<Rights>;
  readonly anonymous?: Partial<Rights>;
}

/** Access rules for the sample directory. */
export function sampleRules({ services = {}, others, users, anonymous }: SampleRights = {}): AccessRules {
  return {
    tree: sampleTree,
    anonymous: anonymous && { ...noRights, ...anonymous },
    users: { ...noRights, ...users },
    otherServices: others && { ...noRights, ...others },
    services: new Map(Object.entries(services).map(([name, rights]) => [name, { ...noRights, ...rights }])),
  };
}

/** Access by {@link sampleRules}. */
export function sampleAccess(rights?: SampleRights): Access {
  return new Access(sampleRules(rights), standardSchema);
}
