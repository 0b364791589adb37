import assert from 'node:assert/strict';
import { entryAttribute, entryDn } from '../../../src/directory/entry-codec.ts';
import { attributeHash } from '../../../src/directory/schema-elements.ts';
import { projectionFingerprint } from '../../../src/projection/fingerprint.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { type DumpedEntry, dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { cutWritesAfter, openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const staff = modelId('group', 1);
const outer = modelId('group', 2);
const staffDn = 'cn=staff,ou=groups,dc=example,dc=com';
const outerDn = 'cn=outer,ou=groups,dc=example,dc=com';

function userDn(number: number): string {
  return `uid=u${number},ou=users,dc=example,dc=com`;
}

/** Six people in `staff`, which is in `outer`. */
function tenantOfSix(): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  for (let i = 0; i < 6; i++)
    tenant.putUser(modelId('user', i), { userPrincipalName: `u${i}@example.com`, accountEnabled: true });
  tenant.putGroup(staff, { displayName: 'staff' });
  tenant.putGroup(outer, { displayName: 'outer' });
  for (let i = 0; i < 6; i++) tenant.setMember(staff, modelId('user', i), true);
  tenant.setMember(outer, staff, true);
  return tenant;
}

async function entriesOf(store: Store): Promise<ReadonlyMap<string, DumpedEntry>> {
  return (await dumpDirectory(store.source)) ?? assert.fail('nothing is published');
}

