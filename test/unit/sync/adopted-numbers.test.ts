import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ObjectId } from '../../../src/identity/ids.ts';
import type { RoundSummary } from '../../../src/identity/round.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { seededChoice } from '../../support/seeded-choice.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const groupNumber = 'extension_0123456789abcdef0123456789abcdef_gidNumber';
/** So few numbers that everybody gets one only if nobody is given what another asks for. */
const settings: ProjectionSettings = {
  ...openSettings,
  users: { ...openSettings.users, uidNumberFrom: 'extensionAttribute1', uidNumbers: { from: 5000, to: 5009 } },
  groups: { ...openSettings.groups, gidNumberFrom: groupNumber, gidNumbers: { from: 6000, to: 6009 } },
};

/** A tenant, a store, and rounds that bring the one into the other. */
class Bench implements AsyncDisposable {
  readonly tenant = new ModelTenant(seededChoice(20_261_121));
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #store: Awaited<ReturnType<typeof openTestStore>>;
  readonly #engine: ReturnType<typeof testEngine>;

  private constructor(
    folder: ReturnType<typeof temporaryFolder>,
    store: Awaited<ReturnType<typeof openTestStore>>,
    chosen: ProjectionSettings,
  ) {
    this.#folder = folder;
    this.#folder = folder;
    this.#store = store;
    this.#engine = testEngine(store, this.tenant, new ManualClock(), chosen);
  }

  static async open(chosen = settings): Promise<Bench> {
    const folder = temporaryFolder();
    return new Bench(folder, await openTestStore(folder.path), chosen);
  }

  putUser(number: number, asksFor: string | null, createdDateTime = '2026-01-01T00:00:00Z'): ObjectId {
    const id = modelId('user', number);
    const onPremisesExtensionAttributes = { extensionAttribute1: asksFor };
    this.tenant.putUser(id, {
      userPrincipalName: `user${number}@example.com`,
      createdDateTime,
      onPremisesExtensionAttributes,
    });
    return id;
  }

  async round(): Promise<RoundSummary> {
    const { summary } = await this.#engine.runRound(false, new AbortController().signal);
    assert.equal(summary.error, null);
    return summary;
  }

  numberOf(id: ObjectId): number | undefined {
    return this.#store.ledger.entry(id)?.number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

describe('numbers that are adopted from a property', () => {
  it('are given as they are, outside the range too, and the others get one of the range (PAIN-08)', async () => {
    await using bench = await Bench.open();
    const adopting = bench.putUser(1, '70001');
    const without = bench.putUser(2, null);
    const group = modelId('group', 1);
    bench.tenant.putGroup(group, { displayName: 'staff', [groupNumber]: 70_001 });
    const summary = await bench.round();
    assert.equal(bench.numberOf(adopting), 70_001);
    assert.equal(bench.numberOf(group), 70_001, 'users and groups have numbers of their own');
    assert.match(String(bench.numberOf(without)), /^500\d$/);
    assert.deepEqual(summary.collections.users.notAdopted, {});
  });

  it('are nobody else’s by chance, whatever the order in which users come (P5)', async () => {
    await using bench = await Bench.open();
    const without = [1, 2, 3, 4, 5].map((number) => bench.putUser(number, null));
    const adopting = [0, 1, 2, 3, 4].map((index) => bench.putUser(10 + index, String(5000 + index)));
    await bench.round();
    assert.deepEqual(
      adopting.map((id) => bench.numberOf(id)),
      [5000, 5001, 5002, 5003, 5004],
    );
    assert.deepEqual(without.map((id) => String(bench.numberOf(id))).toSorted(), [
      '5005',
      '5006',
      '5007',
      '5008',
      '5009',
    ]);
  });

  it('go to the oldest of those that ask for the same; the others get one of the range and are reported (PAIN-07)', async () => {
    await using bench = await Bench.open();
    const younger = bench.putUser(1, '70001', '2026-01-02T00:00:00Z');
    const older = bench.putUser(2, '70001', '2026-01-01T00:00:00Z');
    const summary = await bench.round();
    assert.equal(bench.numberOf(older), 70_001);
    assert.match(String(bench.numberOf(younger)), /^500\d$/);
    assert.deepEqual(summary.collections.users.notAdopted, { 'given to another': 1 });
  });

  it('are never given to another, even when their owner has left (P5, PAIN-08)', async () => {
    await using bench = await Bench.open();
    const first = bench.putUser(1, '70001');
    await bench.round();
    bench.tenant.removeUser(first, 'deleted');
    await bench.round();
    const heir = bench.putUser(2, '70001');
    const summary = await bench.round();
    assert.match(String(bench.numberOf(heir)), /^500\d$/);
    assert.deepEqual(summary.collections.users.notAdopted, { 'given to another': 1 });
  });

  it('stay when the property changes later, which is reported (PAIN-08)', async () => {
    await using bench = await Bench.open();
    const user = bench.putUser(1, '70001');
    await bench.round();
    bench.putUser(1, '70002');
    const summary = await bench.round();
    assert.equal(bench.numberOf(user), 70_001);
    assert.deepEqual(summary.collections.users.notAdopted, { 'another was given before': 1 });
    const newcomer = bench.putUser(2, '70002');
    await bench.round();
    assert.equal(bench.numberOf(newcomer), 70_002, 'what was never given is free');
  });

  it('are not what a property holds that is no number, or one of the system (P7)', async () => {
    await using bench = await Bench.open();
    const users = ['0', '999', 'ten'].map((asksFor, index) => bench.putUser(index, asksFor));
    const summary = await bench.round();
    for (const user of users) assert.match(String(bench.numberOf(user)), /^500\d$/);
    assert.deepEqual(summary.collections.users.notAdopted, { 'not a number for users or groups': 3 });
  });

  it('are never the number of the shared primary group', async () => {
    await using bench = await Bench.open();
    const group = modelId('group', 1);
    bench.tenant.putGroup(group, { displayName: 'staff', [groupNumber]: settings.users.primaryGroup.gidNumber });
    const summary = await bench.round();
    assert.match(String(bench.numberOf(group)), /^600\d$/);
    assert.deepEqual(summary.collections.groups.notAdopted, { 'given to another': 1 });
  });

  it('are the same whatever the order in which users come (P5)', async function () {
    this.timeout(60_000);
    const asking = fc.array(fc.tuple(fc.constantFrom(null, '5001', '5002', '70001', 'x'), fc.nat(2)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(asking, fc.array(fc.nat(7), { minLength: 8, maxLength: 8 }), async (users, order) => {
        const numbers = async (indexes: readonly number[]): Promise<readonly (number | undefined)[]> => {
          await using bench = await Bench.open();
          for (const index of indexes) {
            const [asksFor, day] = users[index] ?? [null, 0];
            bench.putUser(index, asksFor, `2026-01-0${day + 1}T00:00:00Z`);
          }
          await bench.round();
          return users.map((_, index) => bench.numberOf(modelId('user', index)));
        };
        const natural = users.map((_, index) => index);
        const shuffled = natural.toSorted((left, right) => (order[left] ?? 0) - (order[right] ?? 0));
        const [expected, actual] = [await numbers(natural), await numbers(shuffled)];
        // Who gets none that he asks for takes what is free next, in the order of arrival; what is adopted does not depend on it.
        const adopted = (given: readonly (number | undefined)[]): unknown =>
          given.map((number, index) => (String(number) === users[index]?.[0] ? number : undefined));
        assert.deepEqual(adopted(actual), adopted(expected));
        assert.equal(new Set(actual).size, actual.length);
      }),
      { seed: 20261121, numRuns: 25 },
    );
  });
});
