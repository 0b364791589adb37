import assert from 'node:assert/strict';
import { membershipsMax } from '../../../src/inspection/memberships.ts';
import { candidatesMax } from '../../../src/inspection/find.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openSettings } from '../../support/sync-bench.ts';
import { collect, InspectionBench, sorted } from './inspection-bench.ts';

const [alice, bob, carol] = [modelId('user', 1), modelId('user', 2), modelId('user', 3)];
const [inner, middle, outer] = [modelId('group', 1), modelId('group', 2), modelId('group', 3)];

function settingsWith(changes: Partial<ProjectionSettings['users']>): ProjectionSettings {
  return { ...openSettings, users: { ...openSettings.users, ...changes } };
}

describe('explanations', () => {
  it('find a person by every name that is accepted in a bind, in any letter case (P9, PAIN-10)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, {
      userPrincipalName: 'Alice.Archer@example.com',
      mail: 'aa@example.org',
      displayName: 'Alice Archer',
    });
    await bench.round();
    for (const name of [
      'ALICE.archer',
      'alice.archer@EXAMPLE.com',
      'AA@example.org',
      'EXAMPLE\\alice.archer',
      'UID=Alice.Archer, OU=users, DC=example, DC=com',
      alice.toUpperCase(),
      'alice archer',
    ]) {
      assert.equal((await bench.explain(name)).objectId, alice, name);
    }
    assert.deepEqual((await bench.ask('nobody')).found, 'none');
    assert.deepEqual((await bench.ask(alice, 'group')).found, 'none');
  });

  it('list all who answer to a name that several have, at most so many (P9, P8)', async () => {
    await using bench = await InspectionBench.open();
    for (let number = 1; number <= candidatesMax + 1; number++) {
      bench.tenant.putUser(modelId('user', number), {
        userPrincipalName: `u${number}@example.com`,
        displayName: 'Same Name',
      });
    }
    await bench.round();
    const answer = await bench.ask('same name');
    assert.equal(answer.found === 'several' ? answer.candidates.length : 0, candidatesMax);
  });

  it('show of the record what is stored, and where the rest comes from (P9)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com', jobTitle: 'Clerk' });
    const nothing = await bench.ask('alice');
    assert.deepEqual(nothing, {
      found: 'none',
      source: { tenantId: 'the tenant', readInFullAtMs: null, publishedAtMs: null },
      overlayFindings: [],
    });
    const startedAtMs = bench.clock.now();
    await bench.round();
    const { record, source, dn, number, name } = await bench.explain('alice');
    assert.deepEqual(record, { userPrincipalName: 'alice@example.com', jobTitle: 'Clerk' });
    assert.deepEqual(source, { tenantId: 'the tenant', readInFullAtMs: startedAtMs, publishedAtMs: startedAtMs });
    assert.equal(dn, 'uid=alice,ou=users,dc=example,dc=com');
    assert.equal(number?.origin, 'derived');
    assert.deepEqual(name, { wanted: 'alice', given: 'alice', sinceMs: startedAtMs, clash: null });
  });

  it('tell through which groups a membership goes, by the shortest way, in a circle too (P9, PAIN-12)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    for (const [id, displayName] of [
      [inner, 'Inner'],
      [middle, 'Middle'],
      [outer, 'Outer'],
    ] as const) {
      bench.tenant.putGroup(id, { displayName });
    }
    bench.tenant.setMember(inner, alice, true);
    bench.tenant.setMember(middle, inner, true);
    bench.tenant.setMember(outer, middle, true);
    bench.tenant.setMember(inner, outer, true);
    await bench.round();
    const { memberOf } = await bench.explain('alice');
    assert.deepEqual(
      memberOf.map(({ name, isDirect, through }) => [name, isDirect, ...through]),
      [
        ['Inner', true],
        ['Middle', false, 'Inner'],
        ['Outer', false, 'Inner', 'Middle'],
      ],
    );
    const group = await bench.explain('Outer', 'group');
    assert.deepEqual(group.members?.direct, { users: 0, groups: 1, others: 0 });
    assert.equal(group.members?.shown, 1);
    assert.deepEqual(
      group.members?.nested.map(({ name, through }) => [name, ...through]),
      [['Middle'], ['Inner', 'Middle']],
    );
    assert.equal(group.bind, null);
  });

  it('list so many memberships and say that there are more (P8)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    const join = (count: number): void => {
      for (let number = 1; number <= count; number++) {
        bench.tenant.putGroup(modelId('group', number), { displayName: `Group ${number}` });
        bench.tenant.setMember(modelId('group', number), alice, true);
      }
    };
    join(membershipsMax);
    await bench.round();
    const atLimit = await bench.explain('alice');
    assert.deepEqual([atLimit.memberOf.length, atLimit.isShortened], [membershipsMax, false]);
    join(membershipsMax + 1);
    await bench.round();
    const beyond = await bench.explain('alice');
    assert.deepEqual([beyond.memberOf.length, beyond.isShortened], [membershipsMax, true]);
  }).timeout(60_000);

  it('tell which group decides that somebody may not sign in (P9, FOX-17, FOX-18)', async () => {
    const policy = { allowedGroups: ['Inner'], disabledGroups: ['Outer'], nested: true };
    await using bench = await InspectionBench.open({ ...openSettings, policy });
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    bench.tenant.putUser(bob, { userPrincipalName: 'bob@example.com' });
    bench.tenant.putGroup(inner, { displayName: 'Inner' });
    bench.tenant.putGroup(outer, { displayName: 'Outer' });
    bench.tenant.setMember(inner, alice, true);
    bench.tenant.setMember(outer, alice, true);
    await bench.round();
    assert.deepEqual(
      [(await bench.explain('alice')).state, (await bench.explain('alice')).reason],
      ['locked', 'in a disabled group'],
    );
    assert.equal((await bench.explain('bob')).reason, 'in no allowed group');
    assert.equal((await bench.explain('bob')).bind?.isPossible, false);
    const locked = await collect(bench.inspection.objects({ kind: 'user', state: 'locked', search: undefined }));
    assert.deepEqual(sorted(locked.map(({ name, reason }) => [name, reason])), [
      ['alice', 'in a disabled group'],
      ['bob', 'in no allowed group'],
    ]);
  });

  it('tell of who is gone how and when he went, and what is kept for him (P9, P5)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    await bench.round();
    const { number } = await bench.explain('alice');
    bench.tenant.removeUser(alice, 'deleted');
    await bench.round();
    const gone = await bench.explain('alice');
    assert.deepEqual([gone.state, gone.removal?.reason, gone.record, gone.dn], ['removed', 'deleted', null, null]);
    assert.equal(typeof gone.removal?.atMs, 'number');
    assert.deepEqual(gone.number, number);
    assert.deepEqual(gone.rules, []);
    assert.equal(gone.bind?.isPossible, false);
    const list = (state: 'removed' | undefined) => bench.inspection.objects({ kind: 'user', state, search: undefined });
    assert.deepEqual(await collect(list(undefined)), []);
    assert.equal((await collect(list('removed')))[0]?.number, number?.number);
  });

  it('tell that a change is not published yet (P9)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    await bench.round();
    const page = {
      changes: [{ kind: 'user', id: bob, properties: { userPrincipalName: 'bob@example.com' } }],
      rejected: [],
    } as const;
    await bench.store.mirror.applyPage(page, 1, bench.store.mirror.loadState() ?? '');
    const { state, name, dn } = await bench.explain('bob');
    assert.deepEqual([state, name.given, name.wanted, dn], ['pending', null, 'bob', null]);
  });
});

