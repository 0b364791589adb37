import assert from 'node:assert/strict';
import { entryAttribute, entryDn } from '../../../src/directory/entry-codec.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { GraphProperties } from '../../../src/identity/change.ts';
import type { LedgerEntry } from '../../../src/identity/ledger.ts';
import type { MirrorRecord } from '../../../src/identity/mirror.ts';
import { nodeId, primaryGroupNode, structuralNodes } from '../../../src/identity/node.ts';
import { objectClassesOf, Projector } from '../../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { ProjectedEntry } from '../../../src/projection/stamps.ts';
import { aliceKey } from '../../support/client-population.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openSettings } from '../../support/sync-bench.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0, 45);

function projectorFor(
  users: Partial<ProjectionSettings['users']> = {},
  groups: Partial<ProjectionSettings['groups']> = {},
): Projector {
  const settings = {
    ...openSettings,
    users: { ...openSettings.users, ...users },
    groups: { ...openSettings.groups, ...groups },
  };
  return new Projector(settings, standardSchema);
}

const projector = projectorFor();

function record(kind: 'user' | 'group', properties: GraphProperties): MirrorRecord {
  return { node: nodeId(kind, 1), objectId: modelId(kind, 1), properties };
}

function given(kind: 'user' | 'group', name: string): LedgerEntry {
  return { objectId: modelId(kind, 1), space: kind, name, number: 123_456_789 };
}

function userEntry(properties: GraphProperties, uid = 'alice', by = projector): ProjectedEntry {
  const user = record('user', { userPrincipalName: 'alice@example.com', ...properties });
  const ledger = given('user', uid);
  const { gidNumber } = by.primaryGroup(user, ledger, { isNumberTaken: () => false, match: undefined });
  return by.user(user, ledger, 'active', gidNumber);
}

function groupEntry(properties: GraphProperties, cn = 'Staff'): ProjectedEntry {
  return projector.group(record('group', properties), given('group', cn));
}

/** All attributes by name; none may come twice. */
function attributesOf(entry: ProjectedEntry): Readonly<Record<string, readonly string[]>> {
  const names = entry.content.attributes.map(([name]) => name);
  assert.equal(new Set(names).size, names.length, 'no attribute comes twice');
  return Object.fromEntries(entry.content.attributes.map(([name, values]) => [name, values.map(String)]));
}

function attribute(entry: ProjectedEntry, name: string): readonly string[] | undefined {
  return attributesOf(entry)[name];
}

const fullUser: GraphProperties = {
  accountEnabled: true,
  businessPhones: ['+1 425 555 0100', '+1 425 555 0101', '+1 425 555 0100'],
  city: 'Redmond',
  companyName: 'Contoso',
  country: 'United States',
  createdDateTime: '2017-11-21T07:24:04Z',
  creationType: 'Invitation',
  department: 'Legal',
  displayName: 'Alice Ångström',
  employeeId: 'E100',
  employeeType: 'Employee',
  externalUserState: 'Accepted',
  faxNumber: '+1 425 555 0102',
  givenName: 'Alice',
  jobTitle: 'Team Lead',
  lastPasswordChangeDateTime: '1970-01-11T23:59:59Z',
  mail: 'alice@contoso.com',
  mailNickname: 'ally',
  mobilePhone: '+1 425 555 0103',
  officeLocation: '5/1174',
  onPremisesExtensionAttributes: {
    extensionAttribute1: 'one',
    extensionAttribute15: 'fifteen',
    extensionAttribute2: null,
  },
  onPremisesImmutableId: 'aW1tdXRhYmxl',
  onPremisesSamAccountName: 'ASMITH',
  onPremisesSyncEnabled: true,
  otherMails: ['a@home.example', 'a@home.example'],
  postalCode: '93364',
  preferredLanguage: 'en-US',
  proxyAddresses: ['SMTP:alice@contoso.com', 'smtp:ally@contoso.com'],
  state: 'WA',
  streetAddress: 'Pine Street 165',
  surname: 'Ångström',
  usageLocation: 'US',
  userPrincipalName: 'alice@contoso.com',
  userType: 'Member',
};

