import assert from 'node:assert/strict';
import { parseChangeNumber } from '../../../src/directory/csn.ts';
import { entryAttribute, entryDn } from '../../../src/directory/entry-codec.ts';
import { AdminRefusal } from '../../../src/identity/admin.ts';
import type { HistoryEntry } from '../../../src/identity/history.ts';
import { modelId, type ModelTenant } from '../../support/model-tenant.ts';
import { RollingTenant } from '../../support/rolling-tenant.ts';
import { cutWritesAfter } from '../../support/sync-bench.ts';
import { putPerson, syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const staff = modelId('group', 1);
const dnOf = (uid: string): string => `uid=${uid},ou=users,dc=example,dc=com`;

describe('going back to an earlier publication', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let tenant: ModelTenant;
  let daemon: RollingTenant;

  beforeEach(async () => {
    folder = temporaryFolder();
    tenant = syncTenant();
    tenant.outside = new Set();
    daemon = await RollingTenant.open(folder.path, tenant, 5000);
    await daemon.round();
  });

  afterEach(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** Half of the tenant goes out of scope, a group is renamed, and everybody leaves another. */
  function spoil(): void {
    for (const number of [0, 1, 3]) tenant.outside?.add(modelId('user', number));
    tenant.putGroup(modelId('group', 2), { displayName: 'Sold' });
    for (const number of [0, 1, 2]) tenant.setMember(staff, modelId('user', number), false);
    putPerson(tenant, 7, 'New Person');
    tenant.setMember(staff, modelId('user', 7), true);
  }

  async function history(): Promise<readonly HistoryEntry[]> {
    const lines: HistoryEntry[] = [];
    for await (const line of daemon.store.history.entries({ sinceMs: null, outcome: null, kind: null, limit: 100 }))
      lines.push(line);
    return lines;
  }

  function attributeOf(dn: string, attribute: string): string | undefined {
    using lease = daemon.store.source.acquire() ?? assert.fail('nothing is shown');
    const id = lease.reader.findDn(dn) ?? assert.fail(`${dn} is not there`);
    return entryAttribute(lease.reader.entry(id) ?? Buffer.alloc(0), attribute)[0]?.toString();
  }

  it('shows what was shown then, under a new number', async () => {
    const before = await daemon.dump();
    spoil();
    assert.equal(await daemon.round(), 'published');
    assert.notDeepEqual(await daemon.dump(), before);
    await daemon.rollBack();
    assert.deepEqual(await daemon.dump(), before);
    assert.equal(daemon.publication, 3);
    assert.equal(daemon.store.view.facts?.restores, 1);
    assert.equal(daemon.store.view.facts?.users, 6);
    assert.equal(daemon.store.view.facts?.groups, 2);
    await daemon.restart();
    assert.deepEqual(await daemon.dump(), before, 'after the end of the process too (P3)');
  });

  it('tells first what it would change, and changes nothing by that', async () => {
    const before = await daemon.dump();
    spoil();
    await daemon.round();
    const spoiled = await daemon.dump();
    const plan = await daemon.engine.planRollback(null, 100, signal);
    assert.deepEqual(await daemon.dump(), spoiled);
    assert.deepEqual([plan.from, plan.to], [2, 1]);
    assert.deepEqual(plan.users, { created: 3, changed: 0, locked: 0, removed: 1 });
    assert.deepEqual(plan.groups, { created: 0, changed: 2, locked: 0, removed: 0 });
    const changes = plan.items.map(({ changes: [first], dn }) => `${first} ${dn}`);
    assert.ok(changes.includes(`created ${dnOf('u0')}`), changes.join());
    assert.ok(changes.includes(`removed ${dnOf('u7')}`), changes.join());
    assert.ok(changes.includes('renamed cn=Sold,ou=groups,dc=example,dc=com'), changes.join());
    await daemon.rollBack(plan.to);
    assert.deepEqual(await daemon.dump(), before);
  });

  it('gives every entry that it changes a change number and a time of its own, after all before (RFC 4533 §1.2)', async () => {
    spoil();
    await daemon.round();
    const spoiledContext = attributeOf('dc=example,dc=com', 'contextCSN') ?? '';
    const stamp = parseChangeNumber(spoiledContext)?.timeMs ?? 0;
    const unchanged = attributeOf(dnOf('u5'), 'entryCSN');
    await daemon.rollBack();
    const back = attributeOf(dnOf('u0'), 'entryCSN') ?? '';
    assert.ok(back > spoiledContext, `${back} is not after ${spoiledContext}`);
    assert.ok((attributeOf('dc=example,dc=com', 'contextCSN') ?? '') > back);
    assert.equal(attributeOf(dnOf('u5'), 'entryCSN'), unchanged, 'whoever is as before keeps the number');
    assert.match(attributeOf(dnOf('u0'), 'modifyTimestamp') ?? '', /^\d{14}Z$/);
    assert.equal(
      attributeOf(dnOf('u0'), 'modifyTimestamp'),
      new Date(daemon.clock.now()).toISOString().replaceAll(/[-:T]|\.\d+/g, ''),
    );
    using lease = daemon.store.source.acquire() ?? assert.fail('nothing is shown');
    const told = new Set<string>();
    let lost = 0;
    for await (const block of lease.history.changes(stamp)) {
      for (const change of block) {
        const entry = lease.reader.entry(change.id);
        if (entry !== undefined) told.add(entryDn(entry));
        lost += change.lost.length;
      }
    }
    for (const uid of ['u0', 'u1', 'u2', 'u3']) assert.ok(told.has(dnOf(uid)), `${uid} is in the change log`);
    assert.ok(!told.has(dnOf('u5')));
    assert.equal(lost, 1, 'the person who was new is told to be gone');
  });

  it('holds back what was taken back until that is approved, while rounds go on reading (P4)', async () => {
    const before = await daemon.dump();
    spoil();
    await daemon.round();
    const spoiled = await daemon.dump();
    await daemon.rollBack();
    assert.deepEqual(daemon.engine.hold?.rolledBack, { from: 2, to: 1 });
    assert.equal(await daemon.replan(), 'held');
    assert.equal(await daemon.round(), 'held');
    putPerson(tenant, 5, 'Other Name');
    assert.equal(await daemon.round(), 'held', 'a round that reads something does not publish it either');
    assert.deepEqual(await daemon.dump(), before);
    await daemon.restart();
    assert.equal(await daemon.round(), 'held', 'nor after the end of the process');
    assert.equal(await daemon.round(true), 'held', 'nor when everything is read');
    await daemon.engine.decide(daemon.engine.hold?.hold ?? -1, 'rejected');
    assert.equal(await daemon.round(), 'held', 'nor when that is rejected');
    await daemon.approve();
    assert.equal(await daemon.replan(), 'published');
    assert.equal(daemon.engine.hold, undefined);
    putPerson(tenant, 5, 'Person 5');
    await daemon.round();
    assert.deepEqual(await daemon.dump(), spoiled);
  });

  it('lists whom the change that was taken back would remove, and publishes no more than what was approved (P4)', async () => {
    for (const number of [0, 1, 3]) tenant.outside?.add(modelId('user', number));
    await daemon.round();
    daemon.limit('removals', 2);
    await daemon.rollBack();
    assert.equal(await daemon.replan(), 'held');
    const { hold, dangers } = daemon.engine.hold ?? assert.fail('nothing is held back');
    assert.deepEqual(
      dangers.map(({ kind, nodes }) => [kind, nodes.length]),
      [['usersRemoved', 3]],
    );
    tenant.outside?.add(modelId('user', 4));
    assert.equal(await daemon.round(), 'held');
    assert.ok((daemon.engine.hold?.hold ?? 0) > hold, 'a change that grows is another one');
    assert.deepEqual(daemon.engine.hold?.rolledBack, { from: 2, to: 1 });
    await daemon.approve();
    tenant.outside?.add(modelId('user', 5));
    assert.equal(await daemon.round(), 'held', 'one more than was approved');
    assert.equal(daemon.engine.hold?.cause, 'tenant');
    await daemon.approve();
    assert.equal(await daemon.replan(), 'published');
    assert.equal(daemon.store.view.facts?.users, 1);
  });

  it('approves nothing unseen: what was taken back and not listed yet is listed first (P4)', async () => {
    for (const number of [0, 1, 3]) tenant.outside?.add(modelId('user', number));
    await daemon.round();
    daemon.limit('removals', 2);
    await daemon.rollBack();
    await daemon.approve();
    assert.equal(await daemon.replan(), 'held');
    assert.equal(daemon.store.view.facts?.users, 6);
  });

  it('ends the hold by itself when the tenant is again what is shown', async () => {
    const before = await daemon.dump();
    spoil();
    await daemon.round();
    await daemon.rollBack();
    assert.equal(await daemon.replan(), 'held');
    for (const number of [0, 1, 3]) tenant.outside?.delete(modelId('user', number));
    tenant.putGroup(modelId('group', 2), { displayName: 'Sales' });
    for (const number of [0, 1, 2]) tenant.setMember(staff, modelId('user', number), true);
    tenant.removeUser(modelId('user', 7), 'deleted');
    assert.equal(await daemon.round(), 'unchanged');
    assert.equal(daemon.engine.hold, undefined);
    assert.deepEqual(await daemon.dump(), before);
  });

  it('opens nobody again whom Entra has disabled or deleted since (P7)', async () => {
    tenant.putUser(modelId('user', 0), {
      userPrincipalName: 'u0@example.com',
      displayName: 'Person 0',
      accountEnabled: false,
    });
    tenant.removeUser(modelId('user', 1), 'changed');
    tenant.removeUser(modelId('user', 2), 'deleted');
    putPerson(tenant, 4, 'Another Name');
    await daemon.round();
    const plan = await daemon.engine.planRollback(null, 100, signal);
    assert.deepEqual(plan.keptShut.map(({ dn }) => dn).toSorted(), ['u0', 'u1', 'u2'].map(dnOf));
    assert.deepEqual(plan.reopened, []);
    await daemon.rollBack();
    const after = await daemon.dump();
    assert.equal(attributeOf(dnOf('u0'), 'nsAccountLock'), 'TRUE');
    assert.ok(!after.has(dnOf('u1')) && !after.has(dnOf('u2')));
    assert.equal(attributeOf(dnOf('u4'), 'displayName'), 'Person 4');
    assert.deepEqual(after.get('cn=Staff,ou=groups,dc=example,dc=com')?.['member'], [dnOf('u0')]);
    assert.equal(daemon.store.view.facts?.users, 4);
  });

  it('names those whom it opens again because not Entra has locked them', async () => {
    await daemon.usePolicy({ allowedGroups: ['Sales'], disabledGroups: [], nested: true });
    assert.equal(attributeOf(dnOf('u0'), 'nsAccountLock'), 'TRUE');
    const plan = await daemon.engine.planRollback(null, 100, signal);
    assert.deepEqual(plan.reopened.map(({ dn }) => dn).toSorted(), ['u0', 'u1', 'u2', 'u4', 'u5'].map(dnOf));
    await daemon.rollBack();
    assert.equal(attributeOf(dnOf('u0'), 'nsAccountLock'), undefined);
    assert.equal(await daemon.replan(), 'held', 'the settings that locked them are held back');
  });

  it('goes back further each time, and to any publication that is remembered', async () => {
    for (const title of ['Second', 'Third', 'Fourth']) {
      putPerson(tenant, 5, title);
      await daemon.round();
    }
    assert.equal(daemon.publication, 4);
    await daemon.rollBack();
    assert.equal(attributeOf(dnOf('u5'), 'displayName'), 'Third');
    await daemon.rollBack();
    assert.equal(attributeOf(dnOf('u5'), 'displayName'), 'Second');
    await daemon.rollBack(4);
    assert.equal(attributeOf(dnOf('u5'), 'displayName'), 'Fourth');
    const { points, shown, restores } = await daemon.engine.returnPoints();
    assert.deepEqual([shown, restores], [7, 4]);
    assert.deepEqual(
      points.map(({ publication }) => publication),
      [6, 5, 4, 3, 2, 1],
    );
    await daemon.rollBack(1);
    assert.equal(attributeOf(dnOf('u5'), 'displayName'), 'Person 5');
  });

  it('refuses what is not remembered, and says what is', async () => {
    await assert.rejects(
      daemon.rollBack(),
      (error) => error instanceof AdminRefusal && /what is shown is the first publication/.test(error.message),
    );
    putPerson(tenant, 5, 'Second');
    await daemon.round();
    await assert.rejects(daemon.rollBack(2), /Publication 2 is what is shown/);
    await assert.rejects(daemon.rollBack(0), /way back to publication 0\. Publication 1 can be returned to\./);
    assert.equal(daemon.publication, 2);
  });

  it('keeps what was given: a number and a name go to nobody else for it', async () => {
    putPerson(tenant, 7);
    await daemon.round();
    const given = daemon.store.ledger.entry(modelId('user', 7));
    assert.ok(given !== undefined);
    await daemon.rollBack();
    assert.deepEqual(daemon.store.ledger.entry(modelId('user', 7)), given);
  });

  it('is in the history with the round that it took back (FED-21)', async () => {
    spoil();
    await daemon.round();
    await daemon.rollBack();
    const [rollback, round, first] = await history();
    assert.deepEqual(
      [rollback?.kind, rollback?.outcome, rollback?.by, rollback?.publication],
      ['rollback', 'done', 'command', 3],
    );
    assert.deepEqual([round?.kind, round?.outcome, round?.publication], ['round', 'published', 2]);
    assert.equal(round?.users?.removed, 3);
    assert.equal(round?.groups?.changed, 2);
    assert.equal(first?.users?.created, 6);
  });

  it('forgets what is older than the limit', async () => {
    spoil();
    await daemon.round();
    await daemon.clock.advance(8 * 86_400_000);
    await daemon.round();
    assert.deepEqual((await daemon.engine.returnPoints()).points, []);
    await assert.rejects(daemon.rollBack(), AdminRefusal);
  });

  it('is finished by the next process when it ends at any write (P3)', async () => {
    const before = await daemon.dump();
    spoil();
    await daemon.round();
    const spoiled = await daemon.dump();
    await daemon[Symbol.asyncDispose]();
    daemon = await RollingTenant.open(folder.path, tenant, 1);
    let isDone = false;
    let finished = 0;
    for (let writes = 0; !isDone; writes++) {
      {
        using _cut = cutWritesAfter(writes);
        isDone = await daemon.engine.rollBack(1, 'command', signal).then(
          () => true,
          () => false,
        );
      }
      if (isDone) break;
      assert.deepEqual(await daemon.dump(), spoiled, 'half of it is seen by nobody');
      await daemon.restart();
      if (!daemon.store.view.publishUnfinished) {
        assert.deepEqual(await daemon.dump(), spoiled);
        continue;
      }
      finished++;
      assert.equal(daemon.store.view.unfinishedRollback, 1);
      assert.ok(await daemon.engine.finishRollback(signal));
      assert.deepEqual(await daemon.dump(), before);
      assert.equal(await daemon.replan(), 'held');
      // On to the next cut from where this one began.
      await daemon.approve();
      assert.equal(await daemon.replan(), 'published');
      assert.deepEqual(await daemon.dump(), spoiled);
    }
    assert.ok(finished > 3, `${finished} attempts were interrupted`);
    assert.deepEqual(await daemon.dump(), before);
  });
});
