import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import * as ber from '../support/ldap-ber.ts';
import { pagedCookie, type RawClient, type RawResult } from '../support/ldap-raw-client.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../support/sample-directory.ts';

const oid = '1.2.826.0.1.3344810.2.3';
const alice = `uid=alice,${sampleUsers}`;
const staff = `cn=staff,${sampleGroups}`;

const crowd = Array.from({ length: 3000 }, (_, index): MemoryEntry => {
  const uid = `u${String(index).padStart(4, '0')}`;
  return {
    dn: `uid=${uid},${sampleUsers}`,
    attributes: [
      ['objectClass', ['top', 'person', 'posixAccount']],
      ['uid', [uid]],
    ],
    links: [['memberOf', 'memberOf']],
  };
});

const entries: readonly MemoryEntry[] = [
  ...sampleEntries,
  {
    dn: `uid=many,${sampleUsers}`,
    attributes: [
      ['objectClass', ['top', 'person', 'inetOrgPerson']],
      ['cn', ['Ann Able', 'ann  ABLE-Baker', 'Bea']],
      ['sn', ['Able']],
      ['givenName', ['Ann']],
      ['telephoneNumber', ['+1 555 0100', '+1 555-0200']],
      ['mail', ['ann@example.com', 'bea@example.com']],
      ['jpegPhoto', [Buffer.of(0xff, 0xd8, 0), Buffer.of(0xff, 0xd8, 1)]],
      ['proxyAddresses', ['SMTP:ann@example.com', 'smtp:bea@example.com']],
      ['structuralObjectClass', ['inetOrgPerson']],
    ],
    links: [],
  },
  ...crowd,
  {
    dn: `cn=crowd,${sampleGroups}`,
    attributes: [
      ['objectClass', ['top', 'groupOfMembers', 'posixGroup']],
      ['cn', ['crowd']],
      ['gidNumber', ['20009']],
    ],
    links: [
      ['member', 'member'],
      ['uniqueMember', 'member'],
      ['memberUid', 'memberUid'],
    ],
    members: crowd.map(({ dn }) => dn),
  },
];
const many = `uid=many,${sampleUsers}`;

function substrings(attribute: string, initial: string, ...any: string[]): Buffer {
  const parts = [ber.element(0x80, initial), ...any.map((part) => ber.element(0x81, part))];
  return ber.element(0xa4, ber.text(attribute), ber.sequence(...parts));
}

function ordering(tag: 0xa5 | 0xa6, attribute: string, value: string): Buffer {
  return ber.element(tag, ber.text(attribute), ber.text(value));
}

function extensible(rule: string | undefined, attribute: string | undefined, value: string): Buffer {
  return ber.element(
    0xa9,
    rule === undefined ? '' : ber.element(0x81, rule),
    attribute === undefined ? '' : ber.element(0x82, attribute),
    ber.element(0x83, value),
  );
}

