import assert from 'node:assert/strict';

import type { Graph } from '../../../src/graph/graph.ts';
import type { Collection, DirectoryChange } from '../../../src/identity/change.ts';
import { type ObjectId, parseObjectId } from '../../../src/identity/ids.ts';
import { parseTenant } from '../../../src/simulator/tenant-file.ts';
import { graphOn } from '../../support/graph-on-simulator.ts';
import { SimulatorClient } from '../../support/simulator-client.ts';
import { sourceError } from './graph-fixture.ts';

const signal = new AbortController().signal;

/** `people` users, one group of all of them, and 90 groups of one each. */
function tenantText(people: number): string {
  const name = (index: number): string => `user${index}@contoso.com`;
  return JSON.stringify({
    tenant: { id: '11111111-2222-4333-8444-555555555555', domains: ['contoso.com'] },
    users: Array.from({ length: people }, (_, index) => ({ userPrincipalName: name(index) })),
    groups: [
      { displayName: 'All', members: Array.from({ length: people }, (_, index) => name(index)) },
      ...Array.from({ length: 90 }, (_, index) => ({ displayName: `Group ${index}`, members: [name(index), 'All'] })),
      { displayName: 'Nobody' },
    ],
  });
}

interface Page {
  readonly changes: readonly DirectoryChange[];
  readonly link: string;
  readonly read: number | undefined;
}

