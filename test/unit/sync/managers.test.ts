import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import type { ObjectId } from '../../../src/identity/ids.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const people = [0, 1, 2, 3, 4, 5];
const staff = modelId('group', 1);
const id = (number: number): ObjectId => modelId('user', number);

const settings: ProjectionSettings = {
  ...openSettings,
  users: { ...openSettings.users, attributes: { manager: 'manager' }, whenLocked: 'hide' },
};

/** Rounds over `u0` to `u5`, whose managers the test gives them. */
class Bench implements AsyncDisposable {
  readonly tenant = syncTenant();
  readonly store: Store;
  readonly #folder: Disposable;
  readonly #chosen: ProjectionSettings;
  readonly #names = new Map(people.map((number) => [number, `u${number}`]));
  readonly #managers = new Map<number, number | null>();

  private constructor(folder: Disposable, store: Store, chosen: ProjectionSettings) {
    this.#folder = folder;
    this.store = store;
    this.#chosen = chosen;
  }

  static async open(managers: Readonly<Record<number, number>>, chosen = settings): Promise<Bench> {
    const folder = temporaryFolder();
    const bench = new Bench(folder, await openTestStore(folder.path), chosen);
    for (const [report, manager] of Object.entries(managers)) bench.report(Number(report), manager);
    await bench.round();
    return bench;
  }

  report(report: number, manager: number | null): void {
    this.#managers.set(report, manager);
    this.#put(report);
  }

  rename(number: number, name: string): void {
    this.#names.set(number, name);
    this.#put(number);
  }

  disable(number: number): void {
    this.#put(number, { accountEnabled: false });
  }

  #put(number: number, more: Readonly<Record<string, boolean>> = {}): void {
    const name = this.#names.get(number) ?? '';
    const manager = this.#managers.get(number) ?? null;
    const of = manager === null ? null : id(manager);
    this.tenant.putUser(id(number), {
      userPrincipalName: `${name}@example.com`,
      accountEnabled: true,
      manager: of,
      ...more,
    });
  }

  /** Runs a round; returns how many users it changed. */
  async round(full = false): Promise<number> {
    const engine = testEngine(this.store, this.tenant, new ManualClock(), this.#chosen);
    const { summary } = await engine.runRound(full, new AbortController().signal);
    assert.equal(summary.error, null);
    return summary.collections.users.entries.changed;
  }

  /** Everybody who is shown, with the manager behind a slash. */
  async shown(): Promise<string> {
    using lease = this.store.source.acquire();
    const { reader } = lease ?? assert.fail('nothing is published');
    const found: string[] = [];
    for await (const block of reader.scan([{ from: 0, to: 0xffff_ffff }], 100)) {
      for (const { bytes } of block) {
        const [uid] = entryAttribute(bytes, 'uid');
        const [manager] = entryAttribute(bytes, 'manager');
        const name = /^uid=([^,]+),ou=users,dc=example,dc=com$/.exec(String(manager))?.[1];
        if (uid !== undefined) found.push(name === undefined ? String(uid) : `${String(uid)}/${name}`);
      }
    }
    return found.toSorted().join(' ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

describe('the managers of users (PAIN-18)', () => {
  it('are named by their entries, whoever comes first', async () => {
    await using bench = await Bench.open({ 0: 5, 5: 0, 1: 0, 2: 2 });
    assert.equal(await bench.shown(), 'u0/u5 u1/u0 u2/u2 u3 u4 u5/u0');
  });

  it('change their reports, and nobody else, in the round in which they are renamed', async () => {
    await using bench = await Bench.open({ 0: 5, 1: 5, 2: 0 });
    bench.rename(5, 'boss');
    assert.equal(await bench.round(), 3);
    assert.equal(await bench.shown(), 'boss u0/boss u1/boss u2/u0 u3 u4');
    assert.equal(await bench.round(), 0);
  });

  it('leave no name behind when they are hidden or gone, and are named again when they are back', async () => {
    await using bench = await Bench.open({ 0: 5, 1: 4 });
    bench.disable(5);
    bench.tenant.removeUser(id(4), 'changed');
    await bench.round();
    assert.equal(await bench.shown(), 'u0 u1 u2 u3');
    bench.rename(5, 'u5');
    bench.rename(4, 'u4');
    await bench.round();
    assert.equal(await bench.shown(), 'u0/u5 u1/u4 u2 u3 u4 u5');
  });

  it('are not named when groups decide that they are hidden, and are when these decide otherwise', async () => {
    const policy = { ...openSettings.policy, disabledGroups: ['Staff'] };
    await using bench = await Bench.open({ 4: 0, 5: 3 }, { ...settings, policy });
    assert.equal(await bench.shown(), 'u3 u4 u5/u3');
    bench.tenant.setMember(staff, id(0), false);
    bench.tenant.setMember(staff, id(3), true);
    await bench.round();
    assert.equal(await bench.shown(), 'u0 u4/u0 u5');
  });

  it('cost those nothing who do not map them', async () => {
    await using bench = await Bench.open({ 0: 5 }, openSettings);
    assert.equal(await bench.shown(), 'u0 u1 u2 u3 u4 u5');
    bench.rename(5, 'boss');
    assert.equal(await bench.round(), 1);
  });

  it('are the same after any changes in small rounds as after one reading of everything', async () => {
    const person = fc.nat(5);
    const change = fc.oneof(
      fc.record({ kind: fc.constant('report' as const), user: person, manager: fc.option(person) }),
      fc.record({
        kind: fc.constant('rename' as const),
        user: person,
        name: fc.constantFrom('a', 'b', 'c', 'u1', 'u2'),
      }),
      fc.record({ kind: fc.constant('disable' as const), user: person }),
      fc.record({ kind: fc.constant('remove' as const), user: person }),
      fc.record({ kind: fc.constant('round' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 25 }), async (changes) => {
        await using bench = await Bench.open({});
        for (const each of changes) {
          if (each.kind === 'round') await bench.round();
          else if (each.kind === 'report') bench.report(each.user, each.manager);
          else if (each.kind === 'rename') bench.rename(each.user, each.name);
          else if (each.kind === 'disable') bench.disable(each.user);
          else bench.tenant.removeUser(id(each.user), 'changed');
        }
        await bench.round();
        const incremental = await bench.shown();
        await bench.store.mirror.markAllDirty();
        assert.equal(await bench.round(), 0);
        assert.equal(await bench.shown(), incremental);
      }),
      { seed: 20261121, numRuns: 40 },
    );
  });
});
