import assert from 'node:assert/strict';
import type { Graph } from '../../../src/graph/graph.ts';
import type { DeltaFeed } from '../../../src/identity/ports.ts';
import { wholeTenant } from '../../../src/identity/scope.ts';
import { parseTenant } from '../../../src/simulator/tenant-file.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { graphOn, impatientClock } from '../../support/graph-on-simulator.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { SimulatorClient } from '../../support/simulator-client.ts';
import { cutWritesAfter, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const dayMs = 24 * 60 * 60 * 1000;

const tenantText = JSON.stringify({
  tenant: { id: '11111111-2222-4333-8444-555555555555', domains: ['contoso.com'] },
  users: ['ada', 'bob', 'eve', 'joe'].map((name) => ({ userPrincipalName: `${name}@contoso.com`, department: name })),
  groups: [
    { displayName: 'Inner', members: ['bob@contoso.com'] },
    { displayName: 'Staff', members: ['ada@contoso.com', 'Inner'] },
    { displayName: 'Empty' },
  ],
});

describe('rounds that list everything', function () {
  this.timeout(60_000);
  let client: SimulatorClient;
  let folder: ReturnType<typeof temporaryFolder>;
  let store: Store;
  const graphs: Graph[] = [];

  beforeEach(async () => {
    client = await SimulatorClient.start({
      tenant: parseTenant(tenantText, 'lists'),
      deltaRefusal: 'notImplemented',
    });
    folder = temporaryFolder();
    store = await openTestStore(folder.path);
  });
  afterEach(async () => {
    for (const graph of graphs.splice(0)) await graph.close();
    await store[Symbol.asyncDispose]();
    await client.close();
    folder[Symbol.dispose]();
  });

  function graphWith(overrides: Parameters<typeof graphOn>[1]): Graph {
    const graph = graphOn(client, overrides);
    graphs.push(graph);
    return graph;
  }

  function engineOf(overrides: Parameters<typeof graphOn>[1] = { reading: 'list' }): SyncEngine {
    const { feed, admission } = graphWith(overrides);
    return testEngine(store, feed, new ManualClock(), undefined, undefined, admission);
  }

  async function run(engine: SyncEngine): Promise<string> {
    const { summary } = await engine.runRound(false, signal);
    return summary.outcome;
  }

  /** Short names of users and names of groups with their members. */
  async function shown(): Promise<Readonly<Record<string, readonly string[]>>> {
    const entries = [...((await dumpDirectory(store.source)) ?? [])];
    return Object.fromEntries(
      entries.flatMap(([dn, entry]) => {
        const name = /^(?:uid|cn)=([^,]+),ou=(?:users|groups),/.exec(dn)?.[1];
        return name === undefined || name === 'domain-users' ? [] : [[name, entry['memberUid'] ?? []]];
      }),
    );
  }

  it('publish the same as anybody would expect, and nothing when nothing has changed', async () => {
    const engine = engineOf();
    const { summary } = await engine.runRound(false, signal);
    assert.deepEqual(
      [
        summary.outcome,
        summary.collections.users.mode,
        summary.collections.users.read,
        summary.collections.groups.read,
      ],
      ['published', 'full', 4, 3],
    );
    const expected = { Inner: ['bob'], Staff: ['ada', 'bob'], Empty: [], ada: [], bob: [], eve: [], joe: [] };
    assert.deepEqual(await shown(), expected);
    assert.equal(await run(engine), 'unchanged');
    assert.deepEqual(engine.modes, { users: 'full', groups: 'full' });
    assert.equal((await store.mirror.dirtyNodes()).kind, 'some');
  });

  it('see who comes, goes, is renamed, joins and leaves, and who is restored with the old groups', async () => {
    const engine = engineOf();
    await run(engine);
    const { control } = client;
    control.addUser({ userPrincipalName: 'kim@contoso.com' });
    control.join('Empty', 'kim@contoso.com');
    control.leave('Staff', 'Inner');
    control.removeUser('ada@contoso.com');
    control.purgeUser('eve@contoso.com');
    assert.equal(await run(engine), 'published');
    assert.deepEqual(await shown(), { Inner: ['bob'], Staff: [], Empty: ['kim'], bob: [], joe: [], kim: [] });
    const reasons: string[] = [];
    for await (const block of store.mirror.removals('users')) reasons.push(...block.map(({ reason }) => reason));
    assert.deepEqual(reasons.toSorted(), ['softDeleted', 'unseen']);
    control.restoreUser('ada@contoso.com');
    control.removeGroup('Inner');
    assert.equal(await run(engine), 'published');
    assert.deepEqual(await shown(), { Staff: ['ada'], Empty: ['kim'], ada: [], bob: [], joe: [], kim: [] });
  });

  it('remove nobody who slipped through between two pages: what is missing is asked for by its id (P2)', async () => {
    const { feed } = graphWith({ reading: 'list' });
    const unlisted = new Set<string>();
    const leaky: DeltaFeed = {
      query: feed.query,
      listsEverything: true,
      existing: (...asked) => feed.existing?.(...asked) ?? noObjects(),
      async *delta(...asked) {
        for await (const page of feed.delta(...asked)) {
          yield { ...page, changes: page.changes.filter(({ id }) => !unlisted.has(id)) };
        }
      },
    };
    const engine = testEngine(store, leaky, new ManualClock());
    await run(engine);
    const before = await shown();
    for (const { id } of [...client.control.snapshot().users, ...client.control.snapshot().groups]) unlisted.add(id);
    client.control.purgeUser('joe@contoso.com');
    client.control.purgeGroup('Empty');
    assert.equal(await run(engine), 'published');
    const { joe: _, Empty: __, ...left } = before;
    assert.deepEqual(await shown(), left);
  });

  it('change nothing when any request of a round fails, and go on with it where it was (P2, P3)', async () => {
    const engine = engineOf();
    await run(engine);
    const before = await shown();
    client.control.addUser({ userPrincipalName: 'kim@contoso.com' });
    client.control.join('Staff', 'kim@contoso.com');
    client.control.leave('Staff', 'ada@contoso.com');
    let failures = 0;
    for (; ; failures++) {
      // Past the outer request of a batch the lists inside it are next; each counts as a request.
      client.control.injectFault({
        kind: 'forbidden',
        match: { path: '/v1.0/(users|groups|.batch)' },
        after: failures,
      });
      const outcome = await run(engineOf());
      client.control.clearFaults();
      if (outcome !== 'failed') break;
      assert.deepEqual(await shown(), before, `request ${failures} failed`);
    }
    assert.ok(failures >= 3, String(failures));
    assert.deepEqual(await shown(), { ...before, Staff: ['bob', 'kim'], kim: [] });
  });

  it('survive the end of the process at every write, and then show all of it (P3)', async () => {
    await run(engineOf());
    const before = await shown();
    client.control.leave('Staff', 'ada@contoso.com');
    client.control.join('Empty', 'ada@contoso.com');
    let ends = 0;
    for (; ; ends++) {
      let outcome: string;
      {
        using _cut = cutWritesAfter(ends);
        outcome = await run(engineOf());
      }
      if (outcome === 'published') break;
      await store[Symbol.asyncDispose]();
      store = await openTestStore(folder.path);
      const now = await shown();
      if (store.view.publishUnfinished) continue;
      assert.ok(now['Empty']?.length === 1 || JSON.stringify(now) === JSON.stringify(before), `write ${ends}`);
    }
    assert.ok(ends >= 4, String(ends));
    assert.deepEqual(await shown(), { ...before, Staff: ['bob'], Empty: ['ada'] });
  });

  it('keep to the scope, for what was not listed too (FAM-13)', async () => {
    const scope = { ...wholeTenant, users: { ...wholeTenant.users, filter: "department ne 'eve'" } };
    const engine = engineOf({ reading: 'list', scope });
    assert.equal(await run(engine), 'published');
    assert.deepEqual(Object.keys(await shown()).toSorted(), ['Empty', 'Inner', 'Staff', 'ada', 'bob', 'joe']);
    client.control.setUserProperties('ada@contoso.com', { department: 'eve' });
    client.control.setUserProperties('eve@contoso.com', { department: 'ada' });
    await run(engine);
    assert.deepEqual(Object.keys(await shown()).toSorted(), ['Empty', 'Inner', 'Staff', 'bob', 'eve', 'joe']);
  });

  for (const form of ['notImplemented', 'badRequest'] as const) {
    it(`begin by themselves where delta queries are refused as ${form}, and end when they are not any more`, async () => {
      client.control.refuseDelta(undefined);
      const clock = new ManualClock();
      const log = recordingLog();
      const { feed } = graphWith({ reading: 'auto', log, clock: { ...impatientClock, now: () => clock.now() } });
      const engine = testEngine(store, feed, clock);
      assert.deepEqual([await run(engine), feed.listsEverything], ['published', false]);
      client.control.refuseDelta(form);
      // A link that is refused leads to a new start, and the new start to lists.
      client.control.addUser({ userPrincipalName: 'kim@contoso.com' });
      const { summary } = await engine.runRound(false, signal);
      assert.deepEqual([summary.outcome, summary.error, feed.listsEverything], ['published', null, true]);
      assert.ok('kim' in (await shown()));
      assert.deepEqual(names(log), ['sync.delta.refused']);
      // A process that is started anew goes on with lists, and asks for delta queries once.
      const again = graphWith({ reading: 'auto', log, clock: { ...impatientClock, now: () => clock.now() } });
      const next = testEngine(store, again.feed, clock);
      assert.equal(again.feed.query, feed.query);
      for (let rounds = 0; rounds < 3; rounds++) assert.equal(await run(next), 'unchanged');
      client.control.refuseDelta(undefined);
      assert.deepEqual([await run(next), again.feed.listsEverything], ['unchanged', true]);
      await clock.advance(dayMs);
      client.control.injectFault({ kind: 'serverError', match: { kind: 'usersDelta' }, count: 8 });
      assert.deepEqual([await run(next), again.feed.listsEverything], ['unchanged', true], 'the question may fail');
      assert.equal(client.control.pendingFaults(), 0);
      await clock.advance(dayMs);
      assert.deepEqual([await run(next), again.feed.listsEverything], ['unchanged', false]);
      assert.deepEqual(names(log), ['sync.delta.refused', 'sync.delta.available']);
      assert.deepEqual(next.modes, { users: 'incremental', groups: 'incremental' });
    });
  }

  it('do not begin because of trouble that passes, a missing permission, or a property that is refused', async () => {
    client.control.refuseDelta(undefined);
    const { feed } = graphWith({ reading: 'auto' });
    const engine = testEngine(store, feed, new ManualClock());
    for (const fault of [
      { kind: 'serverError', count: 8 },
      { kind: 'throttled', count: 8 },
      { kind: 'forbidden', count: 1 },
    ] as const) {
      client.control.injectFault({ ...fault, match: { kind: 'usersDelta' } });
      assert.deepEqual([await run(engine), feed.listsEverything], ['failed', false], fault.kind);
      client.control.clearFaults();
    }
    const wrong = graphWith({
      reading: 'auto',
      properties: { users: ['extension_00000000000000000000000000000000_x'], groups: [] },
    });
    const refused = await testEngine(store, wrong.feed, new ManualClock()).runRound(false, signal);
    assert.equal(wrong.feed.listsEverything, false, refused.summary.error ?? '');
    assert.equal(await run(engine), 'published');
  });
});

function names({ events }: ReturnType<typeof recordingLog>): readonly string[] {
  return events.map(({ event }) => event).filter((event) => event.startsWith('sync.delta'));
}

async function* noObjects(): AsyncGenerator<never, void, void> {}
