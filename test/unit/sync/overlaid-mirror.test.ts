import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import type { EdgeBlock } from '../../../src/identity/mirror.ts';
import type { Overlay } from '../../../src/projection/overlay.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import { mergeEdges } from '../../../src/sync/overlay-edges.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { modelId } from '../../support/model-tenant.ts';
import { overlayOf } from '../../support/overlay-text.ts';
import { openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { putPerson, syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;

/** Rounds over `u0` to `u5`, of whom `u0` to `u2` are in `Staff` and `u3` is in `Sales`, with an overlay. */
class Bench implements AsyncDisposable {
  readonly tenant = syncTenant();
  readonly store: Store;
  readonly #folder: Disposable;
  engine: SyncEngine;

  private constructor(folder: Disposable, store: Store, overlay: Overlay) {
    this.#folder = folder;
    this.store = store;
    this.engine = this.start(overlay);
  }

  static async open(text: string): Promise<Bench> {
    const folder = temporaryFolder();
    const bench = new Bench(folder, await openTestStore(folder.path), overlayOf({ 'o.yaml': text }));
    await bench.round();
    return bench;
  }

  start(overlay: Overlay): SyncEngine {
    return testEngine(this.store, this.tenant, new ManualClock(), { ...openSettings, overlay });
  }

  async round(full = false): Promise<string> {
    const { summary } = await this.engine.runRound(full, signal);
    assert.equal(summary.error, null);
    return summary.outcome;
  }

  entry(dn: string): Buffer | undefined {
    using lease = this.store.source.acquire();
    const { reader } = lease ?? assert.fail('nothing is published');
    const id = reader.findDn(`${dn},dc=example,dc=com`);
    return id === undefined ? undefined : reader.entry(id);
  }

  values(dn: string, attribute: string): readonly string[] {
    const entry = this.entry(dn);
    return entry === undefined ? [] : entryAttribute(entry, attribute).map(String);
  }

  /** The short names of the members of a group. */
  members(cn: string): string {
    using lease = this.store.source.acquire();
    const { reader } = lease ?? assert.fail('nothing is published');
    const group = reader.findDn(`cn=${cn.toLowerCase()},ou=groups,dc=example,dc=com`);
    const ids =
      group === undefined
        ? []
        : [...(reader.linkedIds(group, 'member')?.blocks() ?? [])].flatMap((block) => [...block]);
    return ids
      .map((id) => String(entryAttribute(reader.entry(id) ?? Buffer.alloc(0), 'uid')[0]))
      .toSorted()
      .join(' ');
  }

  get findings(): readonly string[] {
    return this.engine.overlaid.report.findings.map(({ place, about, kind }) => `${place.line} ${about} ${kind}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

const local = 'users:\n  - { uid: local }\n';

describe('the mirror with an overlay over it', () => {
  it('keeps what is local through full rounds, which sweep away what the tenant does not list', async () => {
    await using bench = await Bench.open(`${local}members: { Sales: [local] }\n`);
    const before = [bench.values('uid=local,ou=users', 'uidNumber'), bench.values('uid=local,ou=users', 'entryUUID')];
    assert.equal(await bench.round(true), 'unchanged');
    bench.tenant.removeUser(modelId('user', 5), 'deleted');
    assert.equal(await bench.round(true), 'published');
    assert.equal(bench.members('Sales'), 'local u3');
    assert.deepEqual(
      [bench.values('uid=local,ou=users', 'uidNumber'), bench.values('uid=local,ou=users', 'entryUUID')],
      before,
    );
  });

  it('is nothing but the mirror again when the overlay goes, and the local object counts as removed', async () => {
    await using bench = await Bench.open(`${local}overrides:\n  u0@example.com: { title: T }\n`);
    assert.deepEqual(bench.values('uid=u0,ou=users', 'title'), ['T']);
    const id = bench.values('uid=local,ou=users', 'entryUUID')[0];
    bench.engine = bench.start(overlayOf({}));
    assert.equal(await bench.round(), 'published');
    assert.equal(bench.entry('uid=local,ou=users'), undefined);
    assert.deepEqual(bench.values('uid=u0,ou=users', 'title'), []);
    assert.deepEqual(bench.values('uid=u0,ou=users', 'entraSource'), ['tenant']);
    const gone: string[] = [];
    for await (const block of bench.store.mirror.removals('users')) {
      gone.push(...block.map(({ objectId, reason }) => `${objectId} ${reason}`));
    }
    assert.deepEqual(gone, [`${id} overlay`]);
  });

  it('changes nothing by a start alone', async () => {
    await using bench = await Bench.open(
      `${local}members: { Sales: [local, u0] }\noverrides:\n  u1@example.com: { title: T }\n`,
    );
    bench.engine = bench.start(
      overlayOf({ 'o.yaml': `${local}members: { Sales: [local, u0] }\noverrides:\n  u1@example.com: { title: T }\n` }),
    );
    assert.equal(await bench.round(), 'unchanged');
    assert.equal(await bench.round(), 'unchanged');
  });

  it('lets whom the overlay means follow the tenant: user principal names move on, and with them what is said', async () => {
    await using bench = await Bench.open(
      'members: { Sales: [u4@example.com] }\noverrides:\n  u4@example.com: { title: T }\n',
    );
    assert.equal(bench.members('Sales'), 'u3 u4');
    bench.tenant.putUser(modelId('user', 4), {
      userPrincipalName: 'other@example.com',
      displayName: 'P',
      accountEnabled: true,
    });
    await bench.round();
    assert.equal(bench.members('Sales'), 'u3');
    assert.deepEqual(bench.findings, ['1 member none', '3 override none']);
    bench.tenant.putUser(modelId('user', 0), {
      userPrincipalName: 'u4@example.com',
      displayName: 'P',
      accountEnabled: true,
    });
    await bench.round();
    assert.deepEqual(bench.findings, []);
    const [name] = ['u4@example.com'];
    assert.equal(bench.members('Sales'), `u3 ${name}`);
    assert.deepEqual(bench.values(`uid=${name},ou=users`, 'title'), ['T']);
  });

  it('gives no effect to a name that several have, and takes it away from the first when a second comes', async () => {
    await using bench = await Bench.open('members: { Sales: [u0] }\noverrides:\n  Staff: { description: D }\n');
    assert.deepEqual(bench.values('cn=staff,ou=groups', 'description'), ['D']);
    bench.tenant.putGroup(modelId('group', 3), { displayName: 'staff' });
    bench.tenant.putGroup(modelId('group', 4), { displayName: 'SALES' });
    await bench.round();
    assert.deepEqual(bench.findings, ['1 group several', '3 override several']);
    assert.deepEqual(bench.values('cn=staff,ou=groups', 'description'), []);
    assert.equal(bench.members('Sales'), 'u3');
    bench.tenant.removeGroup(modelId('group', 3), 'deleted');
    bench.tenant.removeGroup(modelId('group', 4), 'deleted');
    await bench.round();
    assert.deepEqual(bench.values('cn=staff,ou=groups', 'description'), ['D']);
    assert.equal(bench.members('Sales'), 'u0 u3');
  });

  it('finds members by the short name that they have or are about to get', async () => {
    await using bench = await Bench.open('members: { Sales: [u0, late] }\n');
    assert.equal(bench.members('Sales'), 'u0 u3');
    bench.tenant.putUser(modelId('user', 9), { userPrincipalName: 'late@example.com', accountEnabled: true });
    await bench.round();
    assert.equal(bench.members('Sales'), 'late u0 u3', 'in the round that brings the user');
    bench.tenant.putUser(modelId('user', 10), { userPrincipalName: 'late@example.org', accountEnabled: true });
    await bench.round();
    assert.equal(bench.members('Sales'), 'late u0 u3', 'whoever has the name keeps it');
    assert.deepEqual(bench.findings, []);
  });

  it('decides about policy too: a local member of an allowed group may sign in, others are locked', async () => {
    const overlay = overlayOf({ 'o.yaml': `${local}  - { uid: other }\nmembers: { Staff: [local, u4] }\n` });
    const folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const policy = { ...openSettings.policy, allowedGroups: ['Staff'] };
    const tenant = syncTenant();
    const engine = testEngine(store, tenant, new ManualClock(), { ...openSettings, policy, overlay });
    await engine.runRound(false, signal);
    putPerson(tenant, 4, 'Renamed');
    await engine.runRound(false, signal);
    using lease = store.source.acquire();
    const locked = ['local', 'other', 'u4', 'u5'].map((uid) => {
      const id = lease?.reader.findDn(`uid=${uid},ou=users,dc=example,dc=com`);
      const entry = id === undefined ? undefined : lease?.reader.entry(id);
      return entry && entryAttribute(entry, 'nsAccountLock').map(String).join();
    });
    assert.deepEqual(locked, ['', 'TRUE', '', 'TRUE']);
    folder[Symbol.dispose]();
  });
});

describe('edges with further ones put in', () => {
  it('come in the order of group and member, each once, however they are cut into blocks', async () => {
    const edge = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }));
    const edges = fc.uniqueArray(edge, { selector: ([group, member]) => `${group} ${member}`, maxLength: 20 });
    const order = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number => a - c || b - d;
    await fc.assert(
      fc.asyncProperty(edges, edges, fc.integer({ min: 1, max: 5 }), async (own, extra, size) => {
        const sorted = own.toSorted(order);
        async function* blocks(): AsyncGenerator<EdgeBlock> {
          for (let at = 0; at < sorted.length; at += size) {
            const part = sorted.slice(at, at + size);
            const column = (index: 0 | 1): Uint32Array => Uint32Array.from(part.map((each) => each[index]));
            yield { groups: column(0), members: column(1) };
          }
        }
        const rows = [...new Set(extra.map(([group]) => group))].toSorted((a, b) => a - b);
        const merged: (readonly [number, number])[] = [];
        const further = rows.map((group): readonly [number, Uint32Array] => [
          group,
          Uint32Array.from(extra.flatMap(([each, member]) => (each === group ? [member] : []))).sort(),
        ]);
        for await (const { groups, members } of mergeEdges(blocks(), further)) {
          for (const [i, group] of groups.entries()) merged.push([group, members[i] ?? 0]);
        }
        const all = new Map(
          [...own, ...extra].map(([group, member]) => [`${group} ${member}`, [group, member] as const]),
        );
        assert.deepEqual(merged, [...all.values()].toSorted(order));
      }),
    );
  });
});
