/** Questions about everything around the filter: where to look, what to return, how much, in which order, and what is wrong. */

import { filterFromText } from '../support/filter-text.ts';
import { boolean, element, integer, present, sequence, text } from '../support/ldap-ber.ts';
import { pagedCookie, type RawClient } from '../support/ldap-raw-client.ts';
import { pagedControl } from '../support/ldap-ber.ts';
import { searchRequest } from '../support/ldap-ber.ts';
import { type Answer, answerOf, compare, type Control, namedControl, type Question, search } from './question.ts';
import { baseDn } from './servers.ts';

const users = `ou=users,${baseDn}`;
const groups = `ou=groups,${baseDn}`;
const alice = `uid=alice,${users}`;
const carol = `uid=carol,${users}`;
const sales = `cn=Sales,${groups}`;
const emea = String.raw`cn=Sales\, EMEA,${groups}`;

/** Combinations of filters that are worth asking by name. */
const filters: readonly string[] = [
  '(&)',
  '(|)',
  '(!(&))',
  '(&(noSuch=1)(uid=alice))',
  '(|(noSuch=1)(uid=alice))',
  '(!(|(noSuch=1)(uid=alice)))',
  '(!(&(noSuch=1)(uid=alice)))',
  '(!(&(noSuch=1)(objectClass=noSuchClass)))',
  '(&(uidNumber=x)(objectClass=*))',
  '(!(uidNumber=x))',
  '(|(uidNumber=x)(uid=bob))',
  '(&(objectClass=posixAccount)(uid=alice)(uidNumber=*)(!(uidNumber=0)))',
  '(&(objectClass=inetOrgPerson)(|(uid=alice)(mail=bob@contoso.com))(!(nsAccountLock=TRUE)))',
  `(&(objectClass=posixGroup)(|(memberUid=alice)(member=${alice})))`,
  `(&(cn=Nested)(objectClass=posixGroup)(|(member=${alice})(memberUid=alice)))`,
  `(|(member=${carol})(uniqueMember=${carol}))`,
  '(objectClass=person)',
  '(objectClass=2.5.6.6)',
  '(objectClass=PERSON)',
  '(objectClass=1.2.3.4.5)',
  '(!(objectClass=computer))',
  '(objectClass=noSuchClass)',
  '(2.5.4.3=sales)',
  '(commonName=SALES)',
  '(surname=archer)',
  '(name=alice archer)',
  '(cn;lang-de=sales)',
  '(cn;binary=sales)',
  '(cn;x-unknown=sales)',
  '(!(cn;lang-de=sales))',
  '(:caseExactMatch:=Sales)',
  '(:2.5.13.5:=Alice Archer)',
  '(:caseIgnoreMatch:=sales)',
  '(:dn:caseIgnoreMatch:=users)',
  '(ou:dn:=users)',
  '(ou:dn:caseIgnoreMatch:=GROUPS)',
  '(ou:dn:2.5.13.5:=groups)',
  '(cn:dn:=reader)',
  '(dc:dn:=contoso)',
  '(ou:dn:=nowhere)',
  '(:noSuchRule:=x)',
  '(userAccountControl:1.2.840.113556.1.4.803:=2)',
  '(uidNumber:1.2.840.113556.1.4.803:=1)',
  '(uidNumber:1.2.840.113556.1.4.804:=3)',
  '(shadowExpire>=1)',
  '(shadowExpire<=1)',
  '(uidNumber>=-1)',
  '(uidNumber>=99999999999999999999)',
  '(createTimestamp>=20240101000000Z)',
  '(createTimestamp<=20231231235959.999Z)',
  '(createTimestamp>=20240229130000+0100)',
  '(createTimestamp=2024022912Z)',
  '(createTimestamp=20240229120000Z)',
  '(createTimestamp=202402291200Z)',
  '(createTimestamp=20240229130000+01)',
  '(createTimestamp=20240229120000.0Z)',
  '(createTimestamp>=not a time)',
  '(accountEnabled=FALSE)',
  '(accountEnabled=false)',
  '(accountEnabled=no)',
  '(telephoneNumber=+15550100)',
  '(telephoneNumber=+1-555-0100)',
  String.raw`(telephoneNumber=+1 \28555\29 0199)`,
  '(telephoneNumber=+1555*)',
  '(telephoneNumber=*0100)',
  '(mail=*@contoso.com)',
  '(mail=ALICE@CONTOSO.COM)',
  '(cn=*)',
  '(cn=a*)',
  '(cn=*a)',
  '(cn=*e*a*)',
  '(cn=u*r*0*)',
  String.raw`(cn=*\2a)`,
  String.raw`(cn=comma, carol \28ops\29 \2a)`,
  String.raw`(cn=back\5cslash "quoted" <x;y>)`,
  '(entryDN=UID=Alice , OU=Users,dc=contoso, DC=com)',
  `(!(entryDN=${alice}))`,
  '(entryUUID=10000000-0000-4000-8000-000000000000)',
  '(structuralObjectClass=inetOrgPerson)',
  '(hasSubordinates=TRUE)',
  '(hasSubordinates=FALSE)',
  '(!(hasSubordinates=TRUE))',
  `(memberOf=${emea})`,
  '(memberOf=cn=sales\\2c emea , OU=groups,dc=CONTOSO,dc=com)',
  '(memberOf=cn=x*)',
  '(member=alice)',
  '(manager=*)',
  '(jpegPhoto=*)',
  '(userPassword=*)',
  '(userPassword=secret)',
  '(cn~=alice archer)',
  '(uid>=m)',
  '(uid<=m)',
  '(mail>=m)',
  // One at least for every known difference.
  '(cn~=User 041)',
  String.raw`(cn=sa\c2\adles)`,
  '(street=GROSSE STRASSE 5)',
  '(mobile=＋１ ５５５ ０１００)',
  '(shadowExpire=01)',
  '(displayName=*ser *)',
  '(!(x121Address=valu*))',
  '(!(facsimileTelephoneNumber=+1 555))',
  '(distinguishedName=*)',
  '(numSubordinates=0)',
  '(subschemaSubentry=cn=Subschema)',
  '(entryUUID:=10000000-0000-4000-8000-000000000000)',
  '(objectClass:objectIdentifierMatch:=posixGroup)',
  '(!(objectClasses=noSuchClass))',
  '(!(registeredAddress=))',
];

