import assert from 'node:assert/strict';
import type { ObjectId } from '../../../src/identity/ids.ts';
import type { RoundSummary } from '../../../src/identity/round.ts';
import type { DangerKind, HeldItem, SafetyLimits } from '../../../src/identity/safety.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import { heldItems } from '../../../src/sync/held-items.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { cutWritesAfter, noLimits, openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const PEOPLE = 20;
const limit = { count: 3, share: 1, few: 3 };
const limits: SafetyLimits = {
  removals: limit,
  locks: limit,
  renames: limit,
  groupShrink: { count: 5, share: 1, few: 5 },
};
const staff = modelId('group', 1);

function user(number: number): ObjectId {
  return modelId('user', number);
}

function put(tenant: ModelTenant, number: number, changes: { name?: string; enabled?: boolean } = {}): void {
  const { name = `u${number}`, enabled = true } = changes;
  tenant.putUser(user(number), {
    userPrincipalName: `${name}@example.com`,
    displayName: name,
    accountEnabled: enabled,
  });
}

/** Twenty people, all of them in `Staff`, and five groups more. */
function tenantOfTwenty(): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  for (let number = 0; number < PEOPLE; number++) put(tenant, number);
  for (let number = 1; number <= 6; number++) tenant.putGroup(modelId('group', number), { displayName: `G${number}` });
  for (let number = 0; number < PEOPLE; number++) tenant.setMember(staff, user(number), true);
  return tenant;
}

/** A tenant that was published once, in a store that can be opened again as after the end of the process. */
class Bench implements AsyncDisposable {
  readonly folder = temporaryFolder();
  readonly tenant = tenantOfTwenty();
  readonly clock = new ManualClock();
  store: Store | undefined;
  settings: ProjectionSettings = openSettings;
  limits = limits;
  #engine: SyncEngine | undefined;

  static async open(): Promise<Bench> {
    const bench = new Bench();
    await bench.restart();
    assert.equal((await bench.round()).outcome, 'published', 'the first round is never held back');
    return bench;
  }

  async restart(): Promise<void> {
    await this.store?.[Symbol.asyncDispose]();
    this.store = await openTestStore(this.folder.path, 1);
    this.#engine = testEngine(this.store, this.tenant, this.clock, this.settings, this.limits);
  }

  get engine(): SyncEngine {
    return this.#engine ?? assert.fail('not open');
  }

  async round(full = false): Promise<RoundSummary> {
    const { summary, cause } = await this.engine.runRound(full, signal);
    assert.equal(summary.error, null, String(cause));
    return summary;
  }

  async names(): Promise<readonly string[]> {
    return [...((await this.dump())?.keys() ?? [])].filter((dn) => dn.startsWith('uid='));
  }

  async dump(): ReturnType<typeof dumpDirectory> {
    return this.store && (await dumpDirectory(this.store.source));
  }

  items(): readonly HeldItem[] {
    const projector = new Projector(this.settings, standardSchema);
    return this.store === undefined ? [] : [...heldItems(this.engine.hold, this.store.view, projector)];
  }