describe('sync engine', () => {
  it('gives a user who was soft-deleted during a full round his groups back when he is restored', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfSix();
    const engine = testEngine(store, tenant, new ManualClock());
    await engine.runRound(false, signal);
    tenant.removeUser(modelId('user', 3), 'changed');
    await engine.runRound(false, signal);
    await engine.runRound(true, signal);
    assert.ok(!(await entriesOf(store)).get(staffDn)?.['member']?.includes(userDn(3)));
    tenant.putUser(modelId('user', 3), { userPrincipalName: 'u3@example.com', accountEnabled: true });
    await engine.runRound(false, signal);
    const entries = await entriesOf(store);
    assert.deepEqual(entries.get(userDn(3))?.['memberOf'], [outerDn, staffDn]);
    assert.ok(entries.get(outerDn)?.['member']?.includes(userDn(3)));
  });

  it('drops memberships that a complete full round did not list, and keeps them when the round was not complete (P2)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfSix();
    const engine = testEngine(store, tenant, new ManualClock());
    await engine.runRound(false, signal);
    // The change is lost with the delta links; only an enumeration from the beginning can tell.
    tenant.setMember(staff, modelId('user', 5), false);
    tenant.refuseLinks = 2;
    tenant.failAfter(3);
    assert.equal((await engine.runRound(false, signal)).summary.outcome, 'failed');
    assert.equal((await entriesOf(store)).get(staffDn)?.['member']?.length, 6);
    tenant.failAfter(undefined);
    assert.equal((await engine.runRound(false, signal)).summary.outcome, 'published');
    assert.equal((await entriesOf(store)).get(staffDn)?.['member']?.length, 5);
  });

  it('finishes a publish that ended after any of its writes (P2, P3)', async () => {
    for (let writes = 0, ended = true; ended; writes++) {
      using folder = temporaryFolder();
      const tenant = tenantOfSix();
      {
        await using store = await openTestStore(folder.path, 1);
        const engine = testEngine(store, tenant, new ManualClock());
        await engine.runRound(false, signal);
        tenant.removeUser(modelId('user', 2), 'changed');
        tenant.putUser(modelId('user', 4), { userPrincipalName: 'renamed@example.com', accountEnabled: false });
        tenant.setMember(staff, modelId('user', 5), false);
        using _cut = cutWritesAfter(writes);
        ended = (await engine.runRound(false, signal)).summary.outcome === 'failed';
      }
      await using store = await openTestStore(folder.path, 1);
      assert.equal((await testEngine(store, tenant, new ManualClock()).runRound(false, signal)).summary.error, null);
      const members = [userDn(0), userDn(1), userDn(3), 'uid=renamed,ou=users,dc=example,dc=com'].toSorted();
      const entries = await entriesOf(store);
      assert.deepEqual(entries.get(staffDn)?.['member'], members, `${writes} writes`);
      assert.deepEqual(entries.get(outerDn)?.['member'], members, `${writes} writes`);
      assert.deepEqual(entries.get(userDn(5))?.['memberOf'], [], `${writes} writes`);
      assert.equal(entries.get(userDn(2)), undefined);
      assert.ok(writes < 100);
    }
  });

  it('publishes changed settings from the store alone, also when two entries exchange their names', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfSix();
    const withAccounts = (...names: string[]): ProjectionSettings => ({
      ...openSettings,
      services: { ...openSettings.services, accounts: names.map((name) => ({ name, description: `about ${name}` })) },
    });
    await testEngine(store, tenant, new ManualClock(), withAccounts('one', 'two', 'three')).runRound(false, signal);
    tenant.failAfter(0);
    const engine = testEngine(store, tenant, new ManualClock(), withAccounts('two', 'one'));
    assert.equal(engine.planIsDue, true);
    assert.equal((await engine.replan(signal)).summary.outcome, 'published');
    assert.equal(engine.planIsDue, false);
    using lease = store.source.acquire();
    const names = [...(await entriesOf(store)).keys()].filter((dn) => dn.includes(',ou=services,'));
    assert.deepEqual(names.toSorted(), [
      'cn=one,ou=services,dc=example,dc=com',
      'cn=two,ou=services,dc=example,dc=com',
    ]);
    for (const dn of names) assert.ok(lease?.reader.findDn(dn) !== undefined, dn);
    assert.equal(lease?.reader.findDn('cn=three,ou=services,dc=example,dc=com'), undefined);
  });

  it('moves modifyTimestamp only when content moved', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfSix();
    const clock = new ManualClock();
    const engine = testEngine(store, tenant, clock);
    const stamps = async (): Promise<Map<string, string>> => {
      using lease = store.source.acquire();
      const found = new Map<string, string>();
      for await (const block of lease?.reader.scan([{ from: 0, to: 0xffff_ffff }], 100) ?? []) {
        for (const { bytes } of block) found.set(entryDn(bytes), String(entryAttribute(bytes, 'modifyTimestamp')[0]));
      }
      return found;
    };
    await engine.runRound(false, signal);
    const first = await stamps();
    await clock.advance(60_000);
    tenant.putUser(modelId('user', 0), { userPrincipalName: 'u0@example.com', accountEnabled: true, givenName: 'New' });
    tenant.putUser(modelId('user', 1), { userPrincipalName: 'u1@example.com', accountEnabled: true });
    tenant.setMember(staff, modelId('user', 5), false);
    await engine.runRound(true, signal);
    const second = await stamps();
    const moved = [...second].filter(([dn, stamp]) => first.get(dn) !== stamp).map(([dn]) => dn);
    // The member who left keeps his entry: memberOf is operational and says nothing about him.
    assert.deepEqual(moved.toSorted(), [outerDn, staffDn, userDn(0)].toSorted());
  });

  it('names two people who ask for one name the same way whatever the order of arrival (P5, PAIN-07)', async () => {
    for (const order of [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ]) {
      using folder = temporaryFolder();
      await using store = await openTestStore(folder.path);
      const tenant = new ModelTenant((below) => below - 1);
      const created = ['', '2020-01-01T00:00:00Z', '2019-01-01T00:00:00Z', '2021-01-01T00:00:00Z'];
      for (const i of order) {
        tenant.putUser(modelId('user', i), {
          userPrincipalName: `Sam@d${i}.example`,
          createdDateTime: created[i] ?? null,
        });
        tenant.putGroup(modelId('group', i), {
          displayName: i === 2 ? 'TEAM' : 'Team',
          createdDateTime: created[i] ?? null,
        });
      }
      await testEngine(store, tenant, new ManualClock()).runRound(false, signal);
      const entries = await entriesOf(store);
      const uuid = attributeHash('entryuuid').toString(16);
      const idOf = (dn: string): string | undefined => entries.get(`${dn},dc=example,dc=com`)?.[uuid]?.[0];
      assert.equal(idOf('uid=sam,ou=users'), modelId('user', 2));
      assert.equal(idOf('uid=sam@d1.example,ou=users'), modelId('user', 1));
      assert.equal(idOf('uid=sam@d3.example,ou=users'), modelId('user', 3));
      assert.equal(idOf('cn=TEAM,ou=groups'), modelId('group', 2));
      assert.equal(idOf(`cn=Team-${modelId('group', 1).slice(0, 8)},ou=groups`), modelId('group', 1));
    }
  });

  it('never gives a name or number again that somebody had, and a renamed user keeps his number (P5, PAIN-08, PAIN-09)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfSix();
    const engine = testEngine(store, tenant, new ManualClock());
    const number = async (dn: string): Promise<string | undefined> =>
      (await entriesOf(store)).get(dn)?.[attributeHash('uidnumber').toString(16)]?.[0];
    await engine.runRound(false, signal);
    const before = await number(userDn(1));
    tenant.putUser(modelId('user', 1), { userPrincipalName: 'other@example.com', accountEnabled: true });
    tenant.removeUser(modelId('user', 2), 'deleted');
    await engine.runRound(false, signal);
    assert.equal(await number('uid=other,ou=users,dc=example,dc=com'), before);
    tenant.putUser(modelId('user', 11), { userPrincipalName: 'u1@example.com', accountEnabled: true });
    tenant.putUser(modelId('user', 12), { userPrincipalName: 'u2@example.com', accountEnabled: true });
    await engine.runRound(false, signal);
    const entries = await entriesOf(store);
    assert.equal(entries.get(userDn(1)), undefined, 'u1 was somebody else');
    assert.ok(entries.get('uid=u1@example.com,ou=users,dc=example,dc=com'));
    assert.ok(entries.get('uid=u2@example.com,ou=users,dc=example,dc=com'));
  });

  it('reports what a round did: created, changed, locked, removed, and why something was skipped', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfSix();
    tenant.putUser(modelId('user', 20), { userPrincipalName: 'g#EXT#@example.com', userType: 'Guest' });
    tenant.putUser(modelId('user', 21), { displayName: 'Nameless' });
    const settings = { ...openSettings, users: { ...openSettings.users, includeGuests: false } };
    const engine = testEngine(store, tenant, new ManualClock(), settings);
    const first = (await engine.runRound(false, signal)).summary.collections;
    assert.deepEqual(first.users.entries, { created: 6, changed: 0, locked: 0, removed: 0 });
    assert.deepEqual(first.users.skipped, { guest: 1, 'no user principal name': 1 });
    assert.deepEqual(first.groups.entries, { created: 2, changed: 0, locked: 0, removed: 0 });
    tenant.putUser(modelId('user', 0), { userPrincipalName: 'u0@example.com', accountEnabled: false });
    tenant.putUser(modelId('user', 1), { userPrincipalName: 'u1@example.com', accountEnabled: true, surname: 'Now' });
    tenant.removeUser(modelId('user', 2), 'deleted');
    const second = (await engine.runRound(false, signal)).summary;
    assert.equal(second.outcome, 'published');
    assert.deepEqual(second.collections.users.entries, { created: 0, changed: 2, locked: 1, removed: 1 });
    assert.deepEqual(second.collections.groups.entries, { created: 0, changed: 2, locked: 0, removed: 0 });
  });

  it('reads everything anew when it asks for other properties than before, and says so beforehand', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = tenantOfSix();
    const engine = testEngine(store, tenant, new ManualClock());
    await engine.runRound(false, signal);
    assert.equal((await engine.runRound(false, signal)).summary.collections.users.mode, 'incremental');
    tenant.query = 'more properties';
    assert.deepEqual(engine.modes, { users: 'full', groups: 'full' }, 'what is told before the round is what it does');
    const { summary } = await engine.runRound(false, signal);
    assert.equal(summary.collections.users.mode, 'full');
    assert.equal(summary.collections.groups.mode, 'full');
    assert.equal((await engine.runRound(false, signal)).summary.collections.users.mode, 'incremental');
  });

  it('has one fingerprint for equal settings and another for different ones', () => {
    assert.equal(projectionFingerprint(openSettings), projectionFingerprint(structuredClone(openSettings)));
    assert.notEqual(
      projectionFingerprint(openSettings),
      projectionFingerprint({ ...openSettings, baseDn: 'dc=other' }),
    );
  });
});
