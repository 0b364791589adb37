import type { Collection } from './change.ts';

/**
 * The properties of users and groups in Microsoft Graph v1.0 that can be selected of many objects at once
 * (https://learn.microsoft.com/graph/api/resources/user, https://learn.microsoft.com/graph/api/resources/group). Not among
 * them: what lives outside of the directory and is given for one object only (mailbox settings, profile pages, sign-in
 * activity), passwords, and relations but `manager`.
 */

/**
 * The shape that Microsoft Graph documents for a property; every one may also be null.
 *
 * - `instant`: a text such as `2026-01-31T08:00:00Z`
 * - `texts by name`, `object`: an object; {@link propertyFields} has the names and shapes of what is in it
 * - `objects`: a list of objects; cannot be the value of an attribute
 * - `reference`: another object; here its object id as a text
 * - `extension`: the value of a directory extension: a text, an instant, a number, a flag, or a list of one of these
 * - `schema extension`: an object with the properties of a schema extension, each a text, a number, a flag or an instant
 * - `security attributes`: sets by name, each with attributes by name: a text, a number, a flag, or a list of texts or numbers
 */
export type PropertyShape =
  | 'text'
  | 'flag'
  | 'number'
  | 'instant'
  | 'texts'
  | 'texts by name'
  | 'object'
  | 'objects'
  | 'reference'
  | 'extension'
  | 'schema extension'
  | 'security attributes';

/** The documented properties of each collection by name, `id` and the members of groups left out. */
export const graphProperties: Readonly<Record<Collection, Readonly<Record<string, PropertyShape>>>> = {
  users: {
    accountEnabled: 'flag',
    ageGroup: 'text',
    assignedLicenses: 'objects',
    assignedPlans: 'objects',
    authorizationInfo: 'object',
    businessPhones: 'texts',
    city: 'text',
    companyName: 'text',
    consentProvidedForMinor: 'text',
    country: 'text',
    createdDateTime: 'instant',
    creationType: 'text',
    customSecurityAttributes: 'security attributes',
    department: 'text',
    displayName: 'text',
    employeeHireDate: 'instant',
    employeeId: 'text',
    employeeLeaveDateTime: 'instant',
    employeeOrgData: 'object',
    employeeType: 'text',
    externalUserState: 'text',
    externalUserStateChangeDateTime: 'instant',
    faxNumber: 'text',
    givenName: 'text',
    identities: 'objects',
    identityParentId: 'text',
    imAddresses: 'texts',
    isManagementRestricted: 'flag',
    isResourceAccount: 'flag',
    jobTitle: 'text',
    lastPasswordChangeDateTime: 'instant',
    legalAgeGroupClassification: 'text',
    licenseAssignmentStates: 'objects',
    mail: 'text',
    mailNickname: 'text',
    manager: 'reference',
    mobilePhone: 'text',
    officeLocation: 'text',
    onPremisesDistinguishedName: 'text',
    onPremisesDomainName: 'text',
    onPremisesExtensionAttributes: 'texts by name',
    onPremisesImmutableId: 'text',
    onPremisesLastSyncDateTime: 'instant',
    onPremisesProvisioningErrors: 'objects',
    onPremisesSamAccountName: 'text',
    onPremisesSecurityIdentifier: 'text',
    onPremisesSyncEnabled: 'flag',
    onPremisesUserPrincipalName: 'text',
    otherMails: 'texts',
    passwordPolicies: 'text',
    postalCode: 'text',
    preferredDataLocation: 'text',
    preferredLanguage: 'text',
    provisionedPlans: 'objects',
    proxyAddresses: 'texts',
    securityIdentifier: 'text',
    serviceProvisioningErrors: 'objects',
    showInAddressList: 'flag',
    signInSessionsValidFromDateTime: 'instant',
    state: 'text',
    streetAddress: 'text',
    surname: 'text',
    usageLocation: 'text',
    userPrincipalName: 'text',
    userType: 'text',
  },
  groups: {
    assignedLabels: 'objects',
    assignedLicenses: 'objects',
    classification: 'text',
    createdDateTime: 'instant',
    creationOptions: 'texts',
    description: 'text',
    displayName: 'text',
    expirationDateTime: 'instant',
    groupTypes: 'texts',
    isAssignableToRole: 'flag',
    isManagementRestricted: 'flag',
    licenseProcessingState: 'object',
    mail: 'text',
    mailEnabled: 'flag',
    mailNickname: 'text',
    membershipRule: 'text',
    membershipRuleProcessingState: 'text',
    onPremisesDomainName: 'text',
    onPremisesExtensionAttributes: 'texts by name',
    onPremisesLastSyncDateTime: 'instant',
    onPremisesNetBiosName: 'text',
    onPremisesProvisioningErrors: 'objects',
    onPremisesSamAccountName: 'text',
    onPremisesSecurityIdentifier: 'text',
    onPremisesSyncEnabled: 'flag',
    preferredDataLocation: 'text',
    preferredLanguage: 'text',
    proxyAddresses: 'texts',
    renewedDateTime: 'instant',
    resourceBehaviorOptions: 'texts',
    resourceProvisioningOptions: 'texts',
    securityEnabled: 'flag',
    securityIdentifier: 'text',
    serviceProvisioningErrors: 'objects',
    theme: 'text',
    uniqueName: 'text',
    visibility: 'text',
    writebackConfiguration: 'object',
  },
};

