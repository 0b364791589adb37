import assert from 'node:assert/strict';
import { Database } from '../../../src/store/database.ts';
import { WriteBuffer } from '../../../src/store/write-buffer.ts';
import { cutWritesAfter } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const key = Buffer.from([1, 0x30, 1]);
const other = Buffer.from([1, 0x30, 2]);
const one = Buffer.from('one');
const two = Buffer.from('two');

async function withBuffer(use: (buffer: WriteBuffer, db: Database) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  const db = await Database.open(folder.path, { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20 });
  try {
    await use(new WriteBuffer(db), db);
  } finally {
    await db.close();
  }
}

describe('write buffer', () => {
  it('reads its own writes before and after they are flushed, the last one to a key', async () => {
    await withBuffer(async (buffer, db) => {
      buffer.put(key, one);
      buffer.put(key, two);
      assert.deepEqual(buffer.get(key), two);
      assert.equal(db.get(key), undefined);
      await buffer.flush(false);
      assert.deepEqual(buffer.get(key), two);
      assert.deepEqual(db.get(key), two);
      buffer.delete(key);
      assert.equal(buffer.get(key), undefined);
      await buffer.flush(false);
      assert.equal(db.get(key), undefined);
    });
  });

  it('reads what is being written, while it is being written', async () => {
    await withBuffer(async (buffer, db) => {
      buffer.put(key, one);
      await buffer.flush(false);
      buffer.delete(key);
      buffer.put(other, two);
      await buffer.startFlush(false);
      assert.equal(buffer.get(key), undefined);
      assert.deepEqual(buffer.get(other), two);
      buffer.put(other, one);
      assert.deepEqual(buffer.get(other), one, 'a newer write comes first');
      await buffer.flush(false);
      assert.deepEqual(db.get(other), one);
    });
  });

  it('forgets what waits when it is cleared, and nothing that is on its way', async () => {
    await withBuffer(async (buffer, db) => {
      buffer.put(key, one);
      await buffer.startFlush(false);
      buffer.put(other, two);
      buffer.clear();
      assert.deepEqual(buffer.size, { operations: 0, bytes: 0 });
      assert.equal(buffer.get(other), undefined);
      assert.deepEqual(buffer.get(key), one);
      await buffer.flush(false);
      assert.deepEqual([db.get(key), db.get(other)], [one, undefined]);
    });
  });

  it('tells of a write that failed whoever comes next, once', async () => {
    await withBuffer(async (buffer) => {
      {
        using _cut = cutWritesAfter(0);
        buffer.put(key, one);
        await buffer.startFlush(false);
        await assert.rejects(buffer.settled(), { name: 'WriteCutError' });
      }
      await buffer.settled();
      assert.equal(buffer.get(key), undefined);
      buffer.put(key, two);
      await buffer.flush(false);
      assert.deepEqual(buffer.get(key), two);
    });
  });

  it('counts what waits', async () => {
    await withBuffer(async (buffer) => {
      buffer.put(key, one);
      buffer.append(other, two);
      buffer.delete(key);
      assert.deepEqual(buffer.size, { operations: 3, bytes: 3 + 3 + 3 + 3 + 3 });
      await Promise.resolve();
    });
  });

  it('finds what it wrote to a database that was empty, and does not look there for the rest', async () => {
    await withBuffer(async (buffer, db) => {
      await db.write(db.batch().put(other, two), false);
      buffer.assumeEmpty();
      buffer.append(key, one);
      await buffer.flush(false);
      assert.deepEqual(buffer.stored(key), one);
      assert.equal(buffer.get(other), undefined, 'the promise was that nothing is there');
      buffer.assumeNothing();
      assert.deepEqual(buffer.get(other), two);
    });
  });
});
