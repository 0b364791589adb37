/** For every equality rule: a value, how else it may be spelled, what is another value, and what is none. */
export interface RuleSample {
  readonly value: string | Buffer;
  readonly same: readonly (string | Buffer)[];
  readonly other: readonly (string | Buffer)[];
  /** Octets that are no assertion value of the rule. */
  readonly none: readonly (string | Buffer)[];
}

/** What substrings assertions find in the value of {@link RuleSample}: parts between stars, the first and last at the ends. */
export interface SubstringSample {
  readonly found: readonly string[];
  readonly missed: readonly string[];
}

const notUtf8 = Buffer.from([0x41, 0xff]);

const ignored: RuleSample = {
  value: 'Große  Straße 5 é',
  same: [
    'große straße 5 É',
    'GROSSE   STRASSE 5 É',
    '  Große Straße 5 é  ',
    'Gro\u00adße\u00a0Straße 5 e\u0301',
    'Ｇｒｏße Straße ５ é',
  ],
  other: ['Große Straße', 'Große Straße 50 é', 'GroßeStraße5é', 'Große Straße 5 e'],
  none: ['', notUtf8],
};

const exact: RuleSample = {
  value: 'Große  Straße 5 é',
  same: ['Große Straße 5 é', ' Große   Straße 5 e\u0301', 'Gro\u00adße Straße ５ é'],
  other: ['große Straße 5 é', 'Grosse Strasse 5 é', 'Große Straße 5 É'],
  none: ['', notUtf8],
};

const phone: RuleSample = {
  value: '+1 (555) 010-0199',
  same: ['+1(555)0100199', '+1 (555) 0100-199', ' + 1 ( 5-5-5 ) 0100199 ', '+1 (555) 010\u20100199'],
  other: ['+1 555 0100199', '+1 (555) 010-0198', '1(555)0100199'],
  none: ['', notUtf8],
};

const name: RuleSample = {
  value: String.raw`cn=Sales\, EMEA,ou=groups,dc=example,dc=com`,
  same: [
    String.raw`CN=sales\2C  emea,OU=Groups,DC=Example,DC=Com`,
    String.raw`2.5.4.3=sales\, emea , 2.5.4.11 = groups,dc=example,dc=com`,
    String.raw`commonName=\53ales\, EMEA,organizationalUnitName=groups,domainComponent=example,dc=com`,
  ],
  other: ['cn=Sales,ou=groups,dc=example,dc=com', 'ou=groups,dc=example,dc=com', ''],
  none: ['cn=Sales, EMEA,ou=groups,dc=example,dc=com', 'nonsense', 'cn=a,,dc=com', notUtf8],
};

const digits = '12345678901234567890123456789012345678901234567890';

