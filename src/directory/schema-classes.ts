/** Object classes, written as RFC 4512 §4.1.1 descriptions. */

import { ownArc } from './schema-attributes-entra.ts';

const addressMay =
  'telexNumber $ teletexTerminalIdentifier $ telephoneNumber $ internationalISDNNumber $ facsimileTelephoneNumber $ street $ postOfficeBox $ postalCode $ postalAddress $ physicalDeliveryOfficeName $ st $ l';
const deliveryMay = `x121Address $ registeredAddress $ destinationIndicator $ preferredDeliveryMethod $ ${addressMay}`;

/** RFC 4512, RFC 3672, RFC 4519, RFC 4524 and RFC 2798. */
export const whitePagesClasses: readonly string[] = [
  "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
  "( 2.5.6.1 NAME 'alias' SUP top STRUCTURAL MUST aliasedObjectName )",
  "( 1.3.6.1.4.1.1466.101.120.111 NAME 'extensibleObject' SUP top AUXILIARY )",
  "( 2.5.17.0 NAME 'subentry' SUP top STRUCTURAL MUST ( cn $ subtreeSpecification ) )",
  "( 2.5.20.1 NAME 'subschema' AUXILIARY MAY ( dITStructureRules $ nameForms $ dITContentRules $ objectClasses $ attributeTypes $ matchingRules $ matchingRuleUse ) )",
  "( 2.5.6.2 NAME 'country' SUP top STRUCTURAL MUST c MAY ( searchGuide $ description ) )",
  "( 2.5.6.3 NAME 'locality' SUP top STRUCTURAL MAY ( street $ seeAlso $ searchGuide $ st $ l $ description ) )",
  `( 2.5.6.4 NAME 'organization' SUP top STRUCTURAL MUST o MAY ( userPassword $ searchGuide $ seeAlso $ businessCategory $ ${deliveryMay} $ description ) )`,
  `( 2.5.6.5 NAME 'organizationalUnit' SUP top STRUCTURAL MUST ou MAY ( businessCategory $ description $ searchGuide $ seeAlso $ userPassword $ ${deliveryMay} ) )`,
  "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword $ telephoneNumber $ seeAlso $ description ) )",
  `( 2.5.6.7 NAME 'organizationalPerson' SUP person STRUCTURAL MAY ( title $ ou $ ${deliveryMay} ) )`,
  `( 2.5.6.8 NAME 'organizationalRole' SUP top STRUCTURAL MUST cn MAY ( roleOccupant $ seeAlso $ ou $ description $ ${deliveryMay} ) )`,
  "( 2.5.6.9 NAME 'groupOfNames' SUP top STRUCTURAL MUST ( member $ cn ) MAY ( businessCategory $ seeAlso $ owner $ ou $ o $ description ) )",
  "( 2.5.6.17 NAME 'groupOfUniqueNames' SUP top STRUCTURAL MUST ( uniqueMember $ cn ) MAY ( businessCategory $ seeAlso $ owner $ ou $ o $ description ) )",
  `( 2.5.6.10 NAME 'residentialPerson' SUP person STRUCTURAL MUST l MAY ( businessCategory $ ${deliveryMay} ) )`,
  "( 2.5.6.11 NAME 'applicationProcess' SUP top STRUCTURAL MUST cn MAY ( seeAlso $ ou $ l $ description ) )",
  "( 2.5.6.14 NAME 'device' SUP top STRUCTURAL MUST cn MAY ( serialNumber $ seeAlso $ owner $ ou $ o $ l $ description ) )",
  "( 1.3.6.1.4.1.1466.344 NAME 'dcObject' SUP top AUXILIARY MUST dc )",
  "( 1.3.6.1.1.3.1 NAME 'uidObject' SUP top AUXILIARY MUST uid )",
  "( 0.9.2342.19200300.100.4.5 NAME 'account' SUP top STRUCTURAL MUST uid MAY ( description $ seeAlso $ l $ o $ ou $ host ) )",
  `( 0.9.2342.19200300.100.4.13 NAME 'domain' SUP top STRUCTURAL MUST dc MAY ( userPassword $ searchGuide $ seeAlso $ businessCategory $ ${deliveryMay} $ description $ o $ associatedName ) )`,
  "( 0.9.2342.19200300.100.4.19 NAME 'simpleSecurityObject' SUP top AUXILIARY MUST userPassword )",
  "( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP organizationalPerson STRUCTURAL MAY ( audio $ businessCategory $ carLicense $ departmentNumber $ displayName $ employeeNumber $ employeeType $ givenName $ homePhone $ homePostalAddress $ initials $ jpegPhoto $ labeledURI $ mail $ manager $ mobile $ o $ pager $ photo $ roomNumber $ secretary $ uid $ userCertificate $ x500UniqueIdentifier $ preferredLanguage $ userSMIMECertificate $ userPKCS12 ) )",
];