describe('a user entry', () => {
  it('has every attribute that the properties give (FAM-11, OOM-02, FED-01, PAIN-18)', () => {
    const entry = userEntry(fullUser);
    assert.equal(entry.dn, 'uid=alice,ou=users,dc=example,dc=com');
    assert.equal(entry.locked, false);
    assert.equal(entry.createdAtMs, Date.UTC(2017, 10, 21, 7, 24, 4));
    assert.deepEqual(entry.content.links, [['memberOf', 'memberOf']]);
    assert.deepEqual(attributesOf(entry), {
      objectClass: [
        'top',
        'person',
        'organizationalPerson',
        'inetOrgPerson',
        'posixAccount',
        'shadowAccount',
        'ldapPublicKey',
        'entraUser',
      ],
      structuralObjectClass: ['inetOrgPerson'],
      entryUUID: [modelId('user', 1)],
      entraSource: ['tenant'],
      uid: ['alice'],
      cn: ['Alice Ångström'],
      sn: ['Ångström'],
      uidNumber: ['123456789'],
      gidNumber: ['1000000000'],
      homeDirectory: ['/home/alice'],
      loginShell: ['/bin/bash'],
      displayName: ['Alice Ångström'],
      givenName: ['Alice'],
      title: ['Team Lead'],
      department: ['Legal'],
      departmentNumber: ['Legal'],
      o: ['Contoso'],
      company: ['Contoso'],
      physicalDeliveryOfficeName: ['5/1174'],
      street: ['Pine Street 165'],
      l: ['Redmond'],
      st: ['WA'],
      postalCode: ['93364'],
      co: ['United States'],
      usageLocation: ['US'],
      preferredLanguage: ['en-US'],
      employeeNumber: ['E100'],
      employeeType: ['Employee'],
      mailNickname: ['ally'],
      userType: ['Member'],
      creationType: ['Invitation'],
      externalUserState: ['Accepted'],
      onPremisesSamAccountName: ['ASMITH'],
      onPremisesImmutableId: ['aW1tdXRhYmxl'],
      userPrincipalName: ['alice@contoso.com'],
      mail: ['alice@contoso.com'],
      gecos: ['Alice Ångström'],
      telephoneNumber: ['+1 425 555 0100', '+1 425 555 0101'],
      mobile: ['+1 425 555 0103'],
      facsimileTelephoneNumber: ['+1 425 555 0102'],
      otherMailbox: ['a@home.example'],
      proxyAddresses: ['SMTP:alice@contoso.com', 'smtp:ally@contoso.com'],
      extensionAttribute1: ['one'],
      extensionAttribute15: ['fifteen'],
      accountEnabled: ['TRUE'],
      onPremisesSyncEnabled: ['TRUE'],
      shadowLastChange: ['10'],
      pwdChangedTime: ['19700111235959Z'],
    });
  });

  it('has what its classes demand when there is a user principal name and nothing else (FED-19, RFC 4519 §3.12)', () => {
    const entry = userEntry({});
    assert.deepEqual(Object.keys(attributesOf(entry)), [
      'objectClass',
      'structuralObjectClass',
      'entryUUID',
      'uid',
      'cn',
      'sn',
      'uidNumber',
      'gidNumber',
      'homeDirectory',
      'loginShell',
      'userPrincipalName',
      'gecos',
      'entraSource',
    ]);
    assert.deepEqual(attribute(entry, 'cn'), ['alice']);
    assert.deepEqual(attribute(entry, 'sn'), ['alice']);
    assert.equal(entry.createdAtMs, undefined);
  });

  it('has only attributes that its classes allow', () => {
    const entry = userEntry({ ...fullUser, accountEnabled: false });
    const classes = (attribute(entry, 'objectClass') ?? []).map((name) => standardSchema.objectClass(name));
    const allowed = new Set(
      classes.flatMap((each) => [...(each?.must ?? []), ...(each?.may ?? [])]).map((type) => type.key),
    );
    for (const name of Object.keys(attributesOf(entry))) {
      const type = standardSchema.attribute(name);
      assert.ok(type?.operational === true || allowed.has(type?.key ?? ''), `${name} is allowed`);
    }
  });

  it('leaves out mail and telephone numbers that their syntaxes do not admit (RFC 4517 §3.3.15, §3.3.31)', () => {
    const entry = userEntry({
      mail: 'ålice@contoso.com',
      mobilePhone: 'none_yet',
      businessPhones: ['１２３', '+1 5'],
      faxNumber: '',
    });
    assert.equal(attribute(entry, 'mail'), undefined);
    assert.equal(attribute(entry, 'mobile'), undefined);
    assert.deepEqual(attribute(entry, 'telephoneNumber'), ['+1 5']);
    assert.equal(attribute(entry, 'facsimileTelephoneNumber'), undefined);
  });

  it('has a home directory of the number when the name is no IA5 string (RFC 2307 §3)', () => {
    assert.deepEqual(attribute(userEntry({}, 'алиса'), 'homeDirectory'), ['/home/123456789']);
    const by = projectorFor({ homeDirectory: '/srv/{uid}/{uid}' });
    assert.deepEqual(attribute(userEntry({}, 'alice', by), 'homeDirectory'), ['/srv/alice/alice']);
  });

  it('has a gecos without what ends a field of a passwd line', () => {
    assert.deepEqual(attribute(userEntry({ displayName: 'Alice: boss\nof all' }), 'gecos'), ['Alice  boss of all']);
    assert.equal(attribute(userEntry({ displayName: ':' }), 'gecos'), undefined);
  });

  it('escapes the name in its DN (RFC 4514 §2.4)', () => {
    assert.equal(userEntry({}, 'smith, john+x').dn, 'uid=smith\\, john\\+x,ou=users,dc=example,dc=com');
  });

  it('carries every lock that clients look at when the account is disabled, and none when it is not (P7)', () => {
    const locked = userEntry({ accountEnabled: false });
    assert.equal(locked.locked, true);
    assert.deepEqual(attribute(locked, 'nsAccountLock'), ['TRUE']);
    assert.deepEqual(attribute(locked, 'shadowExpire'), ['1']);
    assert.deepEqual(attribute(locked, 'pwdAccountLockedTime'), ['000001010000Z']);
    assert.deepEqual(attribute(locked, 'accountEnabled'), ['FALSE']);
    for (const entry of [userEntry({ accountEnabled: true }), userEntry({})]) {
      assert.equal(entry.locked, false);
      for (const name of ['nsAccountLock', 'shadowExpire', 'pwdAccountLockedTime'])
        assert.equal(attribute(entry, name), undefined);
    }
  });

  it('ignores extension attributes that are no list of names and values', () => {
    for (const value of ['x', ['x'], null, 7]) {
      assert.equal(attribute(userEntry({ onPremisesExtensionAttributes: value }), 'extensionAttribute1'), undefined);
    }
  });
});

