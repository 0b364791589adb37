/** What Samba's passdb backend `ldapsam` reads of accounts, groups and its domain, numbered as in Samba's own schema. */

const ia5 = 'SYNTAX 1.3.6.1.4.1.1466.115.121.1.26';
const integer = 'EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE';

/** Settings for all accounts of a domain; each is a number. */
const policies = [
  'sambaMinPwdLength',
  'sambaPwdHistoryLength',
  'sambaLogonToChgPwd',
  'sambaMaxPwdAge',
  'sambaMinPwdAge',
  'sambaLockoutDuration',
  'sambaLockoutObservationWindow',
  'sambaLockoutThreshold',
  'sambaForceLogoff',
  'sambaRefuseMachinePwdChange',
] as const;

/** The number of the first of {@link policies} in Samba's arc; the others follow it. */
const firstPolicy = 58;

/** Attribute types of Samba. */
export const sambaAttributes: readonly string[] = [
  `( 1.3.6.1.4.1.7165.2.1.19 NAME 'sambaGroupType' ${integer} )`,
  `( 1.3.6.1.4.1.7165.2.1.20 NAME 'sambaSID' EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch ${ia5} SINGLE-VALUE )`,
  `( 1.3.6.1.4.1.7165.2.1.23 NAME 'sambaPrimaryGroupSID' EQUALITY caseIgnoreIA5Match ${ia5} SINGLE-VALUE )`,
  `( 1.3.6.1.4.1.7165.2.1.25 NAME 'sambaNTPassword' EQUALITY caseIgnoreIA5Match ${ia5} SINGLE-VALUE )`,
  `( 1.3.6.1.4.1.7165.2.1.26 NAME 'sambaAcctFlags' EQUALITY caseIgnoreIA5Match ${ia5} SINGLE-VALUE )`,
  `( 1.3.6.1.4.1.7165.2.1.27 NAME 'sambaPwdLastSet' ${integer} )`,
  "( 1.3.6.1.4.1.7165.2.1.38 NAME 'sambaDomainName' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
  `( 1.3.6.1.4.1.7165.2.1.40 NAME 'sambaAlgorithmicRidBase' ${integer} )`,
  ...policies.map((name, index) => `( 1.3.6.1.4.1.7165.2.1.${firstPolicy + index} NAME '${name}' ${integer} )`),
];

/** Object classes of Samba, with those of their attributes that there are here. */
export const sambaClasses: readonly string[] = [
  "( 1.3.6.1.4.1.7165.2.2.6 NAME 'sambaSamAccount' SUP top AUXILIARY MUST ( uid $ sambaSID ) MAY ( cn $ displayName $ description $ sambaNTPassword $ sambaPwdLastSet $ sambaAcctFlags $ sambaPrimaryGroupSID $ sambaDomainName ) )",
  "( 1.3.6.1.4.1.7165.2.2.4 NAME 'sambaGroupMapping' SUP top AUXILIARY MUST ( gidNumber $ sambaSID $ sambaGroupType ) MAY ( displayName $ description ) )",
  `( 1.3.6.1.4.1.7165.2.2.5 NAME 'sambaDomain' SUP top STRUCTURAL MUST ( sambaDomainName $ sambaSID ) MAY ( sambaAlgorithmicRidBase $ ${policies.join(' $ ')} ) )`,
];