describe('lists', () => {
  it('search in names, addresses, numbers and object ids, in any letter case', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com', displayName: 'Archer' });
    bench.tenant.putUser(bob, { userPrincipalName: 'bob@example.com', mail: 'Robert@example.org' });
    await bench.round();
    const { number } = await bench.explain('alice');
    const names = async (search: string): Promise<readonly (string | null)[]> =>
      sorted(
        (await collect(bench.inspection.objects({ kind: 'user', state: undefined, search }))).map(({ name }) => name),
      );
    for (const search of ['ARCH', 'alice@', String(number?.number), alice.slice(-12)]) {
      assert.deepEqual(await names(search), ['alice'], search);
    }
    assert.deepEqual(await names('ROBERT'), ['bob']);
    assert.deepEqual(await names('example.com'), ['alice', 'bob']);
    assert.deepEqual(await names('zoe'), []);
  });

  it('leave out what is not in scope unless asked for what is skipped', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    await bench.round();
    const page = { changes: [{ kind: 'user', id: bob, properties: {}, outOfScope: true }], rejected: [] } as const;
    await bench.store.mirror.applyPage(page, 1, bench.store.mirror.loadState() ?? '');
    const list = async (state: 'skipped' | undefined): Promise<readonly string[]> =>
      (await collect(bench.inspection.objects({ kind: 'user', state, search: undefined }))).map((row) => row.objectId);
    assert.deepEqual(await list(undefined), [alice]);
    assert.deepEqual(await list('skipped'), [bob]);
    assert.equal((await bench.explain(bob)).reason, 'not in scope');
  });
});