/** By the name of the rule. */
export const ruleSamples: Readonly<Record<string, RuleSample>> = {
  caseIgnoreMatch: ignored,
  caseExactMatch: exact,
  caseIgnoreIA5Match: {
    value: 'A.B  c@Example.ORG',
    same: ['a.b c@example.org', ' A.B   C@EXAMPLE.ORG '],
    other: ['a.bc@example.org', 'a.b c@example.org.'],
    none: [notUtf8],
  },
  caseExactIA5Match: {
    value: '/home/A  b',
    same: ['/home/A b', ' /home/A   b '],
    other: ['/home/a b', '/home/Ab', ''],
    none: [notUtf8],
  },
  numericStringMatch: {
    value: '15 079 672 281',
    same: ['15079672281', ' 1 5 0 7 9 6 7 2 2 8 1 '],
    other: ['1507967228', '15079672282'],
    none: ['', '15x', '1-2', '\0'],
  },
  caseIgnoreListMatch: {
    value: String.raw`1234 Main St.$Any\24 Town, CA 12345$USA`,
    same: [String.raw`1234  main st.$any\24 town, ca 12345$usa`, String.raw` 1234 Main St. $ANY\24 TOWN, CA 12345$USA`],
    other: [
      '1234 Main St.',
      '1234 Main St.$Any$ Town, CA 12345$USA',
      String.raw`USA$Any\24 Town, CA 12345$1234 Main St.`,
    ],
    none: ['', notUtf8],
  },
  telephoneNumberMatch: phone,
  distinguishedNameMatch: name,
  booleanMatch: { value: 'TRUE', same: ['TRUE'], other: ['FALSE'], none: ['true', 'True', '1', 'yes', '', 'TRUE '] },
  integerMatch: {
    value: `-${digits}`,
    same: [`-${digits}`, `-000${digits}`],
    other: [digits, `-${digits}0`, '-1', '0', '7'],
    none: ['', '-', '+1', '1.0', ' 1', '0x1', 'one', '--1'],
  },
  bitStringMatch: { value: `'0101'B`, same: [`'0101'B`], other: [`'01010'B`, `''B`], none: ['0101', `'012'B`, ''] },
  octetStringMatch: {
    value: Buffer.from([0x00, 0x7f, 0x80, 0xff, 0x0a, 0x20]),
    same: [Buffer.from([0x00, 0x7f, 0x80, 0xff, 0x0a, 0x20])],
    other: [Buffer.from([0x00, 0x7f, 0x80, 0xff, 0x0a]), Buffer.from([0x00, 0x7f, 0x80, 0xfe, 0x0a, 0x20]), ''],
    none: [],
  },
  generalizedTimeMatch: {
    value: '20240229120000Z',
    same: [
      '20240229120000.0Z',
      '202402291200Z',
      '2024022912Z',
      '20240229130000+0100',
      '20240229090000,0-03',
      '2024022911.5-0030',
    ],
    other: ['20240229120000.001Z', '20240229120001Z', '20240229120000+0100'],
    none: [
      '',
      '2024',
      '20240229120000',
      '20230229120000Z',
      '20241301000000Z',
      '20240229240000Z',
      '20240229120000.Z',
      'now',
    ],
  },
  UUIDMatch: {
    value: 'a1b2c3d4-E5F6-4000-8000-00000000abcd',
    same: ['A1B2C3D4-e5f6-4000-8000-00000000ABCD'],
    other: ['a1b2c3d4-e5f6-4000-8000-00000000abce'],
    none: ['', 'a1b2c3d4e5f64000800000000000abcd', '{a1b2c3d4-e5f6-4000-8000-00000000abcd}', 'x'],
  },
  CSNMatch: {
    value: '20260101120000.000001Z#00000a#000#000000',
    same: ['20260101120000.000001Z#00000a#000#000000'],
    other: ['20260101120000.000001Z#00000b#000#000000', '20260101120000.000001Z#00000A#000#000000'],
    none: ['', '20260101120000Z', 'x'],
  },
};

/** By the name of the substrings rule. */
export const substringSamples: Readonly<Record<string, SubstringSample>> = {
  caseIgnoreSubstringsMatch: {
    found: [
      'große*',
      'GROSSE *',
      '*5 É',
      '*straße 5*',
      '*sse*',
      'g*str*5*é',
      '* str*',
      '*e *',
      'große  *',
      '*\u00adstra*',
    ],
    missed: ['straße*', '*straße', 'g*5*str*', '*große*große*', '*  x*', '*ö*'],
  },
  caseExactSubstringsMatch: {
    found: ['Große*', '*5 é', '*Straße*', 'G*S*é'],
    missed: ['große*', '*É', '*STRASSE*', '*strasse*'],
  },
  caseIgnoreIA5SubstringsMatch: { found: ['a.b*', '*EXAMPLE*', '*.org', 'a*@*g'], missed: ['b*', '*.or', '*@*@*'] },
  caseExactIA5SubstringsMatch: { found: ['/home/*', '*A b', '/*/*b'], missed: ['/HOME/*', '*a b', '*B'] },
  numericStringSubstringsMatch: { found: ['15 0*', '150*', '*2281', '*79 6*'], missed: ['5*', '*2282', '*9 9*'] },
  caseIgnoreListSubstringsMatch: {
    found: ['1234 main*', '*usa', '*town, ca*', '1234*st.*any*usa'],
    missed: ['main*', '*st.$any*', '*us', '*usa*1234*'],
  },
  telephoneNumberSubstringsMatch: {
    found: ['+1(555*', '+1 - (5*', '*0199', '*55)01-00*'],
    missed: ['555*', '+1555*', '*0198', '*(55)*'],
  },
};
