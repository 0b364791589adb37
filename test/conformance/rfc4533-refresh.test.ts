import assert from 'node:assert/strict';

import type { Rights } from '../../src/directory/rights.ts';
import { control, equality, pagedControl, searchRequest, sequence } from '../support/ldap-ber.ts';
import { modelId, type ModelTenant } from '../support/model-tenant.ts';
import { PublishedServer } from '../support/published-server.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import {
  changesOf,
  lastCookie,
  readSync,
  refresh,
  type SyncEvent,
  syncMessage,
  userOf,
} from '../support/sync-client.ts';
import { putPerson, syncTenant } from '../support/sync-tenant.ts';

const syncOid = '1.3.6.1.4.1.4203.1.9.1.1';
const users = { base: 'ou=users,dc=example,dc=com', scope: 1 } as const;
const refreshRequired = 4096;

function resultOf(events: readonly SyncEvent[]): Extract<SyncEvent, { kind: 'result' }> {
  const last = events.at(-1);
  assert.ok(last?.kind === 'result');
  return last;
}

function idsOf(events: readonly SyncEvent[], deletes: boolean): readonly string[] {
  return events.flatMap((event) => (event.kind === 'ids' && event.deletes === deletes ? event.uuids : [])).toSorted();
}

describe('RFC 4533 §3.3 refresh (K7)', () => {
  let tenant: ModelTenant;
  let server: PublishedServer;
  let client: RawClient;

  beforeEach(async () => {
    tenant = syncTenant();
    server = await PublishedServer.start(tenant, {}, { changeRecordsMax: 12 });
    client = await server.connectBound();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  async function reconnect(): Promise<void> {
    client[Symbol.dispose]();
    client = await server.connectBound();
  }

  /** Publishes so many changes that the log forgets what was before. */
  async function outrunLog(): Promise<void> {
    for (let change = 0; change < 13; change++) {
      putPerson(tenant, 5, `Changed ${change}`);
      await server.publish();
    }
  }

  describe('§3.3.1 initial content', () => {
    it('sends every entry with its UUID as added, and a cookie at the end', async () => {
      const events = await refresh(client, 2, users);
      assert.deepEqual(changesOf(events), [
        'add uid=u0',
        'add uid=u1',
        'add uid=u2',
        'add uid=u3',
        'add uid=u4',
        'add uid=u5',
      ]);
      const first = userOf(events, 'u0');
      assert.equal(first?.uuid, modelId('user', 0));
      assert.deepEqual(first.attributes.get('uid'), ['u0']);
      assert.deepEqual(
        { ...resultOf(events), cookie: undefined },
        { kind: 'result', code: 0, cookie: undefined, deletes: false },
      );
      assert.match(lastCookie(events), /^rid=000,csn=\d{14}\.\d{6}Z#ffffff#000#[\da-f]{6}$/);
      assert.deepEqual([...server.held], [], 'nothing is held when it is over');
    });

    it('takes a cookie that only says who the client is for none, and repeats it in its own', async () => {
      const events = await refresh(client, 2, { ...users, cookie: 'rid=042' });
      assert.equal(changesOf(events).length, 6);
      assert.match(lastCookie(events), /^rid=042,csn=/);
    });

    it('takes an empty cookie for none', async () => {
      assert.equal(changesOf(await refresh(client, 2, { ...users, cookie: '' })).length, 6);
    });

    it('sends the attributes that are asked for, and for + none that a replica has of its own', async () => {
      const [base] = await refresh(client, 2, { scope: 0, attributes: ['*', '+'] });
      assert.ok(base?.kind === 'add');
      for (const name of ['entryUUID', 'entryCSN', 'createTimestamp', 'structuralObjectClass', 'o']) {
        assert.ok(base.attributes.has(name), name);
      }
      for (const name of ['entryDN', 'hasSubordinates', 'numSubordinates', 'subschemaSubentry', 'contextCSN']) {
        assert.equal(base.attributes.has(name), false, name);
      }
      const [alone] = await refresh(client, 3, { scope: 0, attributes: ['entryDN'] });
      assert.ok(alone?.kind === 'add');
      assert.deepEqual([...alone.attributes.keys()], ['entryDN']);
    });

    it('answers a search for nothing with a cookie too', async () => {
      const events = await refresh(client, 2, { ...users, filter: equality('uid', 'nobody') });
      assert.deepEqual(changesOf(events), []);
      assert.match(lastCookie(events), /csn=/);
    });
  });

  describe('§3.3.2 update', () => {
    it('sends nothing when nothing has changed', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      const events = await refresh(client, 3, { ...users, cookie });
      assert.deepEqual(events, [{ kind: 'result', code: 0, cookie, deletes: true }]);
    });

    it('sends what changed and the UUIDs of what is gone, and says that all else is as it was', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      putPerson(tenant, 1, 'Somebody Else');
      putPerson(tenant, 9);
      tenant.removeUser(modelId('user', 4), 'deleted');
      await server.publish();
      const events = await refresh(client, 3, { ...users, cookie });
      assert.deepEqual(idsOf(events, true), [modelId('user', 4)]);
      assert.deepEqual(changesOf(events), ['add uid=u1', 'add uid=u9']);
      assert.equal(resultOf(events).deletes, true);
      assert.notEqual(lastCookie(events), cookie);
      assert.deepEqual(changesOf(await refresh(client, 4, { ...users, cookie: lastCookie(events) })), []);
    });

    it('tells several publications at once, whatever happened between them', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      putPerson(tenant, 8);
      await server.publish();
      tenant.removeUser(modelId('user', 8), 'deleted');
      putPerson(tenant, 0, 'Once');
      await server.publish();
      putPerson(tenant, 0, 'Twice');
      await server.publish();
      const events = await refresh(client, 3, { ...users, cookie });
      assert.deepEqual(idsOf(events, true), [modelId('user', 8)]);
      assert.deepEqual(changesOf(events), ['add uid=u0']);
    });

    it('takes an entry that the filter does not find any more for one that is gone', async () => {
      const search = { ...users, filter: equality('cn', 'Person 2') };
      const cookie = lastCookie(await refresh(client, 2, search));
      putPerson(tenant, 2, 'Renamed');
      await server.publish();
      const events = await refresh(client, 3, { ...search, cookie });
      assert.deepEqual(idsOf(events, true), [modelId('user', 2)]);
      putPerson(tenant, 2);
      await server.publish();
      assert.deepEqual(changesOf(await refresh(client, 4, { ...search, cookie: lastCookie(events) })), ['add uid=u2']);
    });

    it('sends users whose memberOf changes when a group is renamed, gains or loses them, and no others', async () => {
      const search = { ...users, attributes: ['memberOf', 'entryCSN', 'modifyTimestamp'] };
      const before = await refresh(client, 2, search);
      await server.clock.advance(5000);
      tenant.setMember(modelId('group', 1), modelId('user', 4), true);
      tenant.setMember(modelId('group', 1), modelId('user', 0), false);
      tenant.putGroup(modelId('group', 2), { displayName: 'Marketing' });
      await server.publish();
      const events = await refresh(client, 3, { ...search, cookie: lastCookie(before) });
      assert.deepEqual(changesOf(events), ['add uid=u0', 'add uid=u3', 'add uid=u4']);
      const [was, left, renamed] = [userOf(before, 'u0'), userOf(events, 'u0'), userOf(events, 'u3')];
      assert.equal(left?.attributes.has('memberOf'), false);
      assert.deepEqual(renamed?.attributes.get('memberOf'), ['cn=Marketing,ou=groups,dc=example,dc=com']);
      assert.notDeepEqual(left?.attributes.get('entryCSN'), was?.attributes.get('entryCSN'));
      assert.deepEqual(left?.attributes.get('modifyTimestamp'), was?.attributes.get('modifyTimestamp'));
    });

    it('leaves out what changed outside the scope', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      tenant.putGroup(modelId('group', 3), { displayName: 'Elsewhere' });
      tenant.removeGroup(modelId('group', 2), 'deleted');
      await server.publish();
      const events = await refresh(client, 3, { ...users, cookie });
      assert.deepEqual(changesOf(events), ['add uid=u3'], 'who was in the group');
      assert.deepEqual(idsOf(events, true), []);
    });

    it('goes on from the cookie after a restart (P3)', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      await server.restart();
      await reconnect();
      assert.deepEqual(changesOf(await refresh(client, 3, { ...users, cookie })), []);
      putPerson(tenant, 3, 'Changed');
      await server.publish();
      await server.restart();
      await reconnect();
      assert.deepEqual(changesOf(await refresh(client, 4, { ...users, cookie })), ['add uid=u3']);
    });

    it('sends the UUIDs of all that has not changed when the log does not reach back to the cookie', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      tenant.removeUser(modelId('user', 4), 'deleted');
      await outrunLog();
      const events = await refresh(client, 3, { ...users, cookie });
      assert.deepEqual(changesOf(events), ['add uid=u5']);
      assert.deepEqual(
        idsOf(events, false),
        [0, 1, 2, 3].map((number) => modelId('user', number)),
      );
      assert.deepEqual(idsOf(events, true), []);
      assert.deepEqual({ ...resultOf(events), cookie: '' }, { kind: 'result', code: 0, cookie: '', deletes: false });
    });

    it('does the same after a publish that changes more than the log holds', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      for (let number = 20; number < 33; number++) putPerson(tenant, number);
      await server.publish();
      const events = await refresh(client, 3, { ...users, cookie });
      assert.equal(changesOf(events).length, 13);
      assert.equal(idsOf(events, false).length, 6);
      assert.equal(resultOf(events).deletes, false);
    });
  });

  describe('§2.2 a cookie that cannot be used', () => {
    const foreign: readonly (readonly [string, (own: string) => string])[] = [
      ['is no cookie of ours at all', () => '\u0000\u00ff'],
      ['has a change number that is none', () => 'rid=001,csn=yesterday'],
      ['has an impossible time', () => 'rid=001,csn=20261341000000.000000Z#ffffff#000#000000'],
      ['is of several servers', (own) => `${own};20200101000000.000000Z#000000#001#000000`],
      [
        'is of another store or search',
        (own) => own.replace(/.{6}$/, (tag) => (tag === '000000' ? '000001' : '000000')),
      ],
      ['is longer than any of ours', (own) => own.padEnd(2000, 'x')],
    ];
    for (const [why, cookie] of foreign) {
      it(`is answered with e-syncRefreshRequired when it ${why}`, async () => {
        const own = lastCookie(await refresh(client, 2, users));
        const events = await refresh(client, 3, { ...users, cookie: cookie(own) });
        assert.deepEqual(changesOf(events), []);
        assert.equal(resultOf(events).code, refreshRequired);
        assert.deepEqual([...server.held], []);
      });

      it(`leads to everything anew when it ${why} and the client hints at a reload`, async () => {
        const own = lastCookie(await refresh(client, 2, users));
        const events = await refresh(client, 3, { ...users, cookie: cookie(own), reloadHint: true });
        assert.equal(changesOf(events).length, 6);
        assert.deepEqual(
          { ...resultOf(events), cookie: own },
          { kind: 'result', code: 0, cookie: own, deletes: false },
        );
      });
    }

    it('is answered with e-syncRefreshRequired when it is of the future, whatever the hint', async () => {
      const own = lastCookie(await refresh(client, 2, users));
      const cookie = own.replace(/csn=\d{4}/, 'csn=2999');
      for (const reloadHint of [false, true]) {
        const events = await refresh(client, reloadHint ? 3 : 4, { ...users, cookie, reloadHint });
        assert.equal(resultOf(events).code, refreshRequired);
      }
    });

    it('is not good for another filter, base, or list of attributes', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      const others = [
        { filter: equality('uid', 'u1') },
        { base: 'dc=example,dc=com' },
        { attributes: ['cn'] },
        { scope: 2 },
      ];
      for (const [index, other] of others.entries()) {
        const events = await refresh(client, 10 + index, { ...users, ...other, cookie });
        assert.equal(resultOf(events).code, refreshRequired, JSON.stringify(other));
      }
      const limits = await refresh(client, 20, { ...users, sizeLimit: 500_000, timeLimit: 10, cookie });
      assert.equal(resultOf(limits).code, 0, 'limits do not make another search');
    });

    it('is not good for another store', async () => {
      const cookie = lastCookie(await refresh(client, 2, users));
      await using other = await PublishedServer.start(syncTenant());
      using otherClient = await other.connectBound();
      const events = await refresh(otherClient, 2, { ...users, cookie });
      assert.equal(resultOf(events).code, refreshRequired);
    });
  });

  describe('what an account sees that does not read everything (P7)', () => {
    const sales = { name: 'Sales', dn: 'cn=sales,ou=groups,dc=example,dc=com' };
    const staff = { name: 'Staff', dn: 'cn=staff,ou=groups,dc=example,dc=com' };

    /** Serves with these rights of everybody who binds, and connects anew. */
    async function grant(rights: Partial<Rights>): Promise<void> {
      await server.restart({ others: rights });
      await reconnect();
    }

    it('is no entry that it could not read: what is gone is told by what is there', async () => {
      await grant({ users: [sales, staff] });
      const cookie = lastCookie(await refresh(client, 2, users));
      assert.deepEqual(changesOf(await refresh(client, 3, { ...users, cookie })), []);
      putPerson(tenant, 4, 'Not To Be Seen');
      putPerson(tenant, 0, 'Seen');
      tenant.removeUser(modelId('user', 5), 'deleted');
      tenant.removeUser(modelId('user', 1), 'deleted');
      await server.publish();
      const events = await refresh(client, 4, { ...users, cookie });
      assert.deepEqual(changesOf(events), ['add uid=u0']);
      assert.deepEqual(idsOf(events, true), []);
      assert.deepEqual(idsOf(events, false), [modelId('user', 2), modelId('user', 3)]);
      assert.equal(resultOf(events).deletes, false);
    });

    it('begins anew when other rights were granted, for then entries come and go that have not changed', async () => {
      await grant({ users: [sales] });
      const cookie = lastCookie(await refresh(client, 2, users));
      await grant({ users: [staff] });
      assert.equal(resultOf(await refresh(client, 2, { ...users, cookie })).code, refreshRequired);
      const anew = await refresh(client, 3, { ...users, cookie, reloadHint: true });
      assert.deepEqual(changesOf(anew), ['add uid=u0', 'add uid=u1', 'add uid=u2']);
      await grant({ users: [staff], hiddenAttributes: ['mail'] });
      const hidden = await refresh(client, 2, { ...users, cookie: lastCookie(anew) });
      assert.equal(resultOf(hidden).code, refreshRequired);
    });

    it('begins anew when the name of a group in its rights has become that of another group', async () => {
      await grant({ users: [sales] });
      const cookie = lastCookie(await refresh(client, 2, users));
      tenant.putGroup(modelId('group', 2), { displayName: 'Former' });
      await server.publish();
      assert.equal(resultOf(await refresh(client, 3, { ...users, cookie })).code, refreshRequired);
    });
  });

  describe('what else is asked', () => {
    it('refuses other controls that change what a search returns', async () => {
      await client.send(syncMessage(2, users, [pagedControl(2)]));
      assert.equal(resultOf(await readSync(client, 2)).code, 53);
    });

    it('refuses a filter that follows chains of groups, whose content can change unnoticed', async () => {
      const dn = 'cn=Staff,ou=groups,dc=example,dc=com';
      const filter = extensible('1.2.840.113556.1.4.1941', 'memberOf', dn);
      assert.equal(resultOf(await refresh(client, 2, { ...users, filter })).code, 53);
    });

    it('refuses the root DSE and the subschema, which are no content', async () => {
      assert.equal(resultOf(await refresh(client, 2, { base: '', scope: 0 })).code, 53);
      assert.equal(resultOf(await refresh(client, 3, { base: 'cn=Subschema', scope: 0 })).code, 53);
    });

    it('answers as every search when the base is not there', async () => {
      assert.equal(resultOf(await refresh(client, 2, { base: 'ou=none,dc=example,dc=com' })).code, 32);
    });

    it('tells anonymous nothing (P7)', async () => {
      client[Symbol.dispose]();
      client = await server.connect();
      assert.equal(resultOf(await refresh(client, 2, users)).code, 50);
    });

    it('ends at the size limit of the client', async () => {
      const events = await refresh(client, 2, { ...users, sizeLimit: 4 });
      assert.equal(changesOf(events).length, 4);
      assert.equal(resultOf(events).code, 4);
    });

    const malformed: readonly (readonly [string, Buffer | undefined])[] = [
      ['no value', undefined],
      ['an empty value', Buffer.alloc(0)],
      ['no mode', sequence()],
      ['a mode that there is not', sequence(Buffer.of(0x0a, 1, 2))],
      ['a cookie that is a number', sequence(Buffer.of(0x0a, 1, 1), Buffer.of(0x02, 1, 5))],
    ];
    for (const [what, value] of malformed) {
      it(`is a protocolError when the control has ${what}`, async () => {
        const result = await client.ask(2, searchRequest(users), [control(syncOid, false, value)]);
        assert.equal(result.code, 2);
      });
    }

    it('is announced by the root DSE, and the base entry shows which directory is published', async () => {
      const before = await client.ask(2, searchRequest({ scope: 0, attributes: ['contextCSN', 'entryCSN'] }));
      const cookie = lastCookie(await refresh(client, 3, users));
      const [csn] = before.entries[0]?.attributes.get('contextCSN') ?? [];
      assert.equal(csn?.slice(0, -6), cookie.slice('rid=000,csn='.length, -6));
      putPerson(tenant, 0, 'Changed');
      await server.publish();
      const after = await client.ask(4, searchRequest({ scope: 0, attributes: ['contextCSN', 'entryCSN'] }));
      assert.ok((after.entries[0]?.attributes.get('contextCSN')?.[0] ?? '') > (csn ?? 'x'));
      assert.deepEqual(
        after.entries[0]?.attributes.get('entryCSN'),
        before.entries[0]?.attributes.get('entryCSN'),
        'the entry itself has not changed',
      );
      const changed = await client.ask(5, searchRequest({ ...users, attributes: ['entryCSN'] }));
      const numbers = changed.entries.flatMap(({ attributes }) => attributes.get('entryCSN') ?? []);
      assert.ok(numbers.every((number) => number < (after.entries[0]?.attributes.get('contextCSN')?.[0] ?? '')));
      assert.equal(numbers.filter((number) => number > (csn ?? '')).length, 1);
    });
  });
});

function extensible(rule: string, attribute: string, value: string): Buffer {
  const part = (tag: number, content: string): Buffer =>
    Buffer.concat([Buffer.of(tag, Buffer.byteLength(content)), Buffer.from(content)]);
  const content = Buffer.concat([part(0x81, rule), part(0x82, attribute), part(0x83, value)]);
  return Buffer.concat([Buffer.of(0xa9, content.length), content]);
}
