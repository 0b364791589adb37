import assert from 'node:assert/strict';
import type { DirectoryReader } from '../../../src/directory/reader.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { directoryOver, searchNames } from '../../support/directory-client.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers, sampleUuid } from '../../support/sample-directory.ts';

const directory = directoryOver(memoryDirectory(sampleEntries));
const people = ['alice', 'bob', 'carol', 'dave', 'zoe'];
const below = ['users', ...people];

async function assertFinds(filter: string, names: readonly string[], baseDn: string = sampleUsers): Promise<void> {
  const found = await searchNames(directory, { baseDn, filter });
  assert.deepEqual([...found].sort(), [...names].sort(), filter);
}

function findsAll(rows: readonly (readonly [filter: string, names: readonly string[], base?: string])[]) {
  return async (): Promise<void> => {
    for (const [filter, names, base] of rows) await assertFinds(filter, names, base);
  };
}

describe('Filters (RFC 4511 §4.5.1.7)', () => {
  it(
    'compare caseIgnore strings by RFC 4518: case, NFKC, and spaces that do not count',
    findsAll([
      ['(uid=alice)', ['alice']],
      ['(uid=ALICE)', ['alice']],
      ['(cn=  ALICE archer  )', ['alice']],
      ['(cn=Alice   Archer)', ['alice']],
      ['(cn=AliceArcher)', []],
      ['(cn=ZOË MÜLLER)', ['zoe']],
      ['(cn=Zoe\\cc\\88 Mu\\cc\\88ller)', ['zoe']],
      ['(cn=Ｂｏｂ Baker)', ['bob']],
      ['(cn=Bo\\c2\\adb Baker)', ['bob']],
      ['(description=left the company)', ['dave']],
      ['(cn=Comma, Carol \\28Ops\\29 \\2a)', ['carol']],
    ]),
  );

  it(
    'compare IA5 strings, telephone numbers, integers, UUIDs, octets and booleans by their own rules (RFC 4517 §4.2)',
    findsAll([
      ['(mail=ALICE@Example.COM)', ['alice']],
      ['(telephoneNumber=+155510001)', ['alice']],
      ['(telephoneNumber=+1-555-10001)', ['alice']],
      ['(uidNumber=10001)', ['alice']],
      ['(uidNumber=010001)', ['alice']],
      ['(uidNumber=99999999999999999999999999999999999999999999999999)', []],
      [`(entryUUID=${sampleUuid(10_001)})`, ['alice']],
      [`(entryUUID=${sampleUuid(10_001).toUpperCase()})`, ['alice']],
      [`(objectGUID=${'\\00'.repeat(14)}\\27\\11)`, ['alice']],
      ['(accountEnabled=FALSE)', ['dave']],
      ['(hasSubordinates=TRUE)', ['users']],
      ['(numSubordinates=5)', ['users']],
      ['(numSubordinates>=1)', ['users']],
      ['(postalAddress=1  main st.$cost \\5c24 5$SPRINGFIELD)', ['alice']],
      ['(homeDirectory=/home/alice)', ['alice']],
      ['(homeDirectory=/HOME/alice)', []],
      ['(structuralObjectClass=2.16.840.1.113730.3.2.2)', people],
    ]),
  );

  it(
    'compare distinguished names in any spelling, and take a bad one for Undefined (RFC 4517 §4.2.15)',
    findsAll([
      [`(manager=uid=bob,${sampleUsers})`, ['alice']],
      [`(manager=UID=BOB , ${sampleUsers.toUpperCase()})`, ['alice']],
      [`(manager=0.9.2342.19200300.100.1.1=#0403626f62,${sampleUsers})`, ['alice']],
      ['(manager=bob)', []],
      ['(!(manager=bob))', []],
      [`(entryDN=uid=alice,${sampleUsers})`, ['alice']],
      [`(entryDN=UID=Alice, ${sampleUsers})`, ['alice']],
      [`(distinguishedName=uid=alice,${sampleUsers})`, ['alice']],
      [`(!(entryDN=uid=alice,${sampleUsers}))`, below.filter((name) => name !== 'alice')],
      ['(subschemaSubentry=CN=subschema)', below],
    ]),
  );

  it(
    'find groups by member, uniqueMember and memberUid, and people by memberOf',
    findsAll([
      [`(member=uid=alice,${sampleUsers})`, ['staff', 'admins'], sampleGroups],
      [`(uniqueMember=UID=ALICE , ${sampleUsers})`, ['staff', 'admins'], sampleGroups],
      ['(memberUid=alice)', ['staff', 'admins'], sampleGroups],
      ['(memberUid=ALICE)', [], sampleGroups],
      ['(memberUid=al*)', ['staff', 'admins'], sampleGroups],
      ['(member=*)', ['staff', 'admins', 'nested'], sampleGroups],
      ['(memberUid=*)', ['staff', 'admins'], sampleGroups],
      ['(&(objectClass=posixGroup)(!(member=*)))', ['empty'], sampleGroups],
      [`(memberOf=cn=staff,${sampleGroups})`, ['alice', 'bob', 'zoe']],
      [`(memberOf=CN=STAFF, ${sampleGroups})`, ['alice', 'bob', 'zoe']],
      [`(&(objectClass=person)(!(memberOf=cn=staff,${sampleGroups})))`, ['carol', 'dave']],
      [`(memberOf=cn=unknown,${sampleGroups})`, []],
      ['(memberOf=staff)', []],
      ['(!(memberOf=staff))', []],
      ['(memberOf=cn=s*)', []],
      ['(!(memberOf=cn=s*))', []],
    ]),
  );

  it('find groups by memberUid without reading whom they list, which may be a hundred thousand (SSSD asks at every login)', async () => {
    const memory = memoryDirectory(sampleEntries);
    const linked = memory.reader.linked.bind(memory.reader);
    const lists: string[] = [];
    const counted: DirectoryReader['linked'] = (id, link, keep) => {
      lists.push(link);
      return linked(id, link, keep);
    };
    Object.defineProperty(memory.reader, 'linked', { value: counted });
    const counting = directoryOver(memory);
    assert.deepEqual(await searchNames(counting, { filter: '(memberUid=alice)', attributes: ['cn'] }), [
      'admins',
      'staff',
    ]);
    assert.deepEqual(await searchNames(counting, { filter: '(memberUid=ALICE)', attributes: ['cn'] }), []);
    assert.deepEqual(lists, []);
  });

  it('match links only through attributes that the entry shows', async () => {
    const entries = sampleEntries.map((entry) => ({
      ...entry,
      links: entry.links.filter(([attribute]) => attribute === 'member'),
    }));
    const plain = directoryOver(memoryDirectory(entries));
    const count = async (filter: string): Promise<number> => (await searchNames(plain, { filter })).length;
    assert.equal(await count(`(member=uid=alice,${sampleUsers})`), 2);
    assert.equal(await count(`(uniqueMember=uid=alice,${sampleUsers})`), 0);
    assert.equal(await count('(memberUid=alice)'), 0);
    assert.equal(await count(`(memberOf=cn=staff,${sampleGroups})`), 0);
    assert.equal(await count(`(memberOf:1.2.840.113556.1.4.1941:=cn=nested,${sampleGroups})`), 0);
  });

  it(
    'follow members of members with 1.2.840.113556.1.4.1941 (PAIN-12)',
    findsAll([
      [`(memberOf:1.2.840.113556.1.4.1941:=cn=nested,${sampleGroups})`, ['staff', 'alice', 'bob', 'zoe'], sampleBase],
      [`(member:1.2.840.113556.1.4.1941:=uid=alice,${sampleUsers})`, ['staff', 'admins', 'nested'], sampleBase],
      [`(manager:1.2.840.113556.1.4.1941:=uid=bob,${sampleUsers})`, [], sampleBase],
    ]),
  );

  it(
    'order integers, times and nothing that has no ordering rule (RFC 4511 §4.5.1.7.3)',
    findsAll([
      ['(uidNumber>=10004)', ['carol', 'dave']],
      ['(uidNumber<=10001)', ['alice']],
      ['(uidNumber>=-5)', people],
      ['(createTimestamp>=19700101000000Z)', below],
      ['(createTimestamp<=19700101000000Z)', []],
      ['(createTimestamp=20240229130000.0+0100)', below],
      ['(createTimestamp<=202402291200Z)', below],
      ['(createTimestamp>=20240230120000Z)', []],
      ['(!(createTimestamp>=20240230120000Z))', []],
      ['(cn>=Alice)', []],
      ['(!(cn>=Alice))', []],
    ]),
  );

  it(
    'match substrings in order and without overlap, spaces as RFC 4518 §2.6.1 wants',
    findsAll([
      ['(uid=a*l*e)', ['alice']],
      ['(uid=alice*e)', []],
      ['(uid=*i*l*)', []],
      ['(cn=*ER)', ['alice', 'bob', 'zoe']],
      ['(cn=zoë*)', ['zoe']],
      ['(cn=ZOË m*)', ['zoe']],
      ['(cn=*müll*)', ['zoe']],
      ['(cn=alice *)', ['alice']],
      ['(cn=alice *arch*)', ['alice']],
      ['(cn=alice * archer)', ['alice']],
      ['(cn=ali *)', []],
      ['(cn=*, carol*\\28ops*)', ['carol']],
      ['(cn=* baker)', ['bob']],
      ['(description=left *)', ['dave']],
      ['(telephoneNumber=*510-001)', ['alice']],
      ['(mail=*@EXAMPLE.com)', people],
      ['(postalAddress=*main st.*)', ['alice']],
      ['(uidNumber=1*)', []],
      ['(!(uidNumber=1*))', []],
    ]),
  );

  it(
    'find by supertype what stands in a subtype (RFC 4512 §2.5.1)',
    findsAll([
      ['(name=Archer)', ['alice']],
      ['(name=alice arch*)', ['alice']],
      ['(name=users)', ['users']],
      ['(&(name=*)(uid=bob))', ['bob']],
    ]),
  );

  it(
    'know classes by name, OID and superclass, and take an unknown one for Undefined (RFC 4517 §4.2.26)',
    findsAll([
      ['(objectClass=person)', people],
      ['(objectClass=PERSON)', people],
      ['(objectClass=2.5.6.6)', people],
      ['(objectClass=top)', below],
      ['(objectClass=organizationalUnit)', ['users']],
      ['(objectClass=*)', below],
      ['(objectClass=noSuchClass)', []],
      ['(!(objectClass=noSuchClass))', []],
      ['(!(objectClass=1.2.3.4.5))', below],
      ['(objectClass=)', []],
    ]),
  );

  it(
    'answer the negation of classes that no entry has (finding 1 of the client survey)',
    findsAll(
      [
        'computer',
        'contact',
        'user',
        'group',
        'groupOfNames',
        'groupOfUniqueNames',
        'sudoRole',
        'automount',
        'automountMap',
        'univentionGroup',
        'ipausergroup',
        'sambaDomain',
        'ipService',
        'ipHost',
        'nisObject',
        'inetUser',
        'krbPrincipal',
        'krbPrincipalAux',
        'sambaSamAccount',
        'domainDNS',
        'container',
        'foreignSecurityPrincipal',
        'msDS-GroupManagedServiceAccount',
        'printQueue',
        'mailGroup',
      ].map((name) => [`(!(objectClass=${name}))`, below] as const),
    ),
  );

  it(
    'answer the negation of attributes that no entry has',
    findsAll(
      [
        '(sudoHost=*)',
        '(sudoNotAfter>=20261121095708.0Z)',
        '(nsAccountLock=TRUE)',
        '(msExchHideFromAddressLists=TRUE)',
        '(showInAddressBook=*)',
        '(isCriticalSystemObject=TRUE)',
        '(lockoutTime>=1)',
        '(adminCount=1)',
        '(servicePrincipalName=*)',
        '(msDS-User-Account-Control-Computed:1.2.840.113556.1.4.803:=16)',
      ].map((item) => [`(!${item})`, below] as const),
    ),
  );

  it(
    'evaluate and, or and not in three values (RFC 4511 §4.5.1.7)',
    findsAll([
      ['(&)', below],
      ['(|)', []],
      ['(!(&))', []],
      ['(!(|))', below],
      ['(noSuchAttr=x)', []],
      ['(!(noSuchAttr=x))', []],
      ['(!(noSuchAttr=*))', []],
      ['(|(noSuchAttr=x)(uid=alice))', ['alice']],
      ['(&(!(noSuchAttr=x))(uid=alice))', []],
      ['(!(|(noSuchAttr=x)(uid=nobody)))', []],
      ['(!(&(noSuchAttr=x)(uid=nobody)))', below],
      ['(uidNumber=abc)', []],
      ['(!(uidNumber=abc))', []],
      ['(!(cn=))', []],
      ['(!(cn=\\ff\\fe))', []],
      ['(!(cn=\\ff*))', []],
      ['(c n$=x)', []],
      ['(=x)', []],
      ['(!(uid=alice))', below.filter((name) => name !== 'alice')],
      ['(!(manager=*))', below.filter((name) => name !== 'alice')],
      ['(cn=a\\00lice archer)', ['alice']],
    ]),
  );

  it(
    'are the same for one name and for one of many, also under not (E12)',
    findsAll([
      [`(|(uid=ALICE)(uid=zoe)${'(uid=nobody)'.repeat(20)})`, ['alice', 'zoe']],
      [`(!(|(uid=ALICE)(uid=zoe)${'(uid=nobody)'.repeat(20)}))`, ['users', 'bob', 'carol', 'dave']],
      [`(|(cn=  BOB  baker)(cn=Zoe\\cc\\88 müller)${'(cn=x)'.repeat(20)}(uid=alice))`, ['bob', 'zoe', 'alice']],
      [`(|${'(homeDirectory=/x)'.repeat(20)}(homeDirectory=/home/bob)(homeDirectory=/HOME/zoe))`, ['bob']],
      [`(!(|${'(uid=nobody)'.repeat(20)}(noSuchAttr=x)))`, []],
      [`(|${'(uidNumber=1)'.repeat(20)}(uidNumber=x)(uidNumber=010001))`, ['alice']],
    ]),
  );

  it(
    'know options of attribute descriptions, which no entry has (RFC 4512 §2.5.2)',
    findsAll([
      ['(cn;lang-de=Alice Archer)', []],
      ['(&(uid=alice)(!(cn;lang-de=x)))', ['alice']],
      ['(&(uid=alice)(!(cn;x-opt=x)))', []],
      ['(cn;lang-de=*)', []],
    ]),
  );

  it(
    'apply rules asked for by name or OID, with or without a type (RFC 4511 §4.5.1.7.7)',
    findsAll([
      ['(uid:=ALICE)', ['alice']],
      ['(uid:caseExactMatch:=alice)', ['alice']],
      ['(uid:caseExactMatch:=ALICE)', []],
      ['(uid:2.5.13.5:=ALICE)', []],
      ['(uid:2.5.13.2:=ALICE)', ['alice']],
      ['(0.9.2342.19200300.100.1.1:caseIgnoreMatch:=ALICE)', ['alice']],
      ['(:caseIgnoreMatch:=ALICE)', ['alice']],
      [`(:distinguishedNameMatch:=uid=bob,${sampleUsers})`, ['alice', 'bob']],
      ['(uidNumber:integerOrderingMatch:=10002)', ['alice']],
      ['(uid:1.2.3.4.5:=alice)', []],
      ['(!(uid:1.2.3.4.5:=alice))', []],
      ['(uid:integerMatch:=1)', []],
      ['(!(uid:integerMatch:=1))', []],
      ['(!(uid:caseIgnoreSubstringsMatch:=alice))', []],
      ['(:noSuchRule:=alice)', []],
      ['(:=alice)', []],
      ['(!(:=alice))', []],
      ['(noSuchAttr:caseIgnoreMatch:=alice)', []],
      ['(uid:caseExactMatch:=)', []],
    ]),
  );

  it(
    'look into the names above with dn (RFC 4511 §4.5.1.7.7)',
    findsAll([
      ['(ou:dn:=users)', below],
      ['(ou:dn:caseExactMatch:=users)', below],
      ['(ou:dn:caseExactMatch:=USERS)', []],
      ['(uid:dn:=alice)', ['alice']],
      ['(dc:dn:=Example)', below],
      ['(:dn:caseIgnoreMatch:=users)', below],
      ['(ou:=users)', ['users']],
      ['(ou:dn:2.5.13.15:=1)', []],
    ]),
  );

  it(
    'test bits of integers, negative ones too ([MS-ADTS] 3.1.1.3.4.4; PAIN-13)',
    findsAll([
      ['(userAccountControl:1.2.840.113556.1.4.803:=2)', ['dave']],
      ['(&(objectClass=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))', ['alice', 'bob', 'carol', 'zoe']],
      ['(userAccountControl:1.2.840.113556.1.4.803:=514)', ['dave']],
      ['(userAccountControl:1.2.840.113556.1.4.804:=514)', people],
      ['(userAccountControl:1.2.840.113556.1.4.804:=1)', []],
      ['(!(userAccountControl:1.2.840.113556.1.4.803:=x))', []],
      ['(groupType:1.2.840.113556.1.4.803:=2147483648)', ['admins', 'empty', 'nested', 'staff'], sampleGroups],
      ['(groupType:1.2.840.113556.1.4.803:=4)', [], sampleGroups],
    ]),
  );

  it(
    'find at least what equality finds when the match may be approximate (RFC 4511 §4.5.1.7.6)',
    findsAll([
      ['(uid~=ALICE)', ['alice']],
      ['(!(uidNumber~=x))', []],
    ]),
  );

  it(
    'never match userPassword (S9)',
    findsAll([
      ['(userPassword=x)', []],
      ['(userPassword=*)', []],
    ]),
  );
});
