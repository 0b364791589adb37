import assert from 'node:assert/strict';

import * as ber from '../support/ldap-ber.ts';
import { pagedCookie, type RawClient, type RawResult } from '../support/ldap-raw-client.ts';
import { ModelTenant, modelId } from '../support/model-tenant.ts';
import { PublishedServer } from '../support/published-server.ts';

const users = 'ou=users,dc=example,dc=com';
const sortOid = '1.2.840.113556.1.4.473';

function putUser(tenant: ModelTenant, number: number, name = `u${String(number).padStart(2, '0')}`): void {
  const properties = { userPrincipalName: `${name}@example.com`, surname: name, accountEnabled: true };
  tenant.putUser(modelId('user', number), properties);
}

function tenantOf(count: number): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  for (let number = 0; number < count; number++) putUser(tenant, number);
  return tenant;
}

function uidsOf(result: RawResult): readonly string[] {
  return result.entries.map(({ dn }) => /^uid=([^,]*)/.exec(dn)?.[1] ?? dn);
}

describe('RFC 2696: pages and publications', () => {
  let tenant: ModelTenant;
  let server: PublishedServer;
  let client: RawClient;
  let id = 10;
  /** Everybody in the first publication, in the order of an unsorted search. */
  let everybody: readonly string[];

  beforeEach(() => {
    tenant = tenantOf(20);
  });

  async function start(limits = {}): Promise<void> {
    server = await PublishedServer.start(tenant, limits);
    client = await server.connectBound();
    everybody = (await page(100)).uids;
    assert.equal(everybody.length, 20);
  }

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    assert.deepEqual([...server.held], [], 'nothing is held when the server has stopped');
  });

  /** One page and its cookie; undefined behind the last. */
  async function page(
    size: number,
    cookie: Buffer | string = '',
    { fields = {}, sort }: { fields?: ber.SearchFields; sort?: string } = {},
  ): Promise<{ result: RawResult; uids: readonly string[]; cookie: Buffer | undefined }> {
    const search = ber.searchRequest({ base: users, scope: 1, attributes: ['sn'], ...fields });
    const order = sort === undefined ? [] : [ber.control(sortOid, true, ber.sequence(ber.sequence(ber.text(sort))))];
    const result = await client.ask(++id, search, [ber.pagedControl(size, cookie), ...order]);
    const next = pagedCookie(result);
    return { result, uids: uidsOf(result), cookie: next?.length === 0 ? undefined : next };
  }

  async function rest(size: number, from: Buffer | undefined, sort?: string): Promise<readonly string[]> {
    const uids: string[] = [];
    for (let cookie = from; cookie !== undefined; ) {
      const next = await page(size, cookie, sort === undefined ? {} : { sort });
      assert.equal(next.result.code, 0);
      uids.push(...next.uids);
      cookie = next.cookie;
    }
    return uids;
  }

  /** Removes, renames and adds somebody before and behind where the walk is. */
  async function change(first = 2): Promise<void> {
    for (const number of [first, first + 10]) {
      tenant.removeUser(modelId('user', number), 'deleted');
      putUser(tenant, number + 1, `renamed${number + 1}`);
    }
    putUser(tenant, first + 30, 'a-newcomer');
    await server.publish();
  }

  for (const sort of [undefined, 'sn']) {
    const kind = sort === undefined ? 'unsorted' : 'sorted';

    it(`are all of the publication that the first page was of, ${kind} (K2, P2)`, async () => {
      await start();
      const first = await page(6, '', sort === undefined ? {} : { sort });
      const firstPublication = server.publication;
      await change();
      assert.notEqual(server.publication, firstPublication);
      const second = await page(6, first.cookie, sort === undefined ? {} : { sort });
      await change(5);
      const all = [...first.uids, ...second.uids, ...(await rest(6, second.cookie, sort))];
      assert.deepEqual(all, sort === undefined ? everybody : everybody.toSorted());
      assert.deepEqual([...server.held], [], 'the last page lets go');
      const fresh = await page(100);
      assert.ok(!fresh.uids.includes('u12') && fresh.uids.includes('renamed13') && fresh.uids.includes('a-newcomer'));
    });
  }

  it('show the values of their publication too', async () => {
    await start();
    const first = await page(1);
    await change();
    const { entries } = (await page(100, first.cookie)).result;
    assert.deepEqual(
      [...first.result.entries, ...entries].map(({ attributes }) => attributes.get('sn')?.[0]),
      everybody,
    );
  });

  it('of several walks are each of the publication of their own beginning (K2)', async () => {
    await start();
    const before = await page(15);
    await change();
    const after = await page(15);
    assert.equal(server.held.size, 2);
    const newest = new Set([...after.uids, ...(await rest(3, after.cookie))]);
    assert.deepEqual([...before.uids, ...(await rest(2, before.cookie))], everybody);
    assert.ok(newest.has('a-newcomer') && !newest.has('u12'));
    assert.deepEqual([...server.held], []);
  });

  it('stay what they are when the connection was closed and another goes on', async () => {
    await start();
    const first = await page(15);
    await change();
    client[Symbol.dispose]();
    client = await server.connectBound();
    assert.deepEqual([...first.uids, ...(await rest(15, first.cookie))], everybody);
  });

  it('can be asked for twice with one cookie', async () => {
    await start();
    const first = await page(8);
    await change();
    const again = [await page(8, first.cookie), await page(8, first.cookie)];
    assert.deepEqual(again[0]?.uids, everybody.slice(8, 16));
    assert.deepEqual(again[1]?.uids, everybody.slice(8, 16));
    assert.deepEqual(await rest(8, again[0]?.cookie), everybody.slice(16));
  });

  it('hold nothing any more when the walk is given up (RFC 2696 §3)', async () => {
    await start();
    const { cookie } = await page(5);
    await change();
    assert.equal(server.held.size, 1);
    assert.equal((await page(0, cookie)).result.code, 0);
    assert.deepEqual([...server.held], []);
  });

  it('hold nothing any more when the client’s size limit ends the walk', async () => {
    await start();
    const first = await page(5, '', { fields: { sizeLimit: 8 } });
    assert.equal(server.held.size, 1);
    const second = await page(5, first.cookie, { fields: { sizeLimit: 8 } });
    assert.deepEqual([second.result.code, second.uids.length], [4, 3]);
    assert.deepEqual([...server.held], []);
  });

  it('hold nothing when one page is enough, or the search is refused', async () => {
    await start();
    await page(20);
    await page(5, '', { fields: { base: 'ou=none,dc=example,dc=com' } });
    assert.deepEqual([...server.held], []);
  });

  it('hold nothing when nobody asks for the next one for the time allowed (P8)', async () => {
    await start({ pagedIdleMs: 10_000 });
    const first = await page(5);
    await server.clock.advance(8_000);
    const second = await page(5, first.cookie);
    await server.clock.advance(8_000);
    assert.equal(server.held.size, 1);
    await server.clock.advance(3_000);
    assert.deepEqual([...server.held], []);
    assert.deepEqual(await rest(5, second.cookie), everybody.slice(10));
  });

  it('whose publication is given up go on in the newest: nobody who is in both is missed, nobody comes twice (P1, P8)', async () => {
    await start({ pagedPublicationsMax: 1 });
    const first = await page(10);
    await change();
    await page(1);
    const later = await rest(3, first.cookie);
    const renamed = (uid: string): string => (/^u0?(3|13)$/.test(uid) ? uid.replace(/^u0?/, 'renamed') : uid);
    const there = everybody.slice(10).filter((uid) => uid !== 'u02' && uid !== 'u12');
    assert.deepEqual(later, [...there.map(renamed), 'a-newcomer']);
  });

  it('that went over to a later publication stay with that', async () => {
    await start({ pagedPublicationsMax: 1 });
    const first = await page(5);
    await change();
    await page(1);
    const second = await page(5, first.cookie);
    const third = await page(3, second.cookie);
    for (let number = 0; number < 20; number++) putUser(tenant, number, `once-more-${number}`);
    await server.publish();
    const last = await rest(3, third.cookie);
    assert.ok(last.includes('a-newcomer'));
    assert.ok(!last.some((uid) => uid.startsWith('once-more')));
  });

  it('in an order are refused when their publication is given up, for somebody may have moved past the walk (P1)', async () => {
    await start({ pagedPublicationsMax: 1 });
    const first = await page(10, '', { sort: 'sn' });
    await change();
    await page(1);
    const { result } = await page(10, first.cookie, { sort: 'sn' });
    assert.deepEqual([result.code, result.entries.length], [53, 0]);
  });

  it('are kept of as many publications as allowed (P8)', async () => {
    await start({ pagedPublicationsMax: 3 });
    const cookies: (Buffer | undefined)[] = [];
    for (let round = 0; round < 3; round++) {
      cookies.push((await page(19, '', { sort: 'sn' })).cookie);
      putUser(tenant, 40 + round);
      await server.publish();
    }
    assert.equal(server.held.size, 3);
    for (const cookie of cookies) assert.equal((await page(1, cookie, { sort: 'sn' })).result.code, 0);
  });
});
