import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ObjectId } from '../../src/identity/ids.ts';
import type { SafetyLimits } from '../../src/identity/safety.ts';
import { entryAttribute, entryDn } from '../../src/directory/entry-codec.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyncEngine } from '../../src/sync/engine.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ModelTenant, modelId } from '../support/model-tenant.ts';
import { cutWritesAfter, openSettings, openTestStore, testEngine } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { dumpDirectory } from '../support/directory-dump.ts';
import { seededChoice } from '../support/seeded-choice.ts';

const USERS = 16;
const GROUPS = 4;
const allowed = { count: 2, share: 1, few: 2 };
const limits: SafetyLimits = { removals: allowed, locks: allowed, renames: allowed, groupShrink: allowed };
const signal = new AbortController().signal;

/** What happens to some of the users, or of the groups, between two rounds. */
const change = fc.record({
  what: fc.constantFrom('remove', 'restore', 'lock', 'unlock', 'rename', 'leave', 'join', 'remove group', 'put group'),
  from: fc.nat(USERS - 1),
  count: fc.integer({ min: 1, max: 6 }),
  group: fc.nat(GROUPS - 1),
});
const round = fc.record({
  changes: fc.array(change, { maxLength: 3 }),
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
type Change = Round['changes'][number];

/** Users by object id as clients see them, and the members of the groups. */
interface Shown {
  readonly users: ReadonlyMap<string, { readonly dn: string; readonly locked: boolean }>;
  readonly groups: ReadonlyMap<string, { readonly dn: string; readonly members: ReadonlySet<string> }>;
}

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

class World {
  readonly tenant: ModelTenant;
  #version = 0;

  constructor(seed: number) {
    this.tenant = new ModelTenant(seededChoice(seed));
    for (let number = 0; number < USERS; number++) this.#put(number, {});
    for (let number = 0; number < GROUPS; number++) this.#putGroup(number);
    for (let number = 0; number < USERS; number++) {
      for (let group = 0; group < GROUPS; group++) this.tenant.setMember(groupId(group), userId(number), true);
    }
  }

  apply({ what, from, count, group }: Change): void {
    for (let i = 0; i < count; i++) this.#applyTo(what, (from + i) % USERS, (group + i) % GROUPS, group);
  }

  #applyTo(what: Change['what'], number: number, nextGroup: number, group: number): void {
    const { tenant } = this;
    const id = userId(number);
    switch (what) {
      case 'remove':
        if (tenant.users.has(id)) tenant.removeUser(id, 'changed');
        break;
      case 'restore':
      case 'unlock':
        this.#put(number, {});
        break;
      case 'lock':
        this.#put(number, { accountEnabled: false });
        break;
      case 'rename':
        this.#put(number, { userPrincipalName: `name${number}.${++this.#version}@example.com` });
        break;
      case 'leave':
      case 'join':
        if (tenant.users.has(id) && tenant.groups.has(groupId(group)))
          tenant.setMember(groupId(group), id, what === 'join');
        break;
      case 'remove group':
        if (tenant.groups.has(groupId(nextGroup))) tenant.removeGroup(groupId(nextGroup), 'changed');
        break;
      case 'put group':
        this.#putGroup(nextGroup);
    }
  }

  #put(number: number, properties: Readonly<Record<string, string | boolean>>): void {
    const old = this.tenant.users.get(userId(number));
    const userPrincipalName = `name${number}@example.com`;
    this.tenant.putUser(userId(number), { userPrincipalName, accountEnabled: true, ...old, ...properties });
  }

  #putGroup(number: number): void {
    this.tenant.putGroup(groupId(number), { displayName: `Group ${number}` });
  }
}

function userId(number: number): ObjectId {
  return modelId('user', number);
}

function groupId(number: number): ObjectId {
  return modelId('group', number);
}

async function shown(store: Store): Promise<Shown | undefined> {
  const lease = store.source.acquire();
  if (lease === undefined) return undefined;
  using held = lease;
  const dump = await dumpDirectory(store.source);
  const users = new Map<string, { dn: string; locked: boolean }>();
  const groups = new Map<string, { dn: string; members: ReadonlySet<string> }>();
  for await (const block of held.reader.scan([{ from: 0, to: 0xffff_ffff }], 100)) {
    for (const { bytes } of block) {
      const dn = entryDn(bytes);
      const id = String(entryAttribute(bytes, 'entryUUID')[0]);
      if (dn.startsWith('uid='))
        users.set(id, { dn, locked: String(entryAttribute(bytes, 'nsAccountLock')[0]) === 'TRUE' });
      else if (dn.startsWith('cn=Group')) groups.set(id, { dn, members: new Set(dump?.get(dn)?.['member']) });
    }
  }
  return { users, groups };
}

/** Plays rounds with faults, and looks at what clients see after each step. */
async function play(rounds: readonly Round[], seed: number): Promise<void> {
  using folder = temporaryFolder();
  const world = new World(seed);
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
      { numRuns: 120 },
    );
  });
});
