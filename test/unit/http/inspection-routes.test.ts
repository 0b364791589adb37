import assert from 'node:assert/strict';
import { createControlClient } from '../../../src/http/control-client.ts';
import { ControlError } from '../../../src/http/control-error.ts';
import { startControlServer } from '../../../src/http/control-server.ts';
import type { AdminApi } from '../../../src/identity/admin.ts';
import type {
  Conflict,
  ExplainAnswer,
  IdRow,
  Inspection,
  ListRequest,
  ObjectRow,
} from '../../../src/identity/inspection.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { fakeAppPasswords } from '../../support/fake-app-passwords.ts';
import { fakeOneTimeCodes } from '../../support/fake-one-time-codes.ts';
import { fakeAuth } from '../../support/fake-auth.ts';
import { fakeInspection } from '../../support/fake-inspection.ts';
import { fakeMemory } from '../../support/fake-memory.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;

const row: ObjectRow = {
  kind: 'user',
  objectId: '10000000-0000-4000-8000-000000000001',
  state: 'shown',
  origin: 'tenant',
  reason: null,
  name: 'zoë\n',
  number: 5001,
  displayName: '田中',
  userPrincipalName: 'zoe@example.com',
  mail: null,
};

async function* all<T>(...items: readonly T[]): AsyncGenerator<T, void, void> {
  yield* items;
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function promiseOf<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Runs `work` with a client of a server that answers only questions about objects. */
async function asking(
  answers: Partial<Inspection>,
  work: (client: ReturnType<typeof createControlClient>) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  const unasked = (): never => {
    throw new Error('something else was asked');
  };
  const api: AdminApi = {
    appPasswords: fakeAppPasswords(),
    oneTimeCodes: fakeOneTimeCodes(),
    auth: fakeAuth(),
    inspection: fakeInspection(answers),
    memory: fakeMemory(),
    status: unasked,
    requestSync: unasked,
    followRound: unasked,
    heldItems: unasked,
    decideHold: unasked,
    plan: unasked,
    exportLdif: unasked,
  };
  await using _server = await startControlServer({ dataDirectory: folder.path, api, log: silentLog });
  await work(createControlClient(folder.path));
}

describe('control socket, questions about objects', () => {
  it('hands on a question with any characters, and its answer without loss (P9)', async () => {
    const answer: ExplainAnswer = { found: 'several', candidates: [row, row] };
    const asked: unknown[] = [];
    const explain: Inspection['explain'] = async (request) => {
      asked.push({ ...request });
      return answer;
    };
    await asking({ explain }, async (client) => {
      const request = { kind: 'group', name: 'Größe & Höhe? #1 + 50%' } as const;
      assert.deepEqual(await client.explain(request), answer);
      assert.deepEqual(asked, [request]);
    });
  });

  it('hands on what to list, and rows of any length and number', async () => {
    const long: ObjectRow = { ...row, displayName: 'x'.repeat(100_000) };
    const rows = Array.from({ length: 2000 }, (_, at) => (at === 1000 ? long : { ...row, number: at }));
    const asked: ListRequest[] = [];
    const objects: Inspection['objects'] = (request) => {
      asked.push({ ...request });
      return all(...rows);
    };
    await asking({ objects }, async (client) => {
      const narrow = { kind: 'user', state: 'locked', search: 'a&b=c', overlay: true } as const;
      assert.deepEqual(await collect(client.objects(narrow, never)), rows);
      const wide = { kind: 'group', state: undefined, search: undefined, overlay: false } as const;
      await collect(client.objects(wide, never));
      assert.deepEqual(asked, [narrow, wide]);
    });
  });

  it('hands on conflicts and ids, none included', async () => {
    const id: IdRow = { objectId: row.objectId, kind: 'user', use: 'former', name: 'a', number: 1 };
    const none: Inspection['conflicts'] = () => all<Conflict>();
    await asking({ conflicts: none, ids: () => all(id) }, async (client) => {
      assert.deepEqual(await collect(client.conflicts(never)), []);
      assert.deepEqual(await collect(client.ids(never)), [id]);
    });
  });

  it('stops making a list for an asker who has gone (P8)', async () => {
    const { promise: ended, resolve: end } = promiseOf<void>();
    const objects = async function* (): AsyncGenerator<ObjectRow, void, void> {
      try {
        for (;;) yield row;
      } finally {
        end();
      }
    };
    await asking({ objects }, async (client) => {
      for await (const _row of client.objects({ kind: 'user', state: undefined, search: undefined }, never)) break;
      await ended;
    });
  });

  it('tells a list that broke off from one that has ended', async () => {
    const objects = async function* (): AsyncGenerator<ObjectRow, void, void> {
      for (let at = 0; at < 1000; at++) yield row;
      throw new Error('the store failed');
    };
    await asking({ objects }, async (client) => {
      const request = { kind: 'user', state: undefined, search: undefined } as const;
      await assert.rejects(
        collect(client.objects(request, never)),
        (error: unknown) => error instanceof ControlError && error.code === 'interrupted',
      );
    });
  });

  it('refuses a name longer than any that exists (P8)', async () => {
    const explain: Inspection['explain'] = async () => ({ found: 'several', candidates: [] });
    await asking({ explain }, async (client) => {
      await client.explain({ kind: 'user', name: 'x'.repeat(1024) });
      await assert.rejects(
        client.explain({ kind: 'user', name: 'x'.repeat(1025) }),
        (error: unknown) => error instanceof ControlError && error.code === 'refused',
      );
    });
  });
});
