import assert from 'node:assert/strict';

import { DirectoryServer, type DirectoryServerLimits } from '../support/directory-server.ts';
import * as ber from '../support/ldap-ber.ts';
import { pagedCookie, type RawClient, type RawResult } from '../support/ldap-raw-client.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleUsers } from '../support/sample-directory.ts';

const requestOid = '1.2.840.113556.1.4.473';
const responseOid = '1.2.840.113556.1.4.474';

function sortKey(attribute: string, rule?: string, reverse?: boolean | number): Buffer {
  return ber.sequence(
    ber.text(attribute),
    rule === undefined ? '' : ber.element(0x80, rule),
    reverse === undefined ? '' : ber.element(0x81, Buffer.of(reverse === true ? 0xff : Number(reverse))),
  );
}

function sortControl(keys: readonly Buffer[], critical = true): Buffer {
  return ber.control(requestOid, critical, ber.sequence(...keys));
}

/** Code and attribute of the sort response control. */
function sortResult(result: RawResult): readonly [number, string?] | undefined {
  const value = result.controls.get(responseOid);
  if (value === undefined) return undefined;
  const [outer] = ber.elements(value);
  const [code, attribute] = ber.elements(outer?.body ?? Buffer.alloc(0));
  const number = ber.integerValue(code?.body ?? Buffer.alloc(0));
  return attribute === undefined ? [number] : [number, attribute.body.toString()];
}

const people: ber.SearchFields = { base: sampleUsers, scope: 1, attributes: ['1.1'] };

function names(result: RawResult): readonly string[] {
  return result.entries.map(({ dn }) => /^\w+=([^,]*)/.exec(dn)?.[1] ?? '');
}

