import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { attributeHash } from '../../src/directory/schema-elements.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { type ObjectId, parseObjectId } from '../../src/identity/ids.ts';
import { SourceError } from '../../src/identity/source-error.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyncEngine } from '../../src/sync/engine.ts';
import type { RoundResult } from '../../src/sync/round-run.ts';
import { Projector } from '../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../src/projection/settings.ts';
import { dumpDirectory } from '../support/directory-dump.ts';
import { principalName, titleOf } from '../support/expected-directory.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type Choose, ModelTenant, modelId } from '../support/model-tenant.ts';
import { cutWritesAfter, noLimits, openSettings, openTestStore, testEngine } from '../support/sync-bench.ts';
import { seededChoice } from '../support/seeded-choice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Change =
  | {
      readonly kind: 'user';
      readonly user: number;
      readonly version: number;
      readonly enabled: boolean;
      readonly mail: boolean;
    }
  | { readonly kind: 'remove user'; readonly user: number; readonly purge: boolean }
  | { readonly kind: 'group'; readonly group: number; readonly version: number; readonly mail: boolean }
  | { readonly kind: 'remove group'; readonly group: number; readonly purge: boolean }
  | { readonly kind: 'manager'; readonly user: number; readonly manager: number | null }
  /** Comes into scope or goes out of it, which no delta query reports. */
  | { readonly kind: 'scope'; readonly of: 'user' | 'group'; readonly number: number; readonly inside: boolean }
  | {
      readonly kind: 'member';
      readonly group: number;
      readonly member: number;
      readonly nested: boolean;
      readonly joined: boolean;
    };

const USERS = 8;
const GROUPS = 6;
const user = fc.nat(USERS - 1);
const group = fc.nat(GROUPS - 1);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('user' as const),
      user,
      version: fc.nat(3),
      enabled: fc.boolean(),
      mail: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove user' as const), user, purge: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('group' as const), group, version: fc.nat(3), mail: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove group' as const), group, purge: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('member' as const),
      group,
      member: fc.nat(USERS - 1),
      nested: fc.boolean(),
      joined: fc.boolean(),
    }),
  },
);
const managerChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant('manager' as const),
  user,
  manager: fc.option(user, { nil: null, freq: 3 }),
});
const scopeChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant('scope' as const),
  of: fc.constantFrom('user' as const, 'group' as const),
  number: fc.nat(GROUPS - 1),
  inside: fc.boolean(),
});
const round = (change: fc.Arbitrary<Change>) =>
  fc.record({
    changes: fc.array(change, { minLength: 1, maxLength: 12, size: 'max' }),
    full: fc.constantFrom(false, false, false, true),
    // Mostly rounds as they should be, so that incremental ones follow each other.
    refuseLinks: fc.constantFrom(0, 0, 0, 1, 2),
    failAfter: fc.constantFrom(undefined, undefined, 0, 1, 3, 5),
    /** The process ends after so many writes to the disk. */
    endAfterWrites: fc.option(fc.nat(24), { nil: undefined }),
    /** Or the disk refuses writes from there on until the round is over, and the process lives on. */
    survives: fc.boolean(),
  });
const roundsOf = (change: fc.Arbitrary<Change>) => fc.array(round(change), { minLength: 1, maxLength: 6, size: 'max' });
const plainRounds = roundsOf(change);
const scopedRounds = roundsOf(fc.oneof({ weight: 7, arbitrary: change }, { weight: 1, arbitrary: scopeChange }));
const managedRounds = roundsOf(
  fc.oneof(
    { weight: 7, arbitrary: change },
    { weight: 1, arbitrary: scopeChange },
    { weight: 4, arbitrary: managerChange },
  ),
);
/** Which of several settings the daemon is told to use before each round, if any. */
const choices = fc.array(fc.constantFrom(undefined, undefined, 0, 1, 2), { minLength: 6, maxLength: 6 });

/** A tenant and which object id each number stands for: Entra never gives the id of a purged object again. */
class World {
  readonly tenant: ModelTenant;
  readonly #lives = { user: new Map<number, number>(), group: new Map<number, number>() };

