import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { decodeList, decodePage } from '../../../src/graph/decode-page.ts';
import { type Selection, selectionOf } from '../../../src/graph/selection.ts';
import type { Collection } from '../../../src/identity/change.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import { sourceError } from './graph-fixture.ts';

const origin = 'https://graph.example';
const deltaLink = `${origin}/v1.0/users/delta?$deltatoken=1`;
const id = 'AAAAAAAA-0000-0000-0000-000000000001';
const lower = id.toLowerCase();
const other = 'bbbbbbbb-0000-0000-0000-000000000002';
const third = 'cccccccc-0000-0000-0000-000000000003';

const page = (...value: readonly unknown[]): object => ({ value, '@odata.deltaLink': deltaLink });

const badge = 'extension_0123456789abcdef0123456789abcdef_badge';
const selections: Readonly<Record<Collection, Selection>> = {
  users: selectionOf('users', [
    'accountEnabled',
    'assignedLicenses',
    'businessPhones',
    'createdDateTime',
    'displayName',
    'employeeOrgData',
    badge,
    'mail',
    'manager',
    'onPremisesExtensionAttributes',
    'otherMails',
    'proxyAddresses',
  ]),
  groups: selectionOf('groups', ['displayName', 'groupTypes', 'onPremisesExtensionAttributes']),
};
const users = (...value: readonly unknown[]) => decodePage(selections.users, page(...value), origin);
const groups = (...value: readonly unknown[]) => decodePage(selections.groups, page(...value), origin);
/** The properties that are decoded of a user with these. */
const propertiesOf = (properties: object): unknown => {
  const [change] = users({ id, ...properties }).changes;
  return change?.kind === 'user' ? change.properties : undefined;
};

describe('decoding users', () => {
  it('keeps properties under their names, null as null, and leaves missing ones missing', () => {
    const user = { id, displayName: 'Zoë', mail: null, accountEnabled: false, businessPhones: ['+1'], otherMails: [] };
    assert.deepEqual(users(user).changes, [
      {
        kind: 'user',
        id: lower,
        properties: { displayName: 'Zoë', mail: null, accountEnabled: false, businessPhones: ['+1'], otherMails: [] },
      },
    ]);
  });

  it('keeps directory extensions: texts, numbers, flags, and lists of them', () => {
    for (const value of ['b', 7, true, ['a', 'b'], [1, 2], [], null]) {
      assert.deepEqual(propertiesOf({ [badge]: value }), { [badge]: value });
    }
  });

  it('leaves out whatever was not selected, although the answer has it (FED-18)', () => {
    const unwanted = { department: 'Secret', extension_0123456789abcdef0123456789abcdef_other: 'x', newProperty: 2 };
    assert.deepEqual(propertiesOf({ displayName: 'Zoë', ...unwanted }), { displayName: 'Zoë' });
    assert.deepEqual(propertiesOf(JSON.parse('{"__proto__":{"accountEnabled":true}}') as object), {});
  });

  it('keeps objects with their fields and lists of objects, without annotations', () => {
    const employeeOrgData = { division: 'Sales', costCenter: null };
    assert.deepEqual(propertiesOf({ employeeOrgData: { '@odata.type': '#x', ...employeeOrgData } }), {
      employeeOrgData,
    });
    assert.deepEqual(propertiesOf({ assignedLicenses: [{ skuId: 'a', 'disabledPlans@odata.type': '#x' }] }), {
      assignedLicenses: [{ skuId: 'a' }],
    });
  });

  it('keeps the extension attributes of groups, which newer tenants have', () => {
    const onPremisesExtensionAttributes = { extensionAttribute7: 'x' };
    assert.deepEqual(groups({ id, onPremisesExtensionAttributes }).changes[0], {
      kind: 'group',
      id: lower,
      properties: { onPremisesExtensionAttributes },
      members: [],
    });
  });

  it('drops annotations', () => {
    const user = { id, '@odata.type': '#microsoft.graph.user', 'businessPhones@odata.type': '#Collection', mail: 'm' };
    assert.deepEqual(users(user).changes[0], { kind: 'user', id: lower, properties: { mail: 'm' } });
  });

  it('takes the extension attributes as one value', () => {
    const onPremisesExtensionAttributes = { extensionAttribute1: 'x', extensionAttribute2: null };
    assert.deepEqual(users({ id, onPremisesExtensionAttributes }).changes[0], {
      kind: 'user',
      id: lower,
      properties: { onPremisesExtensionAttributes },
    });
  });
});

