import assert from 'node:assert/strict';

import { DirectoryServer, type DirectoryServerLimits } from '../support/directory-server.ts';
import * as ber from '../support/ldap-ber.ts';
import type { RawClient, RawResult } from '../support/ldap-raw-client.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleUsers } from '../support/sample-directory.ts';

const viewOid = '2.16.840.1.113730.3.4.9';
const viewResultOid = '2.16.840.1.113730.3.4.10';
const sortOid = '1.2.840.113556.1.4.473';
const sortResultOid = '1.2.840.113556.1.4.474';
const derefOid = '1.3.6.1.4.1.4203.666.5.16';

/** 99 people, u01 to u99, in another order of ids than of numbers, and two containers. */
const people: readonly MemoryEntry[] = [
  ...sampleEntries.slice(0, 2),
  ...Array.from({ length: 99 }, (_, index) => ((index * 37) % 99) + 1).map((number) => ({
    dn: `uid=u${String(number).padStart(2, '0')},${sampleUsers}`,
    attributes: [
      ['objectClass', ['top', 'person', 'posixAccount']],
      ['uid', [`u${String(number).padStart(2, '0')}`]],
      ['uidNumber', [String(number * 10)]],
      ['cn', [number % 2 === 0 ? 'Even' : 'Odd']],
      ['manager', [sampleUsers]],
      ...(number > 90 ? [] : ([['sn', [`Name ${number}`]]] as const)),
    ] as MemoryEntry['attributes'],
    links: [],
  })),
];

function byOffset(
  before: number,
  after: number,
  offset: number,
  contentCount: number,
  extra: Buffer | string = '',
): Buffer {
  const target = ber.element(0xa0, ber.integer(offset), ber.integer(contentCount));
  return ber.sequence(ber.integer(before), ber.integer(after), target, extra);
}

function byValue(before: number, after: number, value: string | Buffer): Buffer {
  return ber.sequence(ber.integer(before), ber.integer(after), ber.element(0x81, value));
}

function sorted(attribute: string, { reverse = false, critical = true } = {}): Buffer {
  const flag = reverse ? ber.element(0x81, Buffer.of(0xff)) : '';
  return ber.control(sortOid, critical, ber.sequence(ber.sequence(ber.text(attribute), flag)));
}

/** targetPosition, contentCount and virtualListViewResult. */
function viewResult(result: RawResult): readonly number[] | undefined {
  const value = result.controls.get(viewResultOid);
  return value && ber.elements(ber.elements(value)[0]?.body ?? value).map(({ body }) => ber.integerValue(body));
}

function sortCode(result: RawResult): number | undefined {
  const value = result.controls.get(sortResultOid);
  return value && ber.integerValue(ber.elements(ber.elements(value)[0]?.body ?? value)[0]?.body ?? value);
}

function numbers(result: RawResult): readonly number[] {
  return result.entries.map(({ dn }) => Number(/^uid=u(\d+)/.exec(dn)?.[1]));
}

