import type { GraphProperties } from '../../src/identity/change.ts';

/** The attributes of users that are compared. */
const userAttributes =
  'entryUUID uid cn sn displayName givenName title department departmentNumber mail mailNickname userPrincipalName ' +
  'employeeNumber physicalDeliveryOfficeName l userType accountEnabled gidNumber homeDirectory loginShell nsAccountLock ' +
  'shadowExpire manager memberOf';

/** The attributes of groups that are compared. */
const groupAttributes =
  'entryUUID cn displayName description mail mailNickname groupTypes securityEnabled mailEnabled member uniqueMember ' +
  'memberUid memberOf';

/** The attributes that the reference speaks of, of each kind. */
export const referenceAttributes = { user: userAttributes.split(' '), group: groupAttributes.split(' ') } as const;

/** Attribute values, sorted. */
export type ReferenceValues = Readonly<Record<string, readonly string[]>>;

/** What a user's entry must say. */
export function userValues(
  id: string,
  properties: GraphProperties,
  uid: string,
  locked: boolean,
  links: Readonly<Record<'manager' | 'memberOf', readonly string[]>>,
): ReferenceValues {
  const cn = textOf(properties, 'displayName') ?? uid;
  return present({
    entryUUID: [id],
    uid: [uid],
    cn: [cn],
    sn: [textOf(properties, 'surname') ?? cn],
    displayName: valuesOf(properties, 'displayName'),
    givenName: valuesOf(properties, 'givenName'),
    title: valuesOf(properties, 'jobTitle'),
    department: valuesOf(properties, 'department'),
    departmentNumber: valuesOf(properties, 'department'),
    mail: valuesOf(properties, 'mail').filter(isAscii),
    mailNickname: valuesOf(properties, 'mailNickname'),
    userPrincipalName: valuesOf(properties, 'userPrincipalName'),
    employeeNumber: valuesOf(properties, 'employeeId'),
    physicalDeliveryOfficeName: valuesOf(properties, 'officeLocation'),
    l: valuesOf(properties, 'city'),
    userType: valuesOf(properties, 'userType'),
    accountEnabled: valuesOf(properties, 'accountEnabled'),
    gidNumber: ['1000000000'],
    // A name in another script is no IA5 string; then the number stands there.
    homeDirectory: [isAscii(uid) ? `/home/${uid}` : '/home/{uidNumber}'],
    loginShell: ['/bin/bash'],
    nsAccountLock: locked ? ['TRUE'] : [],
    shadowExpire: locked ? ['1'] : [],
    ...links,
  });
}

/** What a group's entry must say. */
export function groupValues(
  id: string,
  properties: GraphProperties,
  cn: string,
  members: Readonly<Record<'member' | 'uniqueMember' | 'memberUid' | 'memberOf', readonly string[]>>,
): ReferenceValues {
  return present({
    entryUUID: [id],
    cn: [cn],
    displayName: valuesOf(properties, 'displayName'),
    description: valuesOf(properties, 'description'),
    mail: valuesOf(properties, 'mail').filter(isAscii),
    mailNickname: valuesOf(properties, 'mailNickname'),
    groupTypes: valuesOf(properties, 'groupTypes'),
    securityEnabled: valuesOf(properties, 'securityEnabled'),
    mailEnabled: valuesOf(properties, 'mailEnabled'),
    ...members,
  });
}

function isAscii(value: string): boolean {
  return /^[ -~]+$/.test(value);
}

/** The text of a property that has one. */
export function textOf(properties: GraphProperties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The texts of a property, one or several. */
export function valuesOf(properties: GraphProperties, name: string): readonly string[] {
  const value = properties[name];
  if (typeof value === 'boolean') return [value ? 'TRUE' : 'FALSE'];
  return (Array.isArray(value) ? value : [value]).filter(
    (each): each is string => typeof each === 'string' && each.trim() !== '',
  );
}

/** Without the attributes that have no value; values sorted. */
function present(values: ReferenceValues): ReferenceValues {
  const kept = Object.entries(values).filter(([, each]) => each.length > 0);
  return Object.fromEntries(kept.map(([name, each]) => [name, each.toSorted()]));
}
