import assert from 'node:assert/strict';
import { historyLine } from '../../../src/cli/text/history.ts';
import { returnPointsText, rollbackOutcomeText, rollbackPlanText } from '../../../src/cli/text/rollback.ts';
import type { HistoryEntry } from '../../../src/identity/history.ts';
import type { NamedUser, RollbackPlan } from '../../../src/identity/rollback.ts';

const atMs = Date.UTC(2026, 10, 21, 9, 12, 0);
const none = { created: 0, changed: 0, locked: 0, removed: 0 };

function person(name: string): NamedUser {
  return { dn: `uid=${name},ou=users`, objectId: name, displayName: name.toUpperCase() };
}

const plan: RollbackPlan = {
  from: 44,
  to: 43,
  publishedAtMs: atMs,
  users: { ...none, created: 1 },
  groups: none,
  memberships: { added: 3, removed: 0 },
  items: [
    {
      kind: 'user',
      changes: ['created'],
      dn: 'uid=alice,ou=users',
      newDn: null,
      objectId: 'a',
      displayName: 'Alice',
      attributes: [],
      added: { count: 0, dns: [] },
      removed: { count: 0, dns: [] },
    },
  ],
  more: 0,
  reopened: [],
  keptShut: [],
};

const round: HistoryEntry = {
  number: 3,
  times: 1,
  untilMs: atMs + 2000,
  kind: 'round',
  outcome: 'published',
  by: 'schedule',
  atMs,
  durationMs: 2000,
  round: 12,
  publication: 9,
  hold: null,
  users: { mode: 'incremental', read: 5, created: 1, changed: 2, locked: 0, removed: 0 },
  groups: { mode: 'incremental', read: 0, created: 0, changed: 0, locked: 0, removed: 0 },
  note: null,
};

describe('what is printed of going back', () => {
  it('says from where to where, what would change, and who could sign in again or stays out (P7)', () => {
    assert.equal(
      rollbackPlanText({ ...plan, reopened: [person('bob')], keptShut: [person('eve'), person('mallory')] }),
      [
        'Going back from publication 44 to 43, published 2026-11-21 09:12:00Z:',
        '',
        'created: uid=alice,ou=users  (Alice)',
        '',
        '        created  changed  locked  removed',
        'users         1        0       0        0',
        'groups        0        0       0        0',
        '3 memberships added, 0 removed',
        '',
        '1 user who cannot sign in now could again:',
        '    uid=bob,ou=users  (BOB)',
        '',
        '2 users whom Entra has disabled or deleted since will not come back, whatever was shown then:',
        '    uid=eve,ou=users  (EVE)',
        '    uid=mallory,ou=users  (MALLORY)',
      ].join('\n'),
    );
  });

  it('names a hundred of each and counts the others', () => {
    const many = Array.from({ length: 1101 }, (_, i) => person(`u${i}`));
    const lines = rollbackPlanText({ ...plan, keptShut: many }).split('\n');
    assert.equal(lines.filter((line) => line.startsWith('    uid=')).length, 100);
    assert.equal(lines.at(-1), '    … and 1,001 more');
  });

  it('says what holds the next publish back and how that is approved (P4)', () => {
    const text = rollbackOutcomeText({ publication: 45, from: 44, to: 43, hold: 12 });
    assert.match(text, /^Publication 45 shows again what publication 43 has shown\./);
    assert.match(text, /entra-ldapd sync approve --change 12/);
  });

  it('lists what can be returned to, and says why no more can', () => {
    const points = [{ publication: 43, publishedAtMs: atMs, replacedAtMs: atMs + 60_000, changes: 1200 }];
    assert.equal(
      returnPointsText({ shown: 44, restores: 41, points, end: 'tooLarge' }),
      [
        'Publication 44 is shown, with the content of 41.',
        '',
        'publication             published              replaced  differences to the next',
        '43           2026-11-21 09:12:00Z  2026-11-21 09:13:00Z                    1,200',
        '',
        'Before that a change was larger than is remembered (store.undo.size).',
      ].join('\n'),
    );
    assert.equal(
      returnPointsText({ shown: 1, restores: null, points: [], end: 'forgotten' }),
      'Publication 1 is shown.\n\nNothing older is remembered (store.undo).',
    );
    assert.equal(
      returnPointsText({ shown: null, restores: null, points: [], end: 'forgotten' }),
      'Nothing has been published yet.',
    );
  });
});

describe('what is printed of the history', () => {
  it('says of a round what it did with users and with groups (FOX-12)', () => {
    assert.equal(
      historyLine(round),
      [
        '2026-11-21 09:12:00Z  round 12, published, by schedule, in 2.0 s, publication 9',
        '    users, incremental: 5 read, 1 created, 2 changed',
      ].join('\n'),
    );
  });

  it('says how often the same has happened, and why it failed (FED-21)', () => {
    const failed = { ...round, outcome: 'failed', times: 7, users: null, groups: null, note: 'No answer.' } as const;
    assert.equal(
      historyLine(failed),
      [
        '2026-11-21 09:12:00Z  round 12, failed, by schedule, in 2.0 s, publication 9, 7 times until 2026-11-21 09:12:02Z',
        '    No answer.',
      ].join('\n'),
    );
  });

  it('says of a decision which change it was about', () => {
    const approval = {
      ...round,
      kind: 'approval',
      outcome: 'done',
      by: 'command',
      round: null,
      hold: 4,
      users: null,
      groups: null,
    } as const;
    assert.equal(historyLine(approval), '2026-11-21 09:12:00Z  approved, change 4, by command, publication 9');
  });
});
