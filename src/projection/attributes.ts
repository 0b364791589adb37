import type { GraphProperties } from '../identity/change.ts';
import type { LedgerEntry } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { GROUP_CLASSES, USER_CLASSES } from './object-classes.ts';
import type { PrimaryGroup, ProjectionSettings } from './settings.ts';
import { sourceKeys, sourceNumber, sourcePath } from './source-property.ts';
import { flag, ia5, instant, telephone, text, texts } from './values.ts';

/** Attributes of an entry with their values, in the order in which they are shown. */
export type Attributes = (readonly [string, readonly string[]])[];

const MS_PER_DAY = 86_400_000;

/** Text properties that are shown as they are: LDAP attribute, Graph property. */
const USER_TEXTS: readonly (readonly [string, string])[] = [
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
];

const GROUP_TEXTS: readonly (readonly [string, string])[] = [
  ['displayName', 'displayName'],
  ['description', 'description'],
  ['mailNickname', 'mailNickname'],
  ['membershipRule', 'membershipRule'],
  ['onPremisesSamAccountName', 'onPremisesSamAccountName'],
];

/** What a user's entry shows of its record, under the name and number that the ledger has given. */
export function userAttributes(
  record: MirrorRecord,
  ledger: LedgerEntry,
  users: ProjectionSettings['users'],
  locked: boolean,
): Attributes {
  const { properties } = record;
  const uid = ledger.name;
  const commonName = text(properties, 'displayName') ?? uid;
  const attributes: Attributes = [
    ['objectClass', USER_CLASSES],
    ['structuralObjectClass', ['inetOrgPerson']],
    ['entryUUID', [record.objectId]],
    ['uid', [uid]],
    ['cn', [commonName]],
    // `person` demands a surname (RFC 4519 §3.12) that accounts for rooms and services do not have.
    ['sn', [text(properties, 'surname') ?? commonName]],
    ['uidNumber', [String(ledger.number)]],
    ['gidNumber', [String(primaryGidNumber(properties, users.primaryGroup))]],
    ['homeDirectory', [sourcePath(properties, users.homeDirectoryFrom) ?? homeOf(ledger, users)]],
    ['loginShell', [sourcePath(properties, users.loginShellFrom) ?? users.loginShell]],
  ];
  addTexts(attributes, properties, USER_TEXTS);
  add(attributes, 'userPrincipalName', text(properties, 'userPrincipalName'));
  add(attributes, 'mail', ia5(text(properties, 'mail')));
  add(attributes, 'gecos', gecos(commonName));
  addAll(
    attributes,
    'telephoneNumber',
    texts(properties, 'businessPhones').flatMap((phone) => telephone(phone) ?? []),
  );
  add(attributes, 'mobile', telephone(text(properties, 'mobilePhone') ?? ''));
  add(attributes, 'facsimileTelephoneNumber', telephone(text(properties, 'faxNumber') ?? ''));
  addAll(attributes, 'sshPublicKey', sourceKeys(properties, users.sshPublicKeyFrom));
  addAll(attributes, 'otherMailbox', texts(properties, 'otherMails'));
  addAll(attributes, 'proxyAddresses', texts(properties, 'proxyAddresses'));
  addExtensionAttributes(attributes, properties);
  add(attributes, 'accountEnabled', flag(properties, 'accountEnabled'));
  add(attributes, 'onPremisesSyncEnabled', flag(properties, 'onPremisesSyncEnabled'));
  const passwordChangedAtMs = instant(text(properties, 'lastPasswordChangeDateTime'));
  if (passwordChangedAtMs !== undefined) {
    attributes.push(['shadowLastChange', [String(Math.floor(passwordChangedAtMs / MS_PER_DAY))]]);
  }
  if (locked) addLock(attributes);
  return attributes;
}

/** What a group's entry shows of its record, its members apart. */
export function groupAttributes(record: MirrorRecord, ledger: LedgerEntry): Attributes {
  const { properties } = record;
  const attributes: Attributes = [
    ['objectClass', GROUP_CLASSES],
    ['structuralObjectClass', ['groupOfMembers']],
    ['entryUUID', [record.objectId]],
    ['cn', [ledger.name]],
    ['gidNumber', [String(ledger.number)]],
  ];
  addTexts(attributes, properties, GROUP_TEXTS);
  add(attributes, 'mail', ia5(text(properties, 'mail')));
  addAll(attributes, 'proxyAddresses', texts(properties, 'proxyAddresses'));
  addAll(attributes, 'groupTypes', texts(properties, 'groupTypes'));
  add(attributes, 'securityEnabled', flag(properties, 'securityEnabled'));
  add(attributes, 'mailEnabled', flag(properties, 'mailEnabled'));
  add(attributes, 'onPremisesSyncEnabled', flag(properties, 'onPremisesSyncEnabled'));
  return attributes;
}

function primaryGidNumber(properties: GraphProperties, { gidNumber, gidNumberFrom }: PrimaryGroup): number {
  const own = sourceNumber(properties, gidNumberFrom);
  return typeof own === 'number' ? own : gidNumber;
}

function homeOf({ name, number }: LedgerEntry, { homeDirectory }: ProjectionSettings['users']): string {
  // The attribute is an IA5 string (RFC 2307 §3); a name in another script gives way to the number.
  return homeDirectory.replaceAll('{uid}', ia5(name) ?? String(number));
}

/** Every lock that a client may look at, so that keys and cron stop as well as binds. */
function addLock(attributes: Attributes): void {
  attributes.push(
    ['nsAccountLock', ['TRUE']],
    ['shadowExpire', ['1']],
    // The value that means locked until an administrator acts (draft-behera-ldap-password-policy §5.3.3).
    ['pwdAccountLockedTime', ['000001010000Z']],
  );
}

function addExtensionAttributes(attributes: Attributes, properties: GraphProperties): void {
  const extensions = properties['onPremisesExtensionAttributes'];
  if (typeof extensions !== 'object' || extensions === null || Array.isArray(extensions)) return;
  for (let i = 1; i <= 15; i++) {
    const name = `extensionAttribute${i}`;
    add(attributes, name, text(extensions as GraphProperties, name));
  }
}

function addTexts(
  attributes: Attributes,
  properties: GraphProperties,
  map: readonly (readonly [string, string])[],
): void {
  for (const [attribute, property] of map) add(attributes, attribute, text(properties, property));
}

function add(attributes: Attributes, name: string, value: string | undefined): void {
  if (value !== undefined) attributes.push([name, [value]]);
}

function addAll(attributes: Attributes, name: string, values: readonly string[]): void {
  if (values.length > 0) attributes.push([name, [...new Set(values)]]);
}

/** The full name without the characters that end a field of a passwd line. */
function gecos(name: string): string | undefined {
  const clean = name.replaceAll(/[:\n\r]/g, ' ').trim();
  return clean === '' ? undefined : clean;
}
