import assert from 'node:assert/strict';
import { type ObjectId, parseObjectId } from '../../../src/identity/ids.ts';
import type { KeptNtHash } from '../../../src/identity/nt-hash.ts';
import type { Store } from '../../../src/store/store.ts';
import { openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function user(number: number): ObjectId {
  const id = parseObjectId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
  assert.ok(id);
  return id;
}

const hash = (provenAtMs: number): KeptNtHash => ({ sealed: 'k1.c2VhbGVk', provenAtMs, version: 'v/w' });

describe('NT hashes in the store', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let store: Store;

  beforeEach(async () => {
    folder = temporaryFolder();
    store = await openTestStore(folder.path);
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('are one for each user, until another takes its place or it is ended, also after a restart (P3)', async () => {
    await store.ntHashes.put(user(1), hash(1));
    await store.ntHashes.put(user(1), { ...hash(2), aadsts: 50076 });
    await store.ntHashes.put(user(2), hash(3));
    await store.ntHashes.put(user(2), undefined);
    await store[Symbol.asyncDispose]();
    store = await openTestStore(folder.path);
    assert.deepEqual(store.ntHashes.of(user(1)), { ...hash(2), aadsts: 50076 });
    assert.equal(store.ntHashes.of(user(2)), undefined);
  });

  it('are pruned by user and hash, however many there are, and counted', async () => {
    const { ntHashes, rememberedPasswords } = store;
    const remembered = { hash: 'hash', keyId: 'k1', provenAtMs: 1, version: 'v/w' };
    await rememberedPasswords.put(user(1), remembered);
    for (let number = 0; number < 1200; number++) await ntHashes.put(user(number), hash(number));
    assert.equal(await ntHashes.prune((id, { provenAtMs }) => provenAtMs >= 1100 && id !== user(1150)), 99);
    assert.deepEqual(
      [1099, 1100, 1150, 1199].map((number) => ntHashes.of(user(number)) !== undefined),
      [false, true, false, true],
    );
    await ntHashes.clear();
    assert.equal(await ntHashes.prune(() => true), 0);
    assert.deepEqual(rememberedPasswords.of(user(1)), remembered);
  });
});