/** The shape of one field of a property that is an object. */
export type FieldShape = Extract<PropertyShape, 'text' | 'flag' | 'texts'>;

const extensionAttributes: Readonly<Record<string, FieldShape>> = Object.fromEntries(
  Array.from({ length: 15 }, (_, n) => [`extensionAttribute${n + 1}`, 'text' as const]),
);

/** What is in the documented properties of the shapes `object` and `texts by name`. */
export const propertyFields: Readonly<
  Record<Collection, Readonly<Record<string, Readonly<Record<string, FieldShape>>>>>
> = {
  users: {
    authorizationInfo: { certificateUserIds: 'texts' },
    employeeOrgData: { costCenter: 'text', division: 'text' },
    onPremisesExtensionAttributes: extensionAttributes,
  },
  groups: {
    licenseProcessingState: { state: 'text' },
    onPremisesExtensionAttributes: extensionAttributes,
    writebackConfiguration: { isEnabled: 'flag', onPremisesGroupType: 'text' },
  },
};

const DIRECTORY_EXTENSION = /^extension_[0-9a-f]{32}_\w{1,256}$/i;
const SCHEMA_EXTENSION = /^[A-Za-z][A-Za-z0-9]{0,63}_\w{1,256}$/;

/** True for the name of a directory extension: `extension_<application id without dashes>_<name>`. */
export function isDirectoryExtension(name: string): boolean {
  return DIRECTORY_EXTENSION.test(name);
}

/**
 * True for what can be the id of a schema extension: `ext` with eight characters of Microsoft's, or the name of a verified
 * domain without its dots, then an underscore and a name (https://learn.microsoft.com/graph/extensibility-overview).
 */
export function isSchemaExtension(name: string): boolean {
  return SCHEMA_EXTENSION.test(name) && !/^extension_/i.test(name);
}

/** The shape of a property of one collection, extensions included; undefined for what cannot be selected. */
export function propertyShape(collection: Collection, name: string): PropertyShape | undefined {
  const properties = graphProperties[collection];
  if (Object.hasOwn(properties, name)) return properties[name];
  if (isDirectoryExtension(name)) return 'extension';
  return isSchemaExtension(name) ? 'schema extension' : undefined;
}

/**
 * Whether delta queries report a property. They track neither custom security attributes nor schema extensions
 * (https://learn.microsoft.com/graph/known-issues), which therefore are read by lists.
 */
export function isTracked(name: string): boolean {
  return name !== 'customSecurityAttributes' && !isSchemaExtension(name);
}
