import assert from 'node:assert/strict';
import { standardSchema } from '../../../src/directory/schema.ts';
import { attributeMap } from '../../../src/projection/attribute-map.ts';
import { defaultMap } from '../../../src/projection/default-map.ts';
import { nameProblem, settingProblem } from '../../../src/projection/mappable.ts';
import { entryClasses, mergedAdditions, schemaAdditions, schemaOf } from '../../../src/projection/schema-additions.ts';
import { selectedProperties } from '../../../src/projection/selected-properties.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { AttributeSettings } from '../../../src/projection/source-setting.ts';
import { openSettings } from '../../support/sync-bench.ts';

function settingsWith(
  users: Partial<ProjectionSettings['users']>,
  groups: Partial<ProjectionSettings['groups']> = {},
): ProjectionSettings {
  return { ...openSettings, users: { ...openSettings.users, ...users }, groups: { ...openSettings.groups, ...groups } };
}

function mapOfUsers(attributes: AttributeSettings): ReadonlyMap<string, unknown> {
  return new Map(attributeMap('users', attributes).attributes.map(({ name, setting }) => [name, setting]));
}

describe('the map of attributes', () => {
  it('is the default map when the settings say nothing (FED-23, OOM-02)', () => {
    for (const owner of ['users', 'groups'] as const) {
      const { attributes, removed } = attributeMap(owner, {});
      assert.deepEqual(
        attributes.map(({ name, setting, origin }) => [name, setting, origin]),
        defaultMap[owner].map(([name, source]) => [name, source, 'default']),
      );
      assert.deepEqual(removed, []);
    }
  });

  it('has nothing by default that the configuration would refuse', () => {
    for (const owner of ['users', 'groups'] as const) {
      for (const [name, source] of defaultMap[owner]) {
        assert.equal(nameProblem(owner, name), undefined, name);
        assert.equal(settingProblem(owner, name, source), undefined, name);
      }
    }
  });

  it('has what the settings say in the place of what is there by default, whatever name the attribute is given', () => {
    const map = mapOfUsers({ SURNAME: 'displayName', Fax: 'mobilePhone', roomNumber: 'officeLocation', mobile: false });
    assert.equal(map.get('sn'), 'displayName');
    assert.equal(map.get('facsimileTelephoneNumber'), 'mobilePhone');
    assert.equal(map.get('roomNumber'), 'officeLocation');
    assert.equal(map.has('mobile'), false);
    assert.equal(map.size, defaultMap.users.length);
    assert.deepEqual(attributeMap('users', { mobileTelephoneNumber: false }).removed, ['mobile']);
  });

  it('keeps a last resort for what every user must have (FED-19)', () => {
    const { attributes } = attributeMap('users', { cn: 'employeeId', sn: 'employeeType' });
    assert.deepEqual(
      attributes.slice(0, 2).map(({ name, source }) => [name, source.length]),
      [
        ['cn', 2],
        ['sn', 2],
      ],
    );
  });
});

