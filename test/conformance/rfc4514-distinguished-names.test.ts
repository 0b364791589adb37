import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import { compareRequest, equality, searchRequest } from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../support/sample-directory.ts';

function entry(dn: string, members: readonly string[] = []): MemoryEntry {
  return {
    dn,
    attributes: [['objectClass', ['top', 'groupOfMembers']]],
    links: members.length === 0 ? [] : [['member', 'member']],
    members,
  };
}

const comma = String.raw`cn=Sales\, EMEA,${sampleGroups}`;
const hash = String.raw`cn=\#1 \+ two\\three\;,${sampleGroups}`;
const umlaut = `cn=Größe é,${sampleGroups}`;
const pair = `cn=a+ou=b,${sampleGroups}`;
const circle = entry(`cn=circle,${sampleGroups}`, [comma, umlaut]);

/** Names and how else they may be written. */
const spellings: readonly (readonly [string, readonly string[]])[] = [
  [
    comma,
    [
      String.raw`CN=sales\2C EMEA,${sampleGroups.toUpperCase()}`,
      String.raw`2.5.4.3=sales\2c\20emea,2.5.4.11=groups,${sampleBase}`,
      String.raw` cn = Sales\,   EMEA , ou = groups , dc = example , dc = com `,
      String.raw`commonName=\53\61les\, EMEA,organizationalUnitName=groups,domainComponent=example,dc=com`,
      `cn=#040b53616c65732c20454d4541,${sampleGroups}`,
      `cn=#0c0b53616c65732c20454d4541,${sampleGroups}`,
    ],
  ],
  [hash, [String.raw`cn=\231 \2b two\5Cthree\3b,${sampleGroups}`]],
  [umlaut, [String.raw`cn=Gr\c3\b6\C3\9Fe \c3\a9,${sampleGroups}`, `cn=GRO\u0308SSE E\u0301,${sampleGroups}`]],
  [pair, [`ou=B + CN=A,${sampleGroups}`]],
  [
    `uid=alice,${sampleUsers}`,
    [`UID=Alice,${sampleUsers}`, `userid=ALICE,OU=Users,${sampleBase}`, `uid=\\61lice,${sampleUsers}`],
  ],
];

const invalid: readonly string[] = [
  'alice',
  '=alice',
  'uid=alice,',
  ',uid=alice',
  'uid',
  'uid=a,,dc=com',
  'uid=a+',
  String.raw`cn=\zz`,
  'cn=\\',
  '1.=x',
  ' ',
  'a b=c',
  'cn=#zz',
  'cn=#0',
  'cn=a"b',
  'cn=a<b',
  'uid=a;dc=com',
  'cn="a"',
  'cn=\0',
];

describe('RFC 4514: string representation of distinguished names', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await DirectoryServer.start([
      ...sampleEntries,
      ...[comma, hash, umlaut, pair].map((dn) => entry(dn)),
      circle,
    ]);
    client = await server.connectBound();
  });

  after(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  it('finds an entry by every spelling of its name as base object, and shows the one it has (§2.4, §3, S4)', async () => {
    for (const [dn, others] of spellings) {
      for (const base of [dn, ...others]) {
        const { code, entries } = await client.ask(++id, searchRequest({ base, scope: 0, attributes: ['1.1'] }));
        assert.deepEqual([code, entries.map((each) => each.dn)], [0, [dn]], base);
      }
    }
  });

  it('finds it so by entryDN, and groups by a member, and compares it so (B8, C2)', async () => {
    for (const [dn, others] of spellings) {
      for (const name of [dn, ...others]) {
        const own = await client.ask(
          ++id,
          searchRequest({ base: sampleBase, filter: equality('entryDN', name), attributes: ['1.1'] }),
        );
        assert.deepEqual(
          own.entries.map((each) => each.dn),
          [dn],
          name,
        );
        const isMember = circle.members?.includes(dn) === true;
        const groups = await client.ask(
          ++id,
          searchRequest({ base: circle.dn, scope: 0, filter: equality('member', name), attributes: ['1.1'] }),
        );
        assert.equal(groups.entries.length, isMember ? 1 : 0, name);
        const compared = await client.ask(++id, compareRequest(circle.dn, 'member', name));
        assert.equal(compared.code, isMember ? 6 : 5, name);
      }
    }
  });

  it('answers invalidDNSyntax to what is no name, in search and compare (S3)', async () => {
    for (const base of invalid) {
      assert.equal((await client.ask(++id, searchRequest({ base, scope: 0 }))).code, 34, base);
      assert.equal((await client.ask(++id, compareRequest(base, 'cn', 'x'))).code, 34, base);
    }
  });

  it('is Undefined for what is no name in a filter, and invalidAttributeSyntax in a compare', async () => {
    for (const value of invalid) {
      const filter = equality('member', value);
      const not = Buffer.concat([Buffer.from([0xa2, filter.length]), filter]);
      for (const each of [filter, not]) {
        const { code, entries } = await client.ask(++id, searchRequest({ base: sampleBase, filter: each }));
        assert.deepEqual([code, entries], [0, []], value);
      }
      assert.equal((await client.ask(++id, compareRequest(circle.dn, 'member', value))).code, 21, value);
    }
  });

  it('names the nearest superior that is there, in its own spelling, and nothing outside the tree (S2)', async () => {
    const nowhere: readonly (readonly [string, string])[] = [
      [`uid=x,UID=ALICE,${sampleUsers.toUpperCase()}`, `uid=alice,${sampleUsers}`],
      [`uid=x,ou=y,ou=z,${sampleUsers}`, sampleUsers],
      [String.raw`cn=x,cn=sales\2c emea,${sampleGroups}`, comma],
      [`ou=nowhere,${sampleBase}`, sampleBase],
      ['dc=com', ''],
      ['cn=x,dc=example,dc=org', ''],
    ];
    for (const [base, matched] of nowhere) {
      const { code, matchedDn } = await client.ask(++id, searchRequest({ base, scope: 0 }));
      assert.deepEqual([code, matchedDn], [32, matched], base);
    }
  });
});