describe('decoding managers (PAIN-18)', () => {
  const now = { '@odata.type': '#microsoft.graph.user', id: other.toUpperCase() };
  const ended = { ...now, id: third, '@removed': { reason: 'deleted' } };

  it('takes the manager that a delta page names as the object id', () => {
    assert.deepEqual(propertiesOf({ 'manager@delta': [now] }), { manager: other });
  });

  it('leaves the manager alone when a delta page says nothing of it', () => {
    assert.deepEqual(propertiesOf({ displayName: 'Zoë' }), { displayName: 'Zoë' });
    assert.deepEqual(propertiesOf({ 'manager@delta': [] }), {});
  });

  it('has nobody when the manager has ended, and the new one when there is one, in whichever order they come', () => {
    assert.deepEqual(propertiesOf({ 'manager@delta': [ended] }), { manager: null });
    assert.deepEqual(propertiesOf({ 'manager@delta': [ended, now] }), { manager: other });
    assert.deepEqual(propertiesOf({ 'manager@delta': [now, ended] }), { manager: other });
  });

  it('takes the expanded manager of a list, and nobody where there is none', () => {
    const { changes } = decodeList(selections.users, [
      { id, manager: { '@odata.type': '#microsoft.graph.user', id: other, displayName: 'x' } },
      { id: third },
      { id: other, manager: null },
    ]);
    assert.deepEqual(
      changes.map((change) => change.kind === 'user' && change.properties),
      [{ manager: other }, { manager: null }, { manager: null }],
    );
  });

  it('does not read managers unless they are selected', () => {
    const plain = selectionOf('users', ['displayName']);
    assert.deepEqual(decodePage(plain, page({ id, 'manager@delta': [now] }), origin).changes, [
      { kind: 'user', id: lower, properties: {} },
    ]);
    assert.deepEqual(decodeList(plain, [{ id, manager: now }]).changes, [{ kind: 'user', id: lower, properties: {} }]);
  });
});

describe('decoding groups', () => {
  it('reads members with their types, and which memberships have ended', () => {
    const members = [
      { '@odata.type': '#microsoft.graph.user', id: other.toUpperCase() },
      { '@odata.type': '#microsoft.graph.group', id: third },
      { '@odata.type': '#microsoft.graph.device', id },
      { '@odata.type': '#microsoft.graph.user', id: third, '@removed': { reason: 'deleted' } },
      { id: other, '@removed': { reason: 'deleted' } },
    ];
    assert.deepEqual(groups({ id, groupTypes: ['Unified'], 'members@delta': members }).changes, [
      {
        kind: 'group',
        id: lower,
        properties: { groupTypes: ['Unified'] },
        members: [
          { id: other, type: 'user', removed: false },
          { id: third, type: 'group', removed: false },
          { id: lower, type: 'other', removed: false },
          { id: third, type: 'user', removed: true },
          { id: other, type: 'other', removed: true },
        ],
      },
    ]);
  });

  it('reads a group without members@delta as one whose members did not change', () => {
    assert.deepEqual(groups({ id, displayName: 'g' }).changes[0], {
      kind: 'group',
      id: lower,
      properties: { displayName: 'g' },
      members: [],
    });
  });

  it('keeps every slice of a large group, in order, although the group repeats', () => {
    const slice = (member: string): object => ({
      id,
      'members@delta': [{ '@odata.type': '#microsoft.graph.user', id: member }],
    });
    assert.equal(groups(slice(other), slice(third), slice(other)).changes.length, 3);
  });
});

describe('decoding removals', () => {
  for (const reason of ['changed', 'deleted']) {
    it(`reads the reason ${reason} for users and groups`, () => {
      const element = { id, '@removed': { reason } };
      assert.deepEqual(users(element).changes, [{ kind: 'removed', id: lower, reason }]);
      assert.deepEqual(groups(element).changes, [{ kind: 'removed', id: lower, reason }]);
    });
  }
});