function filterQuestions(): readonly Question[] {
  return [
    ...filters.map((filter) => search({ filter: filterFromText(filter) })),
    search({ filter: element(0xa4, text('cn'), sequence()) }),
    search({ filter: element(0xa4, text('cn'), sequence(element(0x82, 'a'), element(0x82, 'b'))) }),
    search({ filter: present('') }),
    search({ filter: element(0xa9, element(0x83, 'x')) }),
  ];
}

function scopeQuestions(): readonly Question[] {
  const bases = ['', baseDn, users, groups, alice, sales, emea, `cn=Subschema`, `ou=services,${baseDn}`];
  return bases.flatMap((base) => [0, 1, 2, 3].map((scope) => search({ base, scope })));
}

/** The same names in many spellings (RFC 4514), names that lead nowhere, and texts that are no names. */
function nameQuestions(): readonly Question[] {
  const spellings = [
    `UID=ALICE,OU=USERS,DC=CONTOSO,DC=COM`,
    `uid = alice , ou = users , dc = contoso , dc = com`,
    `0.9.2342.19200300.100.1.1=alice,2.5.4.11=users,${baseDn}`,
    `userid=alice,organizationalUnitName=users,${baseDn}`,
    String.raw`uid=\61lice,${users}`,
    String.raw`uid=\61\6c\69\63\65,${users}`,
    `uid=#0405616c696365,${users}`,
    `uid="alice",${users}`,
    `uid=alice;ou=users;dc=contoso;dc=com`,
    String.raw`cn=Sales\2c EMEA,${groups}`,
    String.raw`cn=sales\,   emea,${groups}`,
    String.raw`cn=\23hash \2Bplus,${groups}`,
    String.raw`cn=GRÖßE & HÖHE,${groups}`,
    String.raw`cn=Gro\cc\88ße & Ho\cc\88he,${groups}`,
    String.raw`cn=Gr\c3\b6\c3\9fe & H\c3\b6he,${groups}`,
    `uid=PLUS+TAG,${users}`,
    String.raw`uid=plus\+tag,${users}`,
  ];
  const nowhere = [
    `uid=nobody,${users}`,
    `uid=x,uid=alice,${users}`,
    `uid=x,ou=y,ou=z,${users}`,
    `ou=nowhere,${baseDn}`,
    'dc=com',
    'dc=example,dc=org',
    'cn=x,dc=contoso,dc=org',
    `cn=alice+uid=alice,${users}`,
    'cn=Subschema,dc=contoso,dc=com',
  ];
  const invalid = [
    'alice',
    '=x',
    'uid=alice,',
    ',uid=alice',
    'uid',
    'uid=a,,dc=com',
    'uid=a+',
    'cn=\\zz',
    'cn=\\',
    '1.=x',
    ' ',
    'a b=c',
    'cn=#zz',
    'cn=#0',
    'cn=a"b',
    'cn=a<b',
    '\0',
  ];
  return [...spellings, ...nowhere, ...invalid].flatMap((base) => [
    search({ base, scope: 0 }),
    compare(base, 'objectClass', 'inetOrgPerson'),
  ]);
}