describe('what POSIX systems want to know of a user', () => {
  const home = 'extension_0123456789abcdef0123456789abcdef_home';
  const by = projectorFor({
    uidNumberFrom: 'extensionAttribute1',
    homeDirectoryFrom: home,
    loginShellFrom: 'extensionAttribute3',
    sshPublicKeyFrom: ['extensionAttribute4'],
    primaryGroup: {
      ...openSettings.users.primaryGroup,
      name: 'users',
      gidNumber: 100,
      gidNumberFrom: 'extensionAttribute2',
      shown: false,
    },
  });

  it('comes from the properties that the settings name (PAIN-18)', () => {
    const properties = {
      [home]: '/srv/alice',
      onPremisesExtensionAttributes: {
        extensionAttribute1: '70001',
        extensionAttribute2: '70002',
        extensionAttribute3: '/bin/zsh',
        extensionAttribute4: `${aliceKey}\nno key`,
      },
    };
    const entry = userEntry(properties, 'alice', by);
    assert.deepEqual(attribute(entry, 'homeDirectory'), ['/srv/alice']);
    assert.deepEqual(attribute(entry, 'loginShell'), ['/bin/zsh']);
    assert.deepEqual(attribute(entry, 'gidNumber'), ['70002']);
    assert.deepEqual(attribute(entry, 'sshPublicKey'), [aliceKey]);
    // The ledger decides about the number; the property only asks.
    assert.deepEqual(attribute(entry, 'uidNumber'), ['123456789']);
    const admitted = by.admitUser(record('user', { userPrincipalName: 'alice@example.com', ...properties }), 'active');
    assert.deepEqual(admitted.kind === 'admitted' && admitted.number, 70_001);
  });

  it('comes from the settings where the properties have nothing that could be used', () => {
    const properties = {
      [home]: 'alice',
      onPremisesExtensionAttributes: { extensionAttribute2: '0', extensionAttribute3: 'zsh', extensionAttribute4: 'x' },
    };
    const entry = userEntry(properties, 'alice', by);
    assert.deepEqual(attribute(entry, 'homeDirectory'), ['/home/alice']);
    assert.deepEqual(attribute(entry, 'loginShell'), ['/bin/bash']);
    assert.deepEqual(attribute(entry, 'gidNumber'), ['100']);
    assert.equal(attribute(entry, 'sshPublicKey'), undefined);
  });

  it('has no entry of the primary group where the machines know it already, and keeps its number from groups', () => {
    const nodes = by.fixedEntries().map(([node]) => node);
    assert.ok(!nodes.includes(primaryGroupNode));
    assert.deepEqual(by.reservedForGroups, { nameKey: undefined, number: 100 });
  });
});

