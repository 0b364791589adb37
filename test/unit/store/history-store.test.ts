import assert from 'node:assert/strict';
import type { HistoryEntry, HistoryEvent, HistoryRequest } from '../../../src/identity/history.ts';
import { Database } from '../../../src/store/database.ts';
import { HistoryStore } from '../../../src/store/history-store.ts';
import { TenantKeys } from '../../../src/store/keys.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const counts = { mode: 'incremental', read: 0, created: 0, changed: 0, locked: 0, removed: 0 } as const;

function round(number: number, more: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    kind: 'round',
    outcome: 'published',
    by: 'schedule',
    atMs: number * 1000,
    durationMs: 100,
    round: number,
    publication: number,
    hold: null,
    users: counts,
    groups: counts,
    note: null,
    ...more,
  };
}

const quiet = { outcome: 'unchanged', publication: 1 } as const;

describe('the history in the store (FED-21)', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let db: Database;
  let history: HistoryStore;

  beforeEach(async () => {
    folder = temporaryFolder();
    db = await Database.open(folder.path, { cacheBytes: 1_000_000, writeBufferBytes: 1_000_000 });
    history = await open();
  });

  afterEach(async () => {
    await db.close();
    folder[Symbol.dispose]();
  });

  function open(entriesMax = 100, bytesMax = 1_000_000): Promise<HistoryStore> {
    return HistoryStore.open(db, new TenantKeys(1), { entriesMax, bytesMax });
  }

  async function read(request: Partial<HistoryRequest> = {}): Promise<readonly HistoryEntry[]> {
    const lines: HistoryEntry[] = [];
    const all = { sinceMs: null, outcome: null, kind: null, limit: 1_000_000 };
    for await (const line of history.entries({ ...all, ...request })) lines.push(line);
    return lines;
  }

  async function rounds(request?: Partial<HistoryRequest>): Promise<readonly (number | null)[]> {
    return (await read(request)).map(({ round: number }) => number);
  }

  it('gives back what was added, the newest first, after a restart too (P3)', async () => {
    for (const number of [1, 2, 3]) await history.add(round(number));
    assert.deepEqual(await rounds(), [3, 2, 1]);
    history = await open();
    assert.deepEqual((await read())[0], { ...round(3), number: 3, times: 1, untilMs: 3100 });
    await history.add(round(4));
    assert.deepEqual(
      (await read()).map(({ number }) => number),
      [4, 3, 2, 1],
    );
  });

  it('is one line for quiet rounds that follow each other, with the first time and the last', async () => {
    await history.add(round(1));
    for (const number of [2, 3, 4]) await history.add(round(number, quiet));
    history = await open();
    await history.add(round(5, quiet));
    const [line, first, ...more] = await read();
    assert.deepEqual([line?.atMs, line?.untilMs, line?.times, line?.round], [2000, 5100, 4, 5]);
    assert.deepEqual([first?.round, more], [1, []]);
  });

  it('begins another line when what happened differs in anything that matters', async () => {
    const full = { ...quiet, users: { ...counts, mode: 'full' } } as const;
    const failed = { ...quiet, outcome: 'failed', note: 'No answer.' } as const;
    const events = [quiet, full, failed, failed, { ...failed, note: 'Refused.' }, { ...quiet, by: 'command' } as const];
    for (const [at, more] of events.entries()) await history.add(round(at, more));
    assert.deepEqual(
      (await read()).map(({ outcome, note, times }) => [outcome, note, times]),
      [
        ['unchanged', null, 1],
        ['failed', 'Refused.', 1],
        ['failed', 'No answer.', 2],
        ['unchanged', null, 1],
        ['unchanged', null, 1],
      ],
    );
    for (const at of [7, 8]) await history.add(round(at, { kind: 'rollback', outcome: 'done', round: null }));
    assert.equal((await read({ kind: 'rollback' })).length, 2, 'what somebody has asked for is a line each time');
  });

  it('finds what is asked for', async () => {
    for (const number of [1, 2, 3, 4])
      await history.add(round(number, number % 2 === 0 ? { outcome: 'failed', note: `Because of ${number}.` } : {}));
    await history.add(round(5, { kind: 'clear', outcome: 'done' }));
    assert.deepEqual(await rounds({ outcome: 'failed' }), [4, 2]);
    assert.deepEqual(await rounds({ kind: 'clear' }), [5]);
    assert.deepEqual(await rounds({ sinceMs: 3100 }), [5, 4, 3]);
    assert.deepEqual(await rounds({ sinceMs: 3101 }), [5, 4]);
    assert.deepEqual(await rounds({ limit: 2 }), [5, 4]);
    assert.deepEqual(await rounds({ outcome: 'failed', limit: 1 }), [4]);
    assert.deepEqual(await rounds({ limit: 0 }), []);
  });

  it('lets the oldest go at its limit in number, and not before (P8)', async () => {
    history = await open(3);
    for (const number of [1, 2, 3]) await history.add(round(number));
    assert.deepEqual(await rounds(), [3, 2, 1]);
    await history.add(round(4));
    assert.deepEqual(await rounds(), [4, 3, 2]);
    history = await open(2);
    await history.add(round(5));
    assert.deepEqual(await rounds(), [5, 4]);
  });

  it('lets the oldest go at its limit in bytes (P8)', async () => {
    const note = 'x'.repeat(1000);
    history = await open(1000, 5000);
    for (let number = 1; number <= 50; number++)
      await history.add(round(number, { outcome: 'failed', note: `${note}${number}` }));
    const kept = await rounds();
    assert.ok(kept.length >= 2 && kept.length <= 4, `${kept.length} are kept`);
    assert.equal(kept[0], 50);
  });

  it('reads as many as there are, however many', async () => {
    history = await open(5000);
    for (let number = 1; number <= 2500; number++) await history.add(round(number));
    assert.deepEqual(
      await rounds(),
      Array.from({ length: 2500 }, (_, i) => 2500 - i),
    );
  });
});
