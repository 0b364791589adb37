import assert from 'node:assert/strict';

import type { BindEvent, BindEventQuery, BindEventRetention } from '../../../src/identity/bind-event.ts';
import type { Store } from '../../../src/store/store.ts';
import { openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const plenty: BindEventRetention = { ageMs: 1_000_000_000, eventsMax: 1_000_000, bytesMax: 1_000_000_000 };
const everything: BindEventQuery = {
  user: undefined,
  address: undefined,
  verdict: undefined,
  sinceMs: undefined,
  newest: 1_000_000,
};

function event(atMs: number, changes: Partial<BindEvent> = {}): BindEvent {
  return {
    atMs,
    verdict: 'refused',
    name: `user${atMs}`,
    dn: null,
    objectId: null,
    address: '192.0.2.1',
    secure: true,
    link: null,
    remembered: false,
    reason: 'wrong',
    aadsts: null,
    correlationId: null,
    durationMs: 1,
    count: 1,
    ...changes,
  };
}

const events = (from: number, to: number): BindEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => event(from + i));

describe('the audit trail in the store', () => {
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

  const times = async (query: Partial<BindEventQuery> = {}): Promise<readonly number[]> =>
    (await store.bindEvents.read({ ...everything, ...query })).map(({ atMs }) => atMs);

  it('gives back what it was given in its order, also after a restart (P3)', async () => {
    await store.bindEvents.append(events(1, 3), plenty, 3);
    await store.bindEvents.append(events(4, 5), plenty, 5);
    assert.deepEqual(await store.bindEvents.read(everything), events(1, 5));
    await store[Symbol.asyncDispose]();
    store = await openTestStore(folder.path);
    await store.bindEvents.append(events(6, 6), plenty, 6);
    assert.deepEqual(await times(), [1, 2, 3, 4, 5, 6]);
  });

  it('keeps as many as it may, the newest (P8)', async () => {
    for (let at = 1; at <= 40; at += 4)
      await store.bindEvents.append(events(at, at + 3), { ...plenty, eventsMax: 10 }, at);
    assert.deepEqual(await times(), [31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
  });

  it('keeps as much as there is room for, and gives up no more than it must (P8)', async () => {
    const bytes = JSON.stringify(event(10)).length;
    for (let at = 10; at < 30; at++) await store.bindEvents.append([event(at)], { ...plenty, bytesMax: 5 * bytes }, at);
    assert.deepEqual(await times(), [25, 26, 27, 28, 29]);
  });

  it('keeps nothing beyond its age (P8)', async () => {
    await store.bindEvents.append(events(1, 5), plenty, 5);
    await store.bindEvents.append(events(100, 100), { ...plenty, ageMs: 96 }, 100);
    assert.deepEqual(await times(), [4, 5, 100]);
    await store.bindEvents.append(events(1000, 1000), { ...plenty, ageMs: 1 }, 1000);
    assert.deepEqual(await times(), [1000]);
  });

  it('drops what is too old, or everything, without a new event', async () => {
    await store.bindEvents.append(events(1, 5), plenty, 5);
    await store.bindEvents.append([], { ...plenty, ageMs: 97 }, 100);
    assert.deepEqual(await times(), [3, 4, 5]);
    await store.bindEvents.append([], { ageMs: -1, eventsMax: 0, bytesMax: 0 }, 100);
    assert.deepEqual(await times(), []);
    await store.bindEvents.append(events(7, 7), plenty, 100);
    assert.deepEqual(await times(), [7]);
  });

  it('goes on within its bounds after they were made narrower', async () => {
    await store.bindEvents.append(events(1, 3000), plenty, 3000);
    await store.bindEvents.append(events(3001, 3001), { ...plenty, eventsMax: 2 }, 3001);
    assert.deepEqual(await times(), [3000, 3001]);
  });

  it('finds the newest of those that are asked for', async () => {
    await store.bindEvents.append(events(1, 2500), plenty, 2500);
    assert.deepEqual(await times({ newest: 3 }), [2498, 2499, 2500]);
    assert.deepEqual(await times({ user: 'USER7' }), [7]);
    assert.deepEqual(await times({ sinceMs: 2499 }), [2499, 2500]);
    assert.deepEqual(await times({ verdict: 'accepted' }), []);
    assert.deepEqual((await times({ address: '192.0.2.1' })).length, 2500);
    assert.deepEqual(await times({ address: '192.0.2.2' }), []);
  });

  it('finds a user by what was sent, short name, DN and object id, in any letter case', async () => {
    const dn = String.raw`uid=Al\,ice,ou=users,dc=example,dc=com`;
    await store.bindEvents.append([event(1, { name: 'AL@example.com', dn, objectId: 'id-1' }), event(2)], plenty, 2);
    for (const user of ['al@EXAMPLE.com', String.raw`al\,ICE`, dn.toUpperCase(), 'ID-1'])
      assert.deepEqual(await times({ user }), [1], user);
    for (const user of ['al', 'users', 'ou=users', 'id']) assert.deepEqual(await times({ user }), [], user);
  });
});
