import assert from 'node:assert/strict';

import { Account, type AccountLimits, paceWaitMaxMs } from '../../../src/ldap/account-limits.ts';
import { AccountMemory, accountMemoryBytes, forgetConnections } from '../../../src/ldap/account-memory.ts';
import { Admission } from '../../../src/ldap/admission.ts';
import { createAddressTable, forgetThread, SharedAddressCounts } from '../../../src/ldap/shared-address-counts.ts';
import { ThreadCount } from '../../../src/ldap/thread-count.ts';

const hashKey = Buffer.alloc(32, 7);

describe('What several threads count together (P8)', () => {
  it('never passes its limit, at which each of them is refused, and goes on when one gives', () => {
    const cells = new Int32Array(new SharedArrayBuffer(8));
    const [first, second] = [new ThreadCount(cells, 0), new ThreadCount(cells, 1)];
    assert.deepEqual([first.take(2), second.take(2)], [true, true]);
    assert.deepEqual([first.take(2), second.take(2), first.total], [false, false, 2]);
    first.give();
    assert.deepEqual([second.take(2), second.total], [true, 2]);
  });

  it('are connections by address: the limit holds for all threads together, and for each address alone', () => {
    const table = createAddressTable(100, 2, hashKey);
    const [first, second] = [new SharedAddressCounts(table, 0), new SharedAddressCounts(table, 1)];
    assert.deepEqual([first.take('192.0.2.1', 2), second.take('192.0.2.1', 2)], [true, true]);
    assert.deepEqual([first.take('192.0.2.1', 2), second.take('192.0.2.1', 2)], [false, false]);
    assert.equal(first.take('2001:db8::1', 2), true);
    second.give('192.0.2.1');
    assert.equal(first.take('192.0.2.1', 2), true);
  });

  it('have room again for other addresses when those before have gone, and refuse an address for which there is none', () => {
    const table = createAddressTable(1, 1, hashKey);
    const counts = new SharedAddressCounts(table, 0);
    const addresses = Array.from({ length: 100 }, (_, index) => `198.51.100.${index}`);
    for (const address of addresses) {
      assert.equal(counts.take(address, 1), true);
      counts.give(address);
    }
    const taken = addresses.filter((address) => counts.take(address, 1));
    assert.deepEqual(taken, addresses.slice(0, 32), 'a bucket has so much room');
    for (const address of taken) counts.give(address);
    assert.equal(counts.take('198.51.100.99', 1), true);
  });

  it('lose what a thread has counted that died, even while it held the lock', () => {
    const table = createAddressTable(100, 2, hashKey);
    const [first, second] = [new SharedAddressCounts(table, 0), new SharedAddressCounts(table, 1)];
    assert.deepEqual([first.take('192.0.2.1', 2), second.take('192.0.2.1', 2)], [true, true]);
    Atomics.store(new Int32Array(table.memory), 0, 1);
    forgetThread(table, 0);
    assert.equal(second.take('192.0.2.1', 2), true);
    assert.equal(second.take('192.0.2.1', 2), false);
  });

  it('give an admission back its place in the total when the address has too many', () => {
    const total = new ThreadCount();
    const limits = { connectionsMax: 2, connectionsPerAddressMax: 1 };
    const byAddress = new SharedAddressCounts(createAddressTable(100, 1, hashKey), 0);
    const admission = new Admission(limits, { total, byAddress });
    const admitted = ['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => admission.admit(address));
    assert.deepEqual(admitted, [true, false, true, false]);
    admission.release('192.0.2.1');
    assert.deepEqual([admission.admit('192.0.2.3'), total.total], [true, 2]);
  });

  describe('of a service account', () => {
    function shared(limits: AccountLimits): readonly [Account, Account, SharedArrayBuffer] {
      const bytes = new SharedArrayBuffer(accountMemoryBytes(2));
      const own = (thread: number): Account => new Account(limits, new AccountMemory(bytes, thread));
      return [own(0), own(1), bytes];
    }

    it('are its connections, until the thread that they were on dies', () => {
      const [first, second, bytes] = shared({ connectionsMax: 1 });
      assert.deepEqual([first.enter(), second.enter()], [true, false]);
      forgetConnections(bytes, 0);
      assert.equal(second.enter(), true);
    });

    it('is its pace: what one thread has let through, the others wait for', () => {
      const [first, second] = shared({ operationsPerSecond: 10, burst: 2 });
      assert.deepEqual([first.take(1000), second.take(1000)], [true, true]);
      assert.deepEqual([first.waitMs(1000), second.waitMs(1000)], [100, 100]);
      const inAdvance = paceWaitMaxMs / 100;
      for (let taken = 0; taken < inAdvance - 1; taken++) assert.equal(first.take(1000), true);
      assert.equal(second.take(1000), true);
      assert.deepEqual([first.take(1000), second.take(1000)], [false, false]);
    });
  });
});