describe('reading a tenant by lists', function () {
  this.timeout(60_000);
  let client: SimulatorClient;
  let graph: Graph;

  beforeEach(async () => {
    client = await SimulatorClient.start({
      tenant: parseTenant(tenantText(1100), 'lists'),
      deltaRefusal: 'badRequest',
    });
    graph = graphOn(client, {
      properties: { users: ['displayName', 'mail', 'userPrincipalName'], groups: ['displayName'] },
      reading: 'list',
    });
  });
  afterEach(async () => {
    await graph.close();
    await client.close();
  });

  async function read(collection: Collection, from?: string): Promise<readonly Page[]> {
    const pages: Page[] = [];
    for await (const page of graph.feed.delta(collection, from, signal, { retries: 0, throttledMs: 0 })) {
      pages.push({ changes: page.changes, link: page.link.url, read: page.read });
    }
    return pages;
  }

  function userId(name: string): ObjectId {
    for (const { id, properties } of client.control.snapshot().users) {
      if (properties['userPrincipalName'] === name) return id;
    }
    throw new Error(`there is no ${name}`);
  }

  /** The ids of the members that pages tell of, by group. */
  function membersIn(pages: readonly Page[]): ReadonlyMap<string, ReadonlySet<string>> {
    const members = new Map<string, Set<string>>();
    for (const change of pages.flatMap(({ changes }) => changes)) {
      if (change.kind !== 'group') continue;
      const known = members.get(change.id) ?? new Set();
      for (const { id, removed } of change.members) {
        assert.equal(removed, false);
        known.add(id);
      }
      members.set(change.id, known);
    }
    return members;
  }

  it('lists all users in pages of 999 with the selected properties and no others', async () => {
    const pages = await read('users');
    const changes = pages.flatMap((page) => page.changes);
    assert.deepEqual(
      pages.map((page) => page.read),
      [0, 999, 101],
    );
    assert.equal(new Set(changes.map(({ id }) => id)).size, 1100);
    const [first] = changes;
    assert.ok(first?.kind === 'user');
    assert.deepEqual(Object.keys(first.properties).toSorted(), ['displayName', 'mail', 'userPrincipalName']);
    assert.equal(first.properties['mail'], null, 'what is not set clears what was');
    assert.equal(graph.feed.listsEverything, true);
  });

  it('lists every group with its direct members and their types, twenty lists in a request', async () => {
    const members = membersIn(await read('groups'));
    const sizes = [...members.values()].map(({ size }) => size).toSorted((a, b) => a - b);
    assert.deepEqual([members.size, sizes[0], sizes[1], sizes.at(-1)], [92, 0, 2, 1100]);
    const types = (await read('groups'))
      .flatMap(({ changes }) => changes)
      .flatMap((change) => (change.kind === 'group' ? change.members : []));
    assert.equal(types.filter(({ type }) => type === 'group').length, 90);
    const { requests, inBatches } = client.control.statistics();
    // 92 lists of which one has two pages, twice: 80 in four batches, then 13 in one.
    assert.deepEqual([requests['batch'], requests['members'] ?? 0, inBatches['members']], [10, 0, 186]);
  });

  it('goes on from every page of a round with what is left, and with nothing twice (P3)', async () => {
    for (const collection of ['users', 'groups'] as const) {
      const pages = await read(collection);
      assert.ok(pages.length >= 3);
      for (const [index, { link }] of pages.slice(0, -1).entries()) {
        assert.deepEqual(await read(collection, link), pages.slice(index + 1), `${collection} from page ${index + 1}`);
      }
    }
  });

  it('begins anew when it does not understand the place, and when a list has lost its own', async () => {
    for (const place of ['', '[]', '{"deleted":null,"objects":null,"groups":["x"],"open":[]}', 'https://graph/x']) {
      await assert.rejects(read('users', place), sourceError('resyncRequired'), place);
    }
    const far = JSON.stringify({ deleted: null, objects: 'https://other.example/v1.0/users', groups: [], open: [] });
    await assert.rejects(read('users', far), sourceError('protocol'));
  });

  it('tells who is in the recycle bin apart from who is gone, where it may look', async () => {
    client.control.removeUser('user3@contoso.com');
    const id = (await read('users'))[0]?.changes.map((change) => [change.kind, 'reason' in change && change.reason]);
    assert.deepEqual(id, [['removed', 'changed']]);
    for (const kind of ['forbidden'] as const) client.control.injectFault({ kind, match: { kind: 'deletedItems' } });
    const pages = await read('users');
    assert.deepEqual(pages[0]?.changes, []);
    assert.equal(pages.flatMap(({ changes }) => changes).length, 1099);
  });

  it('lists who was restored while it was listing as there', async () => {
    const restored = userId('user3@contoso.com');
    client.control.removeUser(restored);
    const [deleted] = await read('users');
    assert.deepEqual(
      deleted?.changes.map(({ id, kind }) => [id, kind]),
      [[restored, 'removed']],
    );
    client.control.restoreUser(restored);
    const later = (await read('users', deleted?.link)).flatMap(({ changes }) => changes);
    assert.equal(later.find(({ id }) => id === restored)?.kind, 'user');
  });

  it('fails when the members of one group cannot be had, instead of telling of fewer (P2)', async () => {
    for (const fault of [
      { kind: 'forbidden', count: 1 },
      { kind: 'serverError', count: 5000 },
    ] as const) {
      client.control.injectFault({ ...fault, match: { kind: 'members' }, after: 42 });
      await assert.rejects(read('groups'), sourceError(fault.kind === 'forbidden' ? 'forbidden' : 'unavailable'));
      client.control.clearFaults();
    }
  });

  it('waits and asks again for the lists that were throttled, each for itself', async () => {
    client.control.injectFault({ kind: 'throttled', match: { kind: 'members' }, after: 10, count: 25 });
    client.control.injectFault({ kind: 'throttled', match: { kind: 'batch' } });
    const members = membersIn(await read('groups'));
    assert.equal(
      [...members.values()].reduce((sum, { size }) => sum + size, 0),
      1100 + 2 * 90,
    );
  });

  it('takes a group that is gone meanwhile for removed, when another request does not find it either', async () => {
    const feed = graph.feed.delta('groups', undefined, signal, { retries: 0, throttledMs: 0 });
    const changes: DirectoryChange[] = [];
    for await (const page of feed) {
      changes.push(...page.changes);
      // Its list is in the second of two steps, and that is not asked for yet.
      if (page.read === 92) client.control.removeGroup('Group 89');
    }
    assert.deepEqual(
      changes.filter(({ kind }) => kind === 'removed').map((change) => 'reason' in change && change.reason),
      ['changed'],
    );
  });

  it('asks by their ids for those that a list did not have, with members', async () => {
    const [all] = [...client.control.snapshot().groups].map(({ id }) => id);
    assert.ok(all);
    const nobody = parseObjectId('99999999-0000-4000-8000-000000000000');
    assert.ok(nobody);
    const statistics = { retries: 0, throttledMs: 0 };
    const found: Page[] = [];
    for await (const page of graph.feed.existing?.('groups', [nobody, all], signal, statistics) ?? []) {
      found.push({ ...page, link: '', read: undefined });
    }
    assert.equal(membersIn(found).get(all)?.size, 1100);
    assert.equal(membersIn(found).size, 1);
    const users: string[] = [];
    const asked = [nobody, ...Array.from({ length: 40 }, (_, index) => userId(`user${index}@contoso.com`))];
    client.control.resetStatistics();
    for await (const page of graph.feed.existing?.('users', asked, signal, statistics) ?? []) {
      users.push(...page.changes.map(({ id }) => id));
    }
    assert.deepEqual(new Set(users), new Set(asked.slice(1)));
    assert.equal(client.control.statistics().requests['batch'], 1, 'in one request');
  });

  it('has another query than delta queries, so that no link of the one is followed by the other', () => {
    assert.match(graph.feed.query, /^[0-9a-f]{32}$/);
    assert.doesNotThrow(() => graph.feed.resume?.('anything'));
  });
});