  constructor(choose: Choose) {
    this.tenant = new ModelTenant(choose);
  }

  id(kind: 'user' | 'group', number: number): ObjectId {
    return modelId(kind, number + 1000 * (this.#lives[kind].get(number) ?? 0));
  }

  apply(item: Change): void {
    const { tenant } = this;
    switch (item.kind) {
      case 'user':
        tenant.putUser(this.id('user', item.user), {
          userPrincipalName: `user${item.user}v${item.version}.${this.#lives.user.get(item.user) ?? 0}@example.com`,
          displayName: `User ${item.user}`,
          accountEnabled: item.enabled,
          mail: item.mail ? `user${item.user}@example.com` : null,
        });
        break;
      case 'remove user':
        tenant.removeUser(this.id('user', item.user), item.purge ? 'deleted' : 'changed');
        if (item.purge) this.#end('user', item.user);
        break;
      case 'group':
        tenant.putGroup(this.id('group', item.group), {
          displayName: `Group ${item.group} ${item.version}.${this.#lives.group.get(item.group) ?? 0}`,
          mail: item.mail ? `group${item.group}@example.com` : null,
        });
        break;
      case 'remove group':
        tenant.removeGroup(this.id('group', item.group), item.purge ? 'deleted' : 'changed');
        if (item.purge) this.#end('group', item.group);
        break;
      case 'manager': {
        const manager = item.manager === null ? null : this.id('user', item.manager);
        tenant.setManager(this.id('user', item.user), manager);
        break;
      }
      case 'scope':
        if (item.inside) tenant.outside?.delete(this.id(item.of, item.number));
        else tenant.outside?.add(this.id(item.of, item.number));
        break;
      case 'member': {
        const member = item.nested ? this.id('group', item.member % GROUPS) : this.id('user', item.member);
        if (tenant.users.has(member) || tenant.groups.has(member)) {
          tenant.setMember(this.id('group', item.group), member, item.joined);
        }
      }
    }
  }

  #end(kind: 'user' | 'group', number: number): void {
    this.#lives[kind].set(number, (this.#lives[kind].get(number) ?? 0) + 1);
  }
}

/** Everybody is there before the first round, in a few groups, some of which are nested. */
function populate(world: World, choose: Choose): void {
  for (let i = 0; i < USERS; i++)
    world.apply({ kind: 'user', user: i, version: 0, enabled: choose(5) > 0, mail: true });
  for (let i = 0; i < GROUPS; i++) world.apply({ kind: 'group', group: i, version: 0, mail: choose(3) > 0 });
  for (let i = 0; i < 16; i++) {
    world.apply({
      kind: 'member',
      group: choose(GROUPS),
      member: choose(USERS),
      nested: choose(4) === 0,
      joined: true,
    });
  }
}

/** Who is in a group, worked out from the model alone. */
function oracleMembers(tenant: ModelTenant, id: ObjectId, settings: ProjectionSettings): string[] {
  const direct = (group: ObjectId): ObjectId[] => [...(tenant.groups.get(group)?.members ?? [])];
  const found = new Set<ObjectId>(direct(id));
  if (settings.groups.membership === 'transitive') {
    for (let size = -1; size !== found.size; ) {
      size = found.size;
      for (const member of Array.from(found)) for (const inner of direct(member)) found.add(inner);
    }
    for (const member of found) if (!tenant.users.has(member)) found.delete(member);
  }
  return [...found].flatMap((member) => shownDn(tenant, member, settings) ?? []).toSorted();
}

/** Whether groups keep somebody out, worked out from the model alone. */
function oracleKeepsOut(tenant: ModelTenant, user: ObjectId, { policy }: ProjectionSettings): boolean {
  const isIn = (name: string): boolean => {
    const named = [...tenant.groups].filter(
      ([id, { properties }]) => id === name || titleOf(properties).toLowerCase() === name.toLowerCase(),
    );
    const members = new Set(named.flatMap(([id]) => [...(tenant.groups.get(id)?.members ?? [])]));
    for (let size = -1; policy.nested && size !== members.size; ) {
      size = members.size;
      for (const id of Array.from(members))
        for (const inner of tenant.groups.get(id)?.members ?? []) members.add(inner);
    }
    return members.has(user);
  };
  return policy.disabledGroups.some(isIn) || policy.allowedGroups?.some(isIn) === false;
}

function oracleIsLocked(tenant: ModelTenant, id: ObjectId, settings: ProjectionSettings): boolean {
  return tenant.users.get(id)?.['accountEnabled'] === false || oracleKeepsOut(tenant, id, settings);
}

function shownDn(tenant: ModelTenant, id: ObjectId, settings: ProjectionSettings): string | undefined {
  if (!tenant.admits(id)) return undefined;
  const user = tenant.users.get(id);
  if (user !== undefined) {
    if (settings.users.whenLocked === 'hide' && oracleIsLocked(tenant, id, settings)) return undefined;
    return `uid=${principalName(user).split('@')[0]},ou=users,dc=example,dc=com`;
  }
  const found = tenant.groups.get(id);
  if (found === undefined || (!settings.groups.withoutEmail && found.properties['mail'] === null)) return undefined;
  return `cn=${titleOf(found.properties)},ou=groups,dc=example,dc=com`;
}

/** The lock and the manager of a user as dumps have them. */
const lockAttribute = attributeHash('nsaccountlock').toString(16);
const managerAttribute = attributeHash('manager').toString(16);

/** The manager of a user, worked out from the model alone: a name, as long as somebody of that name is shown. */
function oracleManager(tenant: ModelTenant, id: ObjectId, settings: ProjectionSettings): readonly string[] | undefined {
  const named = tenant.users.get(id)?.['manager'];
  const manager = typeof named === 'string' ? parseObjectId(named) : undefined;
  const dn = manager === undefined ? undefined : shownDn(tenant, manager, settings);
  return dn === undefined || !('manager' in settings.users.attributes) ? undefined : [dn];
}

const hidingSettings: ProjectionSettings = {
  ...openSettings,
  users: { ...openSettings.users, whenLocked: 'hide' },
  groups: { ...openSettings.groups, withoutEmail: false },
};
const directSettings: ProjectionSettings = {
  ...openSettings,
  groups: { ...openSettings.groups, membership: 'direct' },
};
const policySettings: ProjectionSettings = {
  ...openSettings,
  policy: { allowedGroups: ['group 0 0.0', modelId('group', 1)], disabledGroups: ['Group 2 0.0'], nested: true },
};
const directPolicySettings: ProjectionSettings = {
  ...hidingSettings,
  policy: { allowedGroups: [modelId('group', 0), modelId('group', 1)], disabledGroups: ['Group 2 0.0'], nested: false },
};
const managedSettings: ProjectionSettings = {
  ...openSettings,
  users: { ...openSettings.users, attributes: { manager: 'manager' } },
};
const hidingManagedSettings: ProjectionSettings = {
  ...hidingSettings,
  users: { ...hidingSettings.users, attributes: { manager: 'manager' } },
};
const disabledSettings: ProjectionSettings = {
  ...directSettings,
  policy: { allowedGroups: undefined, disabledGroups: [modelId('group', 3), 'Group 4 0.0'], nested: true },
};
const changingSettings: readonly ProjectionSettings[] = [
  policySettings,
  {
    ...policySettings,
    policy: { allowedGroups: ['Group 3 0.0'], disabledGroups: [modelId('group', 1)], nested: false },
  },
  { ...hidingSettings, policy: policySettings.policy },
];

describe('sync convergence', () => {
  for (const [name, settings, scoped = false, rounds = scoped ? scopedRounds : plainRounds] of [
    ['flattened groups', openSettings],
    ['flattened groups of a part of the tenant (FAM-13)', openSettings, true],
    ['hidden users and groups of a part of the tenant (FAM-13)', hidingSettings, true],
    ['direct members of a part of the tenant (FAM-13)', directSettings, true],
    ['hidden users and groups', hidingSettings],
    ['direct members', directSettings],
    ['allowed and disabled groups (FOX-17, FOX-18)', policySettings],
    ['hidden by direct allowed and disabled groups (FOX-17, FOX-18)', directPolicySettings],
    ['disabled groups and direct members (FOX-18)', disabledSettings],
    ['managers (PAIN-18)', managedSettings, true, managedRounds],
    ['managers some of whom are hidden (PAIN-18)', hidingManagedSettings, true, managedRounds],
  ] as const) {
    it(`shows the tenant after any rounds with repeated, reordered, replayed, refused and failed pages and ends of the process: ${name} (P2, P3, PAIN-05, PAIN-12)`, async () => {
      await fc.assert(
        fc.asyncProperty(rounds, fc.integer(), async (rounds, seed) => {
          using folder = temporaryFolder();
          const choose = seededChoice(seed);
          const world = new World(choose);
          const { tenant } = world;
          if (scoped) tenant.outside = new Set();
          populate(world, choose);
          await using daemon = await TestDaemon.open(folder.path, tenant, settings);
          for (const { changes, full, refuseLinks, failAfter, endAfterWrites, survives } of rounds) {
            for (const item of changes) world.apply(item);
            tenant.refuseLinks = refuseLinks;
            tenant.failAfter(failAfter);
            await daemon.round(full, endAfterWrites, survives);
          }
          tenant.refuseLinks = 0;
          tenant.failAfter(undefined);
          // One round may only have finished an older one; the next sees everything.
          for (let i = 0; i < 2; i++) assert.equal(await daemon.round(false, undefined, false), 'done');
          await assertShows(tenant, settings, await daemon.dump());
        }),
        { seed: 11_21, numRuns: 60 },
      );
    });
  }

  it('shows the tenant by the settings of last, which change between and in such rounds, without a round where that is possible (P2, P3, FOX-17, FOX-18)', async () => {
    await fc.assert(
      fc.asyncProperty(plainRounds, choices, fc.integer(), async (rounds, choices, seed) => {
        using folder = temporaryFolder();
        const choose = seededChoice(seed);
        const world = new World(choose);
        const { tenant } = world;
        populate(world, choose);
        let current = policySettings;
        await using daemon = await TestDaemon.open(folder.path, tenant, current);
        for (const [index, { changes, full, failAfter, endAfterWrites, survives }] of rounds.entries()) {
          for (const item of changes) world.apply(item);
          tenant.failAfter(failAfter);
          current = changingSettings[choices[index] ?? -1] ?? current;
          await daemon.configure(current);
          await daemon.round(full, endAfterWrites, survives);
        }
        tenant.failAfter(undefined);
        for (let i = 0; i < 2; i++) assert.equal(await daemon.round(false, undefined, false), 'done');
        await assertShows(tenant, current, await daemon.dump());
        // No page is read for these.
        tenant.failAfter(0);
        for (const next of changingSettings) {
          await daemon.configure(next);
          await assertShows(tenant, next, await daemon.dump());
        }
      }),
      { seed: 11_21, numRuns: 60 },
    );
  });
});

type Dump = Awaited<ReturnType<typeof dumpDirectory>>;

/** A store and an engine on it, as often as the process "ends" and starts again. */
class TestDaemon implements AsyncDisposable {
  readonly #path: string;
  readonly #tenant: ModelTenant;
  #settings: ProjectionSettings;
  #store: Store;
  #engine: SyncEngine;

