import assert from 'node:assert/strict';
import { attributeReports } from '../../../src/config/attribute-report.ts';
import { defaultMap } from '../../../src/projection/default-map.ts';
import { accepted, minimal } from './config-fixture.ts';

function reports(addition: string): ReturnType<typeof attributeReports> {
  return attributeReports(accepted(minimal + addition).config.projection);
}

describe('the report on what attributes are taken from (FED-23)', () => {
  it('has the default map and the keys beside it when nothing is configured', () => {
    const { users, groups } = reports('');
    assert.deepEqual(
      users.filter(({ origin }) => origin === 'key').map(({ attribute, key, source }) => [attribute, key, source]),
      [
        ['uid', 'users.uidFrom', 'userPrincipalNameLocalPart'],
        ['homeDirectory', 'users.homeDirectory', '/home/{uid}'],
        ['loginShell', 'users.loginShell', '/bin/bash'],
      ],
    );
    const mapped = users.filter(({ origin }) => origin === 'default');
    assert.deepEqual(
      mapped.map(({ attribute, source }) => [attribute, source]),
      defaultMap.users,
    );
    assert.deepEqual(groups[0]?.source, ['displayName', 'mailNickname']);
    assert.ok([...users, ...groups].every(({ origin, isNew }) => origin !== 'configured' && !isNew));
  });

  it('tells what was configured, what was removed, what is new, and which properties are read for each', () => {
    const { users, groups } = reports(`users:
  uidNumberFrom: employeeId
  homeDirectoryFrom: [extensionAttribute1, extensionAttribute2]
  loginShellFrom: {from: employeeType, default: /bin/zsh}
  sshPublicKeyFrom: [extensionAttribute3, extensionAttribute4]
  attributes: {mobile: false, TITLE: '{jobTitle} {department}', badge: id}
groups: {gidNumberFrom: mailNickname, attributes: {mail: }}
`);
    const of = (attribute: string): unknown => users.filter((each) => each.attribute === attribute);
    const row = { isNew: false };
    assert.deepEqual(of('mobile'), [
      { attribute: 'mobile', ...row, origin: 'removed', key: 'users.attributes.mobile', source: null, properties: [] },
    ]);
    assert.deepEqual(of('title'), [
      {
        attribute: 'title',
        ...row,
        origin: 'configured',
        key: 'users.attributes.title',
        source: '{jobTitle} {department}',
        properties: ['jobTitle', 'department'],
      },
    ]);
    assert.deepEqual(of('badge'), [
      {
        attribute: 'badge',
        isNew: true,
        origin: 'configured',
        key: 'users.attributes.badge',
        source: 'id',
        properties: [],
      },
    ]);
    assert.deepEqual(of('homeDirectory'), [
      {
        attribute: 'homeDirectory',
        ...row,
        origin: 'key',
        key: 'users.homeDirectory',
        source: ['extensionAttribute1', 'extensionAttribute2', '/home/{uid}'],
        properties: ['onPremisesExtensionAttributes'],
      },
    ]);
    assert.deepEqual(of('loginShell'), [
      {
        attribute: 'loginShell',
        ...row,
        origin: 'key',
        key: 'users.loginShell',
        source: ['employeeType', '/bin/zsh', '/bin/bash'],
        properties: ['employeeType'],
      },
    ]);
    assert.equal(users.filter(({ key }) => key === 'users.sshPublicKeyFrom').length, 2);
    assert.equal(users.find(({ attribute }) => attribute === 'uidNumber')?.source, 'employeeId');
    assert.equal(groups.find(({ attribute }) => attribute === 'gidNumber')?.key, 'groups.gidNumberFrom');
    assert.equal(groups.find(({ attribute }) => attribute === 'mail')?.origin, 'removed');
  });
});
