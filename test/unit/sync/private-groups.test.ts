import assert from 'node:assert/strict';
import { modelId } from '../../support/model-tenant.ts';
import { PosixBench, primarySettings } from '../../support/posix-bench.ts';
import { sudoRule } from '../../support/sudo-rule.ts';
import { openSettings } from '../../support/sync-bench.ts';
import { putPerson } from '../../support/sync-tenant.ts';

const user = (number: number) => modelId('user', number);
const container = 'ou=private-groups';
const base = 'dc=example,dc=com';
const own = (name: string): string => `cn=${name},${container}`;
const settings = primarySettings({ kind: 'private' });
const fallback = `u1-${user(1).slice(0, 8)}`;

describe('private groups', () => {
  it('have the name and the number of their user, who is the only member, and the same is in memberOf', async () => {
    await using bench = await PosixBench.open(settings);
    const [uidNumber] = bench.values('uid=u1,ou=users', 'uidNumber') ?? [];
    assert.deepEqual(bench.values('uid=u1,ou=users', 'gidNumber'), [uidNumber]);
    assert.deepEqual(bench.values(own('u1'), 'gidNumber'), [uidNumber]);
    assert.deepEqual(bench.values(own('u1'), 'memberUid'), ['u1']);
    assert.deepEqual(bench.values(own('u1'), 'member'), [`uid=u1,ou=users,${base}`]);
    assert.deepEqual(bench.values('uid=u1,ou=users', 'memberOf'), [
      `cn=Staff,ou=groups,${base}`,
      `${own('u1')},${base}`,
    ]);
    assert.deepEqual(bench.values(own('u1'), 'objectClass'), ['top', 'groupOfMembers', 'posixGroup', 'entraGroup']);
    assert.deepEqual(await bench.sizes(container), [6, 6]);
    assert.equal(bench.facts.privateGroups, 6);
    assert.equal(bench.facts.groups, 2, 'they are no groups of the tenant');
  });

  it('come, go and are renamed with their users, also without everything being looked at', async () => {
    await using bench = await PosixBench.open(settings);
    putPerson(bench.tenant, 6);
    bench.tenant.removeUser(user(0), 'changed');
    bench.tenant.putUser(user(2), { userPrincipalName: 'renamed@example.com', displayName: 'x', accountEnabled: true });
    await bench.round();
    assert.equal(bench.values(own('u0'), 'cn'), undefined);
    assert.equal(bench.values(own('u2'), 'cn'), undefined);
    assert.deepEqual(bench.values(own('u6'), 'memberUid'), ['u6']);
    assert.deepEqual(bench.values('uid=u6,ou=users', 'memberOf'), [`${own('u6')},${base}`]);
    assert.deepEqual(bench.values(own('renamed'), 'memberUid'), ['renamed']);
    assert.deepEqual(bench.values(own('renamed'), 'member'), [`uid=renamed,ou=users,${base}`]);
    assert.deepEqual(await bench.sizes(container), [6, 6]);
    bench.tenant.putUser(user(0), { userPrincipalName: 'u0@example.com', displayName: 'x', accountEnabled: true });
    await bench.round();
    assert.deepEqual(bench.values(own('u0'), 'memberUid'), ['u0']);
    assert.deepEqual(await bench.sizes(container), [7, 7]);
  });

  it('keep their identity when they are renamed (RFC 4530)', async () => {
    await using bench = await PosixBench.open(settings);
    const before = bench.values(own('u2'), 'entryUUID');
    bench.tenant.putUser(user(2), { userPrincipalName: 'new@example.com', displayName: 'x', accountEnabled: true });
    await bench.round();
    assert.deepEqual(bench.values(own('new'), 'entryUUID'), before);
    assert.notDeepEqual(before, [user(2)]);
  });

  it('go with a user who is locked and hidden, and stay with one who is locked and shown', async () => {
    const hiding = primarySettings({ kind: 'private' }, { users: { ...openSettings.users, whenLocked: 'hide' } });
    for (const [chosen, shown] of [
      [settings, ['u1']],
      [hiding, undefined],
    ] as const) {
      await using bench = await PosixBench.open(chosen);
      bench.tenant.putUser(user(1), { userPrincipalName: 'u1@example.com', displayName: 'x', accountEnabled: false });
      await bench.round();
      assert.deepEqual(bench.values(own('u1'), 'memberUid'), shown);
    }
  });

  it('give way to a group of the tenant that is called so, before or after them, so that getgrnam has one answer (P5)', async () => {
    await using bench = await PosixBench.open(settings);
    bench.tenant.putGroup(modelId('group', 3), { displayName: 'U1' });
    await bench.round();
    assert.deepEqual(bench.values('cn=U1,ou=groups', 'cn'), ['U1']);
    assert.equal(bench.values(own('u1'), 'cn'), undefined);
    assert.deepEqual(bench.values(own(fallback), 'memberUid'), ['u1']);
    assert.deepEqual(bench.values('uid=u1,ou=users', 'memberOf')?.at(-1), `${own(fallback)},${base}`);
    await bench.round(true);
    assert.deepEqual(bench.values(own(fallback), 'memberUid'), ['u1']);
    bench.tenant.removeGroup(modelId('group', 3), 'deleted');
    await bench.round();
    assert.deepEqual(bench.values(own(fallback), 'memberUid'), ['u1'], 'a name that a group had is nobody else’s');
    assert.deepEqual(await bench.sizes(container), [6, 6]);
  });

  it('give way once more when their second name is taken too, by a group or by the group of another user (P5)', async () => {
    await using bench = await PosixBench.open(settings);
    bench.tenant.putGroup(modelId('group', 3), { displayName: 'u1' });
    await bench.round();
    bench.tenant.putUser(user(9), {
      userPrincipalName: `${fallback}@example.com`,
      displayName: 'x',
      accountEnabled: true,
    });
    await bench.round();
    assert.deepEqual(bench.values(own(fallback), 'memberUid'), [fallback]);
    assert.deepEqual(bench.values(own(`u1-${user(1)}`), 'memberUid'), ['u1']);
    assert.deepEqual(await bench.sizes(container), [7, 7]);
  });

  it('give way to the shared group, which stays for those who can have none of their own (P5)', async () => {
    await using bench = await PosixBench.open(primarySettings({ kind: 'private', name: 'U3' }));
    assert.deepEqual(bench.values('cn=U3,ou=groups', 'gidNumber'), ['1000000000']);
    assert.deepEqual(bench.values(own(`u3-${user(3).slice(0, 8)}`), 'memberUid'), ['u3']);
  });

  it('are never given the number of another group: such a user is in the shared group (P5)', async () => {
    const adopting = { ...openSettings, users: { ...openSettings.users, uidNumberFrom: 'extensionAttribute1' } };
    await using bench = await PosixBench.open({
      ...adopting,
      groups: { ...openSettings.groups, gidNumberFrom: 'mailNickname' },
    });
    const properties = { userPrincipalName: 'u7@example.com', displayName: 'x', accountEnabled: true };
    bench.tenant.putUser(user(7), { ...properties, onPremisesExtensionAttributes: { extensionAttribute1: '5000' } });
    bench.tenant.putGroup(modelId('group', 7), { displayName: 'g7', mailNickname: '5000' });
    await bench.round();
    await bench.use(primarySettings({ kind: 'private' }, adopting));
    assert.deepEqual(bench.values('cn=g7,ou=groups', 'gidNumber'), ['5000']);
    assert.deepEqual(bench.values('uid=u7,ou=users', 'gidNumber'), ['1000000000']);
    assert.equal(bench.values(own('u7'), 'cn'), undefined);
    assert.deepEqual(await bench.sizes(container), [6, 6]);
  });

  it('share their numbers with groups, so that nobody is given by a property what a group has (P5)', async () => {
    const adopting = primarySettings(
      { kind: 'private' },
      {
        users: { ...openSettings.users, uidNumberFrom: 'extensionAttribute1' },
        groups: { ...openSettings.groups, gidNumberFrom: 'mailNickname' },
      },
    );
    await using bench = await PosixBench.open(adopting);
    bench.tenant.putGroup(modelId('group', 7), { displayName: 'g7', mailNickname: '5000' });
    await bench.round();
    const properties = { userPrincipalName: 'u7@example.com', displayName: 'x', accountEnabled: true };
    bench.tenant.putUser(user(7), { ...properties, onPremisesExtensionAttributes: { extensionAttribute1: '5000' } });
    bench.tenant.putUser(user(8), {
      ...properties,
      userPrincipalName: 'u8@example.com',
      onPremisesExtensionAttributes: { extensionAttribute1: '1000000000' },
    });
    await bench.round();
    for (const name of ['u7', 'u8']) {
      const [number] = bench.values(`uid=${name},ou=users`, 'uidNumber') ?? [];
      assert.ok(Number(number) >= 100_000_000 && Number(number) <= 999_999_999, number);
      assert.deepEqual(bench.values(own(name), 'gidNumber'), [number]);
    }
  });

  it('have the number that was kept for the group of the same name, for it was theirs in the old directory (PAIN-08)', async () => {
    await using bench = await PosixBench.open(settings);
    await bench.store.ledger.enter({
      entries: [],
      formerNames: [],
      reservations: [
        { space: 'user', nameKey: 'u7', number: 5000 },
        { space: 'group', nameKey: 'u7', number: 5000 },
        { space: 'group', nameKey: 'other', number: 5001 },
        { space: 'user', nameKey: 'u8', number: 5001 },
      ],
    });
    putPerson(bench.tenant, 7);
    putPerson(bench.tenant, 8);
    await bench.round();
    assert.deepEqual(bench.values('uid=u7,ou=users', 'uidNumber'), ['5000']);
    assert.deepEqual(bench.values(own('u7'), 'gidNumber'), ['5000']);
    assert.deepEqual(bench.values('uid=u8,ou=users', 'gidNumber'), ['1000000000'], 'another group may come for it');
    bench.tenant.putGroup(modelId('group', 7), { displayName: 'u7' });
    await bench.round();
    assert.notDeepEqual(bench.values('cn=u7,ou=groups', 'gidNumber'), ['5000'], 'files are theirs still (P5)');
    assert.deepEqual(bench.values(own(`u7-${user(7).slice(0, 8)}`), 'gidNumber'), ['5000']);
  });

  it('are of those only whose property does not name another primary group', async () => {
    const sourced = primarySettings({ kind: 'private', gidNumberFrom: 'extensionAttribute2' });
    await using bench = await PosixBench.open(sourced);
    const person = (extensionAttribute2: string | null): void =>
      bench.tenant.putUser(user(1), {
        userPrincipalName: 'u1@example.com',
        displayName: 'x',
        accountEnabled: true,
        onPremisesExtensionAttributes: { extensionAttribute2 },
      });
    person('70001');
    await bench.round();
    assert.deepEqual(bench.values('uid=u1,ou=users', 'gidNumber'), ['70001']);
    assert.equal(bench.values(own('u1'), 'cn'), undefined);
    assert.deepEqual(bench.values('uid=u1,ou=users', 'memberOf'), [`cn=Staff,ou=groups,${base}`]);
    person(null);
    await bench.round();
    assert.deepEqual(bench.values(own('u1'), 'memberUid'), ['u1']);
    assert.deepEqual(await bench.sizes(container), [6, 6]);
  });

  it('come and go with the setting, container and all, and leave nothing in memberOf', async () => {
    await using bench = await PosixBench.open(openSettings);
    const shared = bench.values('uid=u1,ou=users', 'gidNumber');
    assert.equal(await bench.sizes(container), undefined);
    await bench.use(settings);
    assert.deepEqual(await bench.sizes(container), [6, 6]);
    assert.deepEqual(await bench.sizes('ou=groups'), [3, 3]);
    await bench.use(openSettings);
    assert.equal(await bench.sizes(container), undefined);
    assert.equal(bench.values(own('u1'), 'cn'), undefined);
    assert.deepEqual(bench.values('uid=u1,ou=users', 'gidNumber'), shared);
    assert.deepEqual(bench.values('uid=u1,ou=users', 'memberOf'), [`cn=Staff,ou=groups,${base}`]);
    assert.equal(bench.facts.privateGroups, 0);
  });

  it('have no entries where machines make them up themselves, and users still have their numbers', async () => {
    await using bench = await PosixBench.open(primarySettings({ kind: 'private', shown: false }));
    assert.equal(await bench.sizes(container), undefined);
    const uidNumber = bench.values('uid=u1,ou=users', 'uidNumber');
    assert.deepEqual(bench.values('uid=u1,ou=users', 'gidNumber'), uidNumber);
    assert.deepEqual(bench.values('uid=u4,ou=users', 'memberOf'), []);
  });

  it('are groups of Active Directory too in that flavour, and sudo rules carry the numbers that SSSD refreshes by', async () => {
    const sudo = { container: 'ou=SUDOers', defaults: [], rules: [sudoRule('r', { groups: ['Staff'] })] };
    await using bench = await PosixBench.open({ ...settings, activeDirectory: true, sudo });
    assert.deepEqual(bench.values(own('u1'), 'objectClass')?.at(-1), 'group');
    assert.deepEqual(bench.values(own('u1'), 'sAMAccountName'), ['u1']);
    assert.equal(bench.values(own('u1'), 'objectSid')?.length, 1);
    assert.match(bench.stamp('cn=r,ou=SUDOers', 'uSNChanged'), /^\d+$/);
    assert.deepEqual(bench.values('cn=r,ou=SUDOers', 'sudoUser'), ['%Staff']);
  });

  it('change nothing that is published when nothing has changed', async () => {
    await using bench = await PosixBench.open(settings);
    const { publication } = bench.facts;
    await bench.round(true);
    assert.equal(bench.facts.publication, publication);
  });
});
