/**
 * The attributes of entries and what they are taken from when the configuration does not say otherwise. Those that the program
 * works out itself (names, numbers, members, locks) are not in it.
 */
import type { EntryOwner, SourceSetting } from './source-setting.ts';

/** One line of the map. */
export type DefaultAttribute = readonly [attribute: string, source: SourceSetting];

const extensionAttributes = Array.from(
  { length: 15 },
  (_, index): DefaultAttribute => [`extensionAttribute${index + 1}`, `extensionAttribute${index + 1}`],
);

/** The map by the owner of the entry, in the order in which attributes are shown. */
export const defaultMap: Readonly<Record<EntryOwner, readonly DefaultAttribute[]>> = {
  users: [
    ['cn', ['displayName', '{uid}']],
    // `person` demands a surname (RFC 4519 §3.12) that accounts for rooms and services do not have.
    ['sn', ['surname', '{cn}']],
    ['displayName', 'displayName'],
    ['givenName', 'givenName'],
    ['title', 'jobTitle'],
    ['department', 'department'],
    ['departmentNumber', 'department'],
    ['o', 'companyName'],
    ['company', 'companyName'],
    ['physicalDeliveryOfficeName', 'officeLocation'],
    ['street', 'streetAddress'],
    ['l', 'city'],
    ['st', 'state'],
    ['postalCode', 'postalCode'],
    ['co', 'country'],
    ['usageLocation', 'usageLocation'],
    ['preferredLanguage', 'preferredLanguage'],
    ['employeeNumber', 'employeeId'],
    ['employeeType', 'employeeType'],
    ['mailNickname', 'mailNickname'],
    ['userType', 'userType'],
    ['creationType', 'creationType'],
    ['externalUserState', 'externalUserState'],
    ['onPremisesSamAccountName', 'onPremisesSamAccountName'],
    ['onPremisesImmutableId', 'onPremisesImmutableId'],
    ['mail', 'mail'],
    ['gecos', '{cn}'],
    ['telephoneNumber', 'businessPhones'],
    ['mobile', 'mobilePhone'],
    ['facsimileTelephoneNumber', 'faxNumber'],
    ['otherMailbox', 'otherMails'],
    ['proxyAddresses', 'proxyAddresses'],
    ...extensionAttributes,
    ['accountEnabled', 'accountEnabled'],
    ['onPremisesSyncEnabled', 'onPremisesSyncEnabled'],
    ['shadowLastChange', 'lastPasswordChangeDateTime'],
  ],
  groups: [
    ['displayName', 'displayName'],
    ['description', 'description'],
    ['mailNickname', 'mailNickname'],
    ['membershipRule', 'membershipRule'],
    ['onPremisesSamAccountName', 'onPremisesSamAccountName'],
    ['mail', 'mail'],
    ['proxyAddresses', 'proxyAddresses'],
    ['groupTypes', 'groupTypes'],
    ['securityEnabled', 'securityEnabled'],
    ['mailEnabled', 'mailEnabled'],
    ['onPremisesSyncEnabled', 'onPremisesSyncEnabled'],
  ],
};

/** What follows the alternatives of an attribute that every entry must have. */
export const mandatory: Readonly<Record<EntryOwner, Readonly<Record<string, string>>>> = {
  users: { cn: '{uid}', sn: '{cn}' },
  groups: {},
};
