import assert from 'node:assert/strict';
import { modelId } from '../../support/model-tenant.ts';
import { openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const alice = modelId('user', 1);
const staff = modelId('group', 1);

describe('ledger', () => {
  it('gives back what it was told, name and number in any script and up to 32 bits', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { ledger } = store;
    ledger.record({ objectId: alice, space: 'user', name: 'алиса', number: 0xffff_fffe }, 'алиса');
    ledger.record({ objectId: staff, space: 'group', name: 'All Staff', number: 1 }, 'all staff');
    assert.deepEqual(ledger.entry(alice), { objectId: alice, space: 'user', name: 'алиса', number: 0xffff_fffe });
    assert.deepEqual(ledger.entry(staff), { objectId: staff, space: 'group', name: 'All Staff', number: 1 });
    assert.equal(ledger.entry(modelId('user', 2)), undefined);
  });

  it('keeps the names and numbers of users and of groups apart', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { ledger } = store;
    ledger.record({ objectId: alice, space: 'user', name: 'staff', number: 7 }, 'staff');
    assert.equal(ledger.nameHolder('user', 'staff'), alice);
    assert.equal(ledger.numberHolder('user', 7), alice);
    assert.equal(ledger.nameHolder('group', 'staff'), undefined);
    assert.equal(ledger.numberHolder('group', 7), undefined);
  });

  it('remembers the holder of a name that he has left (P5)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { ledger } = store;
    ledger.record({ objectId: alice, space: 'user', name: 'alice', number: 7 }, 'alice');
    ledger.record({ objectId: alice, space: 'user', name: 'alicia', number: 7 }, 'alicia');
    assert.equal(ledger.nameHolder('user', 'alice'), alice);
    assert.equal(ledger.nameHolder('user', 'alicia'), alice);
  });

  it('notes when and how a number was given, beside entries of which that is not known (P9)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { ledger } = store;
    const entry = { objectId: alice, space: 'user', name: 'алиса', number: 0xffff_fffe } as const;
    for (const origin of ['derived', 'nextFree', 'adopted', 'imported'] as const) {
      const noted = { origin, numberAtMs: 0, nameAtMs: Date.UTC(2999, 0) };
      ledger.record(entry, 'алиса', noted);
      assert.deepEqual(ledger.entry(alice), entry);
      assert.deepEqual(ledger.origin(alice), noted);
    }
    ledger.record(entry, 'алиса');
    assert.deepEqual([ledger.entry(alice), ledger.origin(alice)], [entry, undefined]);
    assert.equal(ledger.origin(staff), undefined);
  });

  it('has what was imported after the process has ended (P3)', async () => {
    using folder = temporaryFolder();
    const origin = { origin: 'imported', numberAtMs: 1, nameAtMs: 2 } as const;
    const entry = { objectId: alice, space: 'user', name: 'Alice', number: 5001 } as const;
    const formerNames = [{ space: 'user', nameKey: 'al', objectId: alice }] as const;
    const reservations = [{ space: 'group', nameKey: 'staff', number: 7001 }] as const;
    {
      await using store = await openTestStore(folder.path);
      await store.ledger.enter({ entries: [{ entry, nameKey: 'alice', origin }], formerNames, reservations });
      assert.deepEqual(store.ledger.entry(alice), entry, 'at once too');
    }
    await using store = await openTestStore(folder.path);
    const { ledger } = store;
    assert.deepEqual([ledger.entry(alice), ledger.origin(alice)], [entry, origin]);
    assert.equal(ledger.nameHolder('user', 'al'), alice);
    assert.equal(ledger.reservedNumber('group', ['nobody', 'staff']), 7001);
    assert.equal(ledger.reservedNumber('user', ['staff']), undefined);
    const names = [];
    for await (const block of ledger.names()) names.push(...block);
    assert.deepEqual(names, [
      { space: 'user', nameKey: 'al', objectId: alice },
      { space: 'user', nameKey: 'alice', objectId: alice },
    ]);
  });

  it('keeps a number for the one of its name until it is given (P5)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { ledger } = store;
    const reservations = [{ space: 'user', nameKey: 'alice', number: 5001 }] as const;
    await ledger.enter({ entries: [], formerNames: [], reservations });
    const standIn = ledger.numberHolder('user', 5001);
    assert.match(standIn ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8/, 'somebody has it, who is nobody');
    assert.equal(standIn === undefined ? undefined : ledger.entry(standIn), undefined);
    ledger.record({ objectId: alice, space: 'user', name: 'alice', number: 5001 }, 'alice');
    assert.equal(ledger.numberHolder('user', 5001), alice);
    assert.equal(ledger.reservedNumber('user', ['alice']), undefined);
  });
});
