import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseObjectId } from '../../src/identity/ids.ts';
import { ModelTenant, modelId } from '../support/model-tenant.ts';
import { RollingTenant, type Shown } from '../support/rolling-tenant.ts';
import { cutWritesAfter } from '../support/sync-bench.ts';
import { seededChoice } from '../support/seeded-choice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const USERS = 8;
const GROUPS = 5;
const { signal } = new AbortController();

type Change =
  | { readonly kind: 'user'; readonly user: number; readonly version: number }
  | { readonly kind: 'scope'; readonly of: 'user' | 'group'; readonly number: number; readonly inside: boolean }
  | { readonly kind: 'group'; readonly group: number; readonly version: number }
  | { readonly kind: 'remove group'; readonly group: number }
  | {
      readonly kind: 'member';
      readonly group: number;
      readonly member: number;
      readonly nested: boolean;
      readonly joined: boolean;
    }
  /** These are what Entra says against somebody, which no way back takes back. */
  | { readonly kind: 'enabled'; readonly user: number; readonly enabled: boolean }
  | { readonly kind: 'remove user'; readonly user: number };

const user = fc.nat(USERS - 1);
const group = fc.nat(GROUPS - 1);
const harmless: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('user' as const), user, version: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('scope' as const),
      of: fc.constantFrom('user' as const, 'group' as const),
      number: fc.nat(GROUPS - 1),
      inside: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('group' as const), group, version: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove group' as const), group }) },
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
const any: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: harmless },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('enabled' as const), user, enabled: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove user' as const), user }) },
);

const roundsOf = (change: fc.Arbitrary<Change>) =>
  fc.array(fc.array(change, { minLength: 1, maxLength: 10, size: 'max' }), { minLength: 1, maxLength: 6, size: 'max' });
/** Where to go back to after the rounds, as a share of what is remembered; and after how many writes the process ends meanwhile. */
const returns = fc.array(
  fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), writes: fc.option(fc.nat(20), { nil: undefined }) }),
  { minLength: 1, maxLength: 4 },
);

/** What was put last of each object, so that it can be put again with another detail. */
class People {
  readonly tenant: ModelTenant;
  readonly #versions = new Map<number, number>();
  readonly #disabled = new Set<number>();

  constructor(tenant: ModelTenant) {
    this.tenant = tenant;
    tenant.outside = new Set();
    for (let number = 0; number < USERS; number++) this.#put(number);
    for (let number = 0; number < GROUPS; number++) this.apply({ kind: 'group', group: number, version: 0 });
  }

  apply(change: Change): void {
    const { tenant } = this;
    switch (change.kind) {
      case 'user':
        this.#versions.set(change.user, change.version);
        this.#put(change.user);
        break;
      case 'enabled':
        if (change.enabled) this.#disabled.delete(change.user);
        else this.#disabled.add(change.user);
        this.#put(change.user);
        break;
      case 'remove user':
        tenant.removeUser(modelId('user', change.user), 'changed');
        break;
      case 'scope': {
        const id = modelId(change.of, change.number);
        if (change.inside) tenant.outside?.delete(id);
        else tenant.outside?.add(id);
        break;
      }
      case 'group':
        tenant.putGroup(modelId('group', change.group), { displayName: `Group ${change.group} ${change.version}` });
        break;
      case 'remove group':
        tenant.removeGroup(modelId('group', change.group), 'changed');
        break;
      case 'member':
        this.#setMember(change);
    }
  }

  /** Those whom Entra lets in. */
  isOpen(id: string): boolean {
    const objectId = parseObjectId(id);
    return objectId !== undefined && this.tenant.users.get(objectId)?.['accountEnabled'] === true;
  }

  #put(number: number): void {
    const version = this.#versions.get(number) ?? 0;
    this.tenant.putUser(modelId('user', number), {
      userPrincipalName: `user${number}v${version % 2}@example.com`,
      displayName: `User ${number} ${version}`,
      accountEnabled: !this.#disabled.has(number),
    });
  }

  #setMember({ group: number, member, nested, joined }: Extract<Change, { kind: 'member' }>): void {
    const { tenant } = this;
    const id = nested ? modelId('group', member % GROUPS) : modelId('user', member);
    if (!tenant.groups.has(modelId('group', number)) || !(tenant.users.has(id) || tenant.groups.has(id))) return;
    tenant.setMember(modelId('group', number), id, joined);
  }
}

