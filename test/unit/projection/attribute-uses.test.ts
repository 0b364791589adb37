import assert from 'node:assert/strict';

import { graphProperties, propertyFields } from '../../../src/identity/graph-properties.ts';
import { attributeKey, attributeMap } from '../../../src/projection/attribute-map.ts';
import { propertyUses, suggestedLines } from '../../../src/projection/attribute-uses.ts';
import { nameProblem, settingProblem } from '../../../src/projection/mappable.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { AttributeSettings } from '../../../src/projection/source-setting.ts';
import { openSettings } from '../../support/sync-bench.ts';

const badge = 'extension_0123456789abcdef0123456789abcdef_badge';

function withUsers(users: Partial<ProjectionSettings['users']>): ProjectionSettings {
  return { ...openSettings, users: { ...openSettings.users, ...users } };
}

const withAttributes = (attributes: AttributeSettings): ProjectionSettings => withUsers({ attributes });

function lineOf(source: string, settings = openSettings, owner: 'users' | 'groups' = 'users'): string | undefined {
  return suggestedLines(owner, [source], settings).get(source);
}

describe('what properties are used for (SNP-18)', () => {
  it('is the attributes of the default map', () => {
    const uses = propertyUses('users', openSettings);
    assert.deepEqual(uses.get('jobTitle'), ['title']);
    assert.deepEqual(uses.get('department'), ['department', 'departmentNumber']);
    assert.deepEqual(uses.get('extensionAttribute3'), ['extensionAttribute3']);
    assert.deepEqual(propertyUses('groups', openSettings).get('description'), ['description']);
  });

  it('is those that the configuration has otherwise: within alternatives, templates and objects', () => {
    const uses = propertyUses(
      'users',
      withAttributes({
        title: ['extensionAttribute1', 'jobTitle'],
        labeledURI: '{mailNickname|lower}/{employeeId}',
        costCenter: 'employeeOrgData.costCenter',
        floor: { from: 'customSecurityAttributes.Site.Floor', default: '0' },
        o: { constant: 'Contoso' },
        mobile: false,
      }),
    );
    assert.deepEqual(uses.get('extensionAttribute1'), ['title', 'extensionAttribute1']);
    assert.deepEqual(uses.get('jobTitle'), ['title']);
    assert.ok(uses.get('employeeId')?.includes('labeledURI'));
    assert.deepEqual(uses.get('employeeOrgData.costCenter'), ['costCenter']);
    assert.deepEqual(uses.get('customSecurityAttributes.Site.Floor'), ['floor']);
    assert.deepEqual(uses.get('companyName'), ['company'], 'a fixed value uses nothing');
    assert.equal(uses.get('mobilePhone'), undefined, 'a removed attribute uses nothing');
  });

  it('is the keys that name properties themselves', () => {
    const settings: ProjectionSettings = {
      ...withUsers({
        uidFrom: badge,
        uidNumberFrom: 'extensionAttribute1',
        homeDirectoryFrom: 'extensionAttribute2',
        loginShellFrom: 'extensionAttribute3',
        sshPublicKeyFrom: ['extensionAttribute4', 'extensionAttribute5'],
        primaryGroup: { ...openSettings.users.primaryGroup, gidNumberFrom: 'extensionAttribute6' },
      }),
      groups: { ...openSettings.groups, nameFrom: 'mailNickname', gidNumberFrom: badge },
    };
    const uses = propertyUses('users', settings);
    const keys = ['uidNumberFrom', 'homeDirectoryFrom', 'loginShellFrom', 'sshPublicKeyFrom', 'sshPublicKeyFrom'];
    for (const [index, key] of [...keys, 'primaryGroup.gidNumberFrom'].entries()) {
      assert.ok(uses.get(`extensionAttribute${index + 1}`)?.includes(`users.${key}`), key);
    }
    assert.deepEqual(uses.get(badge), ['users.uidFrom']);
    assert.deepEqual(propertyUses('groups', settings).get(badge), ['groups.gidNumberFrom']);
    assert.deepEqual(propertyUses('groups', settings).get('mailNickname'), ['mailNickname', 'groups.nameFrom']);
  });
});

describe('the lines that map properties (SNP-18)', () => {
  it('have the plainest name that there is', () => {
    assert.equal(lineOf('employeeOrgData.costCenter'), 'costCenter: employeeOrgData.costCenter');
    assert.equal(lineOf(badge), `badge: ${badge}`);
    assert.equal(lineOf('customSecurityAttributes.Site.Floor'), 'Floor: customSecurityAttributes.Site.Floor');
    assert.equal(lineOf('manager'), 'manager: manager');
  });

  it('have no name that is used for something else, cannot be mapped or holds something else', () => {
    const taken = withAttributes({ costCenter: badge });
    assert.equal(lineOf('employeeOrgData.costCenter', taken), 'entraCostCenter: employeeOrgData.costCenter');
    assert.match(lineOf('extabcdefgh_person.uid') ?? '', /^entraUid: /);
    assert.match(lineOf('extabcdefgh_person.member') ?? '', /^entraMember: /);
    assert.match(lineOf('extabcdefgh_person.jpegPhoto') ?? '', /^entraJpegPhoto: /);
    assert.match(lineOf('extabcdefgh_person.shadowMax') ?? '', /^entraShadowMax: /, 'holds numbers only');
  });

  it('have different names for different properties', () => {
    const sources = ['extabcdefgh_a.floor', 'extabcdefgh_b.floor', 'extabcdefgh_c.Floor', 'extabcdefgh_d.FLOOR'];
    const lines = [...suggestedLines('users', sources, openSettings).values()];
    const names = lines.map((line) => attributeKey(line.slice(0, line.indexOf(':'))));
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length >= 3);
  });

  it('are not made for lists of objects', () => {
    assert.equal(lineOf('assignedLicenses'), undefined);
    assert.equal(lineOf('assignedLabels', openSettings, 'groups'), undefined);
  });

  for (const owner of ['users', 'groups'] as const) {
    it(`are right for every documented property of ${owner}`, () => {
      const names = Object.keys(graphProperties[owner]).flatMap((name) => {
        const fields = propertyFields[owner][name];
        if (name === 'onPremisesExtensionAttributes') return Object.keys(fields ?? {});
        return fields === undefined ? [name] : Object.keys(fields).map((field) => `${name}.${field}`);
      });
      const lines = suggestedLines(owner, names, openSettings);
      assert.ok(lines.size > 30);
      for (const [source, line] of lines) {
        const name = line.slice(0, line.indexOf(':'));
        assert.equal(nameProblem(owner, name), undefined, line);
        assert.equal(settingProblem(owner, name, source), undefined, line);
        const settings = { ...openSettings, [owner]: { ...openSettings[owner], attributes: { [name]: source } } };
        const { attributes } = attributeMap(owner, settings[owner].attributes);
        assert.ok(
          attributes.some((each) => each.origin === 'configured' && attributeKey(each.name) === attributeKey(name)),
        );
      }
    });
  }
});
