import assert from 'node:assert/strict';
import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import type { PolicySettings, ProjectionSettings } from '../../../src/projection/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const user = (number: number) => modelId('user', number);
const staff = modelId('group', 1);
const sales = modelId('group', 2);
const late = modelId('group', 3);

function settings(policy: Partial<PolicySettings>, more: Partial<ProjectionSettings> = {}): ProjectionSettings {
  return { ...openSettings, ...more, policy: { ...openSettings.policy, ...policy } };
}

/** Rounds over `u0` to `u5`, of whom `u0` to `u2` are in `Staff` and `u3` is in `Sales`. */
class Bench implements AsyncDisposable {
  readonly tenant = syncTenant();
  readonly store: Store;
  readonly #folder: Disposable;
  readonly #engine: SyncEngine;

  private constructor(folder: Disposable, store: Store, chosen: ProjectionSettings) {
    this.#folder = folder;
    this.store = store;
    this.#engine = testEngine(store, this.tenant, new ManualClock(), chosen);
  }

  static async open(chosen: ProjectionSettings): Promise<Bench> {
    const folder = temporaryFolder();
    const bench = new Bench(folder, await openTestStore(folder.path), chosen);
    await bench.round();
    return bench;
  }

  /** Runs a round; returns how many users it changed. */
  async round(): Promise<number> {
    const { summary } = await this.#engine.runRound(false, new AbortController().signal);
    assert.equal(summary.error, null);
    return summary.collections.users.entries.changed;
  }

  /** Everybody who is shown, those who are locked with an exclamation mark. */
  shown(): string {
    using lease = this.store.source.acquire();
    const { reader } = lease ?? assert.fail('nothing is published');
    const found = [0, 1, 2, 3, 4, 5].flatMap((number) => {
      const id = reader.findDn(`uid=u${number},ou=users,dc=example,dc=com`);
      const entry = id === undefined ? undefined : reader.entry(id);
      if (entry === undefined) return [];
      return [`u${number}${entryAttribute(entry, 'nsAccountLock').length > 0 ? '!' : ''}`];
    });
    return found.join(' ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

describe('a round with groups that decide who may sign in (FOX-17, FOX-18)', () => {
  it('locks and unlocks exactly those whose membership it reads', async () => {
    await using bench = await Bench.open(settings({ allowedGroups: ['staff'] }));
    assert.equal(bench.shown(), 'u0 u1 u2 u3! u4! u5!');
    bench.tenant.setMember(staff, user(4), true);
    bench.tenant.setMember(staff, user(0), false);
    assert.equal(await bench.round(), 2);
    assert.equal(bench.shown(), 'u0! u1 u2 u3! u4 u5!');
    assert.equal(await bench.round(), 0);
  });

  it('hides and shows them where locked users are hidden, also with direct groups alone', async () => {
    const hiding = { users: { ...openSettings.users, whenLocked: 'hide' as const } };
    await using bench = await Bench.open(settings({ allowedGroups: [staff], nested: false }, hiding));
    assert.equal(bench.shown(), 'u0 u1 u2');
    bench.tenant.setMember(staff, user(4), true);
    bench.tenant.setMember(staff, user(0), false);
    bench.tenant.setMember(staff, sales, true);
    await bench.round();
    assert.equal(bench.shown(), 'u1 u2 u4');
  });

  it('follows groups that come into another, leave it or go, and only where nested groups count', async () => {
    await using nested = await Bench.open(settings({ disabledGroups: ['Staff'] }));
    await using direct = await Bench.open(settings({ disabledGroups: ['Staff'], nested: false }));
    for (const bench of [nested, direct]) bench.tenant.setMember(staff, sales, true);
    await nested.round();
    await direct.round();
    assert.equal(nested.shown(), 'u0! u1! u2! u3! u4 u5');
    assert.equal(direct.shown(), 'u0! u1! u2! u3 u4 u5');
    nested.tenant.removeGroup(sales, 'changed');
    await nested.round();
    assert.equal(nested.shown(), 'u0! u1! u2! u3 u4 u5');
    nested.tenant.putGroup(sales, { displayName: 'Sales' });
    await nested.round();
    assert.equal(nested.shown(), 'u0! u1! u2! u3! u4 u5');
  });

  it('follows a name from group to group, and heeds it no longer when it has become ambiguous', async () => {
    await using bench = await Bench.open(settings({ disabledGroups: ['Staff'] }));
    bench.tenant.putGroup(staff, { displayName: 'People' });
    bench.tenant.putGroup(sales, { displayName: 'STAFF' });
    await bench.round();
    assert.equal(bench.shown(), 'u0 u1 u2 u3! u4 u5');
    bench.tenant.putGroup(late, { displayName: 'staff' });
    await bench.round();
    assert.equal(bench.shown(), 'u0 u1 u2 u3 u4 u5');
    bench.tenant.removeGroup(sales, 'deleted');
    bench.tenant.setMember(late, user(5), true);
    await bench.round();
    assert.equal(bench.shown(), 'u0 u1 u2 u3 u4 u5!');
  });

  it('remembers a group that came without a trace in the directory', async () => {
    const withoutMail = { groups: { ...openSettings.groups, withoutEmail: false } };
    await using bench = await Bench.open(settings({ disabledGroups: ['Late'] }, withoutMail));
    bench.tenant.putGroup(late, { displayName: 'Late' });
    bench.tenant.putGroup(modelId('group', 4), { displayName: 'Inner' });
    bench.tenant.setMember(late, modelId('group', 4), true);
    await bench.round();
    bench.tenant.setMember(modelId('group', 4), user(5), true);
    await bench.round();
    assert.equal(bench.shown(), 'u0 u1 u2 u3 u4 u5!');
  });

  it('reads the deciding groups as a whole when it changes more than a thousand users', async () => {
    await using bench = await Bench.open(settings({ disabledGroups: ['Staff'] }));
    for (let number = 10; number < 1020; number++) {
      bench.tenant.putUser(user(number), { userPrincipalName: `u${number}@example.com`, accountEnabled: true });
    }
    bench.tenant.setMember(staff, user(4), true);
    await bench.round();
    assert.equal(bench.shown(), 'u0! u1! u2! u3 u4! u5');
  });
});