describe('who is shown', () => {
  const admit = (properties: GraphProperties, by: Projector): string => {
    const admitted = by.admitUser(record('user', properties), 'active');
    return admitted.kind === 'skipped' ? admitted.reason : admitted.names[0];
  };

  it('does not include guests unless the settings do, and goes by the user type (PAIN-11)', () => {
    const guest = { userPrincipalName: 'joe_x.com#EXT#@contoso.com', userType: 'guest' };
    assert.equal(admit(guest, projectorFor({ includeGuests: false })), 'guest');
    assert.equal(admit(guest, projectorFor({ includeGuests: true })), 'joe_x.com');
    const member = { userPrincipalName: 'joe_x.com#EXT#@contoso.com', userType: 'Member' };
    assert.equal(admit(member, projectorFor({ includeGuests: false })), 'joe_x.com');
  });

  it('includes disabled users locked, or leaves them out when told to', () => {
    const disabled = { userPrincipalName: 'bob@contoso.com', accountEnabled: false };
    assert.equal(admit(disabled, projectorFor({ whenLocked: 'lock' })), 'bob');
    assert.equal(admit(disabled, projectorFor({ whenLocked: 'hide' })), 'disabled');
  });

  it('locks or hides users whom groups keep out as it does disabled ones, and says which of the two it is (FOX-17, FOX-18)', () => {
    const user = record('user', { userPrincipalName: 'alice@example.com', accountEnabled: true });
    for (const [standing, reason] of [
      ['inactive', 'in no allowed group'],
      ['disabled', 'in a disabled group'],
    ] as const) {
      assert.deepEqual(projectorFor({ whenLocked: 'hide' }).admitUser(user, standing), { kind: 'skipped', reason });
      assert.equal(projectorFor({ whenLocked: 'lock' }).admitUser(user, standing).kind, 'admitted');
      const entry = projector.user(user, given('user', 'alice'), standing, 100);
      assert.equal(entry.locked, true);
      assert.deepEqual(attribute(entry, 'nsAccountLock'), ['TRUE']);
      assert.deepEqual(attribute(entry, 'shadowExpire'), ['1']);
      assert.deepEqual(attribute(entry, 'pwdAccountLockedTime'), ['000001010000Z']);
      assert.deepEqual(attribute(entry, 'accountEnabled'), ['TRUE'], 'what Entra says stays');
    }
    assert.equal(projector.user(user, given('user', 'alice'), 'active', 100).locked, false);
  });

  it('says why a user without a name is missing (FED-06)', () => {
    assert.equal(admit({ displayName: 'Nobody' }, projector), 'no user principal name');
  });

  it('includes groups without a mail address unless told not to (FOX-13, FOX-14)', () => {
    const strict = projectorFor({}, { withoutEmail: false });
    const security = record('group', { displayName: 'Admins' });
    assert.deepEqual(strict.admitGroup(security), { kind: 'skipped', reason: 'no mail address' });
    assert.equal(
      strict.admitGroup(record('group', { displayName: 'Staff', mail: 'staff@contoso.com' })).kind,
      'admitted',
    );
    assert.equal(projector.admitGroup(security).kind, 'admitted');
    assert.deepEqual(projector.admitGroup(record('group', {})), { kind: 'skipped', reason: 'no display name' });
  });
});

