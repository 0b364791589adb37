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
});
