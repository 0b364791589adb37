import assert from 'node:assert/strict';
import { modelId } from '../../support/model-tenant.ts';
import { PosixBench, primarySettings } from '../../support/posix-bench.ts';
import { noLimits, openSettings } from '../../support/sync-bench.ts';
import { putPerson } from '../../support/sync-tenant.ts';

const user = (number: number) => modelId('user', number);
const staff = modelId('group', 1);
const sales = modelId('group', 2);
const both = primarySettings({ kind: 'firstMatch', groups: ['sales', staff] });

/** Who has which primary group: `Staff`, `Sales`, `-` for the shared one. */
function primaries(bench: PosixBench): string {
  const named = new Map(
    ['Staff', 'Sales', 'domain-users'].map((name) => [bench.values(`cn=${name},ou=groups`, 'gidNumber')?.[0], name]),
  );
  return [0, 1, 2, 3, 4, 5]
    .map((number) => {
      const name = named.get(bench.values(`uid=u${number},ou=users`, 'gidNumber')?.[0] ?? '');
      return name === 'domain-users' ? '-' : (name ?? '?');
    })
    .join(' ');
}

describe('the first group that a user is in', () => {
  it('is the primary one, and the shared group that of everybody else', async () => {
    await using bench = await PosixBench.open(both);
    assert.equal(primaries(bench), 'Staff Staff Staff Sales - -');
  });

  it('follows the order of the settings, for users in several', async () => {
    await using bench = await PosixBench.open(both);
    bench.tenant.setMember(sales, user(0), true);
    assert.equal(await bench.round(), 1);
    assert.equal(primaries(bench), 'Sales Staff Staff Sales - -');
    await bench.use(primarySettings({ kind: 'firstMatch', groups: ['Staff', 'Sales'] }));
    assert.equal(primaries(bench), 'Staff Staff Staff Sales - -');
  });

  it('follows memberships, and changes nobody else', async () => {
    await using bench = await PosixBench.open(both);
    bench.tenant.setMember(staff, user(4), true);
    bench.tenant.setMember(staff, user(0), false);
    putPerson(bench.tenant, 6);
    assert.equal(await bench.round(), 2);
    assert.equal(primaries(bench), '- Staff Staff Sales Staff -');
    assert.equal(await bench.round(), 0);
  });

  it('counts the members of nested groups only where the settings say so', async () => {
    const flat = primarySettings({ kind: 'firstMatch', groups: ['Staff'], nested: false });
    const deep = primarySettings({ kind: 'firstMatch', groups: ['Staff'], nested: true });
    for (const [chosen, before, after] of [
      [flat, 'Staff Staff Staff - - -', 'Staff Staff Staff - - -'],
      [deep, 'Staff Staff Staff Staff - -', 'Staff Staff Staff - - Staff'],
    ] as const) {
      await using bench = await PosixBench.open(chosen);
      bench.tenant.setMember(staff, sales, true);
      await bench.round();
      assert.equal(primaries(bench), before);
      bench.tenant.setMember(sales, user(3), false);
      bench.tenant.setMember(sales, user(5), true);
      await bench.round();
      assert.equal(primaries(bench), after);
    }
  });

  it('keeps its number when the group is renamed, and stops counting when the name means no group, or several, or one that is not shown', async () => {
    await using bench = await PosixBench.open(both);
    bench.tenant.putGroup(staff, { displayName: 'People' });
    await bench.round();
    assert.equal(
      bench.values('uid=u0,ou=users', 'gidNumber')?.[0],
      bench.values('cn=People,ou=groups', 'gidNumber')?.[0],
    );
    bench.tenant.putGroup(modelId('group', 5), { displayName: 'SALES' });
    await bench.round();
    assert.equal(primaries(bench).split(' ')[3], '-', 'two groups are called so');
    bench.tenant.removeGroup(modelId('group', 5), 'deleted');
    await bench.round();
    assert.equal(primaries(bench).split(' ')[3], 'Sales');
    bench.tenant.putGroup(sales, { displayName: 'Verkauf' });
    await bench.round();
    assert.equal(bench.values('uid=u3,ou=users', 'gidNumber')?.[0], '1000000000', 'no group is called so any more');
    bench.tenant.removeGroup(staff, 'changed');
    await bench.round();
    assert.equal(bench.values('uid=u0,ou=users', 'gidNumber')?.[0], '1000000000', 'the group is gone');
  });

  it('is one that clients can look up: a group that is left out passes its turn on (P1)', async () => {
    const hidden = primarySettings(
      { kind: 'firstMatch', groups: ['Sales', 'Staff'] },
      { groups: { ...openSettings.groups, withoutEmail: false } },
    );
    await using bench = await PosixBench.open(hidden);
    bench.tenant.putGroup(staff, { displayName: 'Staff', mail: 'staff@example.com' });
    bench.tenant.setMember(staff, user(3), true);
    await bench.round();
    assert.equal(primaries(bench), 'Staff Staff Staff Staff - -');
    bench.tenant.putGroup(sales, { displayName: 'Sales', mail: 'sales@example.com' });
    await bench.round();
    assert.equal(primaries(bench), 'Staff Staff Staff Sales - -');
    bench.tenant.putGroup(sales, { displayName: 'Sales', mail: null });
    await bench.round();
    assert.equal(primaries(bench), 'Staff Staff Staff Staff - -');
  });

  it('gives way to the number that a property of the user holds', async () => {
    await using bench = await PosixBench.open(
      primarySettings({ kind: 'firstMatch', groups: ['Staff'], gidNumberFrom: 'extensionAttribute2' }),
    );
    bench.tenant.putUser(user(1), {
      userPrincipalName: 'u1@example.com',
      displayName: 'x',
      accountEnabled: true,
      onPremisesExtensionAttributes: { extensionAttribute2: '70001' },
    });
    await bench.round();
    assert.deepEqual(bench.values('uid=u1,ou=users', 'gidNumber'), ['70001']);
    assert.equal(primaries(bench), 'Staff ? Staff - - -');
  });

  it('is changed for many only after somebody has agreed: their new files would belong to another group (P4)', async () => {
    const safety = { ...noLimits, renames: { count: 2, share: 1, few: 2 } };
    await using bench = await PosixBench.open(openSettings, undefined, safety);
    const before = bench.facts.publication;
    const held = await bench.use(both);
    assert.deepEqual(held?.dangers, [{ kind: 'usersRegrouped', affected: 4, total: 6, limit: 2 }]);
    assert.equal(bench.facts.publication, before);
    assert.equal(await bench.use(primarySettings({ kind: 'firstMatch', groups: ['Sales'] })), null);
    assert.equal(primaries(bench), '- - - Sales - -');
  });

  it('comes to the same by single changes as by looking at everything', async () => {
    await using bench = await PosixBench.open(both);
    let seed = 7;
    const choose = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let step = 0; step < 25; step++) {
      const group = choose(2) === 0 ? staff : sales;
      if (choose(5) === 0) bench.tenant.setMember(staff, sales, choose(2) === 0);
      else if (choose(6) === 0) bench.tenant.putGroup(sales, { displayName: choose(2) === 0 ? 'Sales' : 'Other' });
      else bench.tenant.setMember(group, user(choose(6)), choose(2) === 0);
      await bench.round();
      const step1 = primaries(bench);
      const { publication } = bench.facts;
      await bench.round(true);
      assert.equal(primaries(bench), step1, `step ${step}`);
      assert.equal(bench.facts.publication, publication, `step ${step}`);
    }
  });
});
