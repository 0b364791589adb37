/** What the administrator of a simulated tenant tries, one random thing at a time. */
import type { Choose } from './model-tenant.ts';
import { type ReferenceFilter, type ReferenceSettings, usualSettings } from './reference-settings.ts';
import { textOf } from './reference-values.ts';
import type { TenantLife } from './tenant-life.ts';

const usersFilters: readonly (ReferenceFilter | undefined)[] = [
  undefined,
  { text: 'accountEnabled eq true', admits: ({ accountEnabled }) => accountEnabled === true },
  {
    text: "endsWith(userPrincipalName,'@contoso.com')",
    admits: ({ userPrincipalName }) =>
      typeof userPrincipalName === 'string' && /@contoso\.com$/i.test(userPrincipalName),
  },
];
const groupsFilters: readonly (ReferenceFilter | undefined)[] = [
  undefined,
  { text: 'securityEnabled eq true', admits: ({ securityEnabled }) => securityEnabled === true },
];

/** Other settings that a running daemon takes over. */
export function toggled(now: ReferenceSettings, life: TenantLife, choose: Choose): Partial<ReferenceSettings> {
  switch (choose(10)) {
    case 0:
      return { guests: !now.guests };
    case 1:
      return { whenLocked: now.whenLocked === 'lock' ? 'hide' : 'lock' };
    case 2:
      return { domains: now.domains === undefined ? ['contoso.com', 'fabrikam.com'] : undefined };
    case 3:
      return { withoutEmail: !now.withoutEmail };
    case 4:
      return { membership: now.membership === 'direct' ? 'transitive' : 'direct' };
    case 5:
      return { namePrefixes: now.namePrefixes === undefined ? ['a', 'F', 'red', 'S', 'b'] : undefined };
    case 6:
      return { groupTypes: now.groupTypes.length < 4 ? usualSettings.groupTypes : ['security', 'microsoft365'] };
    case 7:
      return { uidFrom: now.uidFrom === 'mailNickname' ? 'userPrincipalNameLocalPart' : 'mailNickname' };
    default:
      return policy(life, choose);
  }
}

/** Another scope or way of reading, which only a restart takes over. */
export function narrowed(life: TenantLife, choose: Choose): Partial<ReferenceSettings> {
  return {
    reading: choose(3) === 0 ? 'list' : 'auto',
    usersFilter: usersFilters[choose(usersFilters.length)],
    groupsFilter: groupsFilters[choose(groupsFilters.length)],
    memberOf: choose(3) === 0 ? [life.named().id] : undefined,
  };
}

function policy(life: TenantLife, choose: Choose): Partial<ReferenceSettings> {
  const pick = (): string => {
    const { id, properties } = life.named();
    return choose(2) === 0 ? id : (textOf(properties, 'displayName') ?? id);
  };
  return {
    allowedGroups: choose(2) === 0 ? undefined : [pick(), 'All Employees'],
    disabledGroups: choose(2) === 0 ? [] : [pick()],
    nested: choose(3) > 0,
  };
}