describe('what can be mapped', () => {
  it('is not what the program decides, and the answer says what to use (P7)', () => {
    const refusals: Readonly<Record<'users' | 'groups', Readonly<Record<string, RegExp>>>> = {
      users: {
        objectClass: /worked out/,
        uid: /users\.uidFrom/,
        USERID: /users\.uidFrom/,
        uidNumber: /users\.uidNumberFrom/,
        gidNumber: /users\.primaryGroup/,
        homeDirectory: /users\.homeDirectory/,
        loginShell: /users\.loginShell/,
        sshPublicKey: /users\.sshPublicKeyFrom/,
        userPrincipalName: /Entra checks passwords/,
        userPassword: /never served/,
        shadowExpire: /locked/,
        nsAccountLock: /locked/,
        pwdAccountLockedTime: /locked/,
        userAccountControl: /locked/,
        memberOf: /members of groups/,
        member: /members of groups/,
        entryUUID: /directory itself/,
        modifyTimestamp: /directory itself/,
        structuralObjectClass: /directory itself/,
        sAMAccountName: /activeDirectory/,
        objectSid: /activeDirectory/,
        jpegPhoto: /holds no text/,
        'a b': /is no name/,
        'cn;lang-de': /is no name/,
        '1a': /is no name/,
        '': /is no name/,
        ['x'.repeat(65)]: /is no name/,
      },
      groups: {
        cn: /groups\.nameFrom/,
        gidNumber: /groups\.gidNumberFrom/,
        member: /members of groups/,
        uniqueMember: /members of groups/,
        memberUid: /members of groups/,
        entryDN: /directory itself/,
      },
    };
    for (const owner of ['users', 'groups'] as const) {
      for (const [name, problem] of Object.entries(refusals[owner])) {
        assert.match(nameProblem(owner, name) ?? '', problem, `${name} of ${owner}`);
      }
    }
    for (const name of ['cn', 'manager', 'x'.repeat(64), 'my-attribute'])
      assert.equal(nameProblem('users', name), undefined, name);
  });

  it('is nothing that every user must have, when it is to be removed, and nothing that is not there', () => {
    assert.match(settingProblem('users', 'CommonName', false)?.problem ?? '', /cannot be removed/);
    assert.match(settingProblem('users', 'sn', false)?.problem ?? '', /cannot be removed/);
    assert.match(settingProblem('users', 'roomNumber', false)?.problem ?? '', /nothing to remove/);
    assert.equal(settingProblem('users', 'mobile', false), undefined);
    assert.match(settingProblem('groups', 'mobile', false)?.problem ?? '', /nothing to remove/);
  });

  it('is a DN where an entry is meant, and a value of the syntax where it is fixed', () => {
    assert.match(settingProblem('users', 'title', 'manager')?.problem ?? '', /holds no names of entries/);
    assert.match(settingProblem('users', 'boss', ['manager', 'jobTitle'])?.problem ?? '', /partly another entry/);
    assert.match(settingProblem('users', 'mail', { constant: 'ü' })?.problem ?? '', /does not admit/);
    assert.match(
      settingProblem('users', 'c', { from: 'country', default: 'Germany' })?.problem ?? '',
      /does not admit/,
    );
    for (const name of ['manager', 'secretary', 'boss'])
      assert.equal(settingProblem('users', name, 'manager'), undefined);
  });

  it('does not refer to itself', () => {
    assert.match(settingProblem('users', 'cn', '{cn}')?.problem ?? '', /must be a property/);
    assert.equal(settingProblem('users', 'cn', '{uid}'), undefined);
    assert.equal(settingProblem('users', 'title', '{cn} ({uidNumber})'), undefined);
    assert.equal(settingProblem('groups', 'description', '{cn} {gidNumber}'), undefined);
    assert.match(settingProblem('groups', 'description', '{uid}')?.problem ?? '', /must be a property/);
  });
});

describe('the properties that are read', () => {
  it('are by default those of the default map, and a few that rules, names and binds need', () => {
    const selected = selectedProperties(settingsWith({ includeGuests: false }));
    const needed = {
      users: [
        'createdDateTime',
        'onPremisesExtensionAttributes',
        'onPremisesSecurityIdentifier',
        'signInSessionsValidFromDateTime',
        'userPrincipalName',
      ],
      groups: ['createdDateTime', 'onPremisesSecurityIdentifier'],
    };
    for (const owner of ['users', 'groups'] as const) {
      const properties = selected[owner];
      assert.deepEqual(properties, [...new Set(properties)].sort());
      const mapped = new Set(defaultMap[owner].flatMap(([, source]) => [source].flat().map(String)));
      const others = properties.filter((name) => !mapped.has(name));
      assert.deepEqual(others, needed[owner]);
      for (const name of mapped) {
        assert.ok(properties.includes(name) || /^extensionAttribute|^\{(?:uid|cn)\}$/.test(name), name);
      }
    }
  });

  it('are not those of attributes that were removed, unless something else needs them (FED-18)', () => {
    const removed = {
      mobile: false,
      department: false,
      departmentNumber: false,
      userType: false,
      accountEnabled: false,
    } as const;
    const { users } = selectedProperties(settingsWith({ attributes: removed }));
    for (const name of ['mobilePhone', 'department', 'userType']) assert.ok(!users.includes(name), name);
    assert.ok(users.includes('accountEnabled'), 'locks need it');
    const guests = selectedProperties(settingsWith({ attributes: removed, includeGuests: false })).users;
    assert.ok(guests.includes('userType'), 'the rule on guests needs it');
    const one = selectedProperties(settingsWith({ attributes: { department: false } })).users;
    assert.ok(one.includes('department'), 'departmentNumber needs it');
  });

  it('are those by which the overlay finds users', () => {
    const place = { file: 'x.csv', line: 1 };
    const target = { by: 'property', property: 'onPremisesImmutableId', value: 'x' } as const;
    const changes = { user: [], group: [] };
    const overlay = { ...openSettings.overlay, overrides: [{ place, target, changes, isLocked: false }] };
    const settings = settingsWith({ attributes: { onPremisesImmutableId: false } });
    assert.ok(!selectedProperties(settings).users.includes('onPremisesImmutableId'));
    assert.ok(selectedProperties({ ...settings, overlay }).users.includes('onPremisesImmutableId'));
  });

  it('are those of every source that the settings name, and what rules in force look at', () => {
    const extension = (name: string): string => `extension_0123456789abcdef0123456789abcdef_${name}`;
    const { users, groups } = selectedProperties(
      settingsWith(
        {
          uidFrom: extension('uid'),
          uidNumberFrom: extension('number'),
          homeDirectory: `/home/{${extension('site')}|default:x}/{uid}`,
          homeDirectoryFrom: extension('home'),
          loginShellFrom: [extension('shell'), 'employeeType'],
          sshPublicKeyFrom: [extension('keys')],
          primaryGroup: { ...openSettings.users.primaryGroup, gidNumberFrom: extension('gid') },
          attributes: {
            manager: 'manager',
            onPremisesSyncEnabled: false,
            title: '{jobTitle} {employeeOrgData.division}',
          },
          accountTypes: ['cloud'],
        },
        {
          nameFrom: extension('name'),
          gidNumberFrom: extension('gid'),
          attributes: { mail: false, groupTypes: false, securityEnabled: false, mailEnabled: false },
          withoutEmail: false,
          types: ['security'],
        },
      ),
    );
    for (const name of ['uid', 'number', 'site', 'home', 'shell', 'keys', 'gid'].map(extension))
      assert.ok(users.includes(name), name);
    for (const name of ['manager', 'employeeOrgData', 'onPremisesSyncEnabled']) assert.ok(users.includes(name), name);
    for (const name of [extension('name'), extension('gid'), 'mail', 'groupTypes', 'securityEnabled', 'mailEnabled'])
      assert.ok(groups.includes(name), name);
    assert.ok(
      selectedProperties({ ...openSettings, activeDirectory: true }).users.includes('onPremisesSecurityIdentifier'),
    );
  });
});

