import assert from 'node:assert/strict';

import { DirectoryServer, type DirectoryServerLimits } from '../support/directory-server.ts';
import * as ber from '../support/ldap-ber.ts';
import { pagedCookie, type RawClient, type RawMessage } from '../support/ldap-raw-client.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../support/sample-directory.ts';

const oid = '1.3.6.1.4.1.4203.666.5.16';

type Spec = readonly [attribute: string, attributes: readonly string[]];

function derefControl(specs: readonly Spec[], critical = true): Buffer {
  const list = specs.map(([attribute, attributes]) =>
    ber.sequence(ber.text(attribute), ber.sequence(...attributes.map((name) => ber.text(name)))),
  );
  return ber.control(oid, critical, ber.sequence(...list));
}

/** One DerefRes: what was followed, whom it named, and what was wanted of them. */
type Seen = readonly [attribute: string, dn: string, attributes?: Readonly<Record<string, readonly string[]>>];

function seenIn(message: RawMessage): readonly Seen[] | undefined {
  const value = message.controls.get(oid);
  if (value === undefined) return undefined;
  const [list] = ber.elements(value);
  return ber.elements(list?.body ?? Buffer.alloc(0)).map(({ body }): Seen => {
    const [attribute, dn, attributes] = ber.elements(body);
    const [name, target] = [attribute?.body.toString() ?? '', dn?.body.toString() ?? ''];
    if (attributes === undefined) return [name, target];
    assert.equal(attributes.tag, 0xa0);
    return [name, target, valuesIn(attributes.body)];
  });
}

function valuesIn(list: Buffer): Readonly<Record<string, readonly string[]>> {
  const parts = ber.elements(list).map(({ body }) => {
    const [type, values] = ber.elements(body);
    const texts = ber.elements(values?.body ?? Buffer.alloc(0)).map((value) => value.body.toString());
    return [type?.body.toString() ?? '', texts] as const;
  });
  return Object.fromEntries(parts);
}

interface Answer {
  readonly code: number;
  /** By the first RDN value of the entry; undefined where it carried no control. */
  readonly seen: ReadonlyMap<string, readonly Seen[] | undefined>;
  readonly done: RawMessage;
}

const group = (cn: string): ber.SearchFields => ({ base: `cn=${cn},${sampleGroups}`, scope: 0, attributes: ['cn'] });
const person = (uid: string): string => `uid=${uid},${sampleUsers}`;