/** RFC 2307 as revised by RFC 2307bis, OpenSSH keys, sudo. */
export const unixClasses: readonly string[] = [
  "( 1.3.6.1.1.1.2.0 NAME 'posixAccount' SUP top AUXILIARY MUST ( cn $ uid $ uidNumber $ gidNumber $ homeDirectory ) MAY ( userPassword $ loginShell $ gecos $ description ) )",
  "( 1.3.6.1.1.1.2.1 NAME 'shadowAccount' SUP top AUXILIARY MUST uid MAY ( userPassword $ description $ shadowLastChange $ shadowMin $ shadowMax $ shadowWarning $ shadowInactive $ shadowExpire $ shadowFlag ) )",
  "( 1.3.6.1.1.1.2.2 NAME 'posixGroup' SUP top AUXILIARY MUST gidNumber MAY ( userPassword $ memberUid $ description ) )",
  "( 1.3.6.1.1.1.2.3 NAME 'ipService' SUP top STRUCTURAL MUST ( cn $ ipServicePort $ ipServiceProtocol ) MAY description )",
  "( 1.3.6.1.1.1.2.4 NAME 'ipProtocol' SUP top STRUCTURAL MUST ( cn $ ipProtocolNumber ) MAY description )",
  "( 1.3.6.1.1.1.2.5 NAME 'oncRpc' SUP top STRUCTURAL MUST ( cn $ oncRpcNumber ) MAY description )",
  "( 1.3.6.1.1.1.2.6 NAME 'ipHost' SUP top AUXILIARY MUST ( cn $ ipHostNumber ) MAY ( userPassword $ l $ description $ manager ) )",
  "( 1.3.6.1.1.1.2.7 NAME 'ipNetwork' SUP top STRUCTURAL MUST ipNetworkNumber MAY ( cn $ ipNetmaskNumber $ l $ description $ manager ) )",
  "( 1.3.6.1.1.1.2.8 NAME 'nisNetgroup' SUP top STRUCTURAL MUST cn MAY ( nisNetgroupTriple $ memberNisNetgroup $ description ) )",
  "( 1.3.6.1.1.1.2.16 NAME 'automountMap' SUP top STRUCTURAL MUST automountMapName MAY description )",
  "( 1.3.6.1.1.1.2.17 NAME 'automount' SUP top STRUCTURAL MUST ( automountKey $ automountInformation ) MAY description )",
  "( 1.3.6.1.1.1.2.18 NAME 'groupOfMembers' SUP top STRUCTURAL MUST cn MAY ( businessCategory $ seeAlso $ owner $ ou $ o $ description $ member ) )",
  "( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MAY ( sshPublicKey $ uid ) )",
  "( 1.3.6.1.4.1.15953.9.2.1 NAME 'sudoRole' SUP top STRUCTURAL MUST cn MAY ( sudoUser $ sudoHost $ sudoCommand $ sudoRunAs $ sudoRunAsUser $ sudoRunAsGroup $ sudoOption $ sudoOrder $ sudoNotBefore $ sudoNotAfter $ description ) )",
];

const extensionAttributes = Array.from({ length: 15 }, (_, index) => `extensionAttribute${index + 1}`).join(' $ ');
const activeDirectoryMay =
  'name $ sAMAccountName $ sAMAccountType $ objectGUID $ objectSid $ objectCategory $ whenCreated $ whenChanged $ uSNCreated $ uSNChanged';