describe('what the map adds to the schema', () => {
  const added = settingsWith(
    {
      attributes: {
        badge: 'employeeId',
        tags: 'extension_0123456789abcdef0123456789abcdef_tags',
        mails: 'otherMails',
        hiredOn: 'employeeHireDate',
        isActive: 'accountEnabled',
        boss: 'manager',
        colors: { constant: ['red', 'blue'] },
        either: ['accountEnabled', 'jobTitle'],
        associatedDomain: 'userPrincipalName',
        roomNumber: 'officeLocation',
      },
    },
    { attributes: { badge: 'mailNickname', telephoneNumber: { constant: '+1' } } },
  );

  it('is nothing for the default map', () => {
    assert.deepEqual(schemaAdditions(openSettings), []);
    assert.equal(schemaOf(openSettings), standardSchema);
  });

  it('is an attribute for each name that no schema has, with the rules of what its source holds', () => {
    assert.deepEqual(
      schemaAdditions(added).map(({ name, kind, multiValued, of }) => [name, kind, multiValued, of]),
      [
        ['associatedDomain', 'known', true, 'users'],
        ['badge', 'text', false, 'both'],
        ['boss', 'dn', false, 'users'],
        ['colors', 'text', true, 'users'],
        ['either', 'text', false, 'users'],
        ['hiredOn', 'time', false, 'users'],
        ['isActive', 'boolean', false, 'users'],
        ['mails', 'text', true, 'users'],
        ['tags', 'text', true, 'users'],
        ['telephoneNumber', 'known', true, 'groups'],
      ],
    );
  });

  it('is allowed to entries by a class that they then have (RFC 4512 §2.4)', () => {
    const schema = schemaOf(added);
    assert.equal(schema.attribute('badge')?.equality?.name, 'caseIgnoreMatch');
    assert.equal(schema.attribute('badge')?.substrings?.name, 'caseIgnoreSubstringsMatch');
    assert.equal(schema.attribute('telephoneNumber')?.oid, '2.5.4.20', 'what the schema has stays as it is');
    for (const owner of ['users', 'groups'] as const) {
      const classes = entryClasses(owner, schemaAdditions(added)).map((name) => schema.objectClass(name));
      const allowed = new Set(
        classes.flatMap((each) => [...(each?.must ?? []), ...(each?.may ?? [])]).map(({ key }) => key),
      );
      for (const { name } of attributeMap(owner, added[owner].attributes).attributes) {
        assert.ok(allowed.has(schema.attribute(name)?.key ?? ''), `${name} of ${owner}`);
      }
    }
    assert.ok(!entryClasses('users', []).includes('entraCustomUser'));
  });

  it('stays with what was added before it and may still be in entries', () => {
    const before = schemaAdditions(settingsWith({ attributes: { gone: 'jobTitle', BADGE: 'otherMails' } }));
    const merged = mergedAdditions(schemaAdditions(settingsWith({ attributes: { badge: 'manager' } })), before);
    assert.deepEqual(
      merged.map(({ name, kind, multiValued }) => [name, kind, multiValued]),
      [
        ['badge', 'dn', true],
        ['gone', 'text', false],
      ],
    );
    const taken = { name: 'CN', kind: 'text', multiValued: false, of: 'users' } as const;
    assert.deepEqual(mergedAdditions([], [taken]), [], 'what a schema has by now is not added to it');
    const lost = { name: 'nowhere', kind: 'known', multiValued: false, of: 'users' } as const;
    assert.deepEqual(mergedAdditions([], [lost]), []);
  });
});
