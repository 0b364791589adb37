import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { entryAttribute, entryDn } from '../../src/directory/entry-codec.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { noOverlay, type Overlay } from '../../src/projection/overlay.ts';
import { Projector } from '../../src/projection/projector.ts';
import type { Store } from '../../src/store/store.ts';
import { dumpDirectory } from '../support/directory-dump.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { modelId } from '../support/model-tenant.ts';
import { overlayOf } from '../support/overlay-text.ts';
import { SweptTenant, sweepingChange } from '../support/swept-tenant.ts';
import { noLimits, openSettings, openTestStore, testEngine } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const signal = new AbortController().signal;

/** Names of people of the tenant are among those of the overlay, so that the two become one and two again. */
const overlays: readonly Overlay[] = [
  noOverlay,
  overlayOf({
    'a.yaml': `
users:
  - { userPrincipalName: name1@example.com, uid: one, attributes: { title: One } }
  - { uid: local, enabled: false }
  - { userPrincipalName: late@example.com, uid: late }
groups:
  - { name: Local, members: [name2@example.com, one, local, Group 1] }
members:
  Group 0: [local, name3.1@example.com]
  Group 1: [Local]
overrides:
  name4@example.com: { title: Four, enabled: false }
  ${modelId('user', 5)}: { title: Five, loginShell: /bin/zsh }
  Group 2: { description: Two }
`,
  }),
  overlayOf({
    'b.yaml': `
users:
  - { userPrincipalName: name5@example.com, attributes: { title: Local five } }
  - { userPrincipalName: name1@example.com, uid: one }
  - { userPrincipalName: name2@example.com, attributes: { title: Two } }
  - { userPrincipalName: late@example.com, uid: late }
members:
  Group 3: [name5@example.com, one, name0]
  ${modelId('group', 2)}: [Group 3]
everyone: [Group 0]
`,
    'c.csv': `userPrincipalName,title\nname5@example.com,Five\nname6@example.com,Six\nname7.2@example.com,Seven\n`,
  }),
];

interface Seen {
  readonly locked: boolean;
  readonly title: string;
  readonly shell: string;
  readonly description: string;
  readonly source: string;
  readonly members: readonly string[];
}

/** What clients see of each object, without names and numbers: these follow from what was before. */
async function seen(store: Store): Promise<ReadonlyMap<string, Seen>> {
  using lease = store.source.acquire();
  assert.ok(lease);
  const dump = await dumpDirectory(store.source);
  const found = new Map<string, Omit<Seen, 'members'> & { dn: string }>();
  const numbers = new Set<string>();
  for await (const block of lease.reader.scan([{ from: 0, to: 0xffff_ffff }], 100)) {
    for (const { bytes } of block) {
      const text = (name: string): string => entryAttribute(bytes, name).map(String).join('|');
      if (text('entraSource') === '') continue;
      const [number, dn] = [
        `${text('uidNumber')}:${text('uidNumber') === '' ? text('gidNumber') : ''}`,
        entryDn(bytes),
      ];
      assert.ok(!numbers.has(number), 'no two have one number (P5)');
      numbers.add(number);
      found.set(text('entryUUID'), {
        dn,
        locked: text('nsAccountLock') === 'TRUE',
        title: text('title'),
        shell: text('loginShell'),
        description: text('description'),
        source: text('entraSource'),
      });
    }
  }
  const idOf = new Map([...found].map(([id, { dn }]) => [dn, id]));
  return new Map(
    [...found]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { dn, ...facts }]) => {
        const members = (dump?.get(dn)?.['member'] ?? []).map((member) => idOf.get(member) ?? member);
        return [id, { ...facts, members: members.toSorted() }];
      }),
  );
}

const lateId = modelId('user', 100);

/** A user of the tenant whom the overlay may have had before. */
function comeLate({ tenant }: SweptTenant, what: 'stay' | 'come' | 'rename' | 'go'): void {
  if (what === 'go' && tenant.users.has(lateId)) tenant.removeUser(lateId, 'changed');
  if (what !== 'come' && (what !== 'rename' || !tenant.users.has(lateId))) return;
  const userPrincipalName = what === 'come' ? 'late@example.com' : 'later@example.com';
  tenant.putUser(lateId, { userPrincipalName, accountEnabled: true });
}

describe('an overlay', function () {
  this.timeout(180_000);

  it('that comes, changes and goes between any rounds leaves what a first sync with it would show (SNP-07, P5)', async () => {
    const round = fc.record({
      changes: fc.array(sweepingChange, { maxLength: 3 }),
      overlay: fc.nat(overlays.length - 1),
      late: fc.constantFrom('stay', 'come', 'rename', 'go'),
      restarts: fc.boolean(),
      replansOnly: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 5 }), fc.nat(1000), async (rounds, seed) => {
        using folder = temporaryFolder();
        await using store = await openTestStore(folder.path);
        const world = new SweptTenant(seed);
        const clock = new ManualClock();
        let chosen = openSettings;
        let engine = testEngine(store, world.tenant, clock, chosen);
        await engine.runRound(false, signal);
        for (const { changes, overlay, late, restarts, replansOnly } of rounds) {
          chosen = { ...openSettings, overlay: overlays[overlay] ?? noOverlay };
          const fingerprint = JSON.stringify(chosen);
          if (restarts) engine = testEngine(store, world.tenant, clock, chosen);
          else engine.use({ projector: new Projector(chosen, standardSchema), fingerprint, safety: noLimits });
          if (replansOnly) await engine.replan(signal);
          else {
            for (const each of changes) world.apply(each);
            comeLate(world, late);
            const { summary } = await engine.runRound(false, signal);
            assert.equal(summary.error, null);
          }
        }
        const { summary } = await engine.runRound(false, signal);
        assert.equal(summary.error, null);
        using freshFolder = temporaryFolder();
        await using fresh = await openTestStore(freshFolder.path);
        await testEngine(fresh, world.tenant, clock, chosen).runRound(false, signal);
        assert.deepEqual(await seen(store), await seen(fresh));
      }),
      { numRuns: 60 },
    );
  });
});
