import assert from 'node:assert/strict';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { GraphProperties } from '../../../src/identity/change.ts';
import { nodeId } from '../../../src/identity/node.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openSettings } from '../../support/sync-bench.ts';

/** Why a user is not shown; undefined when the user is. */
function userSkipped(properties: GraphProperties, users: Partial<ProjectionSettings['users']>): string | undefined {
  const projector = new Projector({ ...openSettings, users: { ...openSettings.users, ...users } }, standardSchema);
  const record = {
    node: nodeId('user', 1),
    objectId: modelId('user', 1),
    properties: { userPrincipalName: 'alice@example.com', ...properties },
  };
  const answer = projector.admitUser(record, 'active');
  return answer.kind === 'skipped' ? answer.reason : undefined;
}

function groupSkipped(properties: GraphProperties, groups: Partial<ProjectionSettings['groups']>): string | undefined {
  const projector = new Projector({ ...openSettings, groups: { ...openSettings.groups, ...groups } }, standardSchema);
  const record = {
    node: nodeId('group', 1),
    objectId: modelId('group', 1),
    properties: { displayName: 'LDAP-Staff', ...properties },
  };
  const answer = projector.admitGroup(record);
  return answer.kind === 'skipped' ? answer.reason : undefined;
}

describe('the scope that the copy can tell', () => {
  it('has only users of chosen domains, in any letter case (FOX-19)', () => {
    const domains = ['example.com'];
    assert.equal(userSkipped({ userPrincipalName: 'alice@EXAMPLE.com' }, { domains }), undefined);
    for (const userPrincipalName of ['alice@sub.example.com', 'alice@example.com.evil', 'example.com', 'a@b@x']) {
      assert.equal(userSkipped({ userPrincipalName }, { domains }), 'other domain', userPrincipalName);
    }
    assert.equal(userSkipped({ userPrincipalName: 'alice@anything' }, { domains: undefined }), undefined);
  });

  it('tells accounts of Entra from those of an Active Directory (SNP-19)', () => {
    assert.equal(userSkipped({}, { accountTypes: ['cloud'] }), undefined);
    assert.equal(userSkipped({ onPremisesSyncEnabled: false }, { accountTypes: ['cloud'] }), undefined);
    assert.equal(userSkipped({ onPremisesSyncEnabled: true }, { accountTypes: ['cloud'] }), 'synchronized account');
    assert.equal(userSkipped({}, { accountTypes: ['synchronized'] }), 'cloud account');
    assert.equal(userSkipped({ onPremisesSyncEnabled: true }, { accountTypes: ['synchronized'] }), undefined);
  });

  const kinds = [
    ['security', { securityEnabled: true, mailEnabled: false, groupTypes: [] }],
    ['mailEnabledSecurity', { securityEnabled: true, mailEnabled: true }],
    ['microsoft365', { securityEnabled: true, mailEnabled: true, groupTypes: ['unified'] }],
    ['microsoft365', { securityEnabled: false, mailEnabled: true, groupTypes: ['Unified', 'DynamicMembership'] }],
    ['distribution', { securityEnabled: false, mailEnabled: true, groupTypes: [] }],
  ] as const;
  for (const [type, properties] of kinds) {
    it(`takes ${JSON.stringify(properties)} for ${type} (SNP-20)`, () => {
      for (const each of openSettings.groups.types) {
        const expected = each === type ? undefined : `${type} group`;
        assert.equal(groupSkipped(properties, { types: [each] }), expected, each);
      }
    });
  }

  it('tells assigned members from dynamic ones (SNP-20)', () => {
    const dynamic = { groupTypes: ['DynamicMembership'] };
    assert.equal(groupSkipped(dynamic, { membershipTypes: ['assigned'] }), 'dynamic members');
    assert.equal(groupSkipped(dynamic, { membershipTypes: ['dynamic'] }), undefined);
    assert.equal(groupSkipped({}, { membershipTypes: ['dynamic'] }), 'assigned members');
  });

  it('has only groups whose name begins with a listed prefix, in any letter case (FOX-16, SNP-21)', () => {
    assert.equal(groupSkipped({}, { namePrefixes: ['vpn-', 'ldap-'] }), undefined);
    assert.equal(groupSkipped({ displayName: 'lDaP-x' }, { namePrefixes: ['ldap-'] }), undefined);
    assert.equal(groupSkipped({ displayName: 'My LDAP-x' }, { namePrefixes: ['ldap-'] }), 'other name prefix');
    assert.equal(groupSkipped({}, { namePrefixes: ['vpn-'] }), 'other name prefix');
  });
});
