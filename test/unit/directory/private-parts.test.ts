import assert from 'node:assert/strict';
import { Access, type AccessRules } from '../../../src/directory/access.ts';
import { entryDn } from '../../../src/directory/entry-codec.ts';
import { anonymous, type BoundIdentity } from '../../../src/directory/identity.ts';
import { noRights, type Rights } from '../../../src/directory/rights.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { modelId } from '../../support/model-tenant.ts';
import { PosixBench, primarySettings } from '../../support/posix-bench.ts';
import { sudoRule } from '../../support/sudo-rule.ts';

const base = 'dc=example,dc=com';
const everything = [{ from: 0, to: 0xffff_ffff }];
const settings = {
  ...primarySettings({ kind: 'private' }),
  sudo: { container: 'ou=SUDOers', defaults: ['!lecture'], rules: [sudoRule('r', { groups: ['Staff'] })] },
};

function rules(more: Partial<AccessRules>): AccessRules {
  const below = (container: string): string => `${container},${base}`;
  return {
    tree: {
      base,
      users: below('ou=users'),
      groups: below('ou=groups'),
      services: below('ou=services'),
      privateGroups: below('ou=private-groups'),
      sudoers: below('ou=sudoers'),
    },
    anonymous: undefined,
    users: noRights,
    services: new Map(),
    otherServices: undefined,
    ...more,
  };
}

const service: BoundIdentity = { kind: 'service', name: 'app', dn: `cn=app,ou=services,${base}` };

describe('rights to private groups and sudo rules (P7)', () => {
  let bench: PosixBench;

  before(async () => {
    bench = await PosixBench.open(settings);
  });

  after(() => bench[Symbol.asyncDispose]());

  /** What somebody sees below the two containers, and of these themselves. */
  async function seen(access: Access, who: BoundIdentity): Promise<readonly string[]> {
    using lease = bench.store.source.acquire();
    assert.ok(lease);
    const names: string[] = [];
    const reader = access.readable(lease.reader, who, 'search');
    for await (const block of reader?.scan(everything, 100) ?? []) {
      for (const { bytes } of block) names.push(entryDn(bytes).replace(`,${base}`, ''));
    }
    return names.filter((name) => /ou=private-groups|ou=SUDOers/.test(name)).toSorted();
  }

  function alice(): BoundIdentity {
    using lease = bench.store.source.acquire();
    const dn = `uid=u1,ou=users,${base}`;
    const entryId = lease?.reader.findDn(dn) ?? assert.fail('there is no u1');
    return { kind: 'user', dn, entryId, objectId: modelId('user', 1) };
  }

  const withRights = (rights: Partial<Rights>): Access =>
    new Access(rules({ services: new Map([['app', { ...noRights, ...rights }]]) }), standardSchema);
  const own = (numbers: readonly number[]): readonly string[] =>
    numbers.map((number) => `cn=u${number},ou=private-groups`);
  const all = own([0, 1, 2, 3, 4, 5]);
  const sudo = ['cn=defaults,ou=SUDOers', 'cn=r,ou=SUDOers'];

  it('are all for a service account without rights of its own', async () => {
    const names = await seen(new Access(rules({}), standardSchema), service);
    assert.deepEqual(names, [...sudo, ...all, 'ou=SUDOers', 'ou=private-groups']);
  });

  it('come with all groups, and sudo rules only by themselves', async () => {
    assert.deepEqual(await seen(withRights({ users: 'all', groups: 'all' }), service), [...all, 'ou=private-groups']);
    assert.deepEqual(await seen(withRights({ users: 'all' }), service), ['ou=private-groups']);
    assert.deepEqual(await seen(withRights({ sudoRules: true }), service), [
      ...sudo,
      'ou=SUDOers',
      'ou=private-groups',
    ]);
    const staff = { name: 'Staff', dn: `cn=staff,ou=groups,${base}` };
    assert.deepEqual(await seen(withRights({ users: [staff], groups: [staff] }), service), ['ou=private-groups']);
  });

  it('end at the bases', async () => {
    const users = withRights({ users: 'all', groups: 'all', sudoRules: true, bases: [`ou=users,${base}`] });
    assert.deepEqual(await seen(users, service), []);
    const groups = withRights({ groups: 'all', sudoRules: true, bases: [`ou=sudoers,${base}`] });
    assert.deepEqual(await seen(groups, service), [...sudo, 'ou=SUDOers']);
  });

  it('are the own group for a user, and nothing for who has not bound', async () => {
    const access = new Access(rules({ anonymous: noRights }), standardSchema);
    assert.deepEqual(await seen(access, alice()), [...own([1]), 'ou=private-groups']);
    assert.deepEqual(await seen(access, anonymous), ['ou=private-groups']);
    assert.deepEqual(await seen(new Access(rules({}), standardSchema), anonymous), []);
  });

  it('tell the difference where only they differ, so that a replica is sent what it was granted (RFC 4533)', () => {
    using lease = bench.store.source.acquire();
    assert.ok(lease);
    const scope = (sudoRules: boolean): string =>
      withRights({ users: 'all', sudoRules }).scopeOf(lease.reader, service);
    assert.notEqual(scope(true), scope(false));
  });
});
