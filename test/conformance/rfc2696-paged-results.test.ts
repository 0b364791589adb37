import assert from 'node:assert/strict';

import * as ber from '../support/ldap-ber.ts';
import { pagedCookie, type RawClient, type RawResult } from '../support/ldap-raw-client.ts';
import { people, TestDirectory } from '../support/ldap-test-directory.ts';
import { TestServer } from '../support/ldap-test-server.ts';

describe('RFC 2696: paged results', () => {
  let server: TestServer;
  let client: RawClient;
  let id = 10;

  beforeEach(async () => {
    server = await TestServer.start({ directory: new TestDirectory(people(25)), limits: { sizeLimit: 20 } });
    client = await server.connectBound();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  function page(
    size: number,
    cookie: Buffer | string = '',
    fields: ber.SearchFields = {},
    critical = true,
  ): Promise<RawResult> {
    return client.ask(++id, ber.searchRequest(fields), [ber.pagedControl(size, cookie, critical)]);
  }

  async function walk(
    size: number,
    fields: ber.SearchFields = {},
  ): Promise<{ codes: number[]; sizes: number[]; dns: string[] }> {
    const walked = { codes: [] as number[], sizes: [] as number[], dns: [] as string[] };
    for (let cookie: Buffer | undefined = Buffer.alloc(0); cookie !== undefined; ) {
      const result: RawResult = await page(size, cookie, fields);
      walked.codes.push(result.code);
      walked.sizes.push(result.entries.length);
      walked.dns.push(...result.entries.map(({ dn }) => dn));
      const next = pagedCookie(result);
      assert.ok(next, 'every page carries the control');
      cookie = next.length > 0 ? next : undefined;
    }
    return walked;
  }

  const all = people(25).map(({ dn }) => dn);

  for (const [size, sizes] of [
    [10, [10, 10, 5]],
    [5, [5, 5, 5, 5, 5]],
    [1, Array.from({ length: 25 }, () => 1)],
  ] as const) {
    it(`walks 25 entries in pages of ${size} beyond the server’s size limit, each entry once (K2, PAIN-14)`, async () => {
      const walked = await walk(size);
      assert.deepEqual(walked.sizes, sizes);
      assert.deepEqual(walked.dns, all);
      assert.ok(walked.codes.every((code) => code === 0));
    });
  }

  it('makes no page greater than the server’s size limit (P8)', async () => {
    assert.deepEqual((await walk(2147483647)).sizes, [20, 5]);
  });

  it('gives no cookie when one page is exactly enough (K2)', async () => {
    server.directory.entries = people(10);
    const result = await page(10);
    assert.equal(result.entries.length, 10);
    assert.equal(pagedCookie(result)?.length, 0);
  });

  it('works whether critical or not (K2)', async () => {
    const result = await page(10, '', {}, false);
    assert.equal(result.entries.length, 10);
    assert.ok((pagedCookie(result)?.length ?? 0) > 0);
  });

  it('gives the search up at size 0 with a cookie (RFC 2696 §3)', async () => {
    const cookie = pagedCookie(await page(10)) ?? '';
    const result = await page(0, cookie);
    assert.deepEqual([result.code, result.entries.length, pagedCookie(result)?.length], [0, 0, 0]);
  });

  it('never answers a falsely empty success to size 0 without a cookie (P1)', async () => {
    assert.equal((await page(0)).entries.length, 20);
  });

  it('counts the client’s size limit over all pages', async () => {
    const walked = await walk(10, { sizeLimit: 15 });
    assert.deepEqual(walked.sizes, [10, 5]);
    assert.deepEqual(walked.codes, [0, 4]);
  });

  it('answers sizeLimitExceeded on a page as great as the size limit, when there is more', async () => {
    const walked = await walk(10, { sizeLimit: 10 });
    assert.deepEqual([walked.sizes, walked.codes], [[10], [4]]);
  });

  it('answers success when size limit and entries are equal', async () => {
    assert.deepEqual((await walk(10, { sizeLimit: 25 })).codes, [0, 0, 0]);
  });

  it('lets page size and limits change between pages', async () => {
    const cookie = pagedCookie(await page(10)) ?? '';
    // Both take more octets than on the first page, so that the length of the whole is another one too.
    const result = await page(7, cookie, { timeLimit: 500, sizeLimit: 24_000 });
    assert.deepEqual(
      result.entries.map(({ dn }) => dn),
      all.slice(10, 17),
    );
  });

  const others: [string, ber.SearchFields][] = [
    ['filter', { filter: ber.equality('uid', 'u20') }],
    ['base', { base: 'dc=com' }],
    ['scope', { scope: 3 }],
    ['attribute list', { attributes: ['cn'] }],
    ['typesOnly', { typesOnly: true }],
  ];
  for (const [name, fields] of others) {
    it(`refuses a cookie with another ${name} (K2)`, async () => {
      const cookie = pagedCookie(await page(10)) ?? '';
      const result = await page(10, cookie, fields);
      assert.deepEqual([result.code, result.entries.length], [53, 0]);
    });
  }

  it('refuses made-up cookies of any length, and one with any bit changed (K2, P7)', async () => {
    const cookie = pagedCookie(await page(10)) ?? Buffer.alloc(0);
    for (const length of [1, cookie.length - 1, cookie.length, cookie.length + 1, 100_000]) {
      assert.equal((await page(10, Buffer.alloc(length, 1))).code, 53);
    }
    for (let bit = 0; bit < cookie.length * 8; bit += 5) {
      const forged = Buffer.from(cookie);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal((await page(10, forged)).code, 53);
    }
  });

  it('refuses the cookie of another identity and takes that of another connection of the same', async () => {
    const cookie = pagedCookie(await page(10)) ?? '';
    using stranger = await server.connect();
    assert.equal((await stranger.ask(2, ber.searchRequest(), [ber.pagedControl(10, cookie)])).code, 53);
    using same = await server.connectBound();
    assert.equal((await same.ask(2, ber.searchRequest(), [ber.pagedControl(10, cookie)])).entries.length, 10);
  });

  it('refuses the cookies of another process', async () => {
    const cookie = pagedCookie(await page(10)) ?? '';
    await using restarted = await TestServer.start({ directory: server.directory });
    using other = await restarted.connectBound();
    assert.equal((await other.ask(2, ber.searchRequest(), [ber.pagedControl(10, cookie)])).code, 53);
  });

  const values: [string, Buffer | undefined][] = [
    ['no value', undefined],
    ['a value that is no BER', Buffer.from('junk')],
    ['a value cut short', Buffer.from([0x30, 9, 2, 1, 1])],
    ['a negative size', ber.sequence(ber.integer(-1), ber.text(''))],
    ['no cookie field', ber.sequence(ber.integer(5))],
  ];
  for (const [name, value] of values) {
    it(`answers protocolError to a control with ${name}, and goes on (K2)`, async () => {
      const result = await client.ask(2, ber.searchRequest(), [ber.control('1.2.840.113556.1.4.319', true, value)]);
      assert.equal(result.code, 2);
      assert.equal((await page(5)).entries.length, 5);
    });
  }

  it('keeps two paged searches on one connection apart (K2)', async () => {
    const some = { filter: ber.present('uid') };
    const first = pagedCookie(await page(10)) ?? '';
    const second = pagedCookie(await page(3, '', some)) ?? '';
    assert.deepEqual(
      (await page(3, second, some)).entries.map(({ dn }) => dn),
      all.slice(3, 6),
    );
    assert.deepEqual(
      (await page(10, first)).entries.map(({ dn }) => dn),
      all.slice(10, 20),
    );
  });

  it('goes on behind the last entry when the directory was published anew between the pages (K2)', async () => {
    const cookie = pagedCookie(await page(10)) ?? '';
    server.directory.entries = people(12);
    assert.deepEqual(
      (await page(10, cookie)).entries.map(({ dn }) => dn),
      all.slice(10, 12),
    );
  });
});
