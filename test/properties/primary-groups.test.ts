import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ProjectionSettings } from '../../src/projection/settings.ts';
import { modelId } from '../support/model-tenant.ts';
import { PosixBench, primarySettings } from '../support/posix-bench.ts';
import { sudoRule } from '../support/sudo-rule.ts';

const user = (number: number) => modelId('user', number);
const group = (number: number) => modelId('group', number);
/** Names that people and groups fight for: short names, what they fall back to, and the name of the shared group. */
const names = ['u0', 'U1', 'u2', 'Staff', 'Sales', 'domain-users', `u0-${user(0).slice(0, 8)}`, `u1-${user(1)}`];

type Step =
  | { readonly kind: 'user'; readonly number: number; readonly name: string; readonly enabled: boolean }
  | { readonly kind: 'group'; readonly number: number; readonly name: string }
  | { readonly kind: 'removeUser' | 'removeGroup'; readonly number: number }
  | { readonly kind: 'member'; readonly group: number; readonly user: number; readonly joined: boolean }
  | { readonly kind: 'nested'; readonly outer: number; readonly inner: number; readonly joined: boolean };

const people = fc.nat(5);
const teams = fc.integer({ min: 1, max: 5 });
const anyName = fc.constantFrom(...names);
const steps = fc.oneof(
  fc.record({ kind: fc.constant('user' as const), number: people, name: anyName, enabled: fc.boolean() }),
  fc.record({ kind: fc.constant('group' as const), number: teams, name: anyName }),
  fc.record({ kind: fc.constantFrom('removeUser' as const, 'removeGroup' as const), number: teams }),
  fc.record({ kind: fc.constant('member' as const), group: teams, user: people, joined: fc.boolean() }),
  fc.record({ kind: fc.constant('nested' as const), outer: teams, inner: teams, joined: fc.boolean() }),
);

function take({ tenant }: PosixBench, step: Step): void {
  switch (step.kind) {
    case 'user': {
      const userPrincipalName = `${step.name.toLowerCase()}@example.com`;
      const taken = [...tenant.users.values()].some((each) => each['userPrincipalName'] === userPrincipalName);
      if (taken) return;
      tenant.putUser(user(step.number), { userPrincipalName, displayName: step.name, accountEnabled: step.enabled });
      return;
    }
    case 'group':
      tenant.putGroup(group(step.number), { displayName: step.name });
      return;
    case 'removeUser':
      tenant.removeUser(user(step.number), 'changed');
      return;
    case 'removeGroup':
      tenant.removeGroup(group(step.number), 'changed');
      return;
    case 'member':
      if (tenant.groups.has(group(step.group))) tenant.setMember(group(step.group), user(step.user), step.joined);
      return;
    case 'nested':
      if (tenant.groups.has(group(step.outer))) tenant.setMember(group(step.outer), group(step.inner), step.joined);
  }
}

/** What must hold of every directory: each name and number of a group is one group's, and rules name who is there. */
async function assertSound(bench: PosixBench): Promise<void> {
  const groups = [...(await bench.names('ou=groups')), ...(await bench.names('ou=private-groups'))];
  const cns = groups.map((dn) => bench.values(dn, 'cn')?.[0]?.toLowerCase() ?? assert.fail(dn));
  assert.deepEqual(cns.toSorted(), [...new Set(cns)].toSorted(), 'getgrnam has one answer');
  const gids = groups.map((dn) => bench.values(dn, 'gidNumber')?.[0] ?? assert.fail(dn));
  assert.deepEqual(gids.toSorted(), [...new Set(gids)].toSorted(), 'getgrgid has one answer');
  for (const dn of await bench.names('ou=users')) {
    const [gid] = bench.values(dn, 'gidNumber') ?? [];
    const primary = groups[gids.indexOf(gid ?? '')] ?? assert.fail(`${dn} is in no group`);
    if (!primary.endsWith(',ou=private-groups')) continue;
    assert.deepEqual(bench.values(primary, 'memberUid'), bench.values(dn, 'uid'));
    assert.ok(bench.values(dn, 'memberOf')?.includes(`${primary},dc=example,dc=com`));
  }
  assert.deepEqual(await bench.sizes('ou=SUDOers'), [bench.facts.sudo?.shown, bench.facts.sudo?.shown]);
  for (const rule of await bench.names('ou=SUDOers')) {
    const values = bench.values(rule, 'sudoUser') ?? [];
    assert.ok(values.length > 0, 'a rule is for somebody');
    for (const value of values) {
      const container = value.startsWith('%') ? `cn=${value.slice(1)},ou=groups` : `uid=${value},ou=users`;
      assert.ok(bench.values(container, 'objectClass'), `${value} is somebody who is shown`);
    }
  }
}

const rules = [
  sudoRule('named', { groups: ['Staff'], users: ['u0', 'u1@example.com'] }),
  sudoRule('ids', { groups: [group(1), group(3)], users: [user(2)] }),
];

const settings: readonly (readonly [string, ProjectionSettings])[] = [
  ['private', primarySettings({ kind: 'private' })],
  ['firstMatch', primarySettings({ kind: 'firstMatch', groups: ['sales', group(1), 'U2'], nested: true })],
];

describe('primary groups and sudo rules', function () {
  this.timeout(120_000);

  for (const [kind, chosen] of settings) {
    it(`of kind ${kind} stay sound through any changes, and looking at everything finds nothing that single changes have missed (P2, P5)`, async () => {
      const sudo = { container: 'ou=SUDOers', defaults: [], rules };
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(steps, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
          async (rounds) => {
            await using bench = await PosixBench.open({ ...chosen, sudo });
            for (const round of rounds) {
              for (const step of round) take(bench, step);
              await bench.round();
              await assertSound(bench);
              const { publication } = bench.facts;
              await bench.round(true);
              assert.equal(bench.facts.publication, publication, 'nothing was left to be found');
            }
          },
        ),
        { numRuns: 25 },
      );
    });
  }
});