describe('RFC 2891: server-side sorting', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  async function start(entries: readonly MemoryEntry[], limits?: DirectoryServerLimits): Promise<void> {
    server = await DirectoryServer.start(entries, limits);
    client = await server.connectBound();
  }

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  const ask = (keys: readonly Buffer[], critical = true, fields: ber.SearchFields = people): Promise<RawResult> =>
    client.ask(++id, ber.searchRequest(fields), [sortControl(keys, critical)]);

  describe('the order', () => {
    beforeEach(() => start(sampleEntries));

    it('is that of the attribute’s rule, caseIgnore or integer, and the response control says success (K3)', async () => {
      const byName = await ask([sortKey('sn')]);
      assert.deepEqual(names(byName), ['alice', 'bob', 'carol', 'dave', 'zoe']);
      assert.deepEqual([byName.code, sortResult(byName)], [0, [0]]);
      assert.deepEqual(names(await ask([sortKey('uidNumber')])), ['alice', 'bob', 'zoe', 'carol', 'dave']);
    });

    it('is turned round by reverseOrder, whatever octet stands for TRUE (K3)', async () => {
      const reversed = ['dave', 'carol', 'zoe', 'bob', 'alice'];
      assert.deepEqual(names(await ask([sortKey('uidNumber', undefined, true)])), reversed);
      assert.deepEqual(names(await ask([sortKey('uidNumber', undefined, 0x01)])), reversed);
      assert.deepEqual(names(await ask([sortKey('uidNumber', undefined, 0x00)])), [...reversed].reverse());
    });

    it('can be asked for by the name or the OID of a rule (K3)', async () => {
      for (const rule of ['2.5.13.3', 'caseIgnoreOrderingMatch', '2.5.13.6', '2.5.13.2']) {
        assert.deepEqual(names(await ask([sortKey('uid', rule, true)])), ['zoe', 'dave', 'carol', 'bob', 'alice']);
      }
    });

    it('goes by further keys where the first are equal (K3)', async () => {
      const keys = [sortKey('accountEnabled', undefined, true), sortKey('uid', undefined, true)];
      assert.deepEqual(names(await ask(keys)), ['zoe', 'carol', 'bob', 'alice', 'dave']);
    });

    it('has entries without the attribute last, and first in reverse (RFC 2891 §2.2, K3)', async () => {
      assert.deepEqual(names(await ask([sortKey('manager'), sortKey('uid')]))[0], 'alice');
      assert.equal(names(await ask([sortKey('manager', undefined, true), sortKey('uid')])).at(-1), 'alice');
      const nobody = await ask([sortKey('cn;lang-de'), sortKey('uid', undefined, true)]);
      assert.deepEqual(names(nobody), ['zoe', 'dave', 'carol', 'bob', 'alice']);
    });

    it('is kept to under a size limit: the first entries of the whole order (K3)', async () => {
      const result = await ask([sortKey('uidNumber', undefined, true)], true, { ...people, sizeLimit: 2 });
      assert.deepEqual([result.code, names(result), sortResult(result)], [4, ['dave', 'carol'], [0]]);
    });

    it('of nothing, and of one entry outside the tree, is success', async () => {
      const none = await ask([sortKey('uid')], true, { ...people, filter: ber.equality('uid', 'nobody') });
      assert.deepEqual([none.code, none.entries.length, sortResult(none)], [0, 0, [0]]);
      const rootDse = await ask([sortKey('cn')], true, { base: '', scope: 0 });
      assert.deepEqual([rootDse.code, rootDse.entries.length, sortResult(rootDse)], [0, 1, [0]]);
    });

    it('is no matter of a search that fails for another reason (RFC 2891 §2)', async () => {
      const result = await ask([sortKey('uid')], true, { base: `ou=none,${sampleBase}` });
      assert.deepEqual([result.code, sortResult(result)], [32, undefined]);
    });
  });

  it('goes by the least of several values, in reverse too (RFC 2891 §2.2)', async () => {
    const person = (uid: string, cn: readonly string[]): MemoryEntry => ({
      dn: `uid=${uid},${sampleUsers}`,
      attributes: [
        ['objectClass', ['top', 'person']],
        ['cn', cn],
      ],
      links: [],
    });
    const both = [person('few', ['c']), person('more', ['z', 'B', 'x'])];
    await start([...sampleEntries.slice(0, 2), ...both]);
    assert.deepEqual(names(await ask([sortKey('cn')])), ['more', 'few']);
    assert.deepEqual(names(await ask([sortKey('cn', undefined, true)])), ['few', 'more']);
  });

  describe('a key that cannot be sorted by', () => {
    beforeEach(() => start(sampleEntries));

    const netLdapKey = ber.sequence(ber.text('uid'), ber.text(''), ber.boolean(0x01));
    for (const [what, keys, code, attribute] of [
      ['an unknown attribute', [sortKey('uid'), sortKey('noSuch')], 16, 'noSuch'],
      ['an unknown rule', [sortKey('uid', '1.2.3.4')], 18, 'uid'],
      ['a rule for substrings', [sortKey('uid', '2.5.13.4')], 18, 'uid'],
      ['a rule for another syntax', [sortKey('uid', 'integerOrderingMatch')], 18, 'uid'],
      ['an attribute without any rule', [sortKey('jpegPhoto')], 18, 'jpegPhoto'],
      ['the members of a group', [sortKey('member')], 53, 'member'],
      ['the untagged rule of net-ldap', [netLdapKey], 16, 'uid'],
      ['one key too many (P8)', Array.from({ length: 9 }, () => sortKey('uid')), 11, undefined],
    ] as const) {
      const expected = attribute === undefined ? [code] : [code, attribute];
      it(`${what}: ${code} in the control; unsorted entries, or none and 12 when critical (K3)`, async () => {
        const lenient = await ask(keys, false);
        assert.deepEqual([lenient.code, lenient.entries.length, sortResult(lenient)], [0, 5, expected]);
        const strict = await ask(keys, true);
        assert.deepEqual([strict.code, strict.entries.length, sortResult(strict)], [12, 0, expected]);
      });
    }

    it('is not met with as many keys as are allowed (P8)', async () => {
      const result = await ask(Array.from({ length: 8 }, () => sortKey('uid')));
      assert.deepEqual([result.code, sortResult(result)], [0, [0]]);
    });

    for (const [what, value] of [
      ['no value', undefined],
      ['no key', ber.sequence()],
      ['no BER', Buffer.from('0\u0005junk')],
      ['a key that is no sequence', ber.sequence(ber.text('uid'))],
      ['a key without attribute', ber.sequence(ber.sequence())],
      ['an attribute that is not UTF-8', ber.sequence(ber.sequence(ber.text(Buffer.of(0xff))))],
    ] as const) {
      it(`in a control with ${what} is a protocolError, and the connection goes on (K3, P8)`, async () => {
        for (const critical of [true, false]) {
          const control = ber.control(requestOid, critical, value);
          assert.equal((await client.ask(++id, ber.searchRequest(people), [control])).code, 2);
        }
        assert.equal((await ask([sortKey('uid')])).code, 0);
      });
    }

    it('that comes in two controls is a protocolError (K8)', async () => {
      const controls = [sortControl([sortKey('uid')]), sortControl([sortKey('cn')])];
      assert.equal((await client.ask(++id, ber.searchRequest(people), controls)).code, 2);
    });

    it('does not matter to an operation that sorts nothing: 12 when critical, ignored when not', async () => {
      const compare = ber.compareRequest(`uid=alice,${sampleUsers}`, 'uid', 'alice');
      assert.equal((await client.ask(++id, compare, [sortControl([sortKey('uid')], true)])).code, 12);
      assert.equal((await client.ask(++id, compare, [sortControl([sortKey('uid')], false)])).code, 6);
    });
  });

  describe('together with paging', () => {
    const crowd: readonly MemoryEntry[] = [
      ...sampleEntries.slice(0, 2),
      ...Array.from({ length: 50 }, (_, index) => ({
        dn: `uid=u${index},${sampleUsers}`,
        attributes: [
          ['objectClass', ['top', 'person']],
          ['uid', [`u${index}`]],
          ...(index % 10 === 0 ? [] : ([['sn', [`Name ${(index * 7) % 25}`]]] as const)),
        ] as MemoryEntry['attributes'],
        links: [],
      })),
    ];

    async function walk(size: number, keys: readonly Buffer[], critical = true): Promise<RawResult[]> {
      const pages: RawResult[] = [];
      for (let cookie: Buffer = Buffer.alloc(0); pages.length === 0 || cookie.length > 0; ) {
        const controls = [sortControl(keys, critical), ber.pagedControl(size, cookie)];
        const page: RawResult = await client.ask(++id, ber.searchRequest(people), controls);
        pages.push(page);
        cookie = pagedCookie(page) ?? Buffer.alloc(0);
      }
      return pages;
    }

    it('gives the pages of the one order, each entry once, and the response control with each (K2, K3)', async () => {
      await start(crowd);
      for (const keys of [[sortKey('sn')], [sortKey('sn', undefined, true), sortKey('uid')]]) {
        const whole = names(await ask(keys));
        for (const size of [1, 7, 25, 49, 50, 51]) {
          const pages = await walk(size, keys);
          assert.deepEqual(pages.flatMap(names), whole);
          assert.equal(pages.length, Math.ceil(50 / size));
          for (const page of pages) assert.deepEqual([page.code, sortResult(page)], [0, [0]]);
        }
      }
    });

    it('takes no cookie of another order, or of none (K2)', async () => {
      await start(crowd);
      const page = (controls: readonly Buffer[]): Promise<RawResult> =>
        client.ask(++id, ber.searchRequest(people), controls);
      const sorted = pagedCookie(await page([sortControl([sortKey('sn')]), ber.pagedControl(5)])) ?? '';
      const plain = pagedCookie(await page([ber.pagedControl(5)])) ?? '';
      assert.equal((await page([sortControl([sortKey('uid')]), ber.pagedControl(5, sorted)])).code, 53);
      assert.equal((await page([ber.pagedControl(5, sorted)])).code, 53);
      assert.equal((await page([sortControl([sortKey('sn')]), ber.pagedControl(5, plain)])).code, 53);
    });

    it('gives every entry once, unsorted, when there are too many to sort (P8)', async () => {
      await start(crowd, { directory: { sortEntriesMax: 49 } });
      const pages = await walk(7, [sortKey('sn')], false);
      assert.equal(new Set(pages.flatMap(names)).size, 50);
      assert.equal(pages.flatMap(names).length, 50);
      for (const page of pages) assert.deepEqual([page.code, sortResult(page)], [0, [11]]);
    });
  });

  describe('of very many entries', () => {
    const many: readonly MemoryEntry[] = [
      ...sampleEntries.slice(0, 2),
      ...Array.from({ length: 3000 }, (_, index) => ({
        dn: `uid=u${String(index).padStart(4, '0')},${sampleUsers}`,
        attributes: [
          ['objectClass', ['top', 'person']],
          ['uidNumber', [String((index * 1237) % 3001)]],
        ] as MemoryEntry['attributes'],
        links: [],
      })),
    ];
    const numbers = (result: RawResult): readonly number[] =>
      result.entries.map(({ attributes }) => Number(attributes.get('uidNumber')?.[0]));
    const wanted = { ...people, attributes: ['uidNumber'] };

    it('is right beyond what one turn sorts', async () => {
      await start(many);
      const result = await ask([sortKey('uidNumber')], true, wanted);
      assert.equal(result.entries.length, 3000);
      assert.deepEqual(
        numbers(result),
        [...numbers(result)].sort((a, b) => a - b),
      );
    });

    it('is done at the limit; one more is 11 in the control, with 12 or unsorted entries (P8)', async () => {
      await start(many, { directory: { sortEntriesMax: 3000 } });
      assert.equal((await ask([sortKey('uidNumber')], true, wanted)).code, 0);
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      await start(many, { directory: { sortEntriesMax: 2999 } });
      const strict = await ask([sortKey('uidNumber')], true, wanted);
      assert.deepEqual([strict.code, strict.entries.length, sortResult(strict)], [12, 0, [11]]);
      const lenient = await ask([sortKey('uidNumber')], false, wanted);
      assert.deepEqual([lenient.code, new Set(numbers(lenient)).size, sortResult(lenient)], [0, 3000, [11]]);
    });

    it('is busy in the control when other sorts keep too much, and free again when they have ended (P8)', async () => {
      await start(many, { directory: { sortEntriesTotalMax: 3100 }, wire: { outputBytesMax: 1024 } });
      for (let round = 0; round < 2; round++) {
        const both = [++id, ++id];
        for (const each of both) {
          await client.send(ber.message(each, ber.searchRequest(wanted), [sortControl([sortKey('uidNumber')], false)]));
        }
        const codes: unknown[] = [];
        let entries = 0;
        while (codes.length < 2) {
          const message = await client.next();
          assert.ok(message);
          if (message.tag === 0x64) entries++;
          else codes.push(sortResult({ ...empty, controls: message.controls })?.[0]);
        }
        assert.equal(entries, 6000);
        assert.ok(codes.includes(51));
        assert.deepEqual(sortResult(await ask([sortKey('uidNumber')], true, wanted)), [0]);
      }
    });
  });
});

const empty: RawResult = { code: 0, matchedDn: '', text: '', extras: new Map(), controls: new Map(), entries: [] };