describe('RFC 3876: matched values', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await DirectoryServer.start(entries);
  });

  beforeEach(async () => {
    client = await server.connectBound();
  });

  afterEach(() => {
    client[Symbol.dispose]();
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  const search = (fields: ber.SearchFields, ...controls: readonly Buffer[]): Promise<RawResult> =>
    client.ask(++id, ber.searchRequest({ scope: 0, ...fields }), controls);
  const matching = (items: readonly Buffer[], critical = true): Buffer =>
    ber.control(oid, critical, ber.sequence(...items));

  /** The attributes of one entry, with what is left of their values. */
  async function values(
    base: string,
    attributes: readonly string[],
    ...items: readonly Buffer[]
  ): Promise<Readonly<Record<string, readonly string[]>>> {
    const result = await search({ base, attributes }, matching(items));
    assert.deepEqual([result.code, result.entries.length], [0, 1]);
    return Object.fromEntries(result.entries[0]?.attributes ?? []);
  }

  it('leaves the values of which an item is True, and the entry where it was (§3)', async () => {
    assert.deepEqual(await values(many, ['cn'], ber.equality('cn', 'ANN able')), { cn: ['Ann Able'] });
    const found = await search(
      { base: sampleUsers, scope: 2, filter: ber.equality('uid', 'bob') },
      matching([ber.equality('cn', 'x')]),
    );
    assert.equal(found.entries.length, 1);
  });

  it('returns an attribute of which nothing is left without values, and one that is not there not at all (§3 4 ii)', async () => {
    assert.deepEqual(await values(many, ['cn', 'sn', 'description'], ber.equality('cn', 'bea')), {
      cn: ['Bea'],
      sn: [],
    });
    assert.deepEqual(await values(many, ['cn', 'mail']), { cn: [], mail: [] });
  });

  it('applies to every user attribute for an empty list and *, to every operational one for + (§3)', async () => {
    for (const attributes of [[], ['*']]) {
      const all = await values(many, attributes, ber.present('sn'));
      assert.deepEqual(all['sn'], ['Able']);
      assert.deepEqual([all['objectClass'], all['cn'], all['mail']], [[], [], []]);
      assert.equal(all['structuralObjectClass'], undefined);
    }
    const operational = await values(many, ['+'], ber.equality('entryDN', many));
    assert.deepEqual([operational['entryDN'], operational['structuralObjectClass']], [[many], []]);
    assert.deepEqual([operational['subschemaSubentry'], operational['sn']], [[], undefined]);
  });

  it('has no effect on types alone and on 1.1 (§3 2, §3 3)', async () => {
    const types = await search(
      { base: many, attributes: ['cn', 'sn'], typesOnly: true },
      matching([ber.equality('cn', 'no')]),
    );
    assert.deepEqual(
      [...(types.entries[0]?.attributes ?? [])],
      [
        ['cn', []],
        ['sn', []],
      ],
    );
    const none = await search({ base: many, attributes: ['1.1'] }, matching([ber.present('cn')]));
    assert.equal(none.entries[0]?.attributes.size, 0);
  });

  describe('items', () => {
    const cases: [string, readonly string[], Buffer[], Record<string, readonly string[]>][] = [
      ['substrings', ['cn'], [substrings('cn', 'ann a')], { cn: ['Ann Able', 'ann  ABLE-Baker'] }],
      ['substrings with several parts', ['cn'], [substrings('cn', 'a', 'bl', 'bak')], { cn: ['ann  ABLE-Baker'] }],
      [
        'several items for one attribute',
        ['cn'],
        [ber.equality('cn', 'bea'), substrings('cn', 'ann able-')],
        { cn: ['ann  ABLE-Baker', 'Bea'] },
      ],
      [
        'items for several attributes',
        ['cn', 'mail'],
        [ber.equality('cn', 'bea'), substrings('mail', 'a')],
        { cn: ['Bea'], mail: ['ann@example.com'] },
      ],
      ['presence', ['cn', 'sn'], [ber.present('sn')], { cn: [], sn: ['Able'] }],
      [
        'approximate match, as equality',
        ['mail'],
        [ber.element(0xa8, ber.text('mail'), ber.text('BEA@example.com'))],
        { mail: ['bea@example.com'] },
      ],
      [
        'a supertype',
        ['cn', 'sn', 'mail'],
        [substrings('name', 'a')],
        { cn: ['Ann Able', 'ann  ABLE-Baker'], sn: ['Able'], mail: [] },
      ],
      ['an OID for an attribute', ['cn'], [ber.equality('2.5.4.3', 'bea')], { cn: ['Bea'] }],
      [
        'telephone numbers by their rule',
        ['telephoneNumber'],
        [ber.equality('telephoneNumber', '+15550200')],
        { telephoneNumber: ['+1 555-0200'] },
      ],
      [
        'a class, by any of its names',
        ['objectClass'],
        [ber.equality('objectClass', '2.5.6.6')],
        { objectClass: ['person'] },
      ],
      ['a rule and a type', ['cn'], [extensible('caseExactMatch', 'cn', 'Ann Able')], { cn: ['Ann Able'] }],
      [
        'a rule that does not match the type exactly',
        ['cn'],
        [extensible('caseExactMatch', 'cn', 'ann able')],
        { cn: [] },
      ],
      ['a type alone', ['cn'], [extensible(undefined, 'cn', 'BEA')], { cn: ['Bea'] }],
      [
        'a rule alone, for all attributes that it fits',
        ['cn', 'sn', 'mail'],
        [extensible('2.5.13.5', undefined, 'Able')],
        { cn: [], sn: ['Able'], mail: [] },
      ],
      ['an unknown rule', ['cn'], [extensible('1.2.3.4', 'cn', 'bea')], { cn: [] }],
      ['an unknown attribute', ['cn'], [ber.equality('noSuch', 'bea')], { cn: [] }],
      ['an attribute with an option', ['cn'], [ber.equality('cn;lang-de', 'bea')], { cn: [] }],
      ['an ordering that the attribute does not have', ['cn'], [ordering(0xa5, 'cn', 'a')], { cn: [] }],
      ['the empty list', ['cn'], [], { cn: [] }],
    ];
    for (const [what, attributes, items, expected] of cases) {
      it(`can be ${what} (§2)`, async () => {
        assert.deepEqual(await values(many, attributes, ...items), expected);
      });
    }

    it('can be an ordering, or bits (§2)', async () => {
      const attributes = ['uidNumber', 'userAccountControl', 'createTimestamp'];
      const items = [
        ordering(0xa5, 'uidNumber', '10002'),
        ordering(0xa6, 'createTimestamp', '20250101000000Z'),
        extensible('1.2.840.113556.1.4.803', 'userAccountControl', '2'),
      ];
      const of = (uid: string): Promise<unknown> => values(`uid=${uid},${sampleUsers}`, attributes, ...items);
      const created = { createTimestamp: ['20240229120000Z'] };
      assert.deepEqual(await of('alice'), { uidNumber: [], userAccountControl: [], ...created });
      assert.deepEqual(await of('dave'), { uidNumber: ['10005'], userAccountControl: ['514'], ...created });
    });

    it('take binary values as they are', async () => {
      const result = await search(
        { base: alice, attributes: ['objectGUID'] },
        matching([ber.equality('objectGUID', Buffer.alloc(16))]),
      );
      assert.deepEqual(result.entries[0]?.attributes.get('objectGUID'), []);
      const guid = Buffer.from((10_001).toString(16).padStart(32, '0'), 'hex');
      assert.equal((await values(alice, ['objectGUID'], ber.equality('objectGUID', guid)))['objectGUID']?.length, 1);
    });
  });

  describe('of members', () => {
    it('are found by any spelling of a name (K6)', async () => {
      for (const name of [
        alice,
        `UID=Alice, OU=Users,${sampleBase}`,
        `0.9.2342.19200300.100.1.1=#0405616c696365,${sampleUsers}`,
      ]) {
        assert.deepEqual(await values(staff, ['member'], ber.equality('member', name)), { member: [alice] });
      }
    });

    it('can be asked for in each of the attributes that hold them', async () => {
      const items = [
        ber.equality('member', alice),
        ber.equality('memberUid', 'bob'),
        ber.equality('uniqueMember', `uid=zoe,${sampleUsers}`),
      ];
      assert.deepEqual(await values(staff, ['member', 'memberUid', 'uniqueMember'], ...items), {
        member: [alice],
        memberUid: ['bob'],
        uniqueMember: [`uid=zoe,${sampleUsers}`],
      });
      assert.deepEqual(await values(alice, ['memberOf'], ber.equality('memberOf', staff)), { memberOf: [staff] });
    });

    it('who are not there, or no names, are not found', async () => {
      const dave = `uid=dave,${sampleUsers}`;
      for (const name of [dave, `uid=nobody,${sampleUsers}`, 'no name']) {
        assert.deepEqual(await values(staff, ['member'], ber.equality('member', name)), { member: [] });
      }
    });

    it('are picked out of thousands', async () => {
      const group = `cn=crowd,${sampleGroups}`;
      const names = ['u0000', 'u1500', 'u2999'].map((uid) => `uid=${uid},${sampleUsers}`);
      const picked = await values(group, ['member'], ...names.map((name) => ber.equality('member', name)));
      assert.deepEqual(picked['member'], names);
      const some = await values(group, ['memberUid'], substrings('memberUid', 'u01'));
      assert.deepEqual(
        some['memberUid'],
        crowd.slice(100, 200).map(({ dn }) => /^uid=(u\d+)/.exec(dn)?.[1]),
      );
      const all = await values(group, ['member'], ber.present('member'));
      assert.equal(all['member']?.length, 3000);
    });

    it('come in the order in which the group has them, each once, however often they are asked for', async () => {
      const name = (uid: string): Buffer => ber.equality('member', `uid=${uid},${sampleUsers}`);
      const items = [name('zoe'), name('alice'), name('ALICE'), name('nobody'), ber.equality('memberUid', 'bob')];
      const picked = await values(staff, ['member', 'memberUid', 'uniqueMember'], ...items);
      assert.deepEqual(picked, { member: [alice, `uid=zoe,${sampleUsers}`], memberUid: ['bob'], uniqueMember: [] });
      const any = await values(staff, ['member'], name('zoe'), extensible('distinguishedNameMatch', undefined, alice));
      assert.deepEqual(any['member'], [alice, `uid=zoe,${sampleUsers}`]);
      const all = await values(staff, ['member'], name('zoe'), ber.present('member'));
      assert.equal(all['member']?.length, 3);
    });

    it('are picked out of a range of them, which keeps its name (range retrieval)', async () => {
      const group = `cn=crowd,${sampleGroups}`;
      const name = (uid: string): Buffer => ber.equality('member', `uid=${uid},${sampleUsers}`);
      const items = [name('u0005'), name('u0105')];
      assert.deepEqual(await values(group, ['member;range=0-99'], ...items), {
        'member;range=0-99': [`uid=u0005,${sampleUsers}`],
      });
      assert.deepEqual(await values(group, ['member;range=100-*'], ...items), {
        'member;range=100-*': [`uid=u0105,${sampleUsers}`],
      });
    });
  });

  it('goes together with pages', async () => {
    const fields = { base: sampleUsers, scope: 1, attributes: ['uid'], filter: ber.present('uidNumber') };
    const seen: (readonly string[] | undefined)[] = [];
    for (let cookie: Buffer | undefined = Buffer.alloc(0); cookie !== undefined; ) {
      const page: RawResult = await search(fields, ber.pagedControl(2, cookie), matching([ber.equality('uid', 'bob')]));
      seen.push(...page.entries.map(({ attributes }) => attributes.get('uid')));
      const next = pagedCookie(page);
      cookie = next?.length === 0 ? undefined : next;
    }
    assert.deepEqual(seen.flat(), ['bob']);
    assert.equal(seen.length, 5);
  });

  it('works on the root DSE and the subschema', async () => {
    const root = await values('', ['supportedControl', 'namingContexts'], ber.equality('supportedControl', oid));
    assert.deepEqual(root, { supportedControl: [oid], namingContexts: [] });
    const classes = await values('cn=Subschema', ['objectClasses'], ber.equality('objectClasses', 'person'));
    assert.equal(classes['objectClasses']?.length, 1);
    assert.match(classes['objectClasses']?.[0] ?? '', /NAME 'person'/);
  });

  for (const [what, value] of [
    ['no value', undefined],
    ['no BER', Buffer.from('0\u0005junk')],
    ['no list', ber.present('cn')],
    ['a conjunction', ber.sequence(ber.element(0xa0, ber.present('cn')))],
    ['a disjunction', ber.sequence(ber.element(0xa1))],
    ['a negation', ber.sequence(ber.element(0xa2, ber.present('cn')))],
    ['an item of no known kind', ber.sequence(ber.element(0xab, ber.text('cn')))],
    ['substrings without substrings', ber.sequence(ber.element(0xa4, ber.text('cn'), ber.sequence()))],
    ['an equality without value', ber.sequence(ber.element(0xa3, ber.text('cn')))],
  ] as const) {
    it(`answers protocolError to a control with ${what}, and goes on (P8)`, async () => {
      for (const critical of [true, false]) {
        const result = await search({ base: many }, ber.control(oid, critical, value));
        assert.deepEqual([result.code, result.entries.length], [2, 0]);
      }
      assert.deepEqual(await values(many, ['sn'], ber.present('sn')), { sn: ['Able'] });
    });
  }

  it('takes as many items as allowed and answers adminLimitExceeded to one more (P8)', async () => {
    const items = (count: number): Buffer[] => Array.from({ length: count }, () => ber.equality('cn', 'bea'));
    assert.deepEqual(await values(many, ['cn'], ...items(32)), { cn: ['Bea'] });
    assert.equal((await search({ base: many }, matching(items(33)))).code, 11);
  });

  it('is not for other operations: 12 when critical, ignored when not (K1)', async () => {
    const compare = ber.compareRequest(alice, 'uid', 'alice');
    assert.equal((await client.ask(++id, compare, [matching([ber.present('cn')])])).code, 12);
    assert.equal((await client.ask(++id, compare, [matching([ber.present('cn')], false)])).code, 6);
  });
});
