import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Danger, Hold } from '../../../src/identity/hold.ts';
import { dangerKinds } from '../../../src/identity/safety.ts';
import { decodeHold, encodeHold } from '../../../src/store/hold-store.ts';
import { openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nodes = fc.uniqueArray(fc.nat(0xffff_ffff), { maxLength: 40 }).map((ids) => Uint32Array.from(ids).sort());

const danger: fc.Arbitrary<Danger> = nodes.chain((ids) =>
  fc.record(
    {
      kind: fc.constantFrom(...dangerKinds),
      total: fc.nat(),
      limit: fc.nat(),
      nodes: fc.constant(ids),
      names: fc.array(fc.string({ unit: 'grapheme' }), { minLength: ids.length, maxLength: ids.length }),
      lost: fc.array(nodes, { minLength: ids.length, maxLength: ids.length }),
    },
    { requiredKeys: ['kind', 'total', 'limit', 'nodes'], noNullPrototype: true },
  ),
);

const hold: fc.Arbitrary<Hold> = fc.record(
  {
    hold: fc.nat(),
    sinceMs: fc.nat(),
    cause: fc.constantFrom('tenant', 'configuration'),
    decision: fc.constantFrom('open', 'approved', 'rejected'),
    basis: fc.string(),
    dangers: fc.array(danger, { maxLength: dangerKinds.length }),
  },
  { noNullPrototype: true },
);

describe('the memory of what is held back', () => {
  it('gives back what it was given, whatever it holds (P3)', () => {
    fc.assert(fc.property(hold, (each) => assert.deepEqual(decodeHold(encodeHold(each)), each)));
  });

  it('keeps it over the end of the process together with the state, and forgets it with a commit (P3, P4)', async () => {
    using folder = temporaryFolder();
    const [given] = fc.sample(hold, { numRuns: 1, seed: 4 });
    assert.ok(given !== undefined);
    {
      await using store = await openTestStore(folder.path);
      assert.equal(store.holds.load(), undefined);
      await store.holds.save(given, 'the state of the round');
    }
    await using store = await openTestStore(folder.path);
    assert.deepEqual(store.holds.load(), given);
    assert.equal(store.mirror.loadState(), 'the state of the round');
    const writer = store.view.openWriter(1000);
    const objectClasses = { structural: [], user: [], group: [], service: [] };
    const facts = { publishedAtMs: 1000, fingerprint: 'f', users: 0, groups: 0, services: 0, objectClasses };
    await writer.commit(facts, 'the next state');
    assert.equal(store.holds.load(), undefined);
  });
});
