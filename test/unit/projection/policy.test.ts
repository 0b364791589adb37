import assert from 'node:assert/strict';
import { nodeId } from '../../../src/identity/node.ts';
import { policyGroups, standing, unknownPolicyGroups } from '../../../src/projection/policy.ts';
import type { PolicySettings } from '../../../src/projection/settings.ts';

const one = nodeId('group', 1);
const two = nodeId('group', 2);

function settings(policy: Partial<PolicySettings>): PolicySettings {
  return { allowedGroups: undefined, disabledGroups: [], nested: true, ...policy };
}

describe('who may sign in by groups', () => {
  it('lets a disabled group win over an allowed one (FOX-17, FOX-18)', () => {
    assert.equal(standing(true, false), 'active');
    assert.equal(standing(false, false), 'inactive');
    assert.equal(standing(true, true), 'disabled');
    assert.equal(standing(false, true), 'disabled');
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
