import assert from 'node:assert/strict';
import type { MirrorRecord } from '../../../src/identity/mirror.ts';
import { nodeId } from '../../../src/identity/node.ts';
import { groupsNamed, matchesFor, NamedGroups } from '../../../src/projection/named-groups.ts';
import type { PrimaryGroup, ProjectionSettings } from '../../../src/projection/settings.ts';
import { modelId } from '../../support/model-tenant.ts';
import { sudoRule } from '../../support/sudo-rule.ts';
import { openSettings } from '../../support/sync-bench.ts';

function group(number: number, displayName: string): MirrorRecord {
  return { node: nodeId('group', number), objectId: modelId('group', number), properties: { displayName } };
}

const everyGroup = (): boolean => true;

function settings(
  policy: Partial<ProjectionSettings['policy']>,
  primary: Partial<PrimaryGroup> = {},
  sudoGroups: readonly (readonly string[])[] = [],
): ProjectionSettings {
  const { users } = openSettings;
  return {
    ...openSettings,
    users: { ...users, primaryGroup: { ...users.primaryGroup, ...primary } },
    policy: { ...openSettings.policy, ...policy },
    sudo: {
      container: 'ou=SUDOers',
      defaults: [],
      rules: sudoGroups.map((groups, at) => sudoRule(`r${at}`, { groups })),
    },
  };
}

const first = { kind: 'firstMatch', groups: ['Staff', 'Sales'] } as const;

describe('the groups that settings name', () => {
  it('are known by their display name in any letter case and spacing, or by their object id', () => {
    const allowedGroups = ['ldap  USERS', modelId('group', 7).toUpperCase()];
    const names = new NamedGroups(settings({ allowedGroups, disabledGroups: ['Leavers'] }), everyGroup);
    assert.equal(names.size, 3);
    assert.deepEqual(names.matching(group(1, 'LDAP users')), [0]);
    assert.deepEqual(names.matching(group(7, 'leavers')), [1, 2]);
    assert.deepEqual(names.matching(group(3, 'LDAP users 2')), []);
  });

  it('are not taken for another one that is called by their object id (P7)', () => {
    const names = new NamedGroups(settings({ disabledGroups: [modelId('group', 7)] }), everyGroup);
    assert.deepEqual(names.matching(group(1, modelId('group', 7))), []);
  });

  it('have a number or a name for machines only where they are shown, and decide who may sign in in any case (P7)', () => {
    const all = settings({ allowedGroups: ['Staff'], disabledGroups: ['Staff'] }, first, [['staff']]);
    assert.deepEqual(new NamedGroups(all, everyGroup).matching(group(1, 'Staff')), [0, 1, 2, 4]);
    assert.deepEqual(new NamedGroups(all, () => false).matching(group(1, 'Staff')), [0, 1]);
  });

  it('are told apart by what they are named for, each of the groups of sudo rules once', () => {
    const all = settings({ allowedGroups: ['A'], disabledGroups: ['B'] }, first, [['C', 'D'], ['D']]);
    assert.deepEqual(groupsNamed(all), {
      allowed: ['A'],
      disabled: ['B'],
      primary: ['Staff', 'Sales'],
      sudo: ['C', 'D'],
    });
    const matches = [1, 2, 3, 4, 5, 6].map((number) => [nodeId('group', number)]);
    assert.deepEqual(matchesFor('allowed', all, matches), matches.slice(0, 1));
    assert.deepEqual(matchesFor('disabled', all, matches), matches.slice(1, 2));
    assert.deepEqual(matchesFor('primary', all, matches), matches.slice(2, 4));
    assert.deepEqual(matchesFor('sudo', all, matches), matches.slice(4));
  });

  it('count for the primary group only where the first match is taken', () => {
    assert.deepEqual(groupsNamed(settings({}, { ...first, kind: 'shared' })).primary, []);
  });
});