describe('a group entry', () => {
  it('has every attribute that the properties give (FAM-12)', () => {
    const entry = groupEntry({
      createdDateTime: '2020-02-03T04:05:06Z',
      description: 'Everybody at work',
      displayName: 'Staff',
      groupTypes: ['Unified', 'DynamicMembership'],
      mail: 'staff@contoso.com',
      mailEnabled: true,
      mailNickname: 'staff',
      membershipRule: 'user.department -eq "Legal"',
      onPremisesSamAccountName: 'STAFF',
      onPremisesSyncEnabled: false,
      proxyAddresses: ['SMTP:staff@contoso.com'],
      securityEnabled: false,
    });
    assert.equal(entry.dn, 'cn=Staff,ou=groups,dc=example,dc=com');
    assert.equal(entry.createdAtMs, Date.UTC(2020, 1, 3, 4, 5, 6));
    assert.deepEqual(attributesOf(entry), {
      objectClass: ['top', 'groupOfMembers', 'posixGroup', 'entraGroup'],
      structuralObjectClass: ['groupOfMembers'],
      entryUUID: [modelId('group', 1)],
      entraSource: ['tenant'],
      cn: ['Staff'],
      gidNumber: ['123456789'],
      displayName: ['Staff'],
      description: ['Everybody at work'],
      mailNickname: ['staff'],
      membershipRule: ['user.department -eq "Legal"'],
      onPremisesSamAccountName: ['STAFF'],
      mail: ['staff@contoso.com'],
      proxyAddresses: ['SMTP:staff@contoso.com'],
      groupTypes: ['Unified', 'DynamicMembership'],
      securityEnabled: ['FALSE'],
      mailEnabled: ['TRUE'],
      onPremisesSyncEnabled: ['FALSE'],
    });
  });

  it('shows its members in every form that clients ask for (PAIN-12)', () => {
    assert.deepEqual(groupEntry({}).content.links, [
      ['member', 'member'],
      ['uniqueMember', 'member'],
      ['memberUid', 'memberUid'],
      ['memberOf', 'memberOf'],
    ]);
  });
});

