import assert from 'node:assert/strict';
import type { MirrorRecord } from '../../../src/identity/mirror.ts';
import { nodeId } from '../../../src/identity/node.ts';
import { policyGroups, PolicyNames, standing, unknownPolicyGroups } from '../../../src/projection/policy.ts';
import type { PolicySettings } from '../../../src/projection/settings.ts';
import { modelId } from '../../support/model-tenant.ts';

const one = nodeId('group', 1);
const two = nodeId('group', 2);

function settings(policy: Partial<PolicySettings>): PolicySettings {
  return { allowedGroups: undefined, disabledGroups: [], nested: true, ...policy };
}

function group(number: number, displayName: string): MirrorRecord {
  return { node: nodeId('group', number), objectId: modelId('group', number), properties: { displayName } };
}

describe('who may sign in by groups', () => {
  it('lets a disabled group win over an allowed one (FOX-17, FOX-18)', () => {
    assert.equal(standing(true, false), 'active');
    assert.equal(standing(false, false), 'inactive');
    assert.equal(standing(true, true), 'disabled');
    assert.equal(standing(false, true), 'disabled');
  });

  it('knows a group by its display name in any letter case and spacing, or by its object id', () => {
    const names = new PolicyNames(
      settings({ allowedGroups: ['ldap  USERS', modelId('group', 7).toUpperCase()], disabledGroups: ['Leavers'] }),
    );
    assert.equal(names.size, 3);
    assert.deepEqual(names.matching(group(1, 'LDAP users')), [0]);
    assert.deepEqual(names.matching(group(7, 'leavers')), [1, 2]);
    assert.deepEqual(names.matching(group(3, 'LDAP users 2')), []);
  });

  it('does not take a group for another one that is called by its object id', () => {
    const names = new PolicyNames(settings({ disabledGroups: [modelId('group', 7)] }));
    assert.deepEqual(names.matching(group(1, modelId('group', 7))), []);
  });

  it('gives no effect to a name that no group or several have, and reports it: allowed, nobody gets in by it; disabled, nobody is stopped by it', () => {
    const policy = settings({ allowedGroups: ['nobody', 'certain'], disabledGroups: ['twice', 'gone'] });
    const matches = [[], [one], [one, two], []];
    const groups = policyGroups(policy, matches);
    assert.deepEqual([...(groups.allowed ?? [])], [one]);
    assert.deepEqual([...groups.disabled], []);
    assert.deepEqual(unknownPolicyGroups(policy, matches), [
      { list: 'allowedGroups', group: 'nobody', found: 0 },
      { list: 'disabledGroups', group: 'twice', found: 2 },
      { list: 'disabledGroups', group: 'gone', found: 0 },
    ]);
  });

  it('allows everybody without allowed groups, and nobody when none of them is found', () => {
    assert.equal(policyGroups(settings({}), []).allowed, undefined);
    assert.deepEqual(policyGroups(settings({ allowedGroups: ['nobody'] }), [[]]).allowed, new Set());
  });
});