  private constructor(path: string, tenant: ModelTenant, settings: ProjectionSettings, store: Store) {
    this.#path = path;
    this.#tenant = tenant;
    this.#settings = settings;
    this.#store = store;
    this.#engine = testEngine(store, tenant, new ManualClock(), settings, undefined, tenant);
  }

  static async open(path: string, tenant: ModelTenant, settings: ProjectionSettings): Promise<TestDaemon> {
    return new TestDaemon(path, tenant, settings, await openTestStore(path, 5));
  }

  dump(): Promise<Dump> {
    return dumpDirectory(this.#store.source);
  }

  /** Uses other settings from now on, and shows what they imply if that is possible without reading. */
  async configure(settings: ProjectionSettings): Promise<void> {
    this.#settings = settings;
    const fingerprint = JSON.stringify(settings);
    this.#engine.use({ projector: new Projector(settings, standardSchema), fingerprint, safety: noLimits });
    if (!this.#engine.replanIsDue || !(await this.#engine.canReplan())) return;
    const { summary } = await this.#engine.replan(new AbortController().signal);
    assert.ok(summary.outcome === 'published' || summary.outcome === 'unchanged', summary.error ?? summary.outcome);
  }

  /** Runs a round and checks what readers may see of it. */
  async round(
    full: boolean,
    endAfterWrites: number | undefined,
    survives: boolean,
  ): Promise<'done' | 'failed' | 'ended'> {
    const before = await this.dump();
    const { summary, cause } = await this.#run(full, endAfterWrites);
    if (summary.outcome !== 'failed') return 'done';
    assert.deepEqual(await this.dump(), before, 'a failed round is not visible');
    if (cause instanceof SourceError) return 'failed';
    assert.equal(cause instanceof Error ? cause.name : cause, 'WriteCutError', String(cause));
    if (survives) return 'failed';
    await this.#store[Symbol.asyncDispose]();
    this.#store = await openTestStore(this.#path, 5);
    this.#engine = testEngine(this.#store, this.#tenant, new ManualClock(), this.#settings, undefined, this.#tenant);
    const after = await this.dump();
    if (this.#store.view.publishUnfinished) assert.equal(after, undefined, 'half a publish is shown to nobody');
    else assert.deepEqual(after, before, 'the published directory is back at once (P3)');
    return 'ended';
  }

  async #run(full: boolean, endAfterWrites: number | undefined): Promise<RoundResult> {
    using _cut = endAfterWrites === undefined ? undefined : cutWritesAfter(endAfterWrites);
    return await this.#engine.runRound(full, new AbortController().signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }
}

async function assertShows(tenant: ModelTenant, settings: ProjectionSettings, dump: Dump): Promise<void> {
  const below = (container: string): string[] =>
    [...(dump?.keys() ?? [])].filter((dn) => dn.includes(`,${container},`)).toSorted();
  const users = [...tenant.users.keys()].flatMap((id) => shownDn(tenant, id, settings) ?? []);
  for (const id of tenant.users.keys()) {
    const dn = shownDn(tenant, id, settings);
    if (dn === undefined) continue;
    const locks = oracleIsLocked(tenant, id, settings) ? ['TRUE'] : undefined;
    assert.deepEqual(dump?.get(dn)?.[lockAttribute], locks, `whether ${dn} is locked`);
    assert.deepEqual(dump?.get(dn)?.[managerAttribute], oracleManager(tenant, id, settings), `the manager of ${dn}`);
  }
  assert.deepEqual(below('ou=users'), users.toSorted());
  const groups = [...tenant.groups.keys()].flatMap((id) => shownDn(tenant, id, settings) ?? []);
  assert.deepEqual(below('ou=groups'), [...groups, 'cn=domain-users,ou=groups,dc=example,dc=com'].toSorted());
  const memberOf = new Map<string, string[]>();
  for (const id of tenant.groups.keys()) {
    const dn = shownDn(tenant, id, settings);
    if (dn === undefined) continue;
    const members = oracleMembers(tenant, id, settings);
    assert.deepEqual(dump?.get(dn)?.['member'], members, dn);
    const uids = members
      .filter((member) => member.startsWith('uid='))
      .map((member) => member.slice(4).split(',')[0] ?? '');
    assert.deepEqual(
      dump?.get(dn)?.['memberUid'],
      uids.toSorted((a, b) => (a < b ? -1 : 1)),
      dn,
    );
    for (const member of members) memberOf.set(member, [...(memberOf.get(member) ?? []), dn]);
  }
  for (const dn of users) assert.deepEqual(dump?.get(dn)?.['memberOf'], (memberOf.get(dn) ?? []).toSorted(), dn);
}
