import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { SafetyLimits } from '../../src/identity/safety.ts';
import type { SyncEngine } from '../../src/sync/engine.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type Shown, shown, SweptTenant, sweepingChange } from '../support/swept-tenant.ts';
import { cutWritesAfter, openSettings, openTestStore, testEngine } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const allowed = { count: 2, share: 1, few: 2 };
const limits: SafetyLimits = { removals: allowed, locks: allowed, renames: allowed, groupShrink: allowed };
const signal = new AbortController().signal;

const round = fc.record({
  changes: fc.array(sweepingChange, { maxLength: 3 }),
  full: fc.constantFrom(false, false, true),
  refuseLinks: fc.constantFrom(0, 0, 0, 1),
  failAfter: fc.constantFrom(undefined, undefined, 0, 1, 3),
  endAfterWrites: fc.option(fc.nat(20), { nil: undefined }),
  /** Whether the process lives on when the disk refuses writes. */
  survives: fc.boolean(),
  hides: fc.constantFrom(false, false, false, true),
  approves: fc.constantFrom(false, false, true),
});

type Round = typeof round extends fc.Arbitrary<infer R> ? R : never;

/** Who is concerned by what lies between two states that clients have seen one after the other. */
function reach(before: Shown, after: Shown): Readonly<Record<string, number>> {
  const gone = [...before.users].filter(([id]) => !after.users.has(id));
  const kept = [...before.users].flatMap(([id, was]) => ({ was, is: after.users.get(id) ?? was }));
  const groups = [...before.groups].map(([id, was]) => ({ was, is: after.groups.get(id) }));
  // Who was renamed is in the group under another name.
  const newName = new Map(kept.map(({ was, is }) => [was.dn, is.dn]));
  const losses = groups.map(
    ({ was, is }) => [...was.members].filter((dn) => is?.members.has(newName.get(dn) ?? dn) !== true).length,
  );
  return {
    usersRemoved: gone.length,
    usersLocked: kept.filter(({ was, is }) => is.locked && !was.locked).length,
    usersRenamed: kept.filter(({ was, is }) => is.dn !== was.dn).length,
    groupsRemoved: groups.filter(({ is }) => is === undefined).length,
    groupsRenamed: groups.filter(({ was, is }) => is !== undefined && is.dn !== was.dn).length,
    groupShrunk: Math.max(0, ...losses),
  };
}

/** Plays rounds with faults, and looks at what clients see after each step. */
async function play(rounds: readonly Round[], seed: number): Promise<void> {
  using folder = temporaryFolder();
  const world = new SweptTenant(seed);
  const clock = new ManualClock();
  let store = await openTestStore(folder.path, 1);
  let engine: SyncEngine = testEngine(store, world.tenant, clock, openSettings, limits);
  let seen: Shown | undefined;
  const look = async (approved: boolean): Promise<void> => {
    const now = await shown(store);
    if (now === undefined) return;
    if (seen !== undefined && !approved) {
      for (const [what, count] of Object.entries(reach(seen, now))) assert.ok(count <= 2, `${what}: ${count}`);
    }
    seen = now;
  };
  try {
    await engine.runRound(false, signal);
    await look(true);
    for (const { changes, full, refuseLinks, failAfter, endAfterWrites, survives, hides, approves } of rounds) {
      for (const each of changes) world.apply(each);
      const { hold } = engine;
      const approved = approves && hold !== undefined && (await engine.decide(hold.hold, 'approved'));
      world.tenant.refuseLinks = refuseLinks;
      world.tenant.failAfter(failAfter);
      {
        using _cut = endAfterWrites === undefined ? undefined : cutWritesAfter(endAfterWrites);
        await engine.runRound(full, signal);
      }
      await look(approved || engine.hold?.decision === 'approved');
      world.tenant.failAfter(undefined);
      if (endAfterWrites === undefined || survives) continue;
      await store[Symbol.asyncDispose]();
      store = await openTestStore(folder.path, 1);
      const settings = hides
        ? { ...openSettings, users: { ...openSettings.users, whenLocked: 'hide' as const } }
        : openSettings;
      engine = testEngine(store, world.tenant, clock, settings, limits);
      const wasApproved = engine.hold?.decision === 'approved' || approved;
      if (store.view.publishUnfinished) await engine.runRound(false, signal);
      await look(wasApproved);
    }
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

describe('blast radius', function () {
  this.timeout(120_000);

  it('lets nobody vanish, be locked or be renamed beyond the limits without approval, whatever goes wrong (P4)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), fc.nat(1000), (rounds, seed) =>
        play(rounds, seed),
      ),
      { numRuns: 60 },
    );
  });
});