describe('fixed entries', () => {
  const fixed = new Map(projector.fixedEntries());

  it('are the base, the containers, the primary group and the service accounts', () => {
    assert.deepEqual(
      [...fixed].map(([node, { dn }]) => [node, dn]),
      [
        [structuralNodes.base, 'dc=example,dc=com'],
        [structuralNodes.users, 'ou=users,dc=example,dc=com'],
        [structuralNodes.groups, 'ou=groups,dc=example,dc=com'],
        [structuralNodes.services, 'ou=services,dc=example,dc=com'],
        [primaryGroupNode, 'cn=domain-users,ou=groups,dc=example,dc=com'],
        [nodeId('service', 1), 'cn=app,ou=services,dc=example,dc=com'],
      ],
    );
  });

  it('name a primary group with the number that users have', () => {
    const group = fixed.get(primaryGroupNode);
    assert.ok(group !== undefined);
    assert.deepEqual(attribute(group, 'gidNumber'), attribute(userEntry({}), 'gidNumber'));
    assert.deepEqual(projector.reservedForGroups, { nameKey: 'domain-users', number: 1_000_000_000 });
  });

  it('describe a service account when the settings do', () => {
    const accounts = [{ name: 'git, lab', description: 'GitLab' }];
    const by = new Projector({ ...openSettings, services: { container: 'ou=services', accounts } }, standardSchema);
    const entry = new Map(by.fixedEntries()).get(nodeId('service', 1));
    assert.ok(entry !== undefined);
    assert.equal(entry.dn, 'cn=git\\, lab,ou=services,dc=example,dc=com');
    assert.deepEqual(attribute(entry, 'cn'), ['git, lab']);
    assert.deepEqual(attribute(entry, 'description'), ['GitLab']);
    assert.deepEqual(attribute(entry, 'objectClass'), ['top', 'applicationProcess']);
  });

  it('have a base entry of the class that its name calls for', () => {
    const classes = (baseDn: string): readonly string[] | undefined => {
      const base = new Projector({ ...openSettings, baseDn }, standardSchema).fixedEntries()[0]?.[1];
      return base && attribute(base, 'structuralObjectClass');
    };
    assert.deepEqual(classes('dc=example,dc=com'), ['organization']);
    assert.deepEqual(classes('o=Example'), ['organization']);
    assert.deepEqual(classes('ou=directory,o=Example'), ['organizationalUnit']);
    assert.throws(() => classes('cn=example'), RangeError);
  });

  it('keep their UUIDs, which differ and are of version 5 (RFC 9562 §5.5)', () => {
    const uuids = [...fixed.values()].flatMap((entry) => attribute(entry, 'entryUUID') ?? []);
    const again = projectorFor()
      .fixedEntries()
      .flatMap(([, entry]) => attribute(entry, 'entryUUID') ?? []);
    assert.deepEqual(uuids, again);
    assert.equal(new Set(uuids).size, fixed.size);
    for (const uuid of uuids)
      assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('are listed with their classes, as an index by class needs them', () => {
    const classes = objectClassesOf(openSettings);
    for (const [node, entry] of fixed) {
      const kind = node === primaryGroupNode ? 'group' : node === nodeId('service', 1) ? 'service' : 'structural';
      for (const name of attribute(entry, 'objectClass') ?? [])
        assert.ok(classes[kind].includes(name.toLowerCase()), name);
    }
  });
});

describe('encoded entries', () => {
  const stamp = { nowMs: NOW, nextNumber: () => '20261121120000.045000Z#000005#000#000000' };
  const later = { nowMs: NOW + 90_000, nextNumber: () => '20261121120130.045000Z#000000#000#000000' };

  function encoded(entry: ProjectedEntry): Buffer {
    const bytes = projector.encode(entry, undefined, stamp, false);
    assert.ok(bytes !== undefined);
    return bytes;
  }

  const textOf = (bytes: Buffer, name: string): string | undefined => entryAttribute(bytes, name)[0]?.toString();

  it('carry the time of creation that Entra tells, and of the publish that changed them', () => {
    const bytes = encoded(userEntry(fullUser));
    assert.equal(entryDn(bytes), 'uid=alice,ou=users,dc=example,dc=com');
    assert.equal(textOf(bytes, 'createTimestamp'), '20171121072404Z');
    assert.equal(textOf(bytes, 'modifyTimestamp'), '20261121120000Z');
    assert.equal(textOf(bytes, 'entryCSN'), '20261121120000.045000Z#000005#000#000000');
    assert.equal(textOf(encoded(userEntry({})), 'createTimestamp'), '20261121120000Z');
  });

  it('stay as they are while the content stays, and move their stamps when it moves', () => {
    const bytes = encoded(userEntry(fullUser));
    assert.equal(projector.encode(userEntry(fullUser), bytes, later, false), undefined);
    const moved = projector.encode(userEntry({ ...fullUser, jobTitle: 'Director' }), bytes, later, false);
    assert.ok(moved !== undefined);
    assert.equal(textOf(moved, 'createTimestamp'), '20171121072404Z');
    assert.equal(textOf(moved, 'modifyTimestamp'), '20261121120130Z');
    assert.equal(textOf(moved, 'title'), 'Director');
  });

  it('move their stamps when only linked values changed', () => {
    const bytes = encoded(groupEntry({ displayName: 'Staff' }));
    const moved = projector.encode(groupEntry({ displayName: 'Staff' }), bytes, later, true);
    assert.ok(moved !== undefined);
    assert.equal(textOf(moved, 'modifyTimestamp'), '20261121120130Z');
  });

  it('tell whether they are locked and how they are called', () => {
    assert.equal(projector.isLockedEntry(encoded(userEntry({ accountEnabled: false }))), true);
    assert.equal(projector.isLockedEntry(encoded(userEntry({ accountEnabled: true }))), false);
    assert.equal(projector.nameOf(encoded(userEntry({}))), 'uid=alice,ou=users,dc=example,dc=com');
  });
});

describe('members as sets show them', () => {
  const texts = (values: readonly Buffer[]): readonly string[] => values.map((value) => value.toString('utf8', 2));

  it('are users with DN and uid, and groups with their DN', () => {
    assert.deepEqual(texts(projector.userMember('alice')), ['uid=alice,ou=users,dc=example,dc=com', 'alice']);
    assert.deepEqual(texts(projector.groupMember('Staff')), ['cn=Staff,ou=groups,dc=example,dc=com']);
  });
});
