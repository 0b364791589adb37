import assert from 'node:assert/strict';

import { type ObjectId, parseObjectId } from '../../../src/identity/ids.ts';
import type { RememberedPassword } from '../../../src/identity/remembered-password.ts';
import type { Store } from '../../../src/store/store.ts';
import { openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function user(number: number): ObjectId {
  const id = parseObjectId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
  assert.ok(id);
  return id;
}

const password = (provenAtMs: number): RememberedPassword => ({
  hash: 'hash',
  keyId: 'k1',
  provenAtMs,
  version: 'v/w',
});

describe('remembered passwords in the store', () => {
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

  const found = (): number[] =>
    Array.from({ length: 2000 }, (_, number) => number).filter(
      (number) => store.rememberedPasswords.of(user(number)) !== undefined,
    );

  it('are one for each user, until another takes its place or it is ended', async () => {
    const { rememberedPasswords } = store;
    await rememberedPasswords.put(user(1), password(1));
    await rememberedPasswords.put(user(1), { ...password(2), aadsts: 50076 });
    assert.deepEqual(rememberedPasswords.of(user(1)), { ...password(2), aadsts: 50076 });
    assert.equal(rememberedPasswords.of(user(2)), undefined);
    await rememberedPasswords.put(user(1), undefined);
    assert.equal(rememberedPasswords.of(user(1)), undefined);
  });

  it('are there after a restart', async () => {
    await store.rememberedPasswords.put(user(1), password(1));
    await store[Symbol.asyncDispose]();
    store = await openTestStore(folder.path);
    assert.deepEqual(store.rememberedPasswords.of(user(1)), password(1));
  });

  it('end by age, however many there are, and altogether', async () => {
    const { rememberedPasswords } = store;
    for (let number = 0; number < 1500; number++) await rememberedPasswords.put(user(number), password(number));
    await rememberedPasswords.prune(1498);
    assert.deepEqual(found(), [1498, 1499]);
    await rememberedPasswords.clear();
    assert.deepEqual(found(), []);
  });
});
