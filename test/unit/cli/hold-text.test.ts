import assert from 'node:assert/strict';
import { heldItemText, holdText } from '../../../src/cli/text/hold.ts';
import { planText } from '../../../src/cli/text/plan.ts';
import type { PlannedItem, PlanResult } from '../../../src/identity/plan.ts';
import type { HeldItem, HoldReport } from '../../../src/identity/safety.ts';

const hold: HoldReport = {
  hold: 31,
  sinceMs: Date.UTC(2026, 10, 21, 15, 40, 20),
  cause: 'tenant',
  decision: 'open',
  dangers: [
    { kind: 'usersRemoved', affected: 1200, total: 8000, limit: 50 },
    { kind: 'groupsShrunk', affected: 2, total: 90, limit: 0 },
  ],
};

const item: HeldItem = {
  kind: 'usersRemoved',
  dn: 'uid=anna,ou=users,dc=example,dc=com',
  objectId: 'a',
  displayName: 'Anna',
  newName: null,
  members: null,
};

const planned: PlannedItem = {
  kind: 'user',
  changes: ['changed'],
  dn: 'uid=anna,ou=users,dc=example,dc=com',
  newDn: null,
  objectId: 'a',
  displayName: 'Anna',
  attributes: [],
  added: { count: 0, dns: [] },
  removed: { count: 0, dns: [] },
};

const none = { created: 0, changed: 0, locked: 0, removed: 0 };
const nothing: PlanResult = {
  users: none,
  groups: none,
  memberships: { added: 0, removed: 0 },
  dangers: [],
  items: [],
  more: 0,
  readsOtherwise: false,
};

describe('what is held back, for people (P4)', () => {
  it('says since when, why, and how many of how many are concerned', () => {
    assert.equal(
      holdText(hold),
      'change 31 since 2026-11-21 15:40:20Z, for the tenant has changed\n' +
        'users removed: 1,200 of 8,000, 50 allowed\n' +
        'groups losing too many members: 2 of 90',
    );
    assert.match(
      holdText({ ...hold, cause: 'configuration', decision: 'rejected' }),
      /configuration .*; it was rejected\n/,
    );
  });

  it('names each one with what would become of it', () => {
    assert.equal(heldItemText(item), 'remove user   uid=anna,ou=users,dc=example,dc=com  (Anna)');
    assert.match(
      heldItemText({ ...item, kind: 'usersRenamed', newName: 'bert' }),
      /^rename user .*\(Anna, will be bert\)$/,
    );
    const shrinking = { ...item, kind: 'groupsShrunk' as const, displayName: null, members: { lost: 1500, of: 2000 } };
    assert.match(heldItemText(shrinking), /^shrink group .*\(loses 1,500 of 2,000 members\)$/);
  });
});

describe('a plan, for people (P9)', () => {
  it('says so when nothing would change', () => {
    assert.equal(planText(nothing), 'Nothing would change.');
  });

  it('prints values before and after, new names, and members that come and go', () => {
    const text = planText({
      ...nothing,
      users: { ...none, changed: 1 },
      memberships: { added: 1, removed: 1203 },
      items: [
        {
          ...planned,
          changes: ['renamed', 'locked'],
          newDn: 'uid=bert,ou=users,dc=example,dc=com',
          attributes: [{ name: 'mail', before: [], after: ['b'.repeat(200)] }],
        },
        {
          ...planned,
          kind: 'group',
          dn: 'cn=Staff',
          displayName: null,
          added: { count: 1, dns: ['uid=carl'] },
          removed: { count: 1203, dns: ['uid=dora'] },
        },
      ],
      more: 7,
    });
    const [renamed, mail, group, ...members] = text.split('\n');
    assert.equal(renamed, `renamed, locked: ${planned.dn} to uid=bert,ou=users,dc=example,dc=com  (Anna)`);
    assert.equal(mail, `    mail: none -> ${'b'.repeat(100)}…`);
    assert.equal(group, 'changed: cn=Staff');
    assert.deepEqual(members.slice(0, 4), [
      '    + uid=carl',
      '    - uid=dora',
      '    - 1,202 more',
      '… and 7 entries more',
    ]);
    assert.match(text, /^users +0 +1 +0 +0$/m);
    assert.match(text, /1 membership added, 1,203 removed$/);
  });

  it('tells of several values only those that come and go', () => {
    const attributes = [
      { name: 'objectClass', before: ['top', 'person', 'old'], after: ['top', 'person', 'new'] },
      { name: 'mail', before: ['a', 'b'], after: ['c', 'd'] },
      { name: 'title', before: ['a', 'b'], after: [] },
      { name: 'cn', before: ['a', 'b'], after: ['b', 'a'] },
    ];
    const [, ...lines] = planText({ ...nothing, items: [{ ...planned, attributes }] }).split('\n');
    assert.deepEqual(lines.slice(0, 4), [
      '    objectClass: - old, + new',
      '    mail: a, b -> c, d',
      '    title: a, b -> none',
      '    cn: a, b -> b, a',
    ]);
  });

  it('says what would be held back, and what it cannot tell', () => {
    const text = planText({ ...nothing, items: [planned], dangers: hold.dangers, readsOtherwise: true });
    assert.match(text, /would be held back until it is approved:\nusers removed: 1,200 of 8,000, 50 allowed\n/);
    assert.match(text, /reads other users, groups or properties/);
  });
});
