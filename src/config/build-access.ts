import { normalizeDn } from '../directory/dn.ts';
import type { AccessRules } from '../directory/access.ts';
import { readOperations } from '../directory/rights.ts';
import type { EntryGrant, Rights } from '../directory/rights.ts';
import { groupReference } from './group-reference.ts';
import type { ParsedConfig } from './schema.ts';

type ParsedRights = NonNullable<ParsedConfig['access']['users']>;

/** The rights that a document without broken rules grants. */
export function buildAccess({ access, directory, serviceAccounts }: ParsedConfig): AccessRules {
  const normal = (dn: string): string => normalizeDn(dn) ?? '';
  const groupsDn = `${directory.groups},${directory.baseDn}`;
  const grant = (words: ParsedRights['users']): EntryGrant =>
    words === 'all' || words === 'none' ? words : words.map((name) => groupReference(name, groupsDn));
  const rights = (parsed: ParsedRights): Rights => ({
    bases: parsed.bases?.map(normal),
    users: grant(parsed.users),
    groups: grant(parsed.groups),
    sudoRules: parsed.sudoRules,
    attributes: parsed.attributes,
    hiddenAttributes: parsed.hiddenAttributes ?? [],
    operations: new Set(parsed.operations ?? readOperations),
  });
  return {
    tree: {
      base: normal(directory.baseDn),
      users: normal(`${directory.users},${directory.baseDn}`),
      groups: normal(groupsDn),
      services: normal(`${directory.services},${directory.baseDn}`),
      privateGroups: normal(`${directory.privateGroups},${directory.baseDn}`),
      sudoers: normal(`${directory.sudoers},${directory.baseDn}`),
    },
    anonymous: access.anonymous && rights(access.anonymous),
    users: rights(access.users ?? { users: 'none', groups: 'none', sudoRules: false }),
    services: new Map(serviceAccounts.flatMap(({ name, rights: own }) => (own ? [[name, rights(own)] as const] : []))),
    otherServices: access.services && rights(access.services),
  };
}