const selections: readonly (readonly string[])[] = [
  [],
  ['*'],
  ['1.1', '*'],
  ['1.1', 'cn'],
  ['cn'],
  ['CN', 'cn', 'commonName'],
  ['2.5.4.3'],
  ['name'],
  ['cn', 'noSuchAttribute', '', 'dn'],
  ['cn;lang-de'],
  ['cn;binary'],
  ['@posixAccount'],
  ['@person'],
  ['@noSuchClass'],
  ['@2.5.6.6'],
  ['*', 'createTimestamp'],
  ['modifyTimestamp', 'creatorsName', 'modifiersName'],
  ['entryUUID', 'entryDN', 'structuralObjectClass', 'subschemaSubentry', 'hasSubordinates'],
  ['memberOf'],
  ['+'],
  ['*', '+'],
  ['userPassword'],
  ['jpegPhoto;binary'],
];

function selectionQuestions(): readonly Question[] {
  const entries = [baseDn, users, alice, carol, sales, `uid=locked,${users}`, `uid=hybrid,${users}`];
  return entries.flatMap((base) =>
    selections.flatMap((attributes) => [
      search({ base, scope: 0, attributes }),
      search({ base, scope: 0, attributes, typesOnly: true }),
    ]),
  );
}

function limitQuestions(): readonly Question[] {
  const inOne = (sizeLimit: number): Question => counted(search({ base: users, scope: 1, sizeLimit }));
  return [
    inOne(1),
    inOne(80),
    inOne(81),
    inOne(82),
    search({ base: alice, scope: 0, sizeLimit: 1 }),
    ...[0, 1, 2, 3, 4].map((deref) => search({ base: users, scope: 0, deref })),
    search({ scope: 7 }),
    search({ sizeLimit: -1 }),
  ];
}

/** Which entries a size limit lets through is the server's choice; how many is not. */
function counted(question: Question): Question {
  return {
    name: `${question.name}, how many`,
    ask: async (client, nextId) => {
      const { entries, ...rest } = await question.ask(client, nextId);
      return { ...rest, count: Array.isArray(entries) ? entries.length : undefined };
    },
  };
}

function compareQuestions(): readonly Question[] {
  const questions: readonly (readonly [string, string, string])[] = [
    [alice, 'uid', 'ALICE'],
    [alice, 'cn', 'alice   archer'],
    [alice, 'commonName', 'alice archer'],
    [alice, '2.5.4.3', 'alice archer'],
    [alice, 'name', 'alice archer'],
    [alice, 'uid', 'bob'],
    [alice, 'objectClass', 'person'],
    [alice, 'objectClass', 'top'],
    [alice, 'objectClass', 'noSuchClass'],
    [alice, 'uidNumber', '1'],
    [alice, 'uidNumber', 'x'],
    [alice, 'telephoneNumber', '+15550100'],
    [alice, 'jpegPhoto', 'x'],
    [alice, 'manager', alice],
    [alice, 'noSuchAttribute', 'x'],
    [alice, 'cn;lang-de', 'alice archer'],
    [alice, 'userPassword', 'secret'],
    [alice, 'entryDN', alice],
    [alice, 'entryUUID', '10000000-0000-4000-8000-000000000000'],
    [alice, 'memberOf', sales],
    [alice, 'memberOf', emea],
    [alice, 'hasSubordinates', 'FALSE'],
    [alice, 'createTimestamp', '20240229120000Z'],
    [alice, 'createTimestamp', '20240229130000+0100'],
    [sales, 'member', alice],
    [sales, 'member', 'UID=Alice, OU=Users, DC=contoso, DC=com'],
    [sales, 'member', carol],
    [sales, 'member', 'alice'],
    [sales, 'memberUid', 'alice'],
    [sales, 'memberUid', 'ALICE'],
    [sales, 'uniqueMember', alice],
    [`cn=Empty,${groups}`, 'member', alice],
    ['', 'objectClass', 'top'],
    ['', 'supportedLDAPVersion', '3'],
    ['cn=Subschema', 'objectClass', 'subschema'],
  ];
  return questions.map(([dn, attribute, value]) => compare(dn, attribute, value));
}

