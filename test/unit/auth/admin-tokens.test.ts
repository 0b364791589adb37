import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { StoredAdminTokens } from '../../../src/auth/admin-tokens.ts';
import { lifetimeMsMax } from '../../../src/auth/lifetime.ts';
import { AdminRefusal } from '../../../src/identity/admin.ts';
import { type AdminTokenRequest, adminTokensMax } from '../../../src/identity/admin-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAdminTokens } from '../../support/memory-admin-tokens.ts';
import { recordingLog } from '../../support/recording-log.ts';

const request: AdminTokenRequest = { name: 'monitoring', description: '', scopes: ['read'], lifetimeMs: null };
const address = '192.0.2.7';

function setUp() {
  const [store, clock, log] = [new MemoryAdminTokens(), new ManualClock(), recordingLog()];
  return { store, clock, log, tokens: new StoredAdminTokens({ store, clock, log }) };
}

describe('tokens for the administration', () => {
  it('keep the SHA-256 of a token and nothing else of it (FED-12)', async () => {
    const { store, tokens, log } = setUp();
    const { token, id } = await tokens.create(request);
    const [kept] = await store.all();
    assert.equal(kept?.hash, createHash('sha256').update(token).digest('base64'));
    assert.equal(kept?.id, id);
    for (const text of [JSON.stringify(kept), JSON.stringify(await tokens.list()), JSON.stringify(log.events)]) {
      assert.ok(!text.includes(token.slice(-43)));
    }
    assert.ok(!('hash' in ((await tokens.list())[0] ?? {})));
  });

  it('are known by the whole token, and not by a part, another case, or another id', async () => {
    const { tokens } = setUp();
    const [one, other] = [await tokens.create(request), await tokens.create(request)];
    assert.equal((await tokens.verify(one.token, address))?.id, one.id);
    const mixed = `${one.token.slice(0, 14)}${other.token.slice(14)}`;
    for (const wrong of ['', one.id, one.token.slice(0, -1), `${one.token}x`, one.token.toLowerCase(), mixed]) {
      assert.equal(await tokens.verify(wrong, address), undefined, wrong);
    }
  });

  it('end when they expire, to the millisecond, and when they are revoked', async () => {
    const { tokens, clock } = setUp();
    const { token, id } = await tokens.create({ ...request, lifetimeMs: 1000 });
    await clock.advance(999);
    assert.equal((await tokens.verify(token, address))?.id, id);
    assert.equal(tokens.current(id)?.id, id);
    await clock.advance(1);
    assert.equal(await tokens.verify(token, address), undefined);
    assert.equal(tokens.current(id), undefined);
    const lasting = await tokens.create(request);
    await tokens.revoke(lasting.id);
    assert.equal(await tokens.verify(lasting.token, address), undefined);
    assert.equal(tokens.current(lasting.id), undefined);
    await assert.rejects(tokens.revoke(lasting.id), AdminRefusal);
  });

  it('live for a hundred years at most, and are not made for longer (P8)', async () => {
    const { tokens, clock } = setUp();
    const { expiresAtMs } = await tokens.create({ ...request, lifetimeMs: lifetimeMsMax });
    assert.equal(expiresAtMs, clock.now() + lifetimeMsMax);
    for (const lifetimeMs of [lifetimeMsMax + 1, 9e15, 1e300]) {
      await assert.rejects(tokens.create({ ...request, lifetimeMs }), AdminRefusal);
    }
    assert.equal((await tokens.list()).length, 1);
  });

  it('have a name of 1 to 100 characters and a description of at most 250, on one line (FED-11)', async () => {
    const { tokens } = setUp();
    const made = await tokens.create({ ...request, name: '𝄞'.repeat(100), description: 'd'.repeat(250) });
    assert.equal(Array.from(made.name).length, 100);
    for (const name of ['', ' ', 'x'.repeat(101), 'two\nlines']) {
      await assert.rejects(tokens.create({ ...request, name }), /1 to 100 characters on one line/);
      await assert.rejects(tokens.edit({ id: made.id, name }), /1 to 100 characters on one line/);
    }
    await assert.rejects(tokens.edit({ id: made.id, description: 'd'.repeat(251) }), /at most 250 characters/);
    const edited = await tokens.edit({ id: made.id, name: 'other' });
    assert.deepEqual([edited.name, edited.description], ['other', 'd'.repeat(250)]);
    assert.equal((await tokens.verify(made.token, address))?.name, 'other');
  });

  it('note when and from where they were last used, at most once a minute from one address', async () => {
    const { tokens, store, clock } = setUp();
    const { token, id, createdAtMs } = await tokens.create(request);
    await clock.advance(5000);
    await tokens.verify(token, address);
    await clock.advance(59_999);
    await tokens.verify(token, address);
    assert.deepEqual([store.get(id)?.lastUsedAtMs, store.get(id)?.lastUsedFrom], [createdAtMs + 5000, address]);
    await clock.advance(1);
    await tokens.verify(token, address);
    assert.equal(store.get(id)?.lastUsedAtMs, createdAtMs + 65_000);
    await tokens.verify(token, '192.0.2.8');
    assert.equal(store.get(id)?.lastUsedFrom, '192.0.2.8');
  });

  it('open the door also while their use cannot be written down', async () => {
    const { tokens, store } = setUp();
    const { token, id } = await tokens.create(request);
    store.failing = true;
    assert.equal((await tokens.verify(token, address))?.id, id);
  });

  it('are as many as may be, and not one more (P8)', async () => {
    const { tokens, store } = setUp();
    const { token: _token, ...made } = await tokens.create(request);
    for (let number = 1; number < adminTokensMax; number++) {
      const id = String(number).padStart(8, '0');
      store.tokens.set(id, { ...made, id, hash: '' });
    }
    await assert.rejects(tokens.create(request), /1000 tokens already: revoke one first/);
    await tokens.revoke(made.id);
    await tokens.create(request);
  });

  it('take at least one scope, and each once', async () => {
    const { tokens } = setUp();
    await assert.rejects(tokens.create({ ...request, scopes: [] }), /A token needs a scope/);
    assert.deepEqual((await tokens.create({ ...request, scopes: ['sync', 'read', 'sync'] })).scopes, ['read', 'sync']);
  });
});
