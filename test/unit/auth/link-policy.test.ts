import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { GroupLookup } from '../../../src/auth/group-lookup.ts';
import { LinkPolicy, type LinkPolicySettings, type LinkRule } from '../../../src/auth/link-policy.ts';
import { closingOf } from '../../../src/auth/revocation.ts';
import type { Ruling } from '../../../src/auth/ruling.ts';
import { defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import type { BindProof } from '../../../src/directory/identity.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { type BindSwitch, bindSwitches, type BindSwitches } from '../../../src/identity/bind-rule.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { base, objectId, people, userDn } from './people.ts';

const group = (n: number, cn: string, members: readonly string[]): MemoryEntry => ({
  dn: `cn=${cn},ou=groups,${base}`,
  attributes: [
    ['objectClass', ['top', 'groupOfMembers']],
    ['entryUUID', [objectId(n)]],
    ['cn', [cn]],
  ],
  links: [],
  members,
});

const directory = memoryDirectory([
  ...people,
  { dn: `ou=groups,${base}`, attributes: [['objectClass', ['top', 'organizationalUnit']]], links: [] },
  group(40, 'staff', [userDn('alice'), userDn('bob')]),
  group(41, 'admins', [userDn('alice')]),
]);
const users = createUserLookup(directory, standardSchema);
const groups = new GroupLookup(directory, standardSchema);

const named = (cn: string): LinkRule['groups'] => [{ name: cn, dn: `cn=${cn},ou=groups,${base}` }];
const byId = (n: number): LinkRule['groups'] => [{ name: objectId(n), entryUuid: objectId(n) }];
const serviceAccounts = [
  { name: 'vpn', allowFrom: [{ family: 'ipv4', address: '10.1.0.0', prefix: 16 } as const] },
  { name: 'wiki', allowFrom: [{ family: 'ipv6', address: '2001:db8::', prefix: 32 } as const] },
  { name: 'open' },
];
const anywhere = '192.0.2.1';

function rule(switches: BindSwitches, about: Partial<LinkRule> = {}): LinkRule {
  return { groups: undefined, services: undefined, switches, ...about };
}

function policyOf(rules: readonly LinkRule[], settings: Partial<LinkPolicySettings> = {}): LinkPolicy {
  return new LinkPolicy({ bind: { ...defaultBindSettings, rules, ...settings }, serviceAccounts, groups });
}

function found(uid: string) {
  const outcome = users.find(userDn(uid));
  assert.ok(outcome.kind === 'user');
  return outcome.user;
}

const ruling = (rules: readonly LinkRule[], uid = 'bob', address = anywhere): Ruling =>
  policyOf(rules).of(found(uid), address);

describe('rules about who may log in how', () => {
  it('leave everything to the settings for everybody when there are none', () => {
    const standing = (settings: Partial<LinkPolicySettings>) => {
      const { switches } = policyOf([], settings).of(found('bob'), anywhere);
      return bindSwitches.filter((name) => switches[name].isOn);
    };
    assert.deepEqual(standing({}), ['local', 'appPasswords', 'entra']);
    const appPasswords = { ...defaultBindSettings.appPasswords, enabled: false };
    const remembered = { freshMs: 0, outageMs: 1 };
    assert.deepEqual(
      standing({ appPasswords, remembered, entra: { enabled: false }, oneTimeCodes: { required: true, window: 1 } }),
      ['local', 'remembered', 'codeRequired'],
    );
    assert.deepEqual(standing({ remembered: { ...remembered, isByRuleOnly: true } }), [
      'local',
      'appPasswords',
      'entra',
    ]);
  });

  const cases: readonly (readonly [
    what: string,
    rules: readonly LinkRule[],
    uid: string,
    address: string,
    entra: boolean,
  ])[] = [
    [
      'to a member of the group by its name',
      [rule({ entra: false }, { groups: named('admins') })],
      'alice',
      anywhere,
      false,
    ],
    [
      'to a member by the object id of the group',
      [rule({ entra: false }, { groups: byId(41) })],
      'alice',
      anywhere,
      false,
    ],
    ['to nobody else', [rule({ entra: false }, { groups: named('admins') })], 'bob', anywhere, true],
    ['to nobody by the object id of a person', [rule({ entra: false }, { groups: byId(3) })], 'bob', anywhere, true],
    [
      'to nobody by a group that is not there',
      [rule({ entra: false }, { groups: named('gone') })],
      'bob',
      anywhere,
      true,
    ],
    [
      'from the networks of a service account',
      [rule({ entra: false }, { services: ['vpn'] })],
      'bob',
      '10.1.2.3',
      false,
    ],
    ['from these written as IPv6', [rule({ entra: false }, { services: ['vpn'] })], 'bob', '::ffff:10.1.2.3', false],
    ['from any of several', [rule({ entra: false }, { services: ['vpn', 'wiki'] })], 'bob', '2001:db8::7', false],
    ['from nowhere else', [rule({ entra: false }, { services: ['vpn'] })], 'bob', '10.2.0.1', true],
    ['from no local socket', [rule({ entra: false }, { services: ['vpn'] })], 'bob', 'unix', true],
    [
      'from nowhere by an account without networks',
      [rule({ entra: false }, { services: ['open'] })],
      'bob',
      anywhere,
      true,
    ],
    [
      'where both are so',
      [rule({ entra: false }, { groups: named('staff'), services: ['vpn'] })],
      'bob',
      '10.1.2.3',
      false,
    ],
    [
      'only where both are so',
      [rule({ entra: false }, { groups: named('admins'), services: ['vpn'] })],
      'bob',
      '10.1.2.3',
      true,
    ],
    [
      'as the first says of two that are about somebody',
      [rule({ entra: true }, { groups: named('staff') }), rule({ entra: false })],
      'bob',
      anywhere,
      true,
    ],
    [
      'as a later one says where the first says nothing of it',
      [rule({ local: false }, { groups: named('staff') }), rule({ entra: false })],
      'bob',
      anywhere,
      false,
    ],
  ];
  for (const [what, rules, uid, address, isOpen] of cases) {
    it(`apply ${what} (PAIN-02)`, () => assert.equal(ruling(rules, uid, address).isOpen('entra'), isOpen));
  }

  it('close the remembered password with that of Entra, for it is the same (P7)', () => {
    const closed = ruling([rule({ entra: false, remembered: true })]);
    assert.deepEqual([closed.isOpen('entra'), closed.isOpen('remembered')], [false, false]);
    const open = ruling([rule({ remembered: true })]);
    assert.deepEqual([open.isOpen('entra'), open.isOpen('remembered')], [true, true]);
  });

  it('decide about codes of app passwords too, which want them by a setting of their own else', () => {
    const appPasswords = { ...defaultBindSettings.appPasswords, codeRequired: true };
    const needs = (rules: readonly LinkRule[]): readonly boolean[] => {
      const by = policyOf(rules, { appPasswords }).of(found('bob'), anywhere);
      return ['appPassword', 'entra', 'local', 'remembered'].map((link) => by.needsCode(link));
    };
    assert.deepEqual(needs([]), [true, false, false, false]);
    assert.deepEqual(needs([rule({ codeRequired: false })]), [false, false, false, false]);
    assert.deepEqual(needs([rule({ codeRequired: true })]), [true, true, true, true]);
  });

  it('never concern service accounts and certificates', () => {
    const nothing = ruling([rule({ local: false, appPasswords: false, entra: false, remembered: false })]);
    assert.deepEqual([nothing.isOpen('service'), nothing.isOpen('certificate')], [true, true]);
  });

  it('count nobody as a member whose entry is another person’s by now (P7)', () => {
    const gone = { ...found('alice'), objectId: objectId(77) };
    assert.equal(
      policyOf([rule({ entra: false }, { groups: named('admins') })])
        .of(gone, anywhere)
        .isOpen('entra'),
      true,
    );
  });

  it('are reported as they were written, with the groups that are not in the directory', () => {
    const rules = [
      rule({ entra: false }, { groups: [...(named('gone') ?? []), ...(byId(41) ?? [])], services: ['vpn'] }),
    ];
    assert.deepEqual(policyOf(rules).report(), [
      { groups: ['gone', objectId(41)], services: ['vpn'], switches: { entra: false }, unknownGroups: ['gone'] },
    ]);
  });

  it('are told of a person with what has decided, and of places only where that is otherwise (P9)', () => {
    const rules = [
      rule({ codeRequired: true }, { services: ['vpn'] }),
      rule({ entra: false }, { groups: named('staff') }),
    ];
    const switches = (codeRequired: boolean, setting: string) => [
      { name: 'appPasswords', isOn: true, setting: 'bind.appPasswords.enabled' },
      { name: 'entra', isOn: false, setting: 'bind.rules[1]' },
      { name: 'remembered', isOn: false, setting: 'bind.remembered.enabled' },
      { name: 'codeRequired', isOn: codeRequired, setting },
    ];
    assert.deepEqual(policyOf([...rules, rule({ entra: true }, { services: ['wiki'] })]).placesOf(found('bob')), [
      { service: null, switches: switches(false, 'bind.oneTimeCodes.required') },
      { service: 'vpn', switches: switches(true, 'bind.rules[0]') },
    ]);
  });

  it('decide like a plain reading of them, whatever they are (property)', () => {
    const about = fc.record({
      groups: fc.constantFrom(undefined, named('staff'), named('admins'), byId(40), named('gone')),
      services: fc.constantFrom(undefined, ['vpn'], ['wiki'], ['vpn', 'wiki']),
      switches: fc.dictionary(fc.constantFrom(...bindSwitches), fc.boolean(), { minKeys: 1 }),
    });
    const isMember = (uid: string, of: LinkRule['groups']): boolean =>
      of === undefined ||
      of.some(({ name }) => name === 'staff' || name === objectId(40) || (name === 'admins' && uid === 'alice'));
    const isThere = (address: string, services: LinkRule['services']): boolean =>
      services === undefined ||
      (services.includes('vpn') && address.startsWith('10.1.')) ||
      (services.includes('wiki') && address.startsWith('2001:db8:'));
    fc.assert(
      fc.property(
        fc.array(about, { maxLength: 6 }),
        fc.constantFrom('alice', 'bob'),
        fc.constantFrom(anywhere, '10.1.9.9', '2001:db8::1'),
        (rules, uid, address) => {
          const { switches } = policyOf(rules).of(found(uid), address);
          const general: Readonly<Record<BindSwitch, boolean>> = {
            local: true,
            appPasswords: true,
            entra: true,
            remembered: false,
            codeRequired: false,
          };
          for (const name of bindSwitches) {
            const at = rules.findIndex(
              (each) =>
                each.switches[name] !== undefined && isMember(uid, each.groups) && isThere(address, each.services),
            );
            assert.deepEqual(switches[name], {
              isOn: rules[at]?.switches[name] ?? general[name],
              rule: at < 0 ? undefined : at,
            });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a connection of somebody who has bound', () => {
  const proof: BindProof = { link: 'entra', address: '10.1.2.3', hasCode: false, letThrough: [] };
  const closing = (
    rules: readonly LinkRule[],
    changes: Partial<BindProof> = {},
    acceptProven: readonly number[] = [],
  ) => {
    const { dn, entryId, objectId: id } = found('bob');
    const identity = { kind: 'user', dn, entryId, objectId: id, proof: { ...proof, ...changes } } as const;
    return closingOf(identity, policyOf(rules), acceptProven);
  };

  it('ends when its way is not open any more, or wants a code that was not shown (P7)', () => {
    assert.equal(closing([]), undefined);
    assert.equal(closing([rule({ entra: false })]), 'linkClosed');
    assert.equal(closing([rule({ entra: false })], { link: 'appPassword' }), undefined);
    assert.equal(closing([rule({ entra: false }, { services: ['vpn'] })]), 'linkClosed');
    assert.equal(closing([rule({ entra: false }, { services: ['vpn'] })], { address: anywhere }), undefined);
    assert.equal(closing([rule({ codeRequired: true })]), 'codeRequired');
    assert.equal(closing([rule({ codeRequired: true })], { hasCode: true }), undefined);
  });

  it('ends when the code of Entra with which it came is not let through any more (PAIN-03)', () => {
    assert.equal(closing([], { letThrough: [50_076] }, [50_076, 50_158]), undefined);
    assert.equal(closing([], { letThrough: [50_076] }, [50_158]), 'linkClosed');
  });

  it('goes on while the store cannot be read, and when nothing is known of how it was bound', () => {
    const broken = memoryDirectory(people);
    broken.fail(new DirectoryStorageError('disk'));
    const bind = { ...defaultBindSettings, rules: [rule({ entra: false }, { groups: named('staff') })] };
    const policy = new LinkPolicy({ bind, serviceAccounts, groups: new GroupLookup(broken, standardSchema) });
    const identity = { kind: 'user', dn: userDn('bob'), entryId: 1, objectId: objectId(3) } as const;
    assert.equal(closingOf({ ...identity, proof }, policy, []), undefined);
    assert.equal(closingOf(identity, policyOf([rule({ entra: false })]), []), undefined);
    assert.equal(closingOf({ kind: 'service', dn: 'cn=vpn', name: 'vpn' }, policy, []), undefined);
  });
});
