import assert from 'node:assert/strict';
import { modelId } from '../../support/model-tenant.ts';
import { PosixBench, sudoSettings } from '../../support/posix-bench.ts';
import { sudoRule } from '../../support/sudo-rule.ts';
import { openSettings } from '../../support/sync-bench.ts';

const user = (number: number) => modelId('user', number);
const staff = modelId('group', 1);
const sales = modelId('group', 2);
const container = 'ou=SUDOers';

function sudoUsers(bench: PosixBench, rule = 'r'): readonly string[] | undefined {
  return bench.values(`cn=${rule},${container}`, 'sudoUser');
}

const person = (userPrincipalName: string) => ({ userPrincipalName, displayName: 'x', accountEnabled: true });

describe('sudo rules', () => {
  it('are entries of the class sudoRole that name groups and people as they are served', async () => {
    const rule = sudoRule('web', {
      groups: ['staff', sales],
      users: ['u4', 'U5@example.com', user(0)],
      hosts: ['web1', '!web2'],
      commands: ['/bin/systemctl', '!/bin/su'],
      runAsUsers: ['www-data'],
      runAsGroups: ['adm'],
      options: ['!authenticate'],
      notBeforeMs: Date.UTC(2027, 0, 31, 18),
      notAfterMs: Date.UTC(2028, 0, 31, 18),
      order: 7,
      description: 'for the web',
    });
    await using bench = await PosixBench.open(sudoSettings([rule]));
    assert.deepEqual(sudoUsers(bench, 'web'), ['u4', 'u5', 'u0', '%Staff', '%Sales']);
    const expected = {
      objectClass: ['top', 'sudoRole'],
      structuralObjectClass: ['sudoRole'],
      cn: ['web'],
      sudoHost: ['web1', '!web2'],
      sudoCommand: ['/bin/systemctl', '!/bin/su'],
      sudoRunAsUser: ['www-data'],
      sudoRunAsGroup: ['adm'],
      sudoOption: ['!authenticate'],
      sudoNotBefore: ['20270131180000Z'],
      sudoNotAfter: ['20280131180000Z'],
      sudoOrder: ['7'],
      description: ['for the web'],
    };
    for (const [name, values] of Object.entries(expected))
      assert.deepEqual(bench.values(`cn=web,${container}`, name), values, name);
    assert.deepEqual(await bench.sizes(container), [1, 1]);
    assert.deepEqual(bench.facts.sudo, { shown: 1, hidden: [], unknown: [] });
  });

  it('have an entry of defaults where there are options for all of them', async () => {
    const settings = sudoSettings([sudoRule('r', { users: ['ALL'] })]);
    await using bench = await PosixBench.open({
      ...settings,
      sudo: { container, rules: [], ...settings.sudo, defaults: ['timestamp_timeout=5'] },
    });
    assert.deepEqual(bench.values(`cn=defaults,${container}`, 'sudoOption'), ['timestamp_timeout=5']);
    assert.deepEqual(sudoUsers(bench, 'defaults'), []);
    assert.deepEqual(sudoUsers(bench), ['ALL']);
    assert.deepEqual(await bench.sizes(container), [2, 2]);
  });

  it('follow a rename of a group or a user in the publish that shows it (P2)', async () => {
    await using bench = await PosixBench.open(
      sudoSettings([
        sudoRule('r', { groups: [staff], users: ['u4', user(5)] }),
        sudoRule('named', { groups: ['Staff'] }),
      ]),
    );
    const before = bench.facts.publication;
    bench.tenant.putGroup(staff, { displayName: 'People' });
    bench.tenant.putUser(user(5), person('renamed@example.com'));
    await bench.round();
    assert.equal(bench.facts.publication, before + 1);
    assert.deepEqual(sudoUsers(bench), ['u4', 'renamed', '%People']);
    assert.equal(sudoUsers(bench, 'named'), undefined, 'it is not known who is meant by the old name (P7)');
    assert.deepEqual(bench.facts.sudo, {
      shown: 1,
      hidden: ['named'],
      unknown: [{ rule: 'named', kind: 'group', name: 'Staff', found: 0 }],
    });
    bench.tenant.putGroup(staff, { displayName: 'Staff' });
    await bench.round();
    assert.deepEqual(sudoUsers(bench, 'named'), ['%Staff']);
  });

  it('follow a user principal name to whoever has it, and a uid to whom it was given (P5)', async () => {
    await using bench = await PosixBench.open(
      sudoSettings([sudoRule('upn', { users: ['u4@example.com'] }), sudoRule('uid', { users: ['u4'] })]),
    );
    bench.tenant.putUser(user(4), person('other@example.com'));
    await bench.round();
    assert.equal(sudoUsers(bench, 'upn'), undefined);
    assert.equal(sudoUsers(bench, 'uid'), undefined);
    bench.tenant.putUser(user(5), person('u4@example.com'));
    await bench.round();
    assert.deepEqual(sudoUsers(bench, 'upn'), ['u4@example.com'], 'the uid u4 stays the one of the first');
    assert.equal(sudoUsers(bench, 'uid'), undefined);
  });

  it('are not for a name that two people answer to (P7)', async () => {
    await using bench = await PosixBench.open(sudoSettings([sudoRule('r', { users: ['u4@example.com'] })]));
    bench.tenant.putUser(user(4), person('other@example.com'));
    await bench.round();
    bench.tenant.putUser(user(5), person('u4@example.com'));
    await bench.round();
    bench.tenant.putUser(user(5), person('third@example.com'));
    await bench.round();
    bench.tenant.putUser(user(4), person('u4@example.com'));
    await bench.round();
    assert.deepEqual(sudoUsers(bench), ['u4']);
    bench.tenant.putUser(user(3), person('u4@example.com'));
    await bench.round();
    assert.equal(sudoUsers(bench), undefined);
    assert.deepEqual(bench.facts.sudo?.unknown, [{ rule: 'r', kind: 'user', name: 'u4@example.com', found: 2 }]);
  });

  it('never reach further than meant: without anybody left a rule is no entry, and a group of two has no value (P7)', async () => {
    await using bench = await PosixBench.open(
      sudoSettings([sudoRule('r', { groups: ['Sales', 'Nobody'] }), sudoRule('gone', { users: ['nobody', user(77)] })]),
    );
    assert.deepEqual(sudoUsers(bench), ['%Sales']);
    assert.equal(sudoUsers(bench, 'gone'), undefined);
    assert.deepEqual(await bench.sizes(container), [1, 1]);
    bench.tenant.putGroup(modelId('group', 9), { displayName: 'SALES' });
    await bench.round();
    assert.equal(sudoUsers(bench), undefined);
    assert.deepEqual(await bench.sizes(container), [0, 0]);
    assert.deepEqual(bench.facts.sudo?.hidden, ['r', 'gone']);
    assert.deepEqual(bench.facts.sudo?.unknown[0], { rule: 'r', kind: 'group', name: 'Sales', found: 2 });
  });

  it('leave out groups and users that are not shown, and users who are gone', async () => {
    const hidden = {
      groups: { ...openSettings.groups, withoutEmail: false },
      users: { ...openSettings.users, whenLocked: 'hide' as const },
    };
    await using bench = await PosixBench.open(
      sudoSettings([sudoRule('r', { groups: ['Staff'], users: ['u1', 'u2'] })], hidden),
    );
    assert.deepEqual(sudoUsers(bench), ['u1', 'u2']);
    bench.tenant.putUser(user(1), { ...person('u1@example.com'), accountEnabled: false });
    bench.tenant.removeUser(user(2), 'changed');
    await bench.round();
    assert.equal(sudoUsers(bench), undefined);
    bench.tenant.putGroup(staff, { displayName: 'Staff', mail: 'staff@example.com' });
    await bench.round();
    assert.deepEqual(sudoUsers(bench), ['%Staff']);
    bench.tenant.removeGroup(staff, 'deleted');
    await bench.round();
    assert.equal(sudoUsers(bench), undefined);
  });

  it('name by their numbers those whose names sudo would take for something else, or that are not ASCII (P7)', async () => {
    await using bench = await PosixBench.open(
      sudoSettings([sudoRule('r', { groups: [staff, sales], users: [user(4), user(5), user(0)] })]),
    );
    bench.tenant.putGroup(staff, { displayName: '#0' });
    bench.tenant.putGroup(sales, { displayName: 'Développeurs' });
    bench.tenant.putUser(user(4), person('all@example.com'));
    bench.tenant.putUser(user(5), person('%wheel@example.com'));
    bench.tenant.putUser(user(0), person('müller@example.com'));
    await bench.round();
    const number = (name: string, attribute: string): string => bench.values(name, attribute)?.[0] ?? '?';
    assert.deepEqual(sudoUsers(bench), [
      `#${number('uid=all,ou=users', 'uidNumber')}`,
      `#${number('uid=%wheel,ou=users', 'uidNumber')}`,
      `#${number('uid=müller,ou=users', 'uidNumber')}`,
      `%#${number('cn=\\#0,ou=groups', 'gidNumber')}`,
      `%#${number('cn=Développeurs,ou=groups', 'gidNumber')}`,
    ]);
  });

  it('come and go with the section, container and all, and stay where rules are added before and behind them', async () => {
    await using bench = await PosixBench.open(openSettings);
    assert.equal(await bench.sizes(container), undefined);
    const rule = sudoRule('r', { groups: ['Staff'] });
    await bench.use(sudoSettings([rule]));
    assert.deepEqual(sudoUsers(bench), ['%Staff']);
    await bench.use(sudoSettings([sudoRule('first', { users: ['u1'] }), rule, sudoRule('last', { users: ['u2'] })]));
    assert.deepEqual(
      ['first', 'r', 'last'].map((name) => sudoUsers(bench, name)),
      [['u1'], ['%Staff'], ['u2']],
    );
    await bench.use(sudoSettings([sudoRule('last', { users: ['u2'] })]));
    assert.deepEqual(await bench.sizes(container), [1, 1]);
    assert.equal(sudoUsers(bench), undefined);
    await bench.use(openSettings);
    assert.equal(await bench.sizes(container), undefined);
    assert.equal(sudoUsers(bench, 'last'), undefined);
    assert.equal(bench.facts.sudo, undefined);
  });

  it('change nothing that is published when nothing has changed, and keep their time stamps when something else does', async () => {
    await using bench = await PosixBench.open(
      sudoSettings([sudoRule('r', { groups: ['Staff'], users: ['u1@example.com'] })]),
    );
    const { publication } = bench.facts;
    const csn = bench.changeNumber(`cn=r,${container}`);
    await bench.round(true);
    assert.equal(bench.facts.publication, publication);
    bench.tenant.putUser(user(3), person('changed@example.com'));
    await bench.round();
    assert.equal(bench.facts.publication, publication + 1);
    assert.equal(bench.changeNumber(`cn=r,${container}`), csn);
    assert.deepEqual(sudoUsers(bench), ['u1', '%Staff']);
  });
});
