import assert from 'node:assert/strict';

import { DirectoryStorageError } from '../../src/directory/reader.ts';
import { ldapResult, ResultCode } from '../../src/directory/result.ts';
import type { Filter } from '../../src/directory/filter.ts';
import type { SearchCursor } from '../../src/directory/search-types.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { encodeEntry, HeldCursor, ListCursor, people, TestDirectory } from '../support/ldap-test-directory.ts';
import { TestServer } from '../support/ldap-test-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('RFC 4511 §4.5: search', () => {
  let server: TestServer;
  let client: RawClient;
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock();
    server = await TestServer.start({ clock, directory: new TestDirectory(people(300)), limits: { sizeLimit: 1000 } });
    client = await server.connectBound();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  it('sends every entry, then one result, and nothing after it (S20)', async () => {
    const result = await client.ask(2, ber.searchRequest());
    assert.equal(result.code, 0);
    assert.deepEqual(
      result.entries.map(({ dn }) => dn),
      people(300).map(({ dn }) => dn),
    );
    assert.deepEqual(result.entries[0]?.attributes.get('cn'), ['Person 1']);
    await client.send(ber.message(3, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3')));
    assert.equal((await client.next())?.id, 3);
  });

  it('hands the request on as it was written', async () => {
    const filter = ber.element(
      0xa0,
      ber.element(0xa1),
      ber.element(0xa2, ber.equality('cn', 'x')),
      ber.element(0xa5, ber.text('a'), ber.text('1')),
      ber.element(0xa6, ber.text('a'), ber.text('2')),
      ber.element(0xa8, ber.text('a'), ber.text('3')),
      ber.element(
        0xa4,
        ber.text('a'),
        ber.sequence(ber.element(0x80, 'i'), ber.element(0x81, 'j'), ber.element(0x82, 'k')),
      ),
      ber.element(0xa4, ber.text('a'), ber.sequence(ber.element(0x81, Buffer.from([0xff])))),
      ber.element(
        0xa9,
        ber.element(0x81, '2.5.13.2'),
        ber.element(0x82, 'uid'),
        ber.element(0x83, 'v'),
        ber.element(0x84, Buffer.from([1])),
      ),
      ber.element(0xa9, ber.element(0x82, 'uid'), ber.element(0x83, 'v')),
      ber.present('p'),
    );
    await client.ask(
      2,
      ber.searchRequest({ base: 'DC=x', scope: 3, deref: 3, filter, attributes: ['cn', '+', '1.1'] }),
    );
    const [search] = server.directory.searches;
    const expected: Filter = {
      kind: 'and',
      filters: [
        { kind: 'or', filters: [] },
        { kind: 'not', filter: { kind: 'equality', attribute: 'cn', value: Buffer.from('x') } },
        { kind: 'greaterOrEqual', attribute: 'a', value: Buffer.from('1') },
        { kind: 'lessOrEqual', attribute: 'a', value: Buffer.from('2') },
        { kind: 'approximate', attribute: 'a', value: Buffer.from('3') },
        {
          kind: 'substrings',
          attribute: 'a',
          initial: Buffer.from('i'),
          any: [Buffer.from('j')],
          final: Buffer.from('k'),
        },
        { kind: 'substrings', attribute: 'a', initial: undefined, any: [Buffer.from([0xff])], final: undefined },
        { kind: 'extensible', rule: '2.5.13.2', attribute: 'uid', value: Buffer.from('v'), dnAttributes: true },
        { kind: 'extensible', rule: undefined, attribute: 'uid', value: Buffer.from('v'), dnAttributes: false },
        { kind: 'present', attribute: 'p' },
      ],
    };
    assert.deepEqual(search?.request, {
      baseDn: 'DC=x',
      scope: 'subordinate',
      filter: expected,
      attributes: ['cn', '+', '1.1'],
      typesOnly: false,
      after: undefined,
    });
    assert.equal(search?.who.kind, 'service');
  });

  for (const [scope, name] of ['base', 'one', 'subtree', 'subordinate'].entries()) {
    it(`knows scope ${name} and every derefAliases (S1, S21)`, async () => {
      for (const deref of [0, 1, 2, 3]) await client.ask(2, ber.searchRequest({ scope, deref }));
      assert.ok(server.directory.searches.every(({ request }) => request.scope === name));
      assert.equal(server.directory.searches.length, 4);
    });
  }

  const malformed: [string, Buffer][] = [
    ['scope 7', ber.searchRequest({ scope: 7 })],
    ['derefAliases 9', ber.searchRequest({ deref: 9 })],
    ['a negative size limit', ber.searchRequest({ sizeLimit: -1 })],
    ['a size limit over maxInt', ber.searchRequest({ sizeLimit: 2 ** 32 })],
    ['a negative time limit', ber.searchRequest({ timeLimit: -1 })],
    ['a base that is not UTF-8', ber.searchRequest({ base: Buffer.from([0xff]) })],
    ['an unknown filter choice', ber.searchRequest({ filter: ber.element(0xac) })],
    ['not with two filters', ber.searchRequest({ filter: ber.element(0xa2, ber.present('a'), ber.present('b')) })],
    ['not with no filter', ber.searchRequest({ filter: ber.element(0xa2) })],
    ['no substrings', ber.searchRequest({ filter: ber.element(0xa4, ber.text('a'), ber.sequence()) })],
    [
      'final before initial',
      ber.searchRequest({
        filter: ber.element(0xa4, ber.text('a'), ber.sequence(ber.element(0x82, 'x'), ber.element(0x80, 'y'))),
      }),
    ],
    [
      'two finals',
      ber.searchRequest({
        filter: ber.element(0xa4, ber.text('a'), ber.sequence(ber.element(0x82, 'x'), ber.element(0x82, 'y'))),
      }),
    ],
    ['an extensible match of nothing', ber.searchRequest({ filter: ber.element(0xa9, ber.element(0x83, 'x')) })],
    [
      'no filter',
      ber.element(
        0x63,
        ber.text(''),
        ber.enumerated(0),
        ber.enumerated(0),
        ber.integer(0),
        ber.integer(0),
        ber.boolean(false),
      ),
    ],
  ];
  for (const [name, operation] of malformed) {
    it(`answers protocolError to ${name} and goes on (S1, S12)`, async () => {
      const result = await client.ask(2, operation);
      assert.equal(result.code, 2);
      assert.equal(server.directory.searches.length, 0);
      assert.equal((await client.ask(3, ber.searchRequest({ sizeLimit: 2147483647 }))).entries.length, 300);
    });
  }

  it('answers the directory’s refusal with its matched DN and text (S2)', async () => {
    server.directory.onSearch = () => ({
      kind: 'result',
      result: ldapResult(ResultCode.noSuchObject, 'gone', 'dc=com'),
    });
    const result = await client.ask(2, ber.searchRequest());
    assert.deepEqual([result.code, result.matchedDn, result.text], [32, 'dc=com', 'gone']);
  });

  for (const size of [1, 63, 64, 65, 299]) {
    it(`sends ${size} entries and sizeLimitExceeded when the client wants ${size} of 300 (S5, P8)`, async () => {
      const result = await client.ask(2, ber.searchRequest({ sizeLimit: size }));
      assert.deepEqual([result.code, result.entries.length], [4, size]);
    });
  }

  it('answers success when there are exactly as many entries as wanted (S5, P8)', async () => {
    const result = await client.ask(2, ber.searchRequest({ sizeLimit: 300 }));
    assert.deepEqual([result.code, result.entries.length], [0, 300]);
  });

  it('keeps to its own size limit, whatever the client wants (S6, P8)', async () => {
    for (const [count, code] of [
      [1000, 0],
      [1001, 4],
    ] as const) {
      server.directory.entries = people(count);
      for (const sizeLimit of [0, 5000]) {
        const result = await client.ask(2, ber.searchRequest({ sizeLimit }));
        assert.deepEqual([result.code, result.entries.length], [code, 1000]);
      }
    }
  });

  it('answers timeLimitExceeded when the client’s time is up, with what was found so far (S6)', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    await client.send(ber.message(2, ber.searchRequest({ timeLimit: 10 })));
    await cursor.reading();
    await clock.advance(9000);
    const [first] = people(1);
    assert.ok(first);
    cursor.answer({ entries: [encodeEntry(1, first)], done: false });
    await cursor.reading();
    await clock.advance(1000);
    const result = await client.result(2);
    assert.deepEqual([result.code, result.entries.length], [3, 1]);
    cursor.answer({ entries: [], done: true });
    assert.equal((await client.ask(3, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3'))).code, 0);
    assert.equal(cursor.disposed, 1);
  });

  it('keeps to its own time limit (S6, P8)', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    await client.send(ber.message(2, ber.searchRequest({ timeLimit: 100_000 })));
    await cursor.reading();
    await clock.advance(119_000);
    assert.equal(cursor.disposed, 0);
    await clock.advance(1000);
    assert.equal((await client.result(2)).code, 3);
  });

  it('answers unavailable, never an empty success, when the store fails at once (P1, PAIN-06)', async () => {
    server.directory.onSearch = () => {
      throw new DirectoryStorageError('disk');
    };
    const result = await client.ask(2, ber.searchRequest());
    assert.equal(result.code, 52);
    assert.match(result.text, /operation \d+\.2$/);
    assert.equal(server.log.of('ldap.operation.unavailable').length, 1);
  });

  const cursors: [string, () => SearchCursor][] = [
    [
      'at once',
      () =>
        failing(() => {
          throw new DirectoryStorageError('disk');
        }),
    ],
    ['later', () => failing(() => Promise.reject(new DirectoryStorageError('disk')))],
  ];
  for (const [when, cursor] of cursors) {
    it(`answers unavailable when the store fails while reading ${when} (P1)`, async () => {
      server.directory.onSearch = () => ({ kind: 'cursor', cursor: cursor() });
      assert.equal((await client.ask(2, ber.searchRequest())).code, 52);
    });
  }

  it('answers other with a number when the unforeseen happens, logs it, and goes on (P8)', async () => {
    server.directory.onSearch = () => {
      throw new TypeError('secret detail');
    };
    const result = await client.ask(2, ber.searchRequest());
    assert.equal(result.code, 80);
    assert.ok(!result.text.includes('secret'));
    assert.ok(server.log.of('ldap.operation.failed')[0]?.cause instanceof TypeError);
    server.directory.onSearch = undefined;
    assert.equal((await client.ask(3, ber.searchRequest())).entries.length, 300);
  });

  it('disposes of each cursor once, however the search ends', async () => {
    const used: ListCursor[] = [];
    server.directory.onSearch = () => {
      const cursor = new ListCursor(people(100).map((entry, index) => encodeEntry(index + 1, entry)));
      used.push(cursor);
      return { kind: 'cursor', cursor };
    };
    await client.ask(2, ber.searchRequest());
    await client.ask(3, ber.searchRequest({ sizeLimit: 5 }));
    assert.deepEqual(
      used.map(({ disposed }) => disposed),
      [1, 1],
    );
  });

  it('answers an indexed search in one write, in the order asked', async () => {
    const before = client.reads;
    const one = ber.searchRequest({ filter: ber.equality('uid', 'u7') });
    await client.send(ber.message(2, one), ber.message(3, one), ber.message(4, one));
    for (const id of [2, 3, 4]) assert.equal((await client.result(id)).entries.length, 1);
    assert.equal(client.reads - before, 1);
  });

  it('lets a fast search overtake a slow one (RFC 4511 §3.1)', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    await client.send(ber.message(2, ber.searchRequest()));
    await cursor.reading();
    server.directory.onSearch = undefined;
    assert.equal((await client.ask(3, ber.searchRequest({ sizeLimit: 1 }))).code, 4);
    cursor.answer({ entries: [], done: true });
    assert.equal((await client.result(2)).code, 0);
  });

  it('sends an entry of several megabytes whole', async () => {
    const values = Array.from({ length: 40_000 }, (_, index) => `uid=member${index},ou=users,dc=example,dc=com`);
    server.directory.entries = [{ dn: 'cn=all', attributes: { objectClass: ['group'], member: values } }];
    const result = await client.ask(2, ber.searchRequest({ base: '' }));
    assert.deepEqual(result.entries[0]?.attributes.get('member'), values);
  });

  it('goes on reading when a read found nothing yet', async () => {
    let reads = 0;
    const cursor = { read: () => ({ entries: [], done: ++reads === 1000 }), [Symbol.dispose]() {} };
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    assert.equal((await client.ask(2, ber.searchRequest())).code, 0);
    assert.equal(reads, 1000);
  });
});

function failing(read: () => never | Promise<never>): SearchCursor {
  return { read, [Symbol.dispose]() {} };
}
