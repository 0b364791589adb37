import type { GraphProperties, GraphValue } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import type { FullName } from './names.ts';
import type { GeneratedDomains } from './people.ts';

/** What kind of user somebody is. */
export type Role = 'member' | 'guest' | 'federated' | 'second';

/** What a user's record is built from. */
export interface Profile {
  readonly role: Role;
  readonly name: FullName;
  /** The part of the user principal name before the at sign, as it was at home for a guest. */
  readonly local: string;
  readonly principalName: string;
  readonly enabled: boolean;
  /** Pseudo-random bits for everything else. */
  readonly bits: number;
  readonly moreBits: number;
  readonly department: string;
  readonly jobTitle: string;
  readonly employeeNumber: number;
  readonly manager: ObjectId | undefined;
}

const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/** A time between 2016 and 2025 in the form Graph writes, chosen by pseudo-random bits. */
export function dateTime(bits: number): string {
  const year = 2016 + ((bits >>> 3) % 10);
  const month = TWO_DIGITS[1 + ((bits >>> 7) % 12)] ?? '';
  const day = TWO_DIGITS[1 + ((bits >>> 11) % 28)] ?? '';
  const hour = TWO_DIGITS[(bits >>> 16) % 24] ?? '';
  return `${year}-${month}-${day}T${hour}:${TWO_DIGITS[(bits >>> 21) % 60] ?? ''}:${TWO_DIGITS[(bits >>> 26) % 60] ?? ''}Z`;
}

/** Builds the Graph properties of a generated user. What such a user never had is left out. */
export function buildUserRecord(profile: Profile, domains: GeneratedDomains): GraphProperties {
  const { bits, moreBits, name } = profile;
  const guest = profile.role === 'guest';
  const record: Record<string, GraphValue> = {
    accountEnabled: profile.enabled,
    displayName: displayName(profile),
    givenName: name.given.native,
    surname: name.surname.native,
    userPrincipalName: profile.principalName,
    userType: guest ? 'Guest' : 'Member',
    mailNickname: guest ? `${profile.local}_${domains.partner}#EXT#` : profile.local,
    businessPhones: bits % 3 === 0 ? [] : [`${name.locale.phonePrefix} ${1000 + (moreBits % 9000)}`],
    createdDateTime: dateTime(bits),
    preferredLanguage: name.locale.language,
    usageLocation: name.locale.country,
    lastPasswordChangeDateTime: dateTime(moreBits),
    signInSessionsValidFromDateTime: dateTime(moreBits),
    otherMails: [],
    imAddresses: [],
    assignedLicenses: [],
  };
  addMail(record, profile, domains);
  if (guest) addGuest(record, profile, domains);
  else addWork(record, profile);
  if (bits % 4 === 1 && !guest) addOnPremises(record, profile, domains);
  if (profile.manager !== undefined && !guest) record['manager'] = profile.manager;
  return record;
}

function displayName({ name }: Profile): string {
  if (!name.locale.familyNameFirst) return `${name.given.native} ${name.surname.native}`;
  // Chinese, Japanese and Korean names are written without a space, Vietnamese ones with it.
  return `${name.surname.native}${name.locale.language === 'vi-VN' ? ' ' : ''}${name.given.native}`;
}

function addMail(record: Record<string, GraphValue>, profile: Profile, domains: GeneratedDomains): void {
  if (profile.role === 'guest') {
    record['mail'] = `${profile.local}@${domains.partner}`;
    record['otherMails'] = [`${profile.local}@${domains.partner}`];
    record['proxyAddresses'] = [`SMTP:${profile.local}@${domains.partner}`];
  } else if (profile.bits % 29 === 0) {
    record['proxyAddresses'] = [];
  } else {
    record['mail'] = profile.principalName;
    record['proxyAddresses'] = [
      `SMTP:${profile.principalName}`,
      `smtp:${profile.local}.${profile.employeeNumber}@${domains.initial}`,
    ];
  }
}

function addGuest(record: Record<string, GraphValue>, profile: Profile, domains: GeneratedDomains): void {
  record['creationType'] = 'Invitation';
  record['externalUserState'] = profile.bits % 5 === 0 ? 'PendingAcceptance' : 'Accepted';
  record['externalUserStateChangeDateTime'] = dateTime(profile.moreBits);
  record['identities'] = [
    { signInType: 'federated', issuer: 'ExternalAzureAD', issuerAssignedId: null },
    { signInType: 'userPrincipalName', issuer: domains.initial, issuerAssignedId: profile.principalName },
  ];
}

function addWork(record: Record<string, GraphValue>, profile: Profile): void {
  const { bits, moreBits } = profile;
  const { locale } = profile.name;
  record['department'] = profile.department;
  record['jobTitle'] = profile.jobTitle;
  record['companyName'] = 'Contoso';
  record['officeLocation'] = `${1 + (moreBits % 40)}/${1000 + (bits % 3000)}`;
  record['city'] = locale.city;
  record['state'] = locale.state;
  record['country'] = locale.countryName;
  record['streetAddress'] = `${locale.street} ${1 + (moreBits % 200)}`;
  record['postalCode'] = String(10_000 + (moreBits % 90_000));
  record['employeeId'] = `E${profile.employeeNumber}`;
  record['employeeType'] = bits % 11 === 0 ? 'Contractor' : 'Employee';
  record['identities'] = [
    {
      signInType: 'userPrincipalName',
      issuer: profile.principalName.slice(profile.principalName.lastIndexOf('@') + 1),
      issuerAssignedId: profile.principalName,
    },
  ];
  if (bits % 5 < 2) record['mobilePhone'] = `${locale.phonePrefix} ${1000 + (bits % 9000)}`;
  if (bits % 13 === 0) record['faxNumber'] = `${locale.phonePrefix} ${1000 + ((bits >>> 5) % 9000)}`;
}

function addOnPremises(record: Record<string, GraphValue>, profile: Profile, domains: GeneratedDomains): void {
  const netbios = (domains.primary.split('.')[0] ?? '').toUpperCase();
  record['onPremisesSyncEnabled'] = true;
  record['onPremisesDomainName'] = domains.federated;
  record['onPremisesSamAccountName'] = profile.local.slice(0, 20);
  record['onPremisesUserPrincipalName'] = profile.principalName;
  record['onPremisesImmutableId'] = Buffer.from(`${netbios}:${profile.employeeNumber}`).toString('base64');
  record['onPremisesDistinguishedName'] =
    `CN=${profile.local},OU=${profile.department.replaceAll('&', '\\26')},DC=${domains.federated.replaceAll('.', ',DC=')}`;
  record['onPremisesSecurityIdentifier'] = `S-1-5-21-1004336348-1177238915-682003330-${profile.employeeNumber}`;
  record['onPremisesLastSyncDateTime'] = dateTime(profile.moreBits);
  record['onPremisesExtensionAttributes'] = {
    extensionAttribute1: `cost-${profile.bits % 900}`,
    extensionAttribute2: profile.bits % 2 === 0 ? 'building' : null,
  };
}
