import assert from 'node:assert/strict';
import type { Danger } from '../../../src/identity/hold.ts';
import { allowed, harmlessUsers, isWithin } from '../../../src/sync/blast-radius.ts';

const ids = (...nodes: readonly number[]): Uint32Array => Uint32Array.from(nodes);
const removal: Danger = { kind: 'usersRemoved', total: 100, limit: 1, nodes: ids(3, 5, 8) };
const renaming: Danger = { kind: 'usersRenamed', total: 100, limit: 1, nodes: ids(4, 6), names: ['anna', 'bert'] };
const shrinking: Danger = { kind: 'groupsShrunk', total: 9, limit: 0, nodes: ids(70, 71), lost: [ids(1, 2), ids(3)] };
const known = [removal, renaming, shrinking];

describe('what a round may change (P4)', () => {
  for (const { count, share, few, total, may, why } of [
    { count: 50, share: 0.1, few: 3, total: 1000, may: 50, why: 'no more than count' },
    { count: 50, share: 0.1, few: 3, total: 200, may: 20, why: 'no more than the share' },
    { count: 50, share: 0.1, few: 3, total: 8, may: 3, why: 'few though their share is greater' },
    { count: 2, share: 0.1, few: 3, total: 8, may: 2, why: 'no more than count, not even few' },
    { count: 0, share: 1, few: 3, total: 8, may: 0, why: 'nothing where count is 0' },
    { count: 50, share: 0.1, few: 0, total: 9, may: 0, why: 'nothing where the share is less than one' },
  ]) {
    it(`is ${may} of ${total} with count ${count}, share ${share} and few ${few}: ${why}`, () => {
      assert.equal(allowed({ count, share, few }, total), may);
    });
  }

  it('needs no look at so few users that no limit can be passed', () => {
    const limit = { count: 50, share: 0.1, few: 3 };
    const limits = { removals: limit, locks: limit, renames: limit, groupShrink: { count: 50, share: 0.5, few: 10 } };
    assert.equal(harmlessUsers(limits, 10_000), 10);
    assert.equal(harmlessUsers(limits, 50), 5);
    assert.equal(harmlessUsers({ ...limits, locks: { ...limit, count: 1 } }, 10_000), 1);
    assert.equal(harmlessUsers({ ...limits, groupShrink: { count: 0, share: 1, few: 10 } }, 10_000), 0);
  });
});

describe('a change within another one (P4)', () => {
  for (const { what, dangers, within } of [
    { what: 'itself', dangers: known, within: true },
    { what: 'nothing', dangers: [], within: true },
    { what: 'some of those that are removed', dangers: [{ ...removal, nodes: ids(5) }], within: true },
    { what: 'somebody else who is removed', dangers: [{ ...removal, nodes: ids(5, 6) }], within: false },
    { what: 'the same ones locked', dangers: [{ ...removal, kind: 'usersLocked' as const }], within: false },
    { what: 'one of the renamed', dangers: [{ ...renaming, nodes: ids(6), names: ['bert'] }], within: true },
    { what: 'another name', dangers: [{ ...renaming, nodes: ids(6), names: ['anna'] }], within: false },
    { what: 'fewer lost members', dangers: [{ ...shrinking, nodes: ids(70), lost: [ids(2)] }], within: true },
    { what: 'another lost member', dangers: [{ ...shrinking, nodes: ids(71), lost: [ids(2)] }], within: false },
    { what: 'another group', dangers: [{ ...shrinking, nodes: ids(72), lost: [ids(1)] }], within: false },
  ]) {
    it(`${within ? 'is' : 'is not'}: ${what}`, () => assert.equal(isWithin(dangers, known), within));
  }
});
