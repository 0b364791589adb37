import assert from 'node:assert/strict';
import { once } from 'node:events';
import { ControlError } from '../../../src/http/control-error.ts';
import { createControlClient } from '../../../src/http/control-client.ts';
import { startControlServer } from '../../../src/http/control-server.ts';
import { type AdminApi, AdminRefusal } from '../../../src/identity/admin.ts';
import type { HistoryEntry, HistoryRequest } from '../../../src/identity/history.ts';
import type { LoggedEvent, LogRequest } from '../../../src/identity/logged-event.ts';
import type { MemoryApi } from '../../../src/identity/memory.ts';
import type { RollbackPlan, RollbackRequest } from '../../../src/identity/rollback.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { fakeMemory } from '../../support/fake-memory.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const counts = { created: 0, changed: 1, locked: 0, removed: 0 };
const plan: RollbackPlan = {
  from: 4,
  to: 3,
  publishedAtMs: 1,
  users: counts,
  groups: counts,
  memberships: { added: 0, removed: 2 },
  items: [],
  more: 7,
  reopened: [{ dn: 'uid=a', objectId: 'a', displayName: null }],
  keptShut: [],
};
const entry: HistoryEntry = {
  number: 9,
  times: 1,
  untilMs: 2,
  kind: 'rollback',
  outcome: 'done',
  by: 'command',
  atMs: 1,
  durationMs: 0,
  round: null,
  publication: 4,
  hold: 2,
  users: null,
  groups: null,
  note: 'Über\u2028alles',
};
const event: LoggedEvent = { timeMs: 1, level: 'warn', event: 'sync.held', fields: { hold: 2 }, cause: undefined };
const logRequest: LogRequest = { level: 'info', event: 'sync.*', sinceMs: null, limit: 3, follow: true };

async function* listOf<T>(...rows: readonly T[]): AsyncGenerator<T, void, void> {
  yield* rows;
}

describe('control socket, what was before', () => {
  const { signal } = new AbortController();

  async function asking<T>(answers: Partial<MemoryApi>, work: (memory: MemoryApi) => Promise<T>): Promise<T> {
    using folder = temporaryFolder();
    // Whatever else is asked for is a mistake of the test and answered as an internal error.
    const api = { inspection: {}, memory: fakeMemory(answers) } as unknown as AdminApi;
    await using _server = await startControlServer({ dataDirectory: folder.path, api, log: silentLog });
    return await work(createControlClient(folder.path).memory(signal));
  }

  it('hands on what to go back to, and what that would change', async () => {
    const asked: (readonly [RollbackRequest, number])[] = [];
    const answers: Partial<MemoryApi> = {
      planRollback: async (request, itemsMax) => {
        asked.push([request, itemsMax]);
        return plan;
      },
      rollBack: async ({ to, from }) => ({ publication: 5, from: from ?? 0, to: to ?? 0, hold: 8 }),
      returnPoints: async () => ({ shown: 4, restores: null, points: [], end: 'tooLarge' }),
    };
    await asking(answers, async (memory) => {
      assert.deepEqual(await memory.planRollback({ to: null, from: null }, 20), plan);
      assert.deepEqual(await memory.planRollback({ to: 3, from: 4 }, 0), plan);
      assert.deepEqual(await memory.rollBack({ to: 3, from: 4 }), { publication: 5, from: 4, to: 3, hold: 8 });
      assert.deepEqual(await memory.returnPoints(), { shown: 4, restores: null, points: [], end: 'tooLarge' });
    });
    assert.deepEqual(asked, [
      [{ to: null, from: null }, 20],
      [{ to: 3, from: 4 }, 0],
    ]);
  });

  it('hands on why that cannot be done', async () => {
    const refuse = (): never => {
      throw new AdminRefusal('There is no way back.');
    };
    await asking({ rollBack: refuse, clear: refuse }, async (memory) => {
      for (const work of [() => memory.rollBack({ to: 1, from: null }), () => memory.clear()])
        await assert.rejects(
          work,
          (error) =>
            error instanceof ControlError && error.code === 'notPossible' && error.message === 'There is no way back.',
        );
    });
  });

  it('hands on which lines of the history are wanted, and the lines', async () => {
    const asked: HistoryRequest[] = [];
    const history = (request: HistoryRequest) => {
      asked.push(request);
      return listOf(entry, { ...entry, number: 8 });
    };
    const request = { sinceMs: 5, outcome: 'failed', kind: null, limit: 10 } as const;
    const lines: HistoryEntry[] = [];
    await asking({ history }, async (memory) => {
      for await (const line of memory.history(request)) lines.push(line);
    });
    assert.deepEqual(asked, [request]);
    assert.deepEqual(lines, [entry, { ...entry, number: 8 }]);
  });

  it('sends events as they come, and tells the log when nobody follows any more', async () => {
    let gone: AbortSignal | undefined;
    const logs = async function* (request: LogRequest, following: AbortSignal) {
      assert.deepEqual(request, logRequest);
      gone = following;
      yield event;
      yield { ...event, event: 'sync.ended' };
      if (!following.aborted) await once(following, 'abort');
    };
    await asking({ logs }, async (memory) => {
      const stop = new AbortController();
      const names: string[] = [];
      await assert.rejects(async () => {
        for await (const { event: name } of memory.logs(logRequest, stop.signal)) {
          names.push(name);
          if (names.length === 2) stop.abort();
        }
      });
      assert.deepEqual(names, ['sync.held', 'sync.ended']);
      if (gone?.aborted === false) await once(gone, 'abort');
    });
    assert.equal(gone?.aborted, true);
  });

  it('refuses what it was not asked for exactly', async () => {
    await asking({}, async (memory) => {
      for (const work of [
        () => memory.rollBack({ to: -1, from: null }),
        () => memory.planRollback({ to: null, from: null }, 1_000_001),
        () => memory.rollBack({ to: 1.5, from: null }),
      ])
        await assert.rejects(work, (error) => error instanceof ControlError && error.code === 'refused');
    });
  });
});
