import assert from 'node:assert/strict';
import { modelId, type ModelTenant } from '../support/model-tenant.ts';
import { pagedControl, searchRequest } from '../support/ldap-ber.ts';
import { PublishedServer } from '../support/published-server.ts';
import { pagedCookie, type RawClient } from '../support/ldap-raw-client.ts';
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

const everybody = { base: 'dc=example,dc=com', scope: 2 } as const;
const users = { base: 'ou=users,dc=example,dc=com', scope: 1 } as const;

/** What a consumer holds: attributes by UUID, without what says when they were changed. */
type Replica = Map<string, readonly (readonly [string, readonly string[]])[]>;

const stamps = new Set(['entryCSN', 'modifyTimestamp', 'contextCSN']);

/** Applies a refresh that tells changes and deletions, as RFC 4533 §3.3.2 wants a consumer to. */
function apply(replica: Replica, events: readonly SyncEvent[]): void {
  for (const event of events) {
    if (event.kind === 'ids' && event.deletes) for (const uuid of event.uuids) replica.delete(uuid);
    if (!('dn' in event)) continue;
    if (event.kind === 'delete') replica.delete(event.uuid);
    else {
      const attributes = [...event.attributes].filter(([name]) => !stamps.has(name));
      replica.set(event.uuid, [['dn', [event.dn]], ...attributes]);
    }
  }
}

function sorted(replica: Replica): Replica {
  return new Map([...replica].toSorted(([a], [b]) => a.localeCompare(b)));
}

describe('RFC 4533 §3.3.2 a consumer of a directory that goes back to what it was', () => {
  let tenant: ModelTenant;
  let server: PublishedServer;
  let client: RawClient;

  beforeEach(async () => {
    tenant = syncTenant();
    server = await PublishedServer.start(tenant);
    client = await server.connectBound();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** One is new, one has another name, a group has other members and another name. */
  async function spoil(): Promise<void> {
    putPerson(tenant, 8, 'New');
    putPerson(tenant, 4, 'Other Name');
    tenant.setMember(modelId('group', 1), modelId('user', 0), false);
    tenant.putGroup(modelId('group', 2), { displayName: 'Sold' });
    await server.clock.advance(1000);
    await server.publish();
  }

  async function rollBack(): Promise<void> {
    await server.clock.advance(1000);
    await server.rollBack();
  }

  it('has what was there before once it has taken over the changes, wherever it stood', async () => {
    const fields = { ...everybody, attributes: ['*', '+'] };
    const old: Replica = new Map();
    const initial = await refresh(client, 2, fields);
    apply(old, initial);
    const before = new Map(old);
    await spoil();
    const followed: Replica = new Map(old);
    const spoiled = await refresh(client, 3, { ...fields, cookie: lastCookie(initial) });
    apply(followed, spoiled);
    assert.notDeepEqual(followed, before);
    await rollBack();
    const back = await refresh(client, 4, { ...fields, cookie: lastCookie(spoiled) });
    assert.ok(changesOf(back).length < before.size, 'only what differs is sent');
    apply(followed, back);
    assert.deepEqual(sorted(followed), sorted(before), 'who has seen what was taken back');
    apply(old, await refresh(client, 5, { ...fields, cookie: lastCookie(initial) }));
    assert.deepEqual(sorted(old), sorted(before), 'who has not');
  });

  it('is told at once when it stays connected (§3.4)', async () => {
    await client.send(syncMessage(2, { ...users, persist: true }));
    await readSync(client, 2, (event) => event.kind === 'refreshed');
    await spoil();
    await readSync(client, 2, (event) => event.kind === 'cookie');
    await rollBack();
    const events = await readSync(client, 2, (event) => event.kind === 'cookie');
    assert.equal(userOf(events, 'u4')?.kind, 'modify');
    assert.deepEqual(userOf(events, 'u4')?.attributes.get('displayName'), ['Person 4']);
    const gone = events.flatMap((event) => {
      if (event.kind === 'ids' && event.deletes) return event.uuids;
      return event.kind === 'delete' ? [event.uuid] : [];
    });
    assert.deepEqual(gone, [modelId('user', 8)]);
    assert.equal(userOf(events, 'u1'), undefined);
  });

  it('does not mix publications in a paged walk that goes on meanwhile (RFC 2696)', async () => {
    await spoil();
    const seen: string[] = [];
    let cookie: Buffer | string | undefined = '';
    for (let page = 0; cookie !== undefined; page++) {
      const answer = await client.ask(3 + page, searchRequest(users), [pagedControl(3, cookie)]);
      assert.equal(answer.code, 0);
      seen.push(...answer.entries.map(({ dn }) => dn));
      const next = pagedCookie(answer);
      cookie = next === undefined || next.length === 0 ? undefined : next;
      if (page === 0) await rollBack();
    }
    const uids = seen.map((dn) => dn.split(',')[0] ?? '').toSorted();
    assert.deepEqual(
      uids,
      ['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u8'].map((uid) => `uid=${uid}`),
    );
  });
});