describe('an object that makes no sense', () => {
  const user = (properties: object): unknown => ({ id, ...properties });
  const bad: readonly [reason: string, collection: 'users' | 'groups', element: unknown][] = [
    ['it is not an object', 'users', 'alice'],
    ['it is not an object', 'users', [id]],
    ['it is not an object', 'users', null],
    ['id is missing or is not a GUID', 'users', { displayName: 'x' }],
    ['id is missing or is not a GUID', 'users', { id: 7 }],
    ['id is missing or is not a GUID', 'users', { id: 'alice@contoso.com' }],
    ['displayName is not text', 'users', user({ displayName: 7 })],
    ['accountEnabled is not flag', 'users', user({ accountEnabled: 'true' })],
    ['businessPhones is not texts', 'users', user({ businessPhones: '+1' })],
    ['proxyAddresses is not texts', 'users', user({ proxyAddresses: ['SMTP:a', 7] })],
    ['onPremisesExtensionAttributes is not texts by name', 'users', user({ onPremisesExtensionAttributes: { a: 7 } })],
    ['@removed has no known reason', 'users', user({ '@removed': { reason: 'moved' } })],
    ['@removed has no known reason', 'users', user({ '@removed': null })],
    ['createdDateTime is not instant', 'users', user({ createdDateTime: 7 })],
    ['employeeOrgData is not object', 'users', user({ employeeOrgData: 'Sales' })],
    ['employeeOrgData is not object', 'users', user({ employeeOrgData: { division: { deep: 1 } } })],
    ['assignedLicenses is not objects', 'users', user({ assignedLicenses: ['a'] })],
    [`${badge} is not extension`, 'users', user({ [badge]: { deep: 1 } })],
    [`${badge} is not extension`, 'users', user({ [badge]: ['a', null] })],
    ['manager@delta is not a list', 'users', user({ 'manager@delta': 'boss' })],
    ['manager has no id that is a GUID', 'users', user({ 'manager@delta': [{ id: 'boss' }] })],
    ['manager has no id that is a GUID', 'users', user({ 'manager@delta': [null] })],
    ['members@delta is not a list', 'groups', user({ 'members@delta': 'all' })],
    ['a member has no id that is a GUID', 'groups', user({ 'members@delta': [null] })],
    ['a member has no @odata.type', 'groups', user({ 'members@delta': [{ id: other }] })],
  ];
  for (const [reason, collection, element] of bad) {
    it(`is rejected, and the page stands: ${reason}: ${JSON.stringify(element)}`, () => {
      const decoded = decodePage(selections[collection], page({ id: third }, element, { id: other }), origin);
      assert.deepEqual(
        decoded.changes.map((change) => change.id),
        [third, other],
      );
      assert.equal(decoded.rejected.length, 1);
      assert.equal(decoded.rejected[0]?.reason, reason);
    });
  }

  it('is listed with its id when it has one', () => {
    assert.deepEqual(users({ id, mail: 7 }).rejected, [{ id: lower, reason: 'mail is not text' }]);
    assert.deepEqual(users({ id: 'x', mail: 7 }).rejected[0]?.id, undefined);
  });
});

describe('a page', () => {
  it('has its next link or its delta link', () => {
    const nextLink = `${origin}/v1.0/users/delta?$skiptoken=1`;
    assert.deepEqual(decodePage(selections.users, { value: [], '@odata.nextLink': nextLink }, origin).link, {
      kind: 'next',
      url: nextLink,
    });
    assert.deepEqual(users().link, { kind: 'delta', url: deltaLink });
  });

  const broken: readonly [what: string, body: unknown][] = [
    ['no JSON object', []],
    ['null', null],
    ['no value', { '@odata.deltaLink': deltaLink }],
    ['a value that is no list', { value: {}, '@odata.deltaLink': deltaLink }],
    ['no link', { value: [] }],
    ['both links', { value: [], '@odata.deltaLink': deltaLink, '@odata.nextLink': deltaLink }],
    ['a link that is no text', { value: [], '@odata.nextLink': 7 }],
    ['a link to another host', { value: [], '@odata.nextLink': 'https://graph.example.evil/v1.0/users/delta' }],
    ['a link to another port', { value: [], '@odata.nextLink': 'https://graph.example:444/v1.0/users/delta' }],
    ['a link without TLS', { value: [], '@odata.nextLink': 'http://graph.example/v1.0/users/delta' }],
    ['a link with credentials', { value: [], '@odata.nextLink': 'https://me@graph.example/v1.0/users/delta' }],
    ['a relative link', { value: [], '@odata.nextLink': '/v1.0/users/delta' }],
  ];
  for (const [what, body] of broken) {
    it(`is refused as a breach of protocol when it is or has ${what} (P2)`, () => {
      assert.throws(() => decodePage(selections.users, body, origin), sourceError('protocol'));
    });
  }

  it('never makes the decoder throw anything but a SourceError, whatever the JSON (P8)', () => {
    const element = fc.oneof(
      fc.jsonValue(),
      fc.record({
        id: fc.constantFrom(id, other, 7),
        'members@delta': fc.jsonValue(),
        'manager@delta': fc.jsonValue(),
        mail: fc.jsonValue(),
        employeeOrgData: fc.jsonValue(),
        assignedLicenses: fc.jsonValue(),
        [badge]: fc.jsonValue(),
      }),
      fc.record({ id: fc.constant(id), '@removed': fc.jsonValue() }),
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ value: fc.array(element), '@odata.deltaLink': fc.constant(deltaLink) }),
    );
    fc.assert(
      fc.property(fc.constantFrom('users' as const, 'groups' as const), body, (collection, json) => {
        try {
          const decoded = decodePage(selections[collection], json, origin);
          const { value } = json as { value: readonly unknown[] };
          assert.equal(decoded.changes.length + decoded.rejected.length, value.length);
        } catch (error) {
          assert.ok(error instanceof SourceError);
        }
      }),
    );
  });
});