function rootQuestions(): readonly Question[] {
  return [
    search({ base: '', scope: 0, attributes: ['namingContexts', 'supportedLDAPVersion', 'subschemaSubentry'] }),
    search({ base: '', scope: 0, attributes: ['*'] }),
    search({ base: '', scope: 0, attributes: ['entryDN', 'hasSubordinates'] }),
    search({ base: '', scope: 0, filter: filterFromText('(objectClass=person)') }),
    search({ base: '', scope: 0, filter: filterFromText('(supportedLDAPVersion=3)') }),
    search({ base: '', scope: 0, filter: filterFromText('(supportedControl=1.2.840.113556.1.4.319)') }),
    search({ base: 'cn=Subschema', scope: 0, attributes: ['cn', 'objectClass', 'structuralObjectClass'] }),
    search({ base: 'cn=Subschema', scope: 0, attributes: ['*'] }),
    search({ base: 'cn=Subschema', scope: 0, filter: filterFromText('(objectClass=subschema)') }),
    search({ base: 'cn=Subschema', scope: 0, filter: filterFromText('(objectClass=person)') }),
    search({ base: 'cn=Subschema', scope: 0, filter: filterFromText('(attributeTypes=cn)') }),
    search({ base: 'cn=Subschema', scope: 0, filter: filterFromText('(attributeTypes=2.5.4.3)') }),
    search({ base: 'cn=Subschema', scope: 0, filter: filterFromText('(objectClasses=person)') }),
    search({ base: 'CN=SUBSCHEMA', scope: 0 }),
  ];
}

const sortOid = '1.2.840.113556.1.4.473';
const viewOid = '2.16.840.1.113730.3.4.9';

function sortKey(attribute: string, rule?: string, reverse?: boolean): Buffer {
  return sequence(
    text(attribute),
    rule === undefined ? '' : element(0x80, rule),
    reverse === undefined ? '' : element(0x81, boolean(reverse).subarray(2)),
  );
}

function sorted(name: string, critical: boolean, ...keys: readonly Buffer[]): Control {
  return namedControl(`sorted by ${name}`, sortOid, critical, sequence(...keys));
}

function view(name: string, before: number, after: number, target: Buffer): Control {
  return namedControl(`view ${name}`, viewOid, true, sequence(integer(before), integer(after), target));
}

const offset = (at: number, count: number): Buffer => element(0xa0, integer(at), integer(count));

function orderQuestions(): readonly Question[] {
  const people = { base: users, scope: 1 };
  const byNumber = sorted('uidNumber', true, sortKey('uidNumber'));
  const keys: readonly Control[] = [
    byNumber,
    sorted('uidNumber reversed', true, sortKey('uidNumber', undefined, true)),
    sorted('uid', true, sortKey('uid', 'caseIgnoreOrderingMatch')),
    sorted('uid by OID', true, sortKey('0.9.2342.19200300.100.1.1', '2.5.13.3', true)),
    sorted('l, uid', true, sortKey('l', 'caseIgnoreOrderingMatch'), sortKey('uidNumber')),
    sorted('noSuchAttribute', true, sortKey('noSuchAttribute')),
    sorted('noSuchAttribute', false, sortKey('noSuchAttribute')),
    sorted('uid by no rule', true, sortKey('uid', 'noSuchRule')),
    sorted('jpegPhoto', true, sortKey('jpegPhoto')),
    namedControl('sorted by nothing', sortOid, true, sequence()),
    namedControl('sorted by no value', sortOid, true),
    namedControl('sorted by garbage', sortOid, true, text('x')),
  ];
  const views: readonly Control[] = [
    view('at 1', 0, 4, offset(1, 0)),
    view('at 40', 2, 2, offset(40, 0)),
    view('at the end', 3, 3, offset(81, 81)),
    view('half of the client', 1, 1, offset(50, 100)),
    view('beyond', 0, 2, offset(1000, 0)),
    view('at 0', 0, 2, offset(0, 0)),
  ];
  return [
    ...keys.map((key) => search({ ...people, controls: [key], ordered: true })),
    search({ ...people, filter: filterFromText('(uid=nobody)'), controls: [byNumber], ordered: true }),
    ...views.map((each) => search({ ...people, controls: [byNumber, each], ordered: true })),
    search({ ...people, controls: [view('unsorted', 0, 2, offset(1, 0))], ordered: true }),
  ];
}