function upTo(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('draft-ietf-ldapext-ldapv3-vlv-09: virtual list views', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  async function start(limits?: DirectoryServerLimits, entries = people): Promise<void> {
    server = await DirectoryServer.start(entries, limits);
    client = await server.connectBound();
  }

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  const search = (controls: readonly Buffer[], fields: ber.SearchFields = {}): Promise<RawResult> =>
    client.ask(++id, ber.searchRequest({ base: sampleUsers, scope: 1, attributes: ['1.1'], ...fields }), controls);
  const view = (value: Buffer, sort = sorted('uidNumber'), fields: ber.SearchFields = {}): Promise<RawResult> =>
    search([ber.control(viewOid, true, value), sort], fields);

  describe('by offset', () => {
    beforeEach(() => start());

    it('gives the entries around the target, its position and the length of the list (K4)', async () => {
      const result = await view(byOffset(1, 2, 5, 0));
      assert.deepEqual([result.code, numbers(result), viewResult(result)], [0, [4, 5, 6, 7], [5, 99, 0]]);
      assert.equal(sortCode(result), 0);
    });

    it('works in reverse order and with the controls the other way round (K4)', async () => {
      const result = await search([
        sorted('uidNumber', { reverse: true }),
        ber.control(viewOid, false, byOffset(0, 2, 1, 0)),
      ]);
      assert.deepEqual(
        [numbers(result), viewResult(result)],
        [
          [99, 98, 97],
          [1, 99, 0],
        ],
      );
    });

    it('takes offset 1 for the first entry and an offset that equals the count for the last (K4)', async () => {
      assert.deepEqual(numbers(await view(byOffset(3, 1, 1, 50))), [1, 2]);
      const last = await view(byOffset(1, 3, 7, 7));
      assert.deepEqual(
        [numbers(last), viewResult(last)],
        [
          [98, 99],
          [99, 99, 0],
        ],
      );
      assert.deepEqual(viewResult(await view(byOffset(0, 0, 1, 1))), [99, 99, 0]);
    });

    it('carries the client’s place in its idea of the list over to ours: Si = Sc · Ci / Cc (K4)', async () => {
      for (const [offset, count, expected] of [
        [3, 99, 3],
        [25, 50, 49],
        [500, 1000, 49],
        [999, 1000, 98],
        [2, 1_000_000, 1],
        [2_147_483_646, 2_147_483_647, 98],
      ] as const) {
        const result = await view(byOffset(0, 0, offset, count));
        assert.deepEqual([numbers(result), viewResult(result)], [[expected], [expected, 99, 0]]);
      }
    });

    it('gives fewer entries where the list begins or ends, and all of them when asked for more than there are (K4)', async () => {
      assert.deepEqual(numbers(await view(byOffset(10, 0, 3, 0))), [1, 2, 3]);
      assert.deepEqual(numbers(await view(byOffset(0, 10, 97, 0))), [97, 98, 99]);
      assert.deepEqual(numbers(await view(byOffset(2_147_483_647, 2_147_483_647, 50, 0))), upTo(1, 99));
    });

    it('answers virtualListViewError with offsetRangeError and no entry beyond the end, and for 0 (K4)', async () => {
      for (const [offset, count] of [
        [100, 0],
        [2_147_483_647, 0],
        [8, 7],
        [0, 0],
        [0, 5],
      ] as const) {
        const result = await view(byOffset(5, 5, offset, count));
        assert.deepEqual([result.code, numbers(result), viewResult(result)], [76, [], [0, 99, 61]]);
      }
      assert.deepEqual(numbers(await view(byOffset(0, 0, 99, 0))), [99]);
    });
  });

  describe('by value', () => {
    beforeEach(() => start());

    it('begins at the first entry that is not before the value (K4)', async () => {
      const equal = await view(byValue(1, 1, '500'));
      assert.deepEqual(
        [numbers(equal), viewResult(equal)],
        [
          [49, 50, 51],
          [50, 99, 0],
        ],
      );
      const between = await view(byValue(0, 0, '501'));
      assert.deepEqual([numbers(between), viewResult(between)], [[51], [51, 99, 0]]);
      assert.deepEqual(numbers(await view(byValue(2, 0, '-5'))), [1]);
    });

    it('follows the rule of the sort key: case and spaces do not matter (K4)', async () => {
      const result = await view(byValue(0, 0, ' NAME  45'), sorted('sn'));
      assert.deepEqual(numbers(result), [45]);
    });

    it('goes down in reverse order (K4)', async () => {
      const result = await view(byValue(1, 1, '505'), sorted('uidNumber', { reverse: true }));
      assert.deepEqual(
        [numbers(result), viewResult(result)],
        [
          [51, 50, 49],
          [50, 99, 0],
        ],
      );
    });

    it('finds entries without the attribute behind all values (K4)', async () => {
      const result = await view(byValue(0, 1, 'zzz'), sorted('sn'));
      assert.deepEqual([viewResult(result), result.entries.length], [[91, 99, 0], 2]);
      assert.ok(numbers(result).every((number) => number > 90));
    });

    it('points behind the end when all are before it, and still gives the entries before that (K4)', async () => {
      const result = await view(byValue(2, 5, '99999'));
      assert.deepEqual([result.code, numbers(result), viewResult(result)], [0, [98, 99], [100, 99, 0]]);
      assert.deepEqual(numbers(await view(byValue(0, 5, '99999'))), []);
    });

    it('says inappropriateMatching for a value that the key cannot have', async () => {
      const result = await view(byValue(0, 5, 'many'));
      assert.deepEqual([result.code, numbers(result), viewResult(result)], [76, [], [0, 99, 18]]);
    });
  });

  describe('with other controls and requests', () => {
    beforeEach(() => start());

    it('needs an order: sortControlMissing (K4)', async () => {
      for (const critical of [true, false]) {
        const result = await search([ber.control(viewOid, critical, byOffset(0, 4, 1, 0))]);
        assert.deepEqual([result.code, result.entries.length, viewResult(result)], [76, 0, [0, 0, 60]]);
      }
    });

    it('is no view when the order cannot be made', async () => {
      const lenient = await view(byOffset(0, 4, 1, 0), sorted('noSuch', { critical: false }));
      assert.deepEqual([lenient.code, lenient.entries.length, sortCode(lenient)], [76, 0, 16]);
      assert.deepEqual(viewResult(lenient), [0, 0, 53]);
      const strict = await view(byOffset(0, 4, 1, 0), sorted('noSuch'));
      assert.deepEqual([strict.code, strict.entries.length, sortCode(strict)], [12, 0, 16]);
    });

    it('has no pages: unwillingToPerform (K4)', async () => {
      const controls = [ber.control(viewOid, true, byOffset(0, 4, 1, 0)), sorted('uid'), ber.pagedControl(5)];
      const result = await search(controls);
      assert.deepEqual([result.code, result.entries.length], [53, 0]);
    });

    it('of an empty list is success with nothing in it (K4)', async () => {
      const nobody = { filter: ber.equality('uid', 'nobody') };
      for (const value of [byOffset(0, 4, 1, 0), byOffset(1, 1, 7, 0), byOffset(1, 1, 7, 7), byValue(3, 3, '5')]) {
        const result = await view(value, sorted('uidNumber'), nobody);
        assert.deepEqual([result.code, result.entries.length, viewResult(result)], [0, 0, [0, 0, 0]]);
      }
    });

    it('counts what matches, and looks at nothing else', async () => {
      const result = await view(byOffset(1, 1, 3, 0), sorted('uidNumber'), { filter: ber.equality('cn', 'even') });
      assert.deepEqual(
        [numbers(result), viewResult(result)],
        [
          [4, 6, 8],
          [3, 49, 0],
        ],
      );
    });

    it('is kept to the client’s size limit', async () => {
      const result = await view(byOffset(0, 9, 1, 0), sorted('uidNumber'), { sizeLimit: 4 });
      assert.deepEqual([result.code, numbers(result)], [4, [1, 2, 3, 4]]);
    });

    it('gives no contextID, and does not look at one that comes (K4)', async () => {
      const result = await view(byOffset(0, 0, 1, 0, ber.text('anything')));
      assert.deepEqual([numbers(result), viewResult(result)?.length], [[1], 3]);
    });

    it('dereferences the entries of the view', async () => {
      const deref = ber.control(
        derefOid,
        true,
        ber.sequence(ber.sequence(ber.text('manager'), ber.sequence(ber.text('ou')))),
      );
      const message = ber.searchRequest({ base: sampleUsers, scope: 1, attributes: ['1.1'] });
      await client.send(
        ber.message(++id, message, [ber.control(viewOid, true, byOffset(0, 1, 2, 0)), sorted('uid'), deref]),
      );
      const first = await client.next();
      assert.ok(first?.controls.get(derefOid)?.includes('users'));
      assert.deepEqual(viewResult(await client.result(id)), [2, 99, 0]);
    });

    it('of the root DSE and the subschema is a list of one', async () => {
      for (const base of ['', 'cn=Subschema']) {
        const result = await view(byOffset(1, 1, 1, 0), sorted('cn'), { base, scope: 0 });
        assert.deepEqual([result.code, result.entries.length, viewResult(result)], [0, 1, [1, 1, 0]]);
      }
      const beyond = await view(byOffset(1, 1, 2, 0), sorted('cn'), { base: '', scope: 0 });
      assert.deepEqual([beyond.code, beyond.entries.length, viewResult(beyond)], [76, 0, [0, 1, 61]]);
      const unsorted = await search([ber.control(viewOid, true, byOffset(1, 1, 1, 0))], { base: '', scope: 0 });
      assert.deepEqual([unsorted.code, viewResult(unsorted)], [76, [0, 0, 60]]);
    });

    it('is no matter of a search that fails for another reason', async () => {
      const result = await view(byOffset(0, 1, 1, 0), sorted('uid'), { base: `ou=none,${sampleBase}` });
      assert.deepEqual([result.code, viewResult(result)], [32, undefined]);
    });
  });

  describe('malformed', () => {
    beforeEach(() => start());

    for (const [what, value] of [
      ['no value', undefined],
      ['no BER', Buffer.from('0\u0005junk')],
      ['no target', ber.sequence(ber.integer(0), ber.integer(0))],
      ['a target of another kind', ber.sequence(ber.integer(0), ber.integer(0), ber.element(0x82, 'x'))],
      ['a negative number before', byOffset(-1, 0, 1, 0)],
      ['a negative number behind', byOffset(0, -1, 1, 0)],
      ['a negative offset', byOffset(0, 0, -1, 0)],
      ['a negative count', byOffset(0, 0, 1, -1)],
      ['a number that is too great', byOffset(0, 0, 2_147_483_648, 0)],
      ['half an offset', ber.sequence(ber.integer(0), ber.integer(0), ber.element(0xa0, ber.integer(1)))],
    ] as const) {
      it(`with ${what} is a protocolError, and the connection goes on (K4, P8)`, async () => {
        for (const critical of [true, false]) {
          const result = await search([ber.control(viewOid, critical, value), sorted('uid')]);
          assert.deepEqual([result.code, result.entries.length], [2, 0]);
        }
        assert.deepEqual(numbers(await view(byOffset(0, 0, 1, 0))), [1]);
      });
    }

    it('that comes twice is a protocolError (K8)', async () => {
      const control = ber.control(viewOid, true, byOffset(0, 0, 1, 0));
      assert.equal((await search([control, control, sorted('uid')])).code, 2);
    });

    it('does not matter to an operation that lists nothing: 12 when critical, ignored when not (K1)', async () => {
      const compare = ber.compareRequest(`uid=u01,${sampleUsers}`, 'uid', 'u01');
      const value = byOffset(0, 0, 1, 0);
      assert.equal((await client.ask(++id, compare, [ber.control(viewOid, true, value)])).code, 12);
      assert.equal((await client.ask(++id, compare, [ber.control(viewOid, false, value)])).code, 6);
    });
  });

  describe('of very many entries', () => {
    const many: readonly MemoryEntry[] = [
      ...sampleEntries.slice(0, 2),
      ...Array.from({ length: 5000 }, (_, index) => ((index * 1237) % 5000) + 1).map((number) => ({
        dn: `uid=u${number},${sampleUsers}`,
        attributes: [
          ['objectClass', ['top', 'person']],
          ['uidNumber', [String(number)]],
        ] as MemoryEntry['attributes'],
        links: [],
      })),
    ];

    it('is right wherever the target is, and however much lies before it', async () => {
      await start({}, many);
      for (const [before, offset] of [
        [0, 1],
        [3, 2500],
        [2600, 4000],
        [1024, 1025],
        [5000, 5000],
      ] as const) {
        const result = await view(byOffset(before, 3, offset, 0));
        const from = Math.max(1, offset - before);
        assert.deepEqual(numbers(result), upTo(from, Math.min(5000, offset + 3)));
        assert.deepEqual(viewResult(result), [offset, 5000, 0]);
      }
    });

    it('is made at the limit of a sort and refused with adminLimitExceeded one past it (P8)', async () => {
      await start({ directory: { sortEntriesMax: 5000 } }, many);
      assert.deepEqual(viewResult(await view(byOffset(0, 0, 1, 0))), [1, 5000, 0]);
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      await start({ directory: { sortEntriesMax: 4999 } }, many);
      const lenient = await view(byOffset(0, 0, 1, 0), sorted('uidNumber', { critical: false }));
      assert.deepEqual([lenient.code, lenient.entries.length, viewResult(lenient)], [76, 0, [0, 0, 11]]);
      assert.equal(sortCode(lenient), 11);
      assert.equal((await view(byOffset(0, 0, 1, 0))).code, 12);
    });

    it('is busy when other sorts keep too much, and gives back what it kept itself (P8)', async () => {
      await start({ directory: { sortEntriesTotalMax: 5000 } }, many);
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(viewResult(await view(byOffset(0, 0, 1, 0))), [1, 5000, 0]);
      }
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      await start({ directory: { sortEntriesTotalMax: 4999 } }, many);
      const result = await view(byOffset(0, 0, 1, 0), sorted('uidNumber', { critical: false }));
      assert.deepEqual([result.code, viewResult(result)], [76, [0, 0, 51]]);
    });

    it('can be abandoned, and lets go of its snapshot then (A1)', async () => {
      await start({}, many);
      await client.send(
        ber.message(500, ber.searchRequest({ base: sampleUsers }), [
          ber.control(viewOid, true, byOffset(0, 0, 1, 0)),
          sorted('uidNumber'),
        ]),
        ber.message(501, ber.abandonRequest(500)),
      );
      assert.deepEqual(numbers(await view(byOffset(0, 0, 7, 0))), [7]);
    });
  });
});