describe('conflicts', () => {
  const name = 'alice';

  it('name both sides of a clash of names and what decided (P5, PAIN-07)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(bob, { userPrincipalName: `${name}@old.com`, createdDateTime: '2020-01-01T00:00:00Z' });
    bench.tenant.putUser(alice, { userPrincipalName: `${name}@new.com`, createdDateTime: '2021-01-01T00:00:00Z' });
    bench.tenant.putGroup(inner, { displayName: 'Same' });
    bench.tenant.putGroup(middle, { displayName: 'same' });
    bench.tenant.putGroup(outer, { displayName: 'Domain-Users' });
    await bench.round();
    await bench.clock.advance(1000);
    bench.tenant.putUser(carol, { userPrincipalName: `${name}@late.com`, createdDateTime: '2019-01-01T00:00:00Z' });
    await bench.round();
    const found = (await collect(bench.inspection.conflicts())).map((conflict) =>
      conflict.about === 'name'
        ? [conflict.name, conflict.clash.wanted, conflict.clash.holder, conflict.clash.decidedBy]
        : [],
    );
    assert.deepEqual(sorted(found), [
      ['Domain-Users-bbbbbbbb', 'Domain-Users', null, 'it is the name of the primary group'],
      [`${name}@late.com`, name, bob, 'its holder was given it first'],
      [`${name}@new.com`, name, bob, 'its holder is the older object in Entra'],
      ['same-bbbbbbbb', 'same', inner, 'its holder has the smaller object id, and both are of one age'],
    ]);
  });

  it('go on when the holder was renamed or is gone (P5)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: `${name}@example.com` });
    bench.tenant.putUser(bob, { userPrincipalName: 'bob@example.com' });
    await bench.round();
    bench.tenant.putUser(alice, { userPrincipalName: 'alicia@example.com' });
    bench.tenant.putUser(carol, { userPrincipalName: `${name}@example.com` });
    await bench.round();
    const decidedBy = async (): Promise<string | undefined> => {
      const [conflict] = await collect(bench.inspection.conflicts());
      return conflict?.about === 'name' ? conflict.clash.decidedBy : undefined;
    };
    assert.equal(await decidedBy(), 'its holder was called so before, and a name is never given to another');
    bench.tenant.removeUser(alice, 'deleted');
    await bench.round();
    assert.equal(await decidedBy(), 'its holder is gone, and a name is never given to another');
    bench.tenant.removeUser(carol, 'deleted');
    await bench.round();
    assert.equal(await decidedBy(), undefined);
  });

  it('list numbers that could not be adopted, with their holders (PAIN-08)', async () => {
    await using bench = await InspectionBench.open(settingsWith({ uidNumberFrom: 'employeeId' }));
    const put = (id: typeof alice, user: string, employeeId: string): void =>
      bench.tenant.putUser(id, { userPrincipalName: `${user}@example.com`, employeeId });
    put(alice, 'alice', '5001');
    put(bob, 'bob', '5001');
    put(carol, 'carol', '12');
    await bench.round();
    const found = (await collect(bench.inspection.conflicts())).map((conflict) =>
      conflict.about === 'number' ? [conflict.name, conflict.wanted, conflict.holderName, conflict.reason] : [],
    );
    assert.deepEqual(sorted(found), [
      ['bob', 5001, 'alice', 'given to another'],
      ['carol', null, null, 'not a number for users or groups'],
    ]);
    assert.equal((await bench.explain('bob')).number?.notAdopted, 'given to another');
    assert.equal((await bench.explain('alice')).number?.origin, 'adopted');
  });
});