const userMay = `${activeDirectoryMay} $ userPrincipalName $ userAccountControl $ primaryGroupID $ accountExpires $ pwdLastSet $ unixHomeDirectory`;
const entraMay =
  'entraObjectId $ entraTenantId $ displayName $ mail $ mailNickname $ proxyAddresses $ onPremisesSamAccountName $ onPremisesSyncEnabled';

/**
 * Our auxiliary classes for what comes from Entra, and those of Active Directory, which are auxiliary here so that they can
 * stand beside `inetOrgPerson` and `groupOfMembers`.
 */
export const entraClasses: readonly string[] = [
  `( ${ownArc}.2.1 NAME 'entraUser' SUP top AUXILIARY MAY ( ${entraMay} $ ${userMay} $ userType $ accountEnabled $ usageLocation $ onPremisesImmutableId $ creationType $ externalUserState $ department $ company $ division $ employeeID $ employeeType $ co $ c $ wWWHomePage $ info $ otherMailbox $ thumbnailPhoto $ ${extensionAttributes} ) )`,
  `( ${ownArc}.2.2 NAME 'entraGroup' SUP top AUXILIARY MAY ( ${entraMay} $ ${activeDirectoryMay} $ groupType $ groupTypes $ securityEnabled $ mailEnabled $ membershipRule $ visibility $ isAssignableToRole $ member $ uniqueMember $ memberUid $ managedBy $ info ) )`,
  `( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY MAY ( ${userMay} ) )`,
  `( 1.2.840.113556.1.5.8 NAME 'group' SUP top AUXILIARY MAY ( ${activeDirectoryMay} $ groupType $ member $ mail $ managedBy ) )`,
];

/** Names and numbers of classes of other products; those without a number that is known for certain have one of ours. */
const foreignClasses: readonly (readonly [oid: string, name: string])[] = [
  ['1.2.840.113556.1.3.30', 'computer'],
  ['1.2.840.113556.1.5.15', 'contact'],
  ['1.2.840.113556.1.3.23', 'container'],
  ['1.2.840.113556.1.5.67', 'domainDNS'],
  ['1.2.840.113556.1.5.4', 'builtinDomain'],
  ['1.2.840.113556.1.5.34', 'trustedDomain'],
  ['1.2.840.113556.1.5.76', 'foreignSecurityPrincipal'],
  ['1.2.840.113556.1.5.264', 'msDS-ManagedServiceAccount'],
  ['1.2.840.113556.1.5.282', 'msDS-GroupManagedServiceAccount'],
  ['1.2.840.113556.1.5.23', 'printQueue'],
  ['1.2.840.113556.1.5.36', 'volume'],
  [`${ownArc}.2.3`, 'univentionGroup'],
  [`${ownArc}.2.4`, 'ipaUserGroup'],
  [`${ownArc}.2.5`, 'ipaObject'],
  [`${ownArc}.2.6`, 'publicFolder'],
  [`${ownArc}.2.7`, 'msExchDynamicDistributionList'],
  [`${ownArc}.2.8`, 'krbPrincipal'],
  ['2.16.840.1.113719.1.301.6.8.1', 'krbPrincipalAux'],
  ['2.16.840.1.113730.3.2.130', 'inetUser'],
  ['2.16.840.1.113730.3.2.147', 'inetLocalMailRecipient'],
  ['2.16.840.1.113730.3.2.4', 'mailGroup'],
  ['2.16.840.1.113730.3.2.33', 'groupOfURLs'],
  ['1.3.6.1.1.1.2.9', 'nisMap'],
  ['1.3.6.1.1.1.2.10', 'nisObject'],
];

/**
 * Classes that nothing here has but whose names stand in the filters of clients. An assertion of a class that the schema does
 * not know is Undefined, and with it `(!(objectClass=computer))` (RFC 4517 §4.2.26).
 */
export const namedClasses: readonly string[] = foreignClasses.map(
  ([oid, name]) => `( ${oid} NAME '${name}' SUP top AUXILIARY )`,
);