function controlQuestions(): readonly Question[] {
  const at = { base: alice, scope: 0, attributes: ['cn', 'telephoneNumber', 'objectClass'] };
  const filter = (name: string): Buffer => element(0xa3, text('uid'), text(name));
  const valuesOid = '1.2.826.0.1.3344810.2.3';
  const item = (attribute: string, value: string): Buffer => element(0xa3, text(attribute), text(value));
  const controls: readonly Control[] = [
    namedControl('unknown', '1.2.3.4.5.6', true),
    namedControl('unknown', '1.2.3.4.5.6', false),
    namedControl('ManageDsaIT', '2.16.840.1.113730.3.4.2', true),
    namedControl('ManageDsaIT', '2.16.840.1.113730.3.4.2', false),
    namedControl('domain scope', '1.2.840.113556.1.4.1339', true),
    namedControl('subentries shown', '1.3.6.1.4.1.4203.1.10.1', true, boolean(true)),
    namedControl('subentries hidden', '1.3.6.1.4.1.4203.1.10.1', true, boolean(false)),
    namedControl('asserts what is', '1.3.6.1.1.12', true, filter('alice')),
    namedControl('asserts what is not', '1.3.6.1.1.12', true, filter('bob')),
    namedControl('asserts what is undefined', '1.3.6.1.1.12', true, item('noSuch', 'x')),
    namedControl('asserts garbage', '1.3.6.1.1.12', true, text('x')),
    namedControl('values of objectClass', valuesOid, true, sequence(item('objectClass', 'person'))),
    namedControl('values of cn', valuesOid, true, sequence(item('cn', 'ALICE  ARCHER'))),
    namedControl('values of two', valuesOid, true, sequence(item('cn', 'nobody'), element(0x87, 'telephoneNumber'))),
    namedControl(
      'values by substring',
      valuesOid,
      true,
      sequence(element(0xa4, text('objectClass'), sequence(element(0x80, 'inet')))),
    ),
    namedControl('pre-read', '1.3.6.1.1.13.1', true, sequence(text('cn'))),
    namedControl('proxied authorization as nobody', '2.16.840.1.113730.3.4.18', true, text('')),
  ];
  return controls.map((each) => search({ ...at, controls: [each] }));
}

/** A walk through all pages: every entry once, and as many pages as there have to be. */
function paged(pageSize: number, filter: string): Question {
  const fields = { base: users, scope: 1, attributes: ['1.1'] };
  return {
    name: `search ${filter} in pages of ${pageSize}`,
    ask: async (client: RawClient, nextId: () => number): Promise<Answer> => {
      const pages: Answer[] = [];
      let cookie: Buffer | undefined = Buffer.alloc(0);
      while (cookie !== undefined && (pages.length === 0 || cookie.length > 0)) {
        const request = searchRequest({ ...fields, filter: element(0x87, filter) });
        const result = await client.ask(nextId(), request, [pagedControl(pageSize, cookie)]);
        pages.push({ ...answerOf(result, false), controls: undefined });
        cookie = pagedCookie(result);
      }
      const all = pages.flatMap(({ entries }) => (Array.isArray(entries) ? entries.map(String) : []));
      const sizes = pages.map(({ code, entries }) => [code, Array.isArray(entries) ? entries.length : 0]);
      return { sizes, all: all.toSorted() };
    },
  };
}

/** All of them. */
export function operationQuestions(): readonly Question[] {
  return [
    ...filterQuestions(),
    ...scopeQuestions(),
    ...nameQuestions(),
    ...selectionQuestions(),
    ...limitQuestions(),
    ...compareQuestions(),
    ...rootQuestions(),
    ...orderQuestions(),
    ...controlQuestions(),
    ...[1, 7, 27, 80, 81, 82, 1000].map((size) => paged(size, 'uid')),
    paged(10, 'noSuchAttribute'),
  ];
}
