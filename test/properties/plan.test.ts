import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { standardSchema } from '../../src/directory/schema.ts';
import type { PlannedChange, PlannedItem } from '../../src/identity/plan.ts';
import { Projector } from '../../src/projection/projector.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type Shown, shown, SweptTenant, sweepingChange } from '../support/swept-tenant.ts';
import { noLimits, openSettings, openTestStore, testEngine } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const signal = new AbortController().signal;
const hiding = { ...openSettings, users: { ...openSettings.users, whenLocked: 'hide' as const } };

/** The DN of each object. */
function namesIn({ users, groups }: Shown): ReadonlyMap<string, string> {
  return new Map([...users, ...groups].map(([id, { dn }]) => [id, dn]));
}

/** What became of each object, by what clients see before and after. */
function differences(before: Shown, after: Shown): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const note = (id: string, what: PlannedChange): void => {
    found.set(id, [...(found.get(id) ?? []), what]);
  };
  const was = namesIn(before);
  const is = namesIn(after);
  for (const id of is.keys()) if (!was.has(id)) note(id, 'created');
  for (const [id, dn] of was) {
    const next = is.get(id);
    if (next === undefined) note(id, 'removed');
    else if (next !== dn) note(id, 'renamed');
  }
  for (const [id, { locked }] of before.users) {
    const next = after.users.get(id);
    if (next !== undefined && next.locked !== locked) note(id, next.locked ? 'locked' : 'unlocked');
  }
  return found;
}

/** The members that each group has gained and lost, by object id. */
function membershipChanges(before: Shown, after: Shown): { readonly added: number; readonly removed: number } {
  const idsOf = ({ users }: Shown, members: ReadonlySet<string> | undefined): ReadonlySet<string> => {
    const ids = new Map([...users].map(([id, { dn }]) => [dn, id]));
    return new Set([...(members ?? [])].map((dn) => ids.get(dn) ?? dn));
  };
  let added = 0;
  let removed = 0;
  for (const group of new Set([...before.groups.keys(), ...after.groups.keys()])) {
    const was = idsOf(before, before.groups.get(group)?.members);
    const is = idsOf(after, after.groups.get(group)?.members);
    added += [...is].filter((id) => !was.has(id)).length;
    removed += [...was].filter((id) => !is.has(id)).length;
  }
  return { added, removed };
}

function planned(items: readonly PlannedItem[]): ReadonlyMap<string, readonly string[]> {
  const told = items
    .filter(({ kind, changes }) => kind !== 'other' && changes.join() !== 'changed')
    .map(({ objectId, changes }): [string, readonly string[]] => [objectId, changes]);
  return new Map(told);
}

function sorted(map: ReadonlyMap<string, readonly string[]>): readonly (readonly [string, readonly string[]])[] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

describe('plan', function () {
  this.timeout(120_000);

  it('tells exactly what the next publish then does, for changes of the tenant and of the settings (P9)', async () => {
    const round = fc.record({ changes: fc.array(sweepingChange, { maxLength: 4 }), hides: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), fc.nat(1000), async (rounds, seed) => {
        using folder = temporaryFolder();
        await using store = await openTestStore(folder.path);
        const world = new SweptTenant(seed);
        const clock = new ManualClock();
        await testEngine(store, world.tenant, clock).runRound(false, signal);
        for (const { changes, hides } of rounds) {
          for (const each of changes) world.apply(each);
          const settings = hides ? hiding : openSettings;
          const engine = testEngine(store, world.tenant, clock, settings);
          const before = await shown(store);
          await engine.pull(signal);
          const projector = new Projector(settings, standardSchema);
          const fingerprint = JSON.stringify(settings);
          const plan = await engine.plan({ projector, fingerprint, safety: noLimits }, 1000, signal);
          assert.deepEqual(await shown(store), before, 'planning changes nothing');
          await engine.runRound(false, signal);
          const after = await shown(store);
          assert.ok(before !== undefined && after !== undefined);
          assert.deepEqual(sorted(planned(plan.items)), sorted(differences(before, after)));
          assert.deepEqual(plan.memberships, membershipChanges(before, after));
          const again = await engine.plan({ projector, fingerprint, safety: noLimits }, 1000, signal);
          assert.deepEqual([again.items, again.more], [[], 0], 'then nothing is left to be done');
        }
      }),
      { numRuns: 40 },
    );
  });
});
