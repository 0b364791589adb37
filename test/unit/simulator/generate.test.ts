import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { IdSpace, Permutation } from '../../../src/simulator/generator/random.ts';
import { refIndex, refKind, userRef } from '../../../src/simulator/tenant/population.ts';
import type { TenantModel } from '../../../src/simulator/tenant/tenant-model.ts';
import { string } from '../../support/simulator-client.ts';

const SEED = 20_261_121;

function digest(tenant: TenantModel): string {
  const hash = createHash('sha256').update(JSON.stringify(tenant.facts));
  for (let index = 0; index < tenant.users.count; index += 1) {
    hash.update(tenant.users.id(index)).update(JSON.stringify(tenant.users.record(index)));
    hash.update(JSON.stringify(tenant.account(index)));
  }
  for (let index = 0; index < tenant.groups.count; index += 1) {
    hash.update(tenant.groups.id(index)).update(JSON.stringify(tenant.groups.record(index)));
    hash.update([...tenant.memberships.members(index)].join());
  }
  return hash.digest('hex');
}

function edges(tenant: TenantModel): number {
  let count = 0;
  for (let group = 0; group < tenant.groups.count; group += 1) count += [...tenant.memberships.members(group)].length;
  return count;
}

describe('generated tenants', () => {
  it('are the same for the same seed and differ for another', () => {
    const options = { seed: SEED, users: 700, groups: 90 };
    assert.equal(digest(generateTenant(options)), digest(generateTenant(options)));
    assert.notEqual(digest(generateTenant(options)), digest(generateTenant({ ...options, seed: SEED + 1 })));
  });

  it('map every index to a version 4 GUID and back, and know no other GUID', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(0xffff_fffe), (seed, index) => {
        const space = new IdSpace(seed, 10);
        const id = space.id(index);
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.equal(space.indexOf(id, index + 1), index);
        assert.equal(space.indexOf(id, index), -1);
        assert.equal(new IdSpace(seed + 1, 10).indexOf(id, 0xffff_ffff), -1);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('permute positions one to one, and the way back is exact up to twenty million', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 20_000_000 }), fc.nat(), (seed, size, position) => {
        const permutation = new Permutation(size, seed, 5);
        const at = position % size;
        assert.equal(permutation.positionOf(permutation.at(at)), at);
      }),
      { seed: SEED, numRuns: 500 },
    );
    const values = new Set(Array.from({ length: 997 }, (_, at) => new Permutation(997, SEED, 1).at(at)));
    assert.equal(values.size, 997);
  });

  it('lead from every user principal name, in any letter case, to its user', () => {
    const tenant = generateTenant({ seed: SEED, users: 5000, groups: 0 });
    const seen = new Set<string>();
    for (let index = 0; index < 5000; index += 1) {
      const name = tenant.users.record(index)['userPrincipalName'];
      assert.equal(tenant.userNamed(string(name).toUpperCase()), index);
      seen.add(tenant.principalName(index));
    }
    assert.equal(seen.size, 5000, 'no two users share a user principal name');
  });

  it('do not find names that nobody has', () => {
    const tenant = generateTenant({ seed: SEED, users: 300, groups: 0 });
    for (const name of [
      'nobody@contoso.com',
      'anna.ivanov999999@contoso.com',
      'alice',
      '@contoso.com',
      'alice@',
      '',
      'a@b@c',
    ]) {
      assert.equal(tenant.userNamed(name), -1, name);
    }
  });

  it('have alice@contoso.com with Passw0rd! and no second factor as user 0', () => {
    const tenant = generateTenant({ seed: 99, users: 1, groups: 0 });
    assert.equal(tenant.users.record(0)['userPrincipalName'], 'alice@contoso.com');
    assert.deepEqual(tenant.account(0), { password: 'Passw0rd!', signIn: 'normal' });
    assert.equal(tenant.users.record(0)['accountEnabled'], true);
  });

  it('have every kind of person: guests, disabled, second factor, expired, federated, several scripts, clashing short names', () => {
    const tenant = generateTenant({ seed: SEED, users: 2000, groups: 0 });
    const scripts = new Set<string>();
    const shortNames = new Map<string, number>();
    const signIns = new Set<string>();
    let guests = 0;
    let disabled = 0;
    for (let index = 0; index < 2000; index += 1) {
      const record = tenant.users.record(index);
      const name = string(record['displayName']);
      for (const script of ['Cyrillic', 'Greek', 'Han', 'Arabic', 'Hebrew', 'Devanagari', 'Hangul']) {
        if (new RegExp(`\\p{Script=${script}}`, 'u').test(name)) scripts.add(script);
      }
      if (/[À-ž]/.test(name)) scripts.add('Latin with diacritics');
      if (record['userType'] === 'Guest') {
        guests += 1;
        assert.match(string(record['userPrincipalName']), /_northwind\.example#EXT#@contoso\.onmicrosoft\.com$/);
      }
      if (record['accountEnabled'] === false) disabled += 1;
      const nickname = string(record['mailNickname']);
      shortNames.set(nickname, (shortNames.get(nickname) ?? 0) + 1);
      signIns.add(tenant.account(index).signIn);
      assert.match(string(record['userPrincipalName']), /^[\x21-\x7e]+$/, 'user principal names are ASCII');
    }
    assert.equal(scripts.size, 8);
    assert.ok(guests > 50 && disabled > 20);
    assert.ok([...shortNames.values()].filter((count) => count === 2).length > 50);
    for (const signIn of ['mfaRequired', 'passwordExpired', 'federated', 'guest', 'noPassword'])
      assert.ok(signIns.has(signIn), signIn);
  });

  it('have every kind of group, a circle of nested groups and one group with everybody', () => {
    const tenant = generateTenant({ seed: SEED, users: 100, groups: 200 });
    const kinds = new Set<string>();
    for (let index = 0; index < 200; index += 1) {
      const { groupTypes, mailEnabled, securityEnabled } = tenant.groups.record(index);
      kinds.add(JSON.stringify([groupTypes, mailEnabled, securityEnabled]));
      if (mailEnabled !== true) assert.equal(tenant.groups.record(index)['mail'], undefined);
    }
    for (const kind of [
      '[[],false,true]',
      '[["Unified"],true,false]',
      '[["DynamicMembership"],false,true]',
      '[[],true,true]',
      '[[],true,false]',
    ]) {
      assert.ok(kinds.has(kind), kind);
    }
    const everybody = new Set(tenant.memberships.members(0));
    for (let user = 0; user < 100; user += 1) assert.ok(everybody.has(userRef(user)));
    const children = (group: number): number[] =>
      [...tenant.memberships.members(group)].filter((ref) => refKind(ref) === 'group').map(refIndex);
    assert.deepEqual([children(1), children(2), children(3)], [[2], [3], [1]]);
  });

  it('answer membership in both directions alike', () => {
    const tenant = generateTenant({ seed: SEED, users: 150, groups: 60, memberships: 1200 });
    const reverse = new Map<number, number[]>();
    for (let group = 0; group < 60; group += 1) {
      const members = [...tenant.memberships.members(group)];
      assert.equal(new Set(members).size, members.length, 'no member comes twice');
      for (const ref of members) {
        assert.ok(tenant.memberships.has(group, ref));
        reverse.set(ref, [...(reverse.get(ref) ?? []), group]);
      }
    }
    for (let user = 0; user < 150; user += 1) {
      assert.deepEqual(tenant.memberships.groupsOf(userRef(user)), reverse.get(userRef(user)) ?? []);
    }
  });

  it('have as many memberships as were asked for', () => {
    const tenant = generateTenant({ seed: SEED, users: 400, groups: 100, memberships: 5000 });
    assert.equal(edges(tenant), 5000);
  });

  it('have as many live users as were asked for and soft-deleted ones beside them', () => {
    const tenant = generateTenant({ seed: SEED, users: 300, groups: 5 });
    assert.equal(tenant.users.liveCount, 300);
    assert.equal(tenant.users.count, 303);
    assert.equal(tenant.users.state(302), 'softDeleted');
    assert.equal(generateTenant({ seed: 1, users: 300, groups: 0, softDeletedUsers: 0 }).users.count, 300);
  });

  it('hold a million users, 100,000 groups and 5,000,000 memberships in 64 MiB', () => {
    const before = process.memoryUsage();
    const tenant = generateTenant({ seed: SEED, users: 1_000_000, groups: 100_000, memberships: 5_000_000 });
    let total = 0;
    for (let group = 0; group < tenant.groups.count; group += 1) total += tenant.memberships.end(group);
    const after = process.memoryUsage();
    assert.equal(total, 5_000_000);
    assert.equal(tenant.userNamed(tenant.principalName(987_654)), 987_654);
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    assert.ok(grown < 64 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MiB`);
  });

  it('refuse impossible sizes', () => {
    for (const users of [-1, 1.5, Number.NaN, 1e12]) {
      assert.throws(() => generateTenant({ seed: 1, users, groups: 0 }), RangeError);
    }
  });

  it('take another primary domain', () => {
    const tenant = generateTenant({ seed: 1, users: 20, groups: 0, primaryDomain: 'Example.org' });
    assert.equal(tenant.userNamed('alice@example.org'), 0);
    assert.deepEqual(
      tenant.facts.domains.filter((domain) => domain.isDefault).map((domain) => domain.name),
      ['example.org'],
    );
  });
});