describe('going back after any history', function () {
  this.timeout(300_000);
  it('shows exactly what was shown then, whenever the process ends meanwhile, and what the tenant says once that is approved (P2, P3)', async () => {
    await fc.assert(
      fc.asyncProperty(roundsOf(harmless), returns, fc.integer(), async (rounds, ways, seed) => {
        using folder = temporaryFolder();
        const people = new People(new ModelTenant(seededChoice(seed)));
        await using daemon = await RollingTenant.open(folder.path, people.tenant, 10);
        await daemon.round();
        for (const changes of rounds) {
          for (const change of changes) people.apply(change);
          await daemon.round();
        }
        const latest = await daemon.dump();
        for (const { share, writes } of ways) {
          const { points } = await daemon.engine.returnPoints();
          const point = points[Math.min(points.length - 1, Math.floor(share * points.length))];
          if (point === undefined) return;
          await goBack(daemon, point.publication, writes);
          assert.deepEqual(
            await daemon.dump(),
            daemon.shown.get(point.publication),
            `publication ${point.publication}`,
          );
        }
        await daemon.restart();
        assert.ok(daemon.engine.hold !== undefined);
        await daemon.approve();
        await daemon.replan();
        assert.deepEqual(await daemon.dump(), latest);
      }),
      { seed: 11_21, numRuns: 12 },
    );
  });

  it('lets nobody in again whom Entra has shut out, and nobody else is kept out by it (P7)', async () => {
    await fc.assert(
      fc.asyncProperty(
        roundsOf(any),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        async (rounds, share, seed) => {
          using folder = temporaryFolder();
          const people = new People(new ModelTenant(seededChoice(seed)));
          await using daemon = await RollingTenant.open(folder.path, people.tenant, 10);
          await daemon.round();
          for (const changes of rounds) {
            for (const change of changes) people.apply(change);
            await daemon.round();
          }
          const before = openPeople(await daemon.dump());
          const { points } = await daemon.engine.returnPoints();
          const point = points[Math.min(points.length - 1, Math.floor(share * points.length))];
          if (point === undefined) return;
          const then = openPeople(daemon.shown.get(point.publication) ?? new Map());
          await goBack(daemon, point.publication, undefined);
          const after = openPeople(await daemon.dump());
          for (const id of after) assert.ok(before.has(id) || people.isOpen(id), `${id} was let in`);
          for (const id of then) if (people.isOpen(id)) assert.ok(after.has(id), `${id} was kept out`);
          const { facts } = daemon.store.view;
          const shown = [...(await daemon.dump()).keys()];
          assert.equal(facts?.users, shown.filter((dn) => dn.startsWith('uid=')).length);
          assert.equal(facts?.groups, shown.filter((dn) => dn.startsWith('cn=Group')).length);
        },
      ),
      { seed: 11_21, numRuns: 12 },
    );
  });
});

/** Goes back; a process that ends on the way is started again and finishes it, or has not begun it. */
async function goBack(daemon: RollingTenant, to: number, writes: number | undefined): Promise<void> {
  if (writes !== undefined) {
    const before = await daemon.dump();
    const done = await attempt(daemon, to, writes);
    if (done) return;
    await daemon.restart();
    if (daemon.store.view.publishUnfinished) {
      assert.equal(daemon.store.source.acquire(), undefined, 'half of it is shown to nobody');
      assert.ok(await daemon.engine.finishRollback(signal));
      await daemon.remember();
      return;
    }
    assert.deepEqual(await daemon.dump(), before);
  }
  await daemon.rollBack(to);
}

async function attempt(daemon: RollingTenant, to: number, writes: number): Promise<boolean> {
  using _cut = cutWritesAfter(writes);
  try {
    await daemon.rollBack(to);
    return true;
  } catch {
    return false;
  }
}

/** Object ids of users who are shown and not locked. */
function openPeople(shown: Shown): ReadonlySet<string> {
  const open = new Set<string>();
  for (const [dn, entry] of shown) {
    if (!dn.startsWith('uid=')) continue;
    const values = Object.values(entry).flat();
    const id = values.find((value) => value.startsWith('aaaaaaaa-0000'));
    if (id !== undefined && !values.includes('TRUE')) open.add(id);
  }
  return open;
}