  async decide(decision: 'approved' | 'rejected'): Promise<void> {
    assert.ok(await this.engine.decide(this.engine.hold?.hold ?? -1, decision));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store?.[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

interface Case {
  readonly kind: DangerKind;
  readonly what: string;
  /** Does it to so many. */
  readonly change: (tenant: ModelTenant, count: number) => void;
  readonly allowed: number;
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

const cases: readonly Case[] = [
  {
    kind: 'usersRemoved',
    what: 'removes users',
    change: (tenant, count) => {
      for (const number of numbers(count)) tenant.removeUser(user(number), 'changed');
    },
    allowed: 3,
  },
  {
    kind: 'usersLocked',
    what: 'locks users',
    change: (tenant, count) => {
      for (const number of numbers(count)) put(tenant, number, { enabled: false });
    },
    allowed: 3,
  },
  {
    kind: 'usersRenamed',
    what: 'renames users',
    change: (tenant, count) => {
      for (const number of numbers(count)) put(tenant, number, { name: `new${number}` });
    },
    allowed: 3,
  },
  {
    kind: 'groupsRemoved',
    what: 'removes groups',
    change: (tenant, count) => {
      for (const number of numbers(count)) tenant.removeGroup(modelId('group', number + 2), 'deleted');
    },
    allowed: 3,
  },
  {
    kind: 'groupsRenamed',
    what: 'renames groups',
    change: (tenant, count) => {
      for (const number of numbers(count)) tenant.putGroup(modelId('group', number + 2), { displayName: `N${number}` });
    },
    allowed: 3,
  },
  {
    kind: 'groupsShrunk',
    what: 'takes members from a group',
    change: (tenant, count) => {
      for (const number of numbers(count)) tenant.setMember(staff, user(number), false);
    },
    allowed: 5,
  },
];

describe('the guard before a publish (P4)', () => {
  for (const { kind, what, change, allowed } of cases) {
    it(`lets through a round that ${what}, ${allowed} at once`, async () => {
      await using bench = await Bench.open();
      change(bench.tenant, allowed);
      assert.equal((await bench.round()).outcome, 'published');
    });

    it(`holds a round back that ${what}, ${allowed + 1} at once, and leaves the directory as it was`, async () => {
      await using bench = await Bench.open();
      const before = await bench.dump();
      const state = bench.store?.view.facts;
      change(bench.tenant, allowed + 1);
      const { outcome, held } = await bench.round();
      assert.equal(outcome, 'held');
      assert.deepEqual(
        held?.dangers.map((danger) => danger.kind),
        [kind],
      );
      assert.equal(held.dangers[0]?.affected, kind === 'groupsShrunk' ? 1 : allowed + 1);
      assert.deepEqual(await bench.dump(), before);
      await bench.restart();
      assert.deepEqual(await bench.dump(), before, 'nothing of it is on disk');
      assert.deepEqual(bench.store?.view.facts, state);
      assert.equal(bench.items().length, held.dangers[0]?.affected);
      assert.equal((await bench.round()).outcome, 'held', 'the next round finds the same');
      await bench.decide('approved');
      assert.equal((await bench.round()).outcome, 'published');
      assert.equal(bench.engine.hold, undefined);
      assert.notDeepEqual(await bench.dump(), before);
    });
  }

  it('counts a removed group of many members as one that loses them', async () => {
    await using bench = await Bench.open();
    bench.tenant.removeGroup(staff, 'deleted');
    assert.deepEqual(
      (await bench.round()).held?.dangers.map(({ kind }) => kind),
      ['groupsShrunk'],
    );
    const [item] = bench.items();
    assert.deepEqual([item?.dn, item?.members], ['cn=G1,ou=groups,dc=example,dc=com', { lost: PEOPLE, of: PEOPLE }]);
  });

  it('lists whom it concerns by the names that are shown, and the names that they would get', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(4)) put(bench.tenant, number, { name: `new${number}` });
    await bench.round();
    const expected = numbers(4).map((number) => ({
      kind: 'usersRenamed',
      dn: `uid=u${number},ou=users,dc=example,dc=com`,
      objectId: user(number),
      displayName: `u${number}`,
      newName: `new${number}`,
      members: null,
    }));
    assert.deepEqual(
      bench.items().toSorted((left, right) => (left.dn < right.dn ? -1 : 1)),
      expected,
    );
  });

  it('holds back a full enumeration that lists nobody, as if the tenant were empty', async () => {
    await using bench = await Bench.open();
    const before = await bench.dump();
    bench.tenant.users.clear();
    bench.tenant.groups.clear();
    const { outcome, held } = await bench.round(true);
    assert.equal(outcome, 'held');
    assert.equal(held?.dangers.find(({ kind }) => kind === 'usersRemoved')?.affected, PEOPLE);
    assert.deepEqual(await bench.dump(), before);
  });

  it('keeps reading the tenant, and ends the hold by itself when the change goes away', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(6)) bench.tenant.removeUser(user(number), 'changed');
    assert.equal((await bench.round()).outcome, 'held');
    for (const number of numbers(6)) put(bench.tenant, number);
    put(bench.tenant, 50);
    assert.equal((await bench.round()).outcome, 'published');
    assert.equal(bench.engine.hold, undefined);
    assert.equal((await bench.names()).length, PEOPLE + 1);
  });

  it('looks again at what is held back when its cause went away in a reading that was left to the next round', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(6)) bench.tenant.removeUser(user(number), 'changed');
    await bench.round();
    for (const number of numbers(6)) put(bench.tenant, number);
    await bench.engine.pull(signal);
    assert.ok(bench.engine.hold !== undefined);
    await bench.restart();
    await bench.round();
    assert.equal(bench.engine.hold, undefined);
  });

  it('keeps the number of a hold that becomes smaller, and publishes less than was approved', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(8)) bench.tenant.removeUser(user(number), 'changed');
    const first = await bench.round();
    put(bench.tenant, 0);
    const second = await bench.round();
    assert.equal(second.held?.hold, first.held?.hold);
    assert.equal(second.held?.dangers[0]?.affected, 7);
    await bench.decide('approved');
    put(bench.tenant, 1);
    assert.equal((await bench.round()).outcome, 'published');
    assert.equal((await bench.names()).length, PEOPLE - 6);
  });

  it('holds back anew, under another number, what goes beyond what was approved', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(8)) bench.tenant.removeUser(user(number), 'changed');
    const first = await bench.round();
    await bench.decide('approved');
    bench.tenant.removeUser(user(9), 'changed');
    const second = await bench.round();
    assert.equal(second.outcome, 'held');
    assert.equal(second.held?.decision, 'open');
    assert.notEqual(second.held.hold, first.held?.hold);
    assert.equal(await bench.engine.decide(first.held?.hold ?? -1, 'approved'), false, 'the old one is gone');
    assert.equal((await bench.names()).length, PEOPLE);
  });

  it('keeps a rejected change back over a restart, also one that became smaller', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(8)) bench.tenant.removeUser(user(number), 'changed');
    await bench.round();
    await bench.decide('rejected');
    await bench.restart();
    assert.equal(bench.engine.hold?.decision, 'rejected');
    put(bench.tenant, 0);
    assert.equal((await bench.round()).held?.decision, 'rejected');
    assert.equal((await bench.names()).length, PEOPLE);
  });

  it('judges again when the limits are others', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(8)) bench.tenant.removeUser(user(number), 'changed');
    await bench.round();
    bench.limits = noLimits;
    await bench.restart();
    assert.equal(bench.engine.replanIsDue, true);
    assert.equal((await bench.engine.replan(signal)).summary.outcome, 'published');
  });

  it('holds a change of the configuration back, says so, and forgets it when the configuration is as before', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(3)) put(bench.tenant, number, { enabled: false });
    await bench.round();
    put(bench.tenant, 3, { enabled: false });
    await bench.round();
    const before = await bench.dump();
    bench.settings = { ...openSettings, users: { ...openSettings.users, whenLocked: 'hide' } };
    await bench.restart();
    const { summary } = await bench.engine.replan(signal);
    assert.deepEqual([summary.outcome, summary.held?.cause], ['held', 'configuration']);
    assert.equal(bench.engine.replanIsDue, false, 'it is not tried again and again');
    assert.deepEqual(await bench.dump(), before);
    bench.settings = openSettings;
    await bench.restart();
    assert.equal(bench.engine.replanIsDue, true);
    await bench.engine.replan(signal);
    assert.equal(bench.engine.hold, undefined);
    assert.deepEqual(await bench.dump(), before);
  });

  it('gives no name or number for a change that it holds back', async () => {
    await using bench = await Bench.open();
    for (const number of numbers(8)) bench.tenant.removeUser(user(number), 'changed');
    put(bench.tenant, 60);
    assert.equal((await bench.round()).outcome, 'held');
    assert.equal(bench.store?.ledger.entry(user(60)), undefined);
    assert.equal(bench.store?.ledger.nameHolder('user', 'u60'), undefined);
  });

  it('publishes what was approved without asking again, after whatever write the process ended (P3)', async () => {
    for (let writes = 0, ended = true; ended; writes++) {
      await using bench = await Bench.open();
      for (const number of numbers(8)) bench.tenant.removeUser(user(number), 'changed');
      await bench.round();
      await bench.decide('approved');
      {
        using _cut = cutWritesAfter(writes);
        ended = (await bench.engine.runRound(false, signal)).summary.outcome === 'failed';
      }
      await bench.restart();
      const { outcome } = await bench.round();
      assert.ok(outcome === 'published' || (!ended && outcome === 'unchanged'), `${outcome} after ${writes} writes`);
      assert.equal((await bench.names()).length, PEOPLE - 8, `${writes} writes`);
      assert.equal(bench.engine.hold, undefined);
      assert.ok(writes < 200);
    }
  });
});