describe('draft-masarati-ldap-deref: the dereference control', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  async function start(entries: readonly MemoryEntry[] = sampleEntries, limits?: DirectoryServerLimits): Promise<void> {
    server = await DirectoryServer.start(entries, limits);
    client = await server.connectBound();
  }

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  async function ask(fields: ber.SearchFields, controls: readonly Buffer[]): Promise<Answer> {
    await client.send(ber.message(++id, ber.searchRequest(fields), controls));
    const seen = new Map<string, readonly Seen[] | undefined>();
    for (let message = await client.next(); message !== undefined; message = await client.next()) {
      const [first] = ber.elements(message.body);
      if (message.tag === 0x64) seen.set(/=([^,]*)/.exec(first?.body.toString() ?? '')?.[1] ?? '', seenIn(message));
      else return { code: ber.integerValue(first?.body ?? Buffer.alloc(0)), seen, done: message };
    }
    throw new Error('the connection ended');
  }

  it('sends with a group what was asked of each member, in one search (K5, PAIN-14)', async () => {
    await start();
    const { code, seen } = await ask(group('staff'), [derefControl([['member', ['uid', 'uidNumber']]])]);
    assert.equal(code, 0);
    assert.deepEqual(seen.get('staff'), [
      ['member', person('alice'), { uid: ['alice'], uidNumber: ['10001'] }],
      ['member', person('bob'), { uid: ['bob'], uidNumber: ['10002'] }],
      ['member', person('zoe'), { uid: ['zoe'], uidNumber: ['10003'] }],
    ]);
  });

  it('follows uniqueMember, memberOf and manager as well, several at once, spelled as asked (K5)', async () => {
    await start();
    const both = await ask(group('admins'), [derefControl([['uniqueMember', ['uid']]], false)]);
    assert.deepEqual(both.seen.get('admins'), [['uniqueMember', person('alice'), { uid: ['alice'] }]]);
    const fields = { base: person('alice'), scope: 0, attributes: ['1.1'] };
    const specs: readonly Spec[] = [
      ['MANAGER', ['mail']],
      ['memberOf', ['cn', 'entryUUID']],
    ];
    const { seen } = await ask(fields, [derefControl(specs)]);
    assert.deepEqual(seen.get('alice')?.[0], ['MANAGER', person('bob'), { mail: ['bob@example.com'] }]);
    assert.deepEqual(
      seen
        .get('alice')
        ?.slice(1)
        .map(([attribute, dn, values]) => [attribute, dn, values?.['cn']]),
      [
        ['memberOf', `cn=admins,${sampleGroups}`, ['admins']],
        ['memberOf', `cn=staff,${sampleGroups}`, ['staff']],
      ],
    );
  });

  it('can ask for the members of the groups that are members', async () => {
    await start();
    const { seen } = await ask(group('nested'), [derefControl([['member', ['cn', 'memberUid']]])]);
    const values = { cn: ['staff'], memberUid: ['alice', 'bob', 'zoe'] };
    assert.deepEqual(seen.get('nested'), [['member', `cn=staff,${sampleGroups}`, values]]);
  });

  it('leaves the list out where the named entry has nothing of it, and the control where nobody is named', async () => {
    await start();
    const wanted = [derefControl([['member', ['jpegPhoto', 'noSuch', '*', '+']]])];
    const admins = await ask(group('admins'), wanted);
    assert.deepEqual(admins.seen.get('admins'), [['member', person('alice')]]);
    const { code, seen } = await ask(group('empty'), wanted);
    assert.deepEqual([code, [...seen]], [0, [['empty', undefined]]]);
  });

  it('answers a name that leads nowhere without attributes', async () => {
    const stray: MemoryEntry = {
      dn: person('stray'),
      attributes: [
        ['objectClass', ['top', 'person']],
        ['manager', ['cn=elsewhere,dc=other', person('bob').toUpperCase()]],
      ],
      links: [],
    };
    await start([...sampleEntries, stray]);
    const fields = { base: person('stray'), scope: 0, attributes: ['1.1'] };
    const { seen } = await ask(fields, [derefControl([['manager', ['uid']]])]);
    assert.deepEqual(seen.get('stray'), [
      ['manager', 'cn=elsewhere,dc=other'],
      ['manager', person('bob').toUpperCase(), { uid: ['bob'] }],
    ]);
  });

  it('goes with every page of a paged search, and with sorted ones (K5)', async () => {
    await start();
    const sort = ber.control(
      '1.2.840.113556.1.4.473',
      true,
      ber.sequence(ber.sequence(ber.text('gidNumber'), ber.element(0x81, Buffer.of(0xff)))),
    );
    for (const others of [[], [sort]]) {
      const seen = new Map<string, number | undefined>();
      for (let cookie: Buffer = Buffer.alloc(0), first = true; first || cookie.length > 0; first = false) {
        const controls = [derefControl([['member', ['uid']]]), ber.pagedControl(1, cookie), ...others];
        const page = await ask({ base: sampleGroups, scope: 1, attributes: ['cn'] }, controls);
        assert.equal(page.code, 0);
        for (const [name, results] of page.seen) seen.set(name, results?.length);
        const result = {
          code: 0,
          matchedDn: '',
          text: '',
          extras: new Map(),
          entries: [],
          controls: page.done.controls,
        };
        cookie = pagedCookie(result) ?? Buffer.alloc(0);
      }
      const expected = { admins: 1, empty: undefined, nested: 1, staff: 3 };
      assert.deepEqual(Object.fromEntries(seen), expected);
    }
  });

  for (const [what, specs] of [
    ['an unknown attribute', [['noSuch', ['uid']]]],
    ['an attribute whose values are no names', [['memberUid', ['uid']]]],
    [
      'an attribute twice',
      [
        ['member', ['uid']],
        ['MEMBER', ['cn']],
      ],
    ],
  ] as const satisfies readonly (readonly [string, readonly Spec[]])[]) {
    it(`passes over ${what}, unless the control is critical: then it is a protocolError`, async () => {
      await start();
      const lenient = await ask(group('admins'), [derefControl([...specs, ['uniqueMember', ['uid']]], false)]);
      assert.equal(lenient.code, 0);
      const followed = lenient.seen.get('admins')?.map(([attribute]) => attribute);
      assert.deepEqual(followed, what === 'an attribute twice' ? ['member', 'uniqueMember'] : ['uniqueMember']);
      const strict = await ask(group('admins'), [derefControl(specs)]);
      assert.deepEqual([strict.code, strict.seen.size], [2, 0]);
    });
  }

  for (const [what, value] of [
    ['no value', undefined],
    ['nothing to follow', ber.sequence()],
    ['nothing wanted', ber.sequence(ber.sequence(ber.text('member'), ber.sequence()))],
    ['no BER', Buffer.from('junk')],
  ] as const) {
    it(`answers protocolError to a control with ${what} (P8)`, async () => {
      await start();
      assert.equal((await ask(group('staff'), [ber.control(oid, false, value)])).code, 2);
      assert.equal((await ask(group('staff'), [derefControl([['member', ['uid']]])])).code, 0);
    });
  }

  it('does not matter to the root DSE', async () => {
    await start();
    assert.equal((await ask({ base: '', scope: 0 }, [derefControl([['member', ['uid']]])])).code, 0);
  });

  describe('with a great group', () => {
    const count = 2500;
    const crowd = Array.from({ length: count }, (_, index) => `m${String(index).padStart(4, '0')}`);
    const member = (uid: string): MemoryEntry => ({
      dn: person(uid),
      attributes: [
        ['objectClass', ['top', 'person']],
        ['uid', [uid]],
      ],
      links: [['memberOf', 'memberOf']],
    });
    const crowded: readonly MemoryEntry[] = [
      ...sampleEntries,
      ...crowd.map(member),
      {
        dn: `cn=crowd,${sampleGroups}`,
        attributes: [
          ['objectClass', ['top', 'groupOfMembers']],
          ['cn', ['crowd']],
        ],
        links: [['member', 'member']],
        members: crowd.map(person),
      },
    ];

    it('sends every member, though it takes several reads (K5, P8)', async () => {
      await start(crowded, { directory: { dereferencedMax: count } });
      const { code, seen } = await ask({ base: sampleGroups, scope: 1 }, [derefControl([['member', ['uid']]])]);
      assert.deepEqual([code, seen.size], [0, 5]);
      assert.deepEqual(
        seen.get('crowd')?.map(([, , values]) => values?.['uid']?.[0]),
        crowd,
      );
      assert.equal(seen.get('staff')?.length, 3);
    });

    it('is adminLimitExceeded with one member too many, never a shorter list (P1, P8)', async () => {
      await start(crowded, { directory: { dereferencedMax: count - 1 } });
      const { code, seen } = await ask(group('crowd'), [derefControl([['member', ['uid']]])]);
      assert.deepEqual([code, seen.size], [11, 0]);
    });

    it('is adminLimitExceeded with too many octets (P8)', async () => {
      await start(crowded, { directory: { dereferencedBytesMax: 10_000 } });
      assert.equal((await ask(group('crowd'), [derefControl([['member', ['uid']]])])).code, 11);
      assert.equal((await ask(group('staff'), [derefControl([['member', ['uid']]])])).code, 0);
    });
  });

  it('is unavailable, never a shorter list, when a member cannot be read (P1)', async () => {
    await start();
    const searching = ask({ base: sampleBase, scope: 0 }, [derefControl([['member', ['uid']]])]);
    assert.equal((await searching).code, 0);
    server.source.loseEntries();
    assert.equal((await ask(group('staff'), [derefControl([['member', ['uid']]])])).code, 52);
  });
});
