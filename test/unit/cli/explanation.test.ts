import assert from 'node:assert/strict';
import { explanationText } from '../../../src/cli/text/explanation.ts';
import { conflictLine, objectLine } from '../../../src/cli/text/objects.ts';
import { printable } from '../../../src/wording/printable.ts';
import { jsonDocument } from '../../../src/cli/stream-output.ts';
import type { Explanation, ObjectRow } from '../../../src/identity/inspection.ts';

const id = '10000000-0000-4000-8000-000000000001';
const source = { tenantId: 'the tenant', readInFullAtMs: 0, publishedAtMs: 1000 };

const explanation: Explanation = {
  kind: 'group',
  objectId: id,
  state: 'skipped',
  reason: 'no mail address',
  source,
  dn: null,
  origin: 'tenant',
  overlay: [],
  overlayFindings: [],
  record: {
    displayName: 'Staff',
    groupTypes: ['Unified'],
    onPremisesExtensionAttributes: { extensionAttribute1: 'x', extensionAttribute2: null },
    securityEnabled: true,
  },
  removal: null,
  rules: [
    { title: 'in scope', setting: null, verdict: 'passed', reason: null },
    {
      title: 'groups without a mail address',
      setting: 'groups.withoutEmail',
      verdict: 'skipped',
      reason: 'no mail address',
    },
  ],
  name: { wanted: null, given: 'Staff', sinceMs: null, clash: null },
  number: { attribute: 'gidNumber', number: 7001, origin: 'nextFree', sinceMs: 2000, notAdopted: null },
  memberOf: [{ name: 'All', objectId: id, isDirect: false, isShown: false, through: ['Europe', 'World'] }],
  members: { direct: { users: 1, groups: 0, others: 2 }, shown: 1200, nested: [] },
  isShortened: true,
  primaryGroup: null,
  bind: null,
};

const row: ObjectRow = {
  kind: 'user',
  objectId: id,
  state: 'locked',
  origin: 'tenant',
  reason: 'disabled',
  name: 'larry',
  number: 5001,
  displayName: 'Larry',
  userPrincipalName: 'larry@example.com',
  mail: 'l@example.com',
};

async function text(pieces: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const piece of pieces) all += piece;
  return all;
}

async function* rows(...items: readonly unknown[]): AsyncGenerator<unknown, void, void> {
  yield* items;
}

describe('explanations as text', () => {
  it('say everything that is known of a group (P9)', () => {
    assert.equal(
      explanationText({ found: 'one', explanation }, 'group', 'staff'),
      [
        `Group Staff, object id ${id}: skipped (no mail address).`,
        '',
        'DN         none',
        'Name       Staff',
        'gidNumber  7001, the next free one after the one of its object id, since 1970-01-01 00:00:02Z',
        'Members    1 user, 0 groups, 2 others directly; the entry shows 1,200',
        'Source     tenant the tenant, read in full 1970-01-01 00:00:00Z, published 1970-01-01 00:00:01Z',
        '',
        'Rules, in the order in which they are asked:',
        '  passed   in scope',
        '  skipped  groups without a mail address (groups.withoutEmail): no mail address',
        '',
        'Member of 1 group and more:',
        '  All, through Europe > World (not shown)',
        '',
        'What Entra says:',
        '  displayName                    Staff',
        '  groupTypes                     ["Unified"]',
        '  onPremisesExtensionAttributes  {"extensionAttribute1":"x"}',
        '  securityEnabled                true',
      ].join('\n'),
    );
  });

  it('say when somebody went', () => {
    const gone = { ...explanation, removal: { reason: 'deleted', atMs: 3000 }, record: null, rules: [] } as const;
    assert.match(
      explanationText({ found: 'one', explanation: gone }, 'group', 'x'),
      /^Removed {4}1970-01-01 00:00:03Z$/m,
    );
  });

  it('list those who answer to one name, or say that nobody does (P9)', () => {
    assert.equal(
      explanationText({ found: 'several', candidates: [row] }, 'user', 'larry'),
      `Several users answer to "larry"; ask for one of them by its object id:\n  ${id}  ${objectLine(row)}`,
    );
    const none = explanationText({ found: 'none', source, overlayFindings: [] }, 'user', 'x\u001b[2J');
    const unread = { ...source, readInFullAtMs: null };
    assert.equal(
      explanationText({ found: 'none', source: unread, overlayFindings: [] }, 'user', 'x'),
      'No user "x" is known of tenant the tenant. Nothing has been read from it yet: run entra-ldapd sync.',
    );
    assert.match(none, /^No user "x\ufffd\[2J" is known of tenant the tenant, .* last read at 1970-01-01 00:00:00Z\./);
  });
});

describe('lists as text', () => {
  it('have one line for an object, of equal columns', () => {
    assert.equal(
      objectLine(row),
      'locked   larry                           5001  Larry <larry@example.com> (disabled)',
    );
    const nameless = { ...row, state: 'skipped', reason: null, name: null, number: null, displayName: null } as const;
    assert.equal(
      objectLine({ ...nameless, userPrincipalName: null }),
      `skipped  -${' '.repeat(23)}           -  <l@example.com>`,
    );
  });

  it('leave no gap where somebody has neither display name nor address', () => {
    const local = { ...row, origin: 'overlay', displayName: null, userPrincipalName: null, mail: null } as const;
    assert.match(objectLine(local), / 5001 {2}\(disabled\) \[overlay\]$/);
  });

  it('tell a clash of numbers with its holder', () => {
    const conflict = {
      kind: 'user',
      objectId: id,
      name: 'bob',
      about: 'number',
      userPrincipalName: 'bob@example.com',
      wanted: 5001,
      number: 6001,
      holder: id,
      holderName: 'alice',
      reason: 'given to another',
    } as const;
    assert.equal(
      conflictLine(conflict),
      'number  user bob <bob@example.com> has 6001 and asks for 5001: given to another (alice)',
    );
  });

  it('let no text of the tenant move the cursor or turn the direction of writing', () => {
    assert.equal(printable('a\u001b[31mb\u009bc\u202ed\ne\u2066'), 'a\ufffd[31mb\ufffdc\ufffdd\ufffde\ufffd');
    assert.equal(printable('Zoë 田中 😀'), 'Zoë 田中 😀');
  });

  it('are one JSON document, whatever their length', async () => {
    assert.deepEqual(JSON.parse(await text(jsonDocument('users', rows()))), { users: [] });
    assert.deepEqual(JSON.parse(await text(jsonDocument('users', rows(1, { a: '\n' })))), { users: [1, { a: '\n' }] });
  });
});
