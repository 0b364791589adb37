import assert from 'node:assert/strict';

import type { BoundIdentity } from '../../src/directory/identity.ts';
import type { LdapLimits } from '../../src/ldap/limits.ts';
import { abandonRequest, bindRequest, element, equality, extendedRequest, integer } from '../support/ldap-ber.ts';
import { message, searchRequest, sequence } from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import { admin } from '../support/ldap-test-server.ts';
import { modelId, type ModelTenant } from '../support/model-tenant.ts';
import { PublishedServer } from '../support/published-server.ts';
import {
  changesOf,
  lastCookie,
  readSync,
  type SyncEvent,
  type SyncFields,
  syncMessage,
} from '../support/sync-client.ts';
import { putPerson, syncTenant } from '../support/sync-tenant.ts';

const users = { base: 'ou=users,dc=example,dc=com', scope: 1, persist: true } as const;
const sales = 'cn=sales,ou=groups,dc=example,dc=com';
const isRefreshed = ({ kind }: SyncEvent): boolean => kind === 'refreshed';
const isCookie = ({ kind }: SyncEvent): boolean => kind === 'cookie';

describe('RFC 4533 §3.4 refresh and persist (K7)', () => {
  let tenant: ModelTenant;
  let server: PublishedServer;
  let client: RawClient;

  async function start(limits: Partial<LdapLimits> = {}): Promise<void> {
    await stop();
    tenant = syncTenant();
    server = await PublishedServer.start(tenant, limits, {
      changeRecordsMax: 12,
      rights: {
        services: {
          narrow: { operations: new Set(['sync']), groups: 'all' },
          reader: { operations: new Set(['search', 'compare']), users: 'all' },
          sales: { operations: new Set(['sync']), users: [{ name: 'Sales', dn: sales }] },
        },
      },
    });
    client = await server.connectBound();
  }

  async function stop(): Promise<void> {
    client?.[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
  }

  beforeEach(() => start());
  after(stop);

  /** Begins a persistent search and reads its refresh. */
  async function persist(id: number, fields: SyncFields = {}): Promise<readonly SyncEvent[]> {
    await client.send(syncMessage(id, { ...users, ...fields }));
    return await readSync(client, id, isRefreshed);
  }

  /** Binds as a service account of this name. */
  async function bindAs(name: string): Promise<void> {
    const identity = { kind: 'service', dn: `cn=${name},ou=services,dc=example,dc=com`, name } as const;
    server.authenticator.onBind = () => Promise.resolve({ kind: 'accepted', identity });
    await client.ask(91, bindRequest(identity.dn, 'secret'));
  }

  async function code(id: number): Promise<number> {
    const last = (await readSync(client, id)).at(-1);
    return last?.kind === 'result' ? last.code : assert.fail('no result');
  }

  it('sends the content, says that the refresh is done, and holds no directory while it waits', async () => {
    const events = await persist(2);
    assert.equal(changesOf(events).length, 6);
    const last = events.at(-1);
    assert.ok(last?.kind === 'refreshed');
    assert.deepEqual({ ...last, cookie: '' }, { kind: 'refreshed', deletes: false, done: true, cookie: '' });
    assert.deepEqual([...server.held], []);
  });

  it('brings a client up to date by what changed when it comes with a cookie', async () => {
    const cookie = lastCookie(await persist(2));
    await client.send(message(3, abandonRequest(2)));
    tenant.removeUser(modelId('user', 5), 'deleted');
    await server.publish();
    const events = await persist(4, { cookie });
    assert.deepEqual(changesOf(events), []);
    assert.deepEqual(events[0], { kind: 'ids', deletes: true, uuids: [modelId('user', 5)] });
    assert.ok(events[1]?.kind === 'refreshed' && events[1].deletes);
  });

  it('reports after each publish what was added, modified and deleted, and then a new cookie', async () => {
    const cookie = lastCookie(await persist(2));
    putPerson(tenant, 0, 'Changed');
    putPerson(tenant, 7);
    tenant.removeUser(modelId('user', 5), 'deleted');
    await server.publish();
    const events = await readSync(client, 2, isCookie);
    assert.deepEqual(events[0], { kind: 'ids', deletes: true, uuids: [modelId('user', 5)] });
    assert.deepEqual(changesOf(events), ['add uid=u7', 'modify uid=u0']);
    assert.ok(lastCookie(events) > cookie);
    putPerson(tenant, 7, 'Changed');
    await server.publish();
    assert.deepEqual(changesOf(await readSync(client, 2, isCookie)), ['modify uid=u7']);
    assert.deepEqual([...server.held], []);
  });

  it('sends a new cookie alone for a publish that does not concern the content', async () => {
    const cookie = lastCookie(await persist(2));
    tenant.putGroup(modelId('group', 7), { displayName: 'Elsewhere' });
    await server.publish();
    const events = await readSync(client, 2, isCookie);
    assert.equal(events.length, 1);
    assert.ok(lastCookie(events) > cookie);
  });

  it('reports entries that enter and leave what the filter finds', async () => {
    await persist(2, { filter: equality('cn', 'Wanted') });
    putPerson(tenant, 3, 'Wanted');
    await server.publish();
    assert.deepEqual(changesOf(await readSync(client, 2, isCookie)), ['modify uid=u3']);
    putPerson(tenant, 3, 'Unwanted');
    await server.publish();
    const [left] = await readSync(client, 2, isCookie);
    assert.deepEqual(left, { kind: 'ids', deletes: true, uuids: [modelId('user', 3)] });
  });

  it('misses nothing that is published while the refresh is under way', async () => {
    await start({ outputBytesMax: 1024 });
    for (let number = 20; number < 400; number++) putPerson(tenant, number, 'x'.repeat(1000));
    await server.publish();
    client.stopReading();
    await client.send(syncMessage(2, users));
    for (let publish = 0; publish < 3; publish++) {
      putPerson(tenant, 30 + publish, `Late ${publish}`);
      await server.publish();
    }
    client.readAgain();
    const names = new Map<string, string>();
    const isComplete = (event: SyncEvent): boolean => {
      if ('dn' in event) names.set(event.dn.split(',')[0] ?? '', event.attributes.get('cn')?.[0] ?? '');
      return isCookie(event) && names.get('uid=u32') === 'Late 2';
    };
    await readSync(client, 2, isComplete);
    assert.deepEqual([names.get('uid=u30'), names.get('uid=u31'), names.size], ['Late 0', 'Late 1', 386]);
  });

  it('answers other operations of the connection meanwhile', async () => {
    await persist(2);
    const found = await client.ask(
      3,
      searchRequest({ base: 'ou=users,dc=example,dc=com', filter: equality('uid', 'u1') }),
    );
    assert.equal(found.entries.length, 1);
    putPerson(tenant, 0, 'Changed');
    await server.publish();
    assert.deepEqual(changesOf(await readSync(client, 2, isCookie)), ['modify uid=u0']);
  });

  it('is not cut by the idle time of the connection nor by the time limit of searches', async () => {
    await persist(2);
    await server.clock.advance(3_600_000 * 3);
    putPerson(tenant, 0, 'Changed');
    await server.publish();
    assert.deepEqual(changesOf(await readSync(client, 2, isCookie)), ['modify uid=u0']);
  });

  it('ends with timeLimitExceeded at the time limit of the client', async () => {
    await persist(2, { timeLimit: 60 });
    await server.clock.advance(61_000);
    assert.equal(await code(2), 3);
  });

  it('counts the size limit of the client for each publish, and not for ever', async () => {
    await persist(2, { sizeLimit: 6 });
    for (const name of ['Once', 'Twice']) {
      for (const number of [0, 1, 2, 3]) putPerson(tenant, number, name);
      await server.publish();
      assert.equal(changesOf(await readSync(client, 2, isCookie)).length, 4);
    }
    for (const number of [10, 11, 12, 13, 14, 15, 16]) putPerson(tenant, number);
    await server.publish();
    assert.equal(await code(2), 4);
  });

  it('ends without a word when it is abandoned (RFC 4511 §4.11)', async () => {
    await persist(2);
    await client.send(message(3, abandonRequest(2)));
    putPerson(tenant, 0, 'Changed');
    await client.ask(4, searchRequest({ scope: 0 }));
    await server.publish();
    const { code: result } = await client.ask(5, searchRequest({ scope: 0 }));
    assert.equal(result, 0);
  });

  it('ends with canceled when it is canceled (RFC 3909)', async () => {
    await persist(2);
    const value = sequence(integer(2)).toString('latin1');
    await client.send(message(3, extendedRequest('1.3.6.1.1.8', value)));
    assert.equal(await code(2), 118);
    assert.equal((await client.result(3)).code, 0);
  });

  it('is given up by a bind, which would wait for its end for ever (RFC 4511 §4.2.1)', async () => {
    await persist(2);
    const { code: bound } = await client.ask(3, bindRequest(admin.dn, admin.password));
    assert.equal(bound, 0);
    putPerson(tenant, 0, 'Changed');
    await server.publish();
    assert.equal((await client.ask(4, searchRequest({ scope: 0 }))).code, 0);
  });

  it('ends with unavailable when the server stops, without using up its grace', async () => {
    await persist(2);
    const stopped = server.stop(60_000);
    assert.equal(await code(2), 52);
    assert.equal(await client.notice(), 52);
    await stopped;
  });

  it('ends with e-syncRefreshRequired when one publish changes more than the log holds', async () => {
    await persist(2);
    for (let number = 20; number < 33; number++) putPerson(tenant, number);
    await server.publish();
    assert.equal(await code(2), 4096);
  });

  it('ends with the result of a search when its base is gone', async () => {
    const base = 'cn=Sales,ou=groups,dc=example,dc=com';
    await persist(2, { base, scope: 0 });
    tenant.removeGroup(modelId('group', 2), 'deleted');
    await server.publish();
    assert.equal(await code(2), 32);
  });

  it('ends when the identity may not read any more: its own entry is gone (P7)', async () => {
    const dn = 'uid=u4,ou=users,dc=example,dc=com';
    const found = (await client.ask(90, searchRequest({ base: dn, scope: 0 }))).entries.length;
    assert.equal(found, 1);
    const identity: BoundIdentity = { kind: 'user', dn, entryId: server.entryId(dn), objectId: modelId('user', 4) };
    server.authenticator.onBind = () => Promise.resolve({ kind: 'accepted', identity });
    await client.ask(91, bindRequest(dn, 'secret'));
    const own = await persist(92);
    assert.deepEqual(changesOf(own), ['add uid=u4']);
    tenant.removeUser(modelId('user', 4), 'deleted');
    await server.publish();
    assert.equal(await code(92), 50);
  });

  it('shows a narrowed account what it may read, and follows what comes into and leaves its view', async () => {
    await bindAs('narrow');
    const events = await persist(92, {
      base: 'dc=example,dc=com',
      scope: 2,
      filter: equality('objectClass', 'posixGroup'),
    });
    assert.deepEqual(changesOf(events), ['add cn=Sales', 'add cn=Staff', 'add cn=domain-users']);
    putPerson(tenant, 0, 'Not To Be Seen');
    tenant.putGroup(modelId('group', 9), { displayName: 'Fresh' });
    await server.publish();
    assert.deepEqual(changesOf(await readSync(client, 92, isCookie)), ['add cn=Fresh']);
  });

  it('names no entry that the identity could not read, changed or gone (no oracle)', async () => {
    await bindAs('sales');
    assert.deepEqual(changesOf(await persist(92)), ['add uid=u3']);
    putPerson(tenant, 0, 'Not To Be Seen');
    tenant.removeUser(modelId('user', 1), 'deleted');
    putPerson(tenant, 3, 'Seen');
    await server.publish();
    const events = await readSync(client, 92, isCookie);
    assert.deepEqual(changesOf(events), ['modify uid=u3']);
    assert.ok(events.every(({ kind }) => kind !== 'ids'));
    tenant.setMember(modelId('group', 2), modelId('user', 3), false);
    tenant.setMember(modelId('group', 2), modelId('user', 4), true);
    putPerson(tenant, 5, 'Not To Be Seen');
    await server.publish();
    const next = await readSync(client, 92, isCookie);
    assert.deepEqual(next[0], { kind: 'ids', deletes: true, uuids: [modelId('user', 3)] });
    assert.deepEqual(changesOf(next), ['modify uid=u4']);
  });

  it('of a narrowed account holds the directory that the client has, and never an older one', async () => {
    await bindAs('sales');
    await persist(92);
    assert.deepEqual([...server.held], [[server.publication, 1]]);
    putPerson(tenant, 3, 'Seen');
    await server.publish();
    await readSync(client, 92, isCookie);
    await client.ask(93, searchRequest({ base: '', scope: 0 }));
    assert.deepEqual([...server.held], [[server.publication, 1]]);
    await client.send(message(94, abandonRequest(92)));
    await client.ask(95, searchRequest({ base: '', scope: 0 }));
    assert.deepEqual([...server.held], []);
  });

  it('is refused to an account that may search, and not synchronize (P7)', async () => {
    await bindAs('reader');
    assert.equal((await client.ask(92, searchRequest({ ...users }))).entries.length, 6);
    await client.send(syncMessage(93, users));
    assert.equal(await code(93), 50);
  });

  it('allows as many as the limits say and not one more (P8)', async () => {
    await start({ persistentSearchesPerConnectionMax: 2, persistentSearchesMax: 3 });
    await persist(2);
    await persist(3);
    await client.send(syncMessage(4, users));
    assert.equal(await code(4), 11);
    using second = await server.connectBound();
    await second.send(syncMessage(2, users));
    await readSync(second, 2, isRefreshed);
    using third = await server.connectBound();
    await third.send(syncMessage(2, users));
    const refused = (await readSync(third, 2)).at(-1);
    assert.ok(refused?.kind === 'result' && refused.code === 51);
    await client.send(message(5, abandonRequest(2)));
    await client.ask(6, searchRequest({ scope: 0 }));
    await third.send(syncMessage(3, users));
    assert.equal((await readSync(third, 3, isRefreshed)).at(-1)?.kind, 'refreshed');
    second[Symbol.dispose]();
  });

  it('is cut off with its connection when it does not read what it is sent (P8)', async () => {
    await start({ outputBytesMax: 1024, outputStallMs: 10_000 });
    await persist(2);
    client.stopReading();
    for (let number = 20; number < 32; number++) putPerson(tenant, number, 'x'.repeat(200));
    for (let publish = 0; publish < 200 && server.connections > 0; publish++) {
      for (let number = 20; number < 30; number++) putPerson(tenant, number, `${publish}`.repeat(20_000));
      await server.publish();
      await server.clock.advance(2_000);
    }
    assert.equal(server.connections, 0);
    assert.deepEqual([...server.held], []);
  });

  it('ends with the connection, and nothing of it is left', async () => {
    await persist(2);
    await client.send(message(3, element(0x42)));
    assert.equal(await client.notice(), undefined);
    putPerson(tenant, 0, 'Changed');
    await server.publish();
    assert.deepEqual([...server.held], []);
    assert.equal(server.listeners, 0);
  });
});
