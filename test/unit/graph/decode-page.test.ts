import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { decodePage } from '../../../src/graph/decode-page.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import { sourceError } from './graph-fixture.ts';

const origin = 'https://graph.example';
const deltaLink = `${origin}/v1.0/users/delta?$deltatoken=1`;
const id = 'AAAAAAAA-0000-0000-0000-000000000001';
const lower = id.toLowerCase();
const other = 'bbbbbbbb-0000-0000-0000-000000000002';
const third = 'cccccccc-0000-0000-0000-000000000003';

const page = (...value: readonly unknown[]): object => ({ value, '@odata.deltaLink': deltaLink });
const users = (...value: readonly unknown[]) => decodePage('users', page(...value), origin);
const groups = (...value: readonly unknown[]) => decodePage('groups', page(...value), origin);

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

  it('keeps directory extensions and other properties that we do not know, whatever their type', () => {
    const properties = { extension_0123_badge: 'b', extension_0123_list: [1, { deep: null }], newProperty: 2 };
    assert.deepEqual(users({ id, ...properties }).changes[0], { kind: 'user', id: lower, properties });
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
    ['a property is named __proto__', 'users', JSON.parse(`{"id":"${id}","__proto__":{"accountEnabled":true}}`)],
    ['members@delta is not a list', 'groups', user({ 'members@delta': 'all' })],
    ['an element of members@delta has no id that is a GUID', 'groups', user({ 'members@delta': [null] })],
    ['an element of members@delta has no @odata.type', 'groups', user({ 'members@delta': [{ id: other }] })],
  ];
  for (const [reason, collection, element] of bad) {
    it(`is rejected, and the page stands: ${reason}: ${JSON.stringify(element)}`, () => {
      const decoded = decodePage(collection, page({ id: third }, element, { id: other }), origin);
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
    assert.deepEqual(decodePage('users', { value: [], '@odata.nextLink': nextLink }, origin).link, {
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
      assert.throws(() => decodePage('users', body, origin), sourceError('protocol'));
    });
  }

  it('never makes the decoder throw anything but a SourceError, whatever the JSON (P8)', () => {
    const element = fc.oneof(
      fc.jsonValue(),
      fc.record({ id: fc.constantFrom(id, other, 7), 'members@delta': fc.jsonValue(), mail: fc.jsonValue() }),
      fc.record({ id: fc.constant(id), '@removed': fc.jsonValue() }),
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ value: fc.array(element), '@odata.deltaLink': fc.constant(deltaLink) }),
    );
    fc.assert(
      fc.property(fc.constantFrom('users' as const, 'groups' as const), body, (collection, json) => {
        try {
          const decoded = decodePage(collection, json, origin);
          const { value } = json as { value: readonly unknown[] };
          assert.equal(decoded.changes.length + decoded.rejected.length, value.length);
        } catch (error) {
          assert.ok(error instanceof SourceError);
        }
      }),
    );
  });
});
