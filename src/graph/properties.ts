/** The shape that Microsoft Graph documents for a property; every one may also be null. */
export type PropertyShape = 'text' | 'flag' | 'texts' | 'texts by name';

/**
 * The user properties that the delta query selects, and with that tracks
 * (https://learn.microsoft.com/graph/api/resources/user): those that the projection uses, and no other. `id` comes without
 * being selected.
 */
export const userProperties = {
  accountEnabled: 'flag',
  businessPhones: 'texts',
  city: 'text',
  companyName: 'text',
  country: 'text',
  createdDateTime: 'text',
  creationType: 'text',
  department: 'text',
  displayName: 'text',
  employeeId: 'text',
  employeeType: 'text',
  externalUserState: 'text',
  faxNumber: 'text',
  givenName: 'text',
  jobTitle: 'text',
  lastPasswordChangeDateTime: 'text',
  mail: 'text',
  mailNickname: 'text',
  mobilePhone: 'text',
  officeLocation: 'text',
  onPremisesExtensionAttributes: 'texts by name',
  onPremisesImmutableId: 'text',
  onPremisesSamAccountName: 'text',
  onPremisesSecurityIdentifier: 'text',
  onPremisesSyncEnabled: 'flag',
  otherMails: 'texts',
  postalCode: 'text',
  preferredLanguage: 'text',
  proxyAddresses: 'texts',
  state: 'text',
  streetAddress: 'text',
  surname: 'text',
  usageLocation: 'text',
  userPrincipalName: 'text',
  userType: 'text',
} as const satisfies Readonly<Record<string, PropertyShape>>;

/**
 * The group properties that the delta query selects, beside `members`
 * (https://learn.microsoft.com/graph/api/resources/group).
 */
export const groupProperties = {
  createdDateTime: 'text',
  description: 'text',
  displayName: 'text',
  groupTypes: 'texts',
  mail: 'text',
  mailEnabled: 'flag',
  mailNickname: 'text',
  membershipRule: 'text',
  onPremisesSamAccountName: 'text',
  onPremisesSecurityIdentifier: 'text',
  onPremisesSyncEnabled: 'flag',
  proxyAddresses: 'texts',
  securityEnabled: 'flag',
} as const satisfies Readonly<Record<string, PropertyShape>>;
