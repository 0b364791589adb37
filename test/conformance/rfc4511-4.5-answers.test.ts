import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import { encodeFilter } from '../support/filter-ber.ts';
import { filterFromText } from '../support/filter-text.ts';
import * as ber from '../support/ldap-ber.ts';
import type { RawClient, RawResult } from '../support/ldap-raw-client.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers, sampleUuid } from '../support/sample-directory.ts';

const alice = `uid=alice,${sampleUsers}`;
const staff = `cn=staff,${sampleGroups}`;
const everyone = ['alice', 'bob', 'carol', 'dave', 'zoe'];

/** Names of a DN that all mean Alice (RFC 4514). */
const spellings = [
  alice,
  `UID=ALICE,OU=Users,DC=Example,DC=Com`,
  `uid = alice , ou = users , dc = example , dc = com`,
  `0.9.2342.19200300.100.1.1=alice,2.5.4.11=users,0.9.2342.19200300.100.1.25=example,DC=com`,
  `uid=\\61lice,ou=u\\73ers,dc=example,dc=com`,
  `uid=#0405616c696365,ou=users,dc=example,dc=com`,
  `userid=alice,organizationalUnitName=users,domainComponent=example,dc=com`,
];

describe('RFC 4511 §4.5: what searches and compares answer, octet by octet', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await DirectoryServer.start(sampleEntries);
    client = await server.connectBound();
  });

  after(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  const ask = (fields: ber.SearchFields): Promise<RawResult> =>
    client.ask(++id, ber.searchRequest({ attributes: ['1.1'], ...fields }));

  function names(result: RawResult): readonly string[] {
    return result.entries.map(({ dn }) => /^\w+=([^,]*)/.exec(dn)?.[1] ?? '');
  }

  async function find(filter: string, fields: ber.SearchFields = {}): Promise<readonly string[]> {
    const result = await ask({ base: sampleUsers, scope: 1, ...fields, filter: encodeFilter(filterFromText(filter)) });
    assert.equal(result.code, 0, filter);
    return names(result);
  }

  async function read(
    base: string,
    attributes: readonly string[],
  ): Promise<Readonly<Record<string, readonly string[]>>> {
    const result = await ask({ base, scope: 0, attributes });
    assert.deepEqual([result.code, result.entries.length], [0, 1]);
    return Object.fromEntries(result.entries[0]?.attributes ?? []);
  }

  describe('base and scope', () => {
    it('are the object, its children, the whole tree, or all below (S1)', async () => {
      const count = async (scope: number, base = sampleBase): Promise<number> =>
        (await ask({ base, scope })).entries.length;
      assert.deepEqual([await count(0), await count(1), await count(2), await count(3)], [1, 3, 13, 12]);
      assert.deepEqual([await count(1, alice), await count(2, alice), await count(3, alice)], [0, 1, 0]);
    });

    it('take every spelling of a name for the same name (S4)', async () => {
      for (const base of spellings) {
        assert.deepEqual(
          (await ask({ base, scope: 0 })).entries.map(({ dn }) => dn),
          [alice],
          base,
        );
      }
    });

    it('that are not there answer noSuchObject with the nearest ancestor, and none above the naming context (S2)', async () => {
      for (const [base, matched] of [
        [`uid=no,${sampleUsers}`, sampleUsers],
        [`cn=a,cn=b,${alice}`, alice],
        [`uid=no,ou=no,${sampleBase}`, sampleBase],
        [`UID=no,OU=USERS,${sampleBase}`, sampleUsers],
        ['dc=com', ''],
        ['dc=other,dc=com', ''],
        ['ou=users', ''],
      ] as const) {
        for (const scope of [0, 1, 2, 3]) {
          const result = await ask({ base, scope });
          assert.deepEqual([result.code, result.matchedDn, result.entries.length], [32, matched, 0], base);
        }
      }
    });

    for (const base of [
      'x',
      '=',
      'uid=',
      'uid=a,',
      ',uid=a',
      'uid=a,,dc=b',
      'uid=\\zz',
      'uid=#0',
      'a b=c',
      'uid=a"b',
    ]) {
      it(`that are no names answer invalidDNSyntax: ${base} (S3)`, async () => {
        const result = await ask({ base });
        assert.deepEqual([result.code, result.entries.length], [34, 0]);
      });
    }
  });

  describe('selected attributes (S8)', () => {
    const user = ['cn', 'displayName', 'mail', 'objectClass', 'sn', 'uid', 'uidNumber'];

    it('are all user attributes for none and for *, without operational ones', async () => {
      for (const selectors of [[], ['*'], ['*', '*'], ['*', 'uid'], ['CN', '*']]) {
        const seen = await read(alice, selectors);
        for (const name of user) assert.ok(name in seen, name);
        for (const name of ['entryUUID', 'memberOf', 'createTimestamp']) assert.ok(!(name in seen), name);
      }
    });

    it('are the operational ones for +, and both for both', async () => {
      const operational = await read(alice, ['+']);
      assert.ok('entryUUID' in operational && 'memberOf' in operational && !('uid' in operational));
      const all = await read(alice, ['*', '+']);
      assert.ok('entryUUID' in all && 'uid' in all);
    });

    it('are none for 1.1, unless something else is asked for', async () => {
      assert.deepEqual(await read(alice, ['1.1']), {});
      assert.deepEqual(Object.keys(await read(alice, ['1.1', 'uid'])), ['uid']);
    });

    it('are those named, once, in any case, by OID or any name, as the schema spells them', async () => {
      for (const selectors of [['UID'], ['uid', 'uid'], ['userid'], ['0.9.2342.19200300.100.1.1', 'Uid']]) {
        assert.deepEqual(await read(alice, selectors), { uid: ['alice'] });
      }
    });

    it('are the subtypes of the one named too', async () => {
      const seen = await read(alice, ['name']);
      assert.deepEqual([seen['cn'], seen['sn']], [['Alice Archer'], ['Archer']]);
      assert.ok(!('uid' in seen) && !('mail' in seen));
    });

    it('are the attributes of a class for @class', async () => {
      assert.deepEqual(Object.keys(await read(alice, ['@person'])).toSorted(), [
        'cn',
        'objectClass',
        'sn',
        'telephoneNumber',
      ]);
    });

    it('leave out what is unknown, empty or has an option', async () => {
      for (const selectors of [
        ['dn'],
        [''],
        ['noSuch'],
        ['uid;binary'],
        ['uid;lang-de'],
        ['@noSuch'],
        ['uid;x-unknown'],
        ['**'],
      ]) {
        assert.deepEqual(await read(alice, selectors), {}, selectors[0]);
      }
      assert.deepEqual(Object.keys(await read(alice, ['dn', '', 'uid', 'noSuch'])), ['uid']);
    });

    it('come without values when only types are wanted (S7)', async () => {
      for (const typesOnly of [true, 0x01]) {
        const result = await ask({
          base: alice,
          scope: 0,
          attributes: ['uid', 'memberOf', 'entryDN', 'noSuch'],
          typesOnly,
        });
        assert.deepEqual(Object.fromEntries(result.entries[0]?.attributes ?? []), {
          uid: [],
          memberOf: [],
          entryDN: [],
        });
      }
    });

    it('never hold a password (S9)', async () => {
      for (const selectors of [['userPassword'], ['*', '+'], ['2.5.4.35']]) {
        assert.ok(!('userPassword' in (await read(alice, selectors))));
      }
      assert.deepEqual(await find('(userPassword=*)'), []);
      assert.deepEqual(await find('(userPassword=x)'), []);
      assert.notEqual((await client.ask(++id, ber.compareRequest(alice, 'userPassword', 'x'))).code, 6);
    });

    it('of every entry hold its operational attributes, by name and for + (S19)', async () => {
      const asked =
        'createTimestamp modifyTimestamp creatorsName modifiersName structuralObjectClass subschemaSubentry hasSubordinates numSubordinates entryDN entryUUID'.split(
          ' ',
        );
      for (const base of [sampleBase, sampleUsers, alice, staff]) {
        const named = await read(base, asked);
        assert.deepEqual(Object.keys(named).toSorted(), asked.toSorted(), base);
        const all = await read(base, ['+']);
        for (const name of asked) assert.deepEqual(all[name], named[name], `${name} of ${base}`);
      }
      assert.deepEqual((await read(alice, ['memberOf']))['memberOf']?.toSorted(), [`cn=admins,${sampleGroups}`, staff]);
    });
  });

  describe('filters', () => {
    const cases: readonly (readonly [row: string, filter: string, found: readonly string[]])[] = [
      ['S10', '(&)', everyone],
      ['S10', '(|)', []],
      ['S10', '(!(&))', []],
      ['S10', '(!(|))', everyone],
      ['S11', '(noSuch=x)', []],
      ['S11', '(!(noSuch=x))', []],
      ['S11', '(!(noSuch=*))', []],
      ['S11', '(|(noSuch=x)(uid=bob))', ['bob']],
      ['S11', '(&(noSuch=x)(uid=bob))', []],
      ['S11', '(!(&(noSuch=x)(uid=bob)))', ['alice', 'carol', 'dave', 'zoe']],
      ['S11', '(!(|(noSuch=x)(uid=bob)))', []],
      ['S11', '(uidNumber=many)', []],
      ['S11', '(!(uidNumber=many))', []],
      ['S11', '(manager=no name)', []],
      ['S11', '(!(manager=no name))', []],
      ['S11', '(!(manager=*))', ['bob', 'carol', 'dave', 'zoe']],
      ['S11', `(!(manager=uid=bob,${sampleUsers}))`, ['bob', 'carol', 'dave', 'zoe']],
      ['S12', '(cn=al*)', ['alice']],
      ['S12', '(cn=*er)', ['alice', 'bob', 'zoe']],
      ['S12', '(cn=*a*e*)', ['alice', 'bob', 'dave']],
      ['S12', '(cn=alice archer*archer)', []],
      ['S12', '(cn=zoë*)', ['zoe']],
      ['S12', '(cn=*MÜLL*)', ['zoe']],
      ['S12', '(uidNumber=1*)', []],
      ['S12', '(!(uidNumber=1*))', []],
      ['S12', '(memberOf=cn=staff*)', []],
      ['S13', '(uidNumber>=10003)', ['carol', 'dave', 'zoe']],
      ['S13', '(uidNumber<=010002)', ['alice', 'bob']],
      ['S13', '(uidNumber>=-5)', everyone],
      ['S13', '(createTimestamp<=20240229120000Z)', everyone],
      ['S13', '(createTimestamp>=20240229130000+0100)', everyone],
      ['S13', '(createTimestamp>=20240229120000.1Z)', []],
      ['S13', '(cn>=a)', []],
      ['S13', '(!(cn>=a))', []],
      ['S14', '(cn~=ALICE  archer)', ['alice']],
      ['S15', '(cn:caseExactMatch:=Alice Archer)', ['alice']],
      ['S15', '(cn:2.5.13.5:=alice archer)', []],
      ['S15', '(cn:=ALICE ARCHER)', ['alice']],
      ['S15', '(:caseExactMatch:=Archer)', ['alice']],
      ['S15', '(ou:dn:=users)', everyone],
      ['S15', '(:dn:2.5.13.2:=USERS)', everyone],
      ['S15', '(cn:1.2.3.4:=x)', []],
      ['S15', '(!(cn:1.2.3.4:=x))', []],
      ['S16', '(userAccountControl:1.2.840.113556.1.4.803:=2)', ['dave']],
      ['S16', '(!(userAccountControl:1.2.840.113556.1.4.803:=2))', ['alice', 'bob', 'carol', 'zoe']],
      ['S16', '(userAccountControl:1.2.840.113556.1.4.804:=514)', everyone],
      ['S16', `(memberOf:1.2.840.113556.1.4.1941:=cn=nested,${sampleGroups})`, ['alice', 'bob', 'zoe']],
      ['S19', `(entryUUID=${sampleUuid(10_002).toUpperCase()})`, ['bob']],
      ['S19', '(hasSubordinates=FALSE)', everyone],
      ['S19', '(hasSubordinates=TRUE)', []],
      ['S19', '(subschemaSubentry=CN=subschema)', everyone],
      ['S19', '(structuralObjectClass=inetorgperson)', everyone],
      ['PAIN-13', '(uid=)', []],
      ['PAIN-13', '(memberOf=cn=nobody)', []],
    ];
    for (const [row, filter, found] of cases) {
      it(`answer ${filter} with ${found.length === 5 ? 'everyone' : found.join(', ') || 'nobody'} (${row})`, async () => {
        assert.deepEqual((await find(filter)).toSorted(), found);
      });
    }

    it('find a name however it is written (S4)', async () => {
      for (const name of spellings) {
        const escaped = name.replaceAll('\\', '\\5c');
        assert.deepEqual(await find(`(entryDN=${escaped})`), ['alice'], name);
        assert.deepEqual(await find(`(member=${escaped})`, { base: sampleGroups }), ['admins', 'staff'], name);
      }
    });

    it('ask for classes by any name, and by those above (S18)', async () => {
      for (const name of ['person', 'PERSON', '2.5.6.6', 'inetOrgPerson', 'posixAccount', 'top']) {
        assert.deepEqual(await find(`(objectClass=${name})`), everyone);
      }
      assert.deepEqual(await find('(objectClass=posixGroup)'), []);
    });
  });

  describe('limits and aliases', () => {
    it('end a search after as many entries as wanted, and not when there are no more (S5)', async () => {
      const wanted = async (sizeLimit: number): Promise<readonly number[]> => {
        const { code, entries } = await ask({ base: sampleUsers, scope: 1, sizeLimit });
        return [code, entries.length];
      };
      assert.deepEqual(
        [await wanted(1), await wanted(4), await wanted(5)],
        [
          [4, 1],
          [4, 4],
          [0, 5],
        ],
      );
      assert.deepEqual(
        [await wanted(6), await wanted(0), await wanted(2_147_483_647)],
        [
          [0, 5],
          [0, 5],
          [0, 5],
        ],
      );
    });

    it('are the same whatever is said about aliases, of which there are none (S21)', async () => {
      for (const deref of [0, 1, 2, 3]) {
        const search = ber.searchRequest({ base: sampleUsers, scope: 1, deref });
        for (const controls of [
          [],
          [ber.control('2.16.840.1.113730.3.4.2')],
          [ber.control('2.16.840.1.113730.3.4.2', true)],
        ]) {
          assert.equal((await client.ask(++id, search, controls)).entries.length, 5);
        }
      }
    });
  });

  describe('compares (RFC 4511 §4.10)', () => {
    const compare = async (dn: string, attribute: string, value: string): Promise<number> =>
      (await client.ask(++id, ber.compareRequest(dn, attribute, value))).code;

    it('answer true and false by the matching rule (C1)', async () => {
      assert.equal(await compare(alice, 'uid', 'ALICE'), 6);
      assert.equal(await compare(alice, 'cn', ' alice   archer '), 6);
      assert.equal(await compare(alice, 'uidNumber', '0010001'), 6);
      assert.equal(await compare(alice, 'objectClass', 'PosixAccount'), 6);
      assert.equal(await compare(alice, 'uid', 'bob'), 5);
      assert.equal(await compare(alice, 'name', 'Archer'), 6);
    });

    it('take every spelling of names (S4, C2)', async () => {
      for (const name of spellings) {
        assert.equal(await compare(name, 'uid', 'alice'), 6);
        assert.equal(await compare(staff, 'member', name), 6);
        assert.equal(await compare(staff, 'uniqueMember', name), 6);
      }
      assert.equal(await compare(alice, 'memberOf', staff), 6);
      assert.equal(await compare(alice, 'entryDN', alice), 6);
      assert.equal(await compare(staff, 'memberUid', 'alice'), 6);
      assert.equal(await compare(staff, 'memberUid', 'dave'), 5);
    });

    it('answer what is missing, unknown or no value (C1)', async () => {
      assert.equal(await compare(alice, 'description', 'x'), 16);
      assert.equal(await compare(alice, 'noSuch', 'x'), 17);
      assert.equal(await compare(alice, 'uid;lang-de', 'alice'), 16);
      assert.equal(await compare(`uid=no,${sampleUsers}`, 'uid', 'no'), 32);
      assert.equal(await compare('no name', 'uid', 'no'), 34);
      assert.equal(await compare(alice, 'uidNumber', 'many'), 21);
      assert.equal(await compare(staff, 'member', 'alice'), 21);
    });
  });
});
