/** Tells kinds of users and groups apart by their properties (https://learn.microsoft.com/graph/api/resources/groups-overview). */
import type { GraphProperties } from '../identity/change.ts';
import type { AccountType, GroupType, MembershipType } from './settings.ts';
import { domainPart, text, texts } from './values.ts';

/** Where a user's account comes from. */
export function accountType(properties: GraphProperties): AccountType {
  return properties['onPremisesSyncEnabled'] === true ? 'synchronized' : 'cloud';
}

/** What kind of group it is; one that is neither for mail nor for security counts as a distribution group. */
export function groupType(properties: GraphProperties): GroupType {
  if (hasType(properties, 'unified')) return 'microsoft365';
  if (properties['securityEnabled'] !== true) return 'distribution';
  return properties['mailEnabled'] === true ? 'mailEnabledSecurity' : 'security';
}

/** How a group gets its members. */
export function membershipType(properties: GraphProperties): MembershipType {
  return hasType(properties, 'dynamicmembership') ? 'dynamic' : 'assigned';
}

function hasType(properties: GraphProperties, type: string): boolean {
  return texts(properties, 'groupTypes').some((each) => each.toLowerCase() === type);
}

/** The domain of a user principal name in lower case; of a guest that of the tenant, which its name ends with too. */
export function domainOf(properties: GraphProperties): string | undefined {
  return domainPart(text(properties, 'userPrincipalName') ?? '')?.toLowerCase();
}
