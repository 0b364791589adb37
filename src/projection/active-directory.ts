/**
 * What Active Directory shows of users, groups and containers, added behind everything else that an entry says: whoever is not to
 * see it reads the same entry as if it had never been added.
 */

import { objectCategory, parseSid } from '../directory/filter-active-directory.ts';
import { parseDn } from '../directory/dn.ts';
import type { EntryContent } from '../directory/entry-codec.ts';
import { guidBytes, type ObjectId, parseObjectId } from '../identity/ids.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import type { ProjectedEntry } from './stamps.ts';
import { instant, text } from './values.ts';

/** Classes that only Active Directory has, in lower case. */
export const activeDirectoryClasses = { user: 'user', group: 'group' } as const;

/**
 * Attributes that only entries of this flavour have, by the keys of the schema. `userPrincipalName` and `distinguishedName` are
 * shown without it too.
 */
export const activeDirectoryOnly: ReadonlySet<string> = new Set([
  'name',
  'samaccountname',
  'samaccounttype',
  'objectguid',
  'objectsid',
  'objectcategory',
  'useraccountcontrol',
  'primarygroupid',
  'grouptype',
  'accountexpires',
  'pwdlastset',
  'unixhomedirectory',
  'whencreated',
  'whenchanged',
  'usncreated',
  'usnchanged',
]);

/** NORMAL_ACCOUNT and ACCOUNTDISABLE ([MS-ADTS] 2.2.16). */
const normalAccount = 0x200;
const accountDisabled = 0x2;
/** SAM_USER_OBJECT, SAM_GROUP_OBJECT and SAM_NON_SECURITY_GROUP_OBJECT ([MS-SAMR] 2.2.1.9). */
const userAccountType = '805306368';
const securityGroupType = '268435456';
const distributionGroupType = '268435457';
/** GROUP_TYPE_ACCOUNT_GROUP, with GROUP_TYPE_SECURITY_ENABLED for groups that may be given rights ([MS-ADTS] 2.2.12). */
const globalSecurityGroup = '-2147483646';
const globalDistributionGroup = '2';
/** The relative identifier of Domain Users ([MS-DTYP] 2.4.2.4). No entry has a SID with it, as in a domain whose built-in groups are not synchronized. */
const domainUsers = '513';
const never = '9223372036854775807';
/** Milliseconds from 1601 to 1970, where the two ways of counting begin. */
const fileTimeEpochMs = 11_644_473_600_000n;

type Attributes = EntryContent['attributes'];

/** A user's entry as Active Directory shows it. `sAMAccountName` is the uid, which no other user has. */
export function userOfActiveDirectory(
  entry: ProjectedEntry,
  { objectId, properties }: MirrorRecord,
  baseDn: string,
): ProjectedEntry {
  const passwordSetAtMs = instant(text(properties, 'lastPasswordChangeDateTime'));
  return extend(entry, activeDirectoryClasses.user, [
    ...named(entry, 'cn', 'uid'),
    ['sAMAccountType', [userAccountType]],
    ...identified(objectId, text(properties, 'onPremisesSecurityIdentifier')),
    ['objectCategory', [objectCategory('user', baseDn)]],
    ['userAccountControl', [String(entry.locked ? normalAccount | accountDisabled : normalAccount)]],
    ['primaryGroupID', [domainUsers]],
    ['accountExpires', [never]],
    // 0 would mean that the password has to be changed; when nothing is known, nothing is said.
    ['pwdLastSet', passwordSetAtMs === undefined ? [] : [fileTime(passwordSetAtMs)]],
    ['unixHomeDirectory', valuesOf(entry, 'homeDirectory')],
  ]);
}

/** A group's entry as Active Directory shows it. Of groups that are no security groups, clients take no rights. */
export function groupOfActiveDirectory(
  entry: ProjectedEntry,
  { objectId, properties }: Pick<MirrorRecord, 'objectId' | 'properties'>,
  baseDn: string,
): ProjectedEntry {
  const isSecurityGroup = properties['securityEnabled'] !== false;
  return extend(entry, activeDirectoryClasses.group, [
    ...named(entry, 'cn', 'cn'),
    ['sAMAccountType', [isSecurityGroup ? securityGroupType : distributionGroupType]],
    ...identified(objectId, text(properties, 'onPremisesSecurityIdentifier')),
    ['objectCategory', [objectCategory('group', baseDn)]],
    ['groupType', [isSecurityGroup ? globalSecurityGroup : globalDistributionGroup]],
  ]);
}

/** The entry of a container, a service account or the primary group as Active Directory shows it. */
export function fixedOfActiveDirectory(entry: ProjectedEntry, baseDn: string): ProjectedEntry {
  const objectId = parseObjectId(String(valuesOf(entry, 'entryUUID')[0]));
  if (objectId === undefined) throw new RangeError(`${entry.dn} has no UUID`);
  const structuralClass = String(valuesOf(entry, 'structuralObjectClass')[0]);
  if (structuralClass === 'groupOfMembers') return groupOfActiveDirectory(entry, { objectId, properties: {} }, baseDn);
  return extend(entry, undefined, [
    ['name', [parseDn(entry.dn)?.[0]?.[0]?.value ?? '']],
    ['objectGUID', [mixedEndianGuid(objectId)]],
    ['objectCategory', [objectCategory(structuralClass, baseDn)]],
  ]);
}

function extend(entry: ProjectedEntry, addedClass: string | undefined, more: Attributes): ProjectedEntry {
  const attributes = entry.content.attributes.map(([name, values]): Attributes[number] =>
    name === 'objectClass' && addedClass !== undefined ? [name, [...values, addedClass]] : [name, values],
  );
  return { ...entry, counted: true, content: { ...entry.content, attributes: [...attributes, ...more] } };
}

function valuesOf({ content }: ProjectedEntry, name: string): readonly (string | Buffer)[] {
  return content.attributes.find(([attribute]) => attribute === name)?.[1] ?? [];
}

function named(entry: ProjectedEntry, nameFrom: string, accountFrom: string): Attributes {
  return [
    ['name', valuesOf(entry, nameFrom).slice(0, 1)],
    ['sAMAccountName', valuesOf(entry, accountFrom)],
  ];
}

function identified(objectId: ObjectId, onPremisesSid: string | undefined): Attributes {
  return [
    ['objectGUID', [mixedEndianGuid(objectId)]],
    ['objectSid', [(onPremisesSid === undefined ? undefined : parseSid(onPremisesSid)) ?? cloudSid(objectId)]],
  ];
}

/** A GUID as Windows keeps it, its first three fields with the least significant octet first ([MS-DTYP] 2.3.4.2). */
function mixedEndianGuid(objectId: ObjectId): Buffer {
  const guid = guidBytes(objectId);
  guid.subarray(0, 4).reverse();
  guid.subarray(4, 6).reverse();
  guid.subarray(6, 8).reverse();
  return guid;
}

/** The SID that Entra gives an object, S-1-12-1 and the object id as four numbers: `securityIdentifier` in Microsoft Graph. */
function cloudSid(objectId: ObjectId): Buffer {
  const head = [1, 5, 0, 0, 0, 0, 0, 12, 1, 0, 0, 0];
  return Buffer.concat([Buffer.from(head), mixedEndianGuid(objectId)]);
}

/** A time in units of 100 ns since 1601 ([MS-DTYP] 2.3.3). */
function fileTime(ms: number): string {
  return String((BigInt(ms) + fileTimeEpochMs) * 10_000n);
}
