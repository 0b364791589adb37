/**
 * Which properties users and groups have in Graph v1.0, which of them come without `$select`, and how each may be used in
 * `$filter` (Microsoft Graph, "Advanced query capabilities on Microsoft Entra ID objects").
 */
import type { Collection } from '../../identity/change.ts';

/** How a filter operator may be used on a property. */
export type Support = 'default' | 'advanced' | 'none';

/** The operators of the support table, in its order. */
const FILTER_OPERATORS = ['eq', 'ne', 'not', 'ge', 'le', 'in', 'startsWith', 'null'] as const;

/** A column of the support table. */
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** What is known of one collection's properties. */
export interface PropertyCatalog {
  readonly typeName: 'user' | 'group';
  readonly names: ReadonlySet<string>;
  readonly defaults: readonly string[];
  readonly collections: ReadonlySet<string>;
  readonly filters: ReadonlyMap<string, string>;
  readonly orderBy: ReadonlyMap<string, Support>;
  readonly search: readonly string[];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

const USER_DEFAULTS = words(`businessPhones displayName givenName jobTitle mail mobilePhone officeLocation
  preferredLanguage surname userPrincipalName`);

const USER_NAMES = words(`accountEnabled ageGroup assignedLicenses assignedPlans authorizationInfo city companyName
  consentProvidedForMinor country createdDateTime creationType customSecurityAttributes deletedDateTime department employeeHireDate
  employeeId employeeLeaveDateTime employeeOrgData employeeType externalUserState externalUserStateChangeDateTime faxNumber
  identities identityParentId imAddresses isManagementRestricted isResourceAccount lastPasswordChangeDateTime
  legalAgeGroupClassification licenseAssignmentStates mailNickname manager onPremisesDistinguishedName onPremisesDomainName
  onPremisesExtensionAttributes onPremisesImmutableId onPremisesLastSyncDateTime onPremisesProvisioningErrors
  onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName otherMails
  passwordPolicies passwordProfile postalCode preferredDataLocation provisionedPlans proxyAddresses securityIdentifier
  serviceProvisioningErrors showInAddressList signInActivity signInSessionsValidFromDateTime state streetAddress usageLocation
  userType`);

const GROUP_DEFAULTS = words(`deletedDateTime classification createdDateTime creationOptions description displayName
  expirationDateTime groupTypes isAssignableToRole mail mailEnabled mailNickname membershipRule membershipRuleProcessingState
  onPremisesDomainName onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier
  onPremisesSyncEnabled preferredDataLocation preferredLanguage proxyAddresses renewedDateTime resourceBehaviorOptions
  resourceProvisioningOptions securityEnabled securityIdentifier theme uniqueName visibility onPremisesProvisioningErrors
  serviceProvisioningErrors`);

const GROUP_NAMES = words(`assignedLabels assignedLicenses hasMembersWithLicenseErrors infoCatalogs isArchived
  isManagementRestricted licenseProcessingState members onPremisesExtensionAttributes owners writebackConfiguration`);

const COLLECTIONS = new Set(
  words(`assignedLabels assignedLicenses assignedPlans businessPhones creationOptions groupTypes identities imAddresses
  infoCatalogs licenseAssignmentStates onPremisesProvisioningErrors otherMails provisionedPlans proxyAddresses
  resourceBehaviorOptions resourceProvisioningOptions serviceProvisioningErrors`),
);

/** Reads lines of `letters: names`; the letters stand for the columns of {@link FILTER_OPERATORS}. */
function supportTable(lines: readonly string[]): Map<string, string> {
  const table = new Map<string, string>();
  for (const line of lines) {
    const [letters = '', names = ''] = line.split(':');
    for (const name of words(names)) table.set(name, letters);
  }
  return table;
}

const SHARED_FILTERS = [
  'DAADDDDA:displayName mail mailNickname',
  'DAADDA-A:createdDateTime',
  'DAADDA--:deletedDateTime',
  'DAA--D--:id onPremisesSyncEnabled',
  'DAADDD--:onPremisesLastSyncDateTime',
  'D-ADD-D-:proxyAddresses',
  'AAAAAAA-:onPremisesSamAccountName',
  'AAAAAA-A:onPremisesExtensionAttributes',
  '-------A:onPremisesSecurityIdentifier',
];

const USER_FILTERS = supportTable([
  ...SHARED_FILTERS,
  'DAADDDDA:city country department employeeId givenName jobTitle state surname usageLocation',
  'DAADDDD-:userPrincipalName onPremisesImmutableId onPremisesUserPrincipalName',
  'DAA--D-A:userType',
  'DAA--D--:accountEnabled creationType consentProvidedForMinor',
  'DAA-----:ageGroup externalUserState isResourceAccount',
  'AAAAAAAA:companyName faxNumber mobilePhone officeLocation postalCode preferredLanguage streetAddress',
  'AAAAAAA-:employeeType',
  'AAAAAA--:employeeHireDate',
  'A-AAA-A-:businessPhones',
  'D-ADDDD-:otherMails',
  'D-ADD-D-:imAddresses',
  'D-AAA---:assignedLicenses',
  'A-AAA---:assignedPlans',
  'AAA--A--:showInAddressList',
  'D------D:identities',
  'DAADD---:signInActivity',
  '-AA----A:passwordPolicies',
]);

const GROUP_FILTERS = supportTable([
  ...SHARED_FILTERS,
  'DAA--D--:securityEnabled',
  'DAA-----:mailEnabled isAssignableToRole',
  'D-ADD-D-:classification membershipRule infoCatalogs',
  'AAAAA-A-:description',
  'D-A-----:groupTypes',
  'DAADDD--:renewedDateTime',
  'AAAAAA--:expirationDateTime',
  'AAAAAAAA:preferredLanguage',
  'D-------:assignedLicenses uniqueName',
  'D------D:hasMembersWithLicenseErrors',
]);

const CATALOGS: Readonly<Record<Collection, PropertyCatalog>> = {
  users: {
    typeName: 'user',
    names: new Set(['id', ...USER_DEFAULTS, ...USER_NAMES]),
    defaults: USER_DEFAULTS,
    collections: COLLECTIONS,
    filters: USER_FILTERS,
    orderBy: new Map([
      ['displayName', 'default'],
      ['userPrincipalName', 'default'],
      ['createdDateTime', 'advanced'],
    ]),
    search: ['displayName', 'mail', 'userPrincipalName', 'mailNickname', 'givenName', 'surname'],
  },
  groups: {
    typeName: 'group',
    names: new Set(['id', ...GROUP_DEFAULTS, ...GROUP_NAMES]),
    defaults: GROUP_DEFAULTS,
    collections: COLLECTIONS,
    filters: GROUP_FILTERS,
    orderBy: new Map([['displayName', 'default']]),
    search: ['displayName', 'description', 'mail', 'mailNickname'],
  },
};

/** The catalogue of a collection. */
export function catalogOf(collection: Collection): PropertyCatalog {
  return CATALOGS[collection];
}

/** Whether a filter may apply an operator to a property. */
export function filterSupport(catalog: PropertyCatalog, property: string, operator: FilterOperator): Support {
  const letter = catalog.filters.get(property)?.[FILTER_OPERATORS.indexOf(operator)] ?? '-';
  return letter === 'D' ? 'default' : letter === 'A' ? 'advanced' : 'none';
}

const EXTENSION = /^extension_[0-9a-f]{32}_\w+$/i;

/** The catalogue's spelling of a property name given in any letter case; undefined when there is no such property. */
export function propertyName(catalog: PropertyCatalog, text: string): string | undefined {
  if (catalog.names.has(text) || EXTENSION.test(text)) return text;
  const lower = text.toLowerCase();
  for (const name of catalog.names) if (name.toLowerCase() === lower) return name;
  return undefined;
}
