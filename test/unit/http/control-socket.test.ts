import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { chmodSync, existsSync, lstatSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer, type RequestListener, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { createControlClient } from '../../../src/http/control-client.ts';
import { ControlError, type ControlErrorCode } from '../../../src/http/control-error.ts';
import { openControlSocket, startControlServer } from '../../../src/http/control-server.ts';
import { controlBodyBytesMax, controlSocketPath } from '../../../src/http/control-socket.ts';
import {
  type AdminApi,
  AdminRefusal,
  type ExportRequest,
  type RoundEvent,
  type StatusReport,
} from '../../../src/identity/admin.ts';
import type { RoundProgress, RoundSummary } from '../../../src/identity/round.ts';
import { type Log, silentLog } from '../../../src/observability/log.ts';
import { fakeAppPasswords } from '../../support/fake-app-passwords.ts';
import { fakeOneTimeCodes } from '../../support/fake-one-time-codes.ts';
import { fakeAuth, quietBinds } from '../../support/fake-auth.ts';
import { fakeInspection } from '../../support/fake-inspection.ts';
import { fakeMemory } from '../../support/fake-memory.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;

const progress: RoundProgress = {
  round: 7,
  phase: 'pull',
  collection: 'users',
  mode: 'full',
  pages: 2,
  read: 200,
  entries: 0,
  expected: null,
  startedAtMs: 1,
};

const collection = {
  mode: 'full',
  read: 3,
  pages: 1,
  entries: { created: 3, changed: 0, locked: 0, removed: 0 },
  skipped: { guest: 1 },
  notAdopted: {},
  leftOut: {},
} as const;

const summary: RoundSummary = {
  round: 7,
  outcome: 'published',
  error: null,
  held: null,
  startedAtMs: 1,
  durationMs: 12,
  resumed: false,
  retries: 0,
  collections: { users: collection, groups: collection },
};

const status: StatusReport = {
  version: '1.2.3',
  state: 'serving',
  startedAtMs: 5,
  tenant: { id: '00000000-0000-4000-8000-000000000000', displayName: 'Zürich 東京', isHybrid: null },
  baseDn: 'dc=example,dc=com',
  listeners: [{ host: '127.0.0.1', port: 389, tls: false }],
  connections: 1,
  threads: { wanted: 1, serving: 1, restarts: 0 },
  certificates: [],
  directory: null,
  sync: {
    running: progress,
    last: null,
    lastSuccessAtMs: null,
    nextAtMs: null,
    lastFullAtMs: null,
    reconciliation: null,
    reading: { mode: 'auto', listsEverything: false, create: true },
    held: null,
  },
  binds: quietBinds,
  credentials: [],
  traffic: { requests: 0, resourceUnits: 0, throttled: 0, slowedMs: 0, allowanceUsed: null },
  config: null,
  http: [],
  settingsPending: false,
  unreadableProperties: [],
  unknownPolicyGroups: [],
  sudo: null,
  overlay: null,
};

async function* finishedRound(): AsyncGenerator<RoundEvent, void, void> {
  yield { kind: 'progress', progress };
  yield { kind: 'finished', summary };
}

async function* texts(...chunks: readonly string[]): AsyncGenerator<string, void, void> {
  yield* chunks;
}

function adminApi(overrides: Partial<AdminApi> = {}): AdminApi {
  return {
    appPasswords: fakeAppPasswords(),
    oneTimeCodes: fakeOneTimeCodes(),
    auth: fakeAuth(),
    inspection: fakeInspection(),
    memory: fakeMemory(),
    status: () => status,
    requestSync: () => ({ started: true, round: 7 }),
    followRound: finishedRound,
    heldItems: () => [],
    decideHold: async () => assert.fail('nobody has decided'),
    plan: async () => assert.fail('nobody has planned'),
    exportLdif: () => texts('version: 1\n', '\ndn: o=Zürich\n'),
    ...overrides,
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function rejectsWith(work: Promise<unknown>, code: ControlErrorCode): Promise<void> {
  return assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ControlError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, /^[A-Z/].*\.$/, 'the message is a sentence');
    return true;
  });
}

function raw(
  path: string,
  method: string,
  url: string,
  body?: string,
  type = 'application/json',
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': type };
    const asked = request({ socketPath: path, method, path: url, headers, agent: false }, (response) => {
      collect<Buffer>(response).then(
        (chunks) => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }),
        reject,
      );
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

describe('control socket', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let cleanups: (() => Promise<void>)[];

  beforeEach(() => {
    folder = temporaryFolder();
    cleanups = [];
  });

  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
    folder[Symbol.dispose]();
  });

  async function serve(api: AdminApi = adminApi(), log: Log = silentLog): Promise<string> {
    const server = await startControlServer({ dataDirectory: folder.path, api, log });
    cleanups.push(() => server.close());
    return server.path;
  }

  /** Something else on the socket: an HTTP server that is not ours. */
  async function serveForeign(listener: RequestListener): Promise<HttpServer> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => {
      server.listen(controlSocketPath(folder.path), resolve);
    });
    cleanups.push(
      () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    return server;
  }

  it('answers the status report without loss', async () => {
    await serve();
    assert.deepEqual(await createControlClient(folder.path).status(), status);
  });

  it('hands on whether everything is to be read anew, and what came of it', async () => {
    const asked: boolean[] = [];
    await serve(
      adminApi({
        requestSync: ({ full }) => {
          asked.push(full);
          return { started: !full, round: 7 };
        },
      }),
    );
    const client = createControlClient(folder.path);
    assert.deepEqual(await client.requestSync({ full: true }), { started: false, round: 7 });
    assert.deepEqual(await client.requestSync({ full: false }), { started: true, round: 7 });
    assert.deepEqual(asked, [true, false]);
  });

  it('follows a round to its summary', async () => {
    const followed: number[] = [];
    await serve(
      adminApi({
        followRound: (round) => {
          followed.push(round);
          return finishedRound();
        },
      }),
    );
    assert.deepEqual(await collect(createControlClient(folder.path).followRound(7, never)), [
      { kind: 'progress', progress },
      { kind: 'finished', summary },
    ]);
    assert.deepEqual(followed, [7]);
  });

  it('hands on what is to be exported, and the text without loss', async () => {
    const asked: ExportRequest[] = [];
    await serve(
      adminApi({
        exportLdif: (request) => {
          asked.push(request);
          return texts('version: 1\n', '\ndn: o=Zürich\n');
        },
      }),
    );
    const client = createControlClient(folder.path);
    const requests: readonly ExportRequest[] = [
      { baseDn: undefined, operational: false, version: true },
      { baseDn: 'cn=a&b=c+d,o=Zürich', operational: true, version: false },
    ];
    for (const request of requests) {
      assert.equal((await collect(client.exportLdif(request, never))).join(''), 'version: 1\n\ndn: o=Zürich\n');
    }
    assert.deepEqual(asked, requests);
  });

  it('tells a refusal of an export from an export that breaks off', async () => {
    const request = { baseDn: undefined, operational: false, version: true };
    let chunks = 0;
    await serve(
      adminApi({
        async *exportLdif() {
          if (chunks === 0) throw new AdminRefusal('There is nothing yet.');
          yield 'version: 1\n';
          throw new Error('the store broke');
        },
      }),
    );
    const client = createControlClient(folder.path);
    await assert.rejects(collect(client.exportLdif(request, never)), (error) => {
      assert.ok(error instanceof ControlError);
      assert.deepEqual([error.code, error.message], ['notPossible', 'There is nothing yet.']);
      return true;
    });
    chunks = 1;
    await rejectsWith(collect(client.exportLdif(request, never)), 'interrupted');
  });

  it('shows each event of a round as soon as it happens', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await serve(
      adminApi({
        async *followRound() {
          yield { kind: 'progress', progress };
          await released;
          yield { kind: 'finished', summary };
        },
      }),
    );
    const events = createControlClient(folder.path).followRound(7, never);
    assert.equal((await events.next()).value?.kind, 'progress');
    release();
    assert.equal((await events.next()).value?.kind, 'finished');
    assert.equal((await events.next()).done, true);
  });

  it('stops following for an asker that has gone', async () => {
    let stopped: () => void = () => undefined;
    const hasStopped = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    await serve(
      adminApi({
        async *followRound(_round, signal) {
          yield { kind: 'progress', progress };
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          stopped();
        },
      }),
    );
    const leaving = new AbortController();
    const events = createControlClient(folder.path).followRound(7, leaving.signal);
    await events.next();
    leaving.abort();
    await assert.rejects(events.next(), { name: 'AbortError' });
    await hasStopped;
  });

  /** A text of which the asker has gone when its beginning is there; resolves when it has ended. */
  async function leftBehind(method: string, url: string, body?: string): Promise<void> {
    const [begun, released, ended] = [signal(), signal(), signal()];
    const text = async function* <T>(chunk: T): AsyncGenerator<T, void, void> {
      try {
        begun.give();
        await released.given;
        yield chunk;
        yield chunk;
      } finally {
        ended.give();
      }
    };
    const server = await startControlServer({
      dataDirectory: folder.path,
      api: adminApi({ exportLdif: () => text('dn: \n') }),
      backups: { backup: () => text(Buffer.from('backup')) },
      log: silentLog,
    });
    cleanups.push(() => server.close());
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request({ socketPath: server.path, method, path: url, headers, agent: false });
    asked.on('error', () => undefined);
    asked.end(body);
    await begun.given;
    asked.destroy();
    // What is asked later is answered later: by then it is known that the other one has gone.
    await raw(server.path, 'GET', '/v1/status');
    released.give();
    await ended.given;
  }

  it('ends a backup whose asker goes before its first octets, so that others can be made', () =>
    leftBehind('POST', '/v1/backup', '{"secrets":false}'));

  it('ends an export whose asker goes before its first line', () => leftBehind('GET', '/v1/export'));

  it('goes on when accepting a connection fails', async () => {
    const path = await serve();
    let server: Pick<HttpServer, 'emit'> | undefined;
    const onSocket = (message: unknown): void => {
      server ??= (message as { socket: { server?: HttpServer } }).socket.server;
    };
    subscribe('net.server.socket', onSocket);
    await raw(path, 'GET', '/v1/status');
    unsubscribe('net.server.socket', onSocket);
    server?.emit('error', new Error('accept EMFILE'));
    assert.ok(server !== undefined);
    assert.equal((await raw(path, 'GET', '/v1/status')).status, 200);
  });

  it('tells a round whose daemon died from a finished one', async () => {
    await serve(
      adminApi({
        async *followRound() {
          yield { kind: 'progress', progress };
          throw new Error('the daemon dies');
        },
      }),
    );
    await rejectsWith(collect(createControlClient(folder.path).followRound(7, never)), 'interrupted');
  });

  it('can be opened by its owner only, in whatever folder it lies', async () => {
    chmodSync(folder.path, 0o755);
    const path = await serve();
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
  });

  it('leaves the file mode mask of the process as it was', async () => {
    const before = process.umask(0o022);
    try {
      await serve();
      assert.equal(process.umask(), 0o022);
    } finally {
      process.umask(before);
    }
  });

  it('removes its socket when it closes, and ends followed rounds', async () => {
    const server = await startControlServer({
      dataDirectory: folder.path,
      api: adminApi({
        async *followRound(_round, signal) {
          yield { kind: 'progress', progress };
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        },
      }),
      log: silentLog,
    });
    const events = createControlClient(folder.path).followRound(7, never);
    await events.next();
    await server.close();
    await rejectsWith(events.next(), 'interrupted');
    assert.ok(!existsSync(server.path));
  });

  it('lets whoever asks while the daemon starts wait, and answers then', async () => {
    const socket = await openControlSocket(folder.path);
    cleanups.push(async () => {
      await socket[Symbol.asyncDispose]();
    });
    const asked = createControlClient(folder.path).status();
    // A refused connection comes back in this time and to spare: a second daemon asks first, and is told that one is there.
    await rejectsWith(startControlServer({ dataDirectory: folder.path, api: adminApi(), log: silentLog }), 'inUse');
    const server = await socket.serve({ api: adminApi(), log: silentLog });
    assert.deepEqual(await asked, status);
    await server.close();
    assert.ok(!existsSync(server.path));
  });

  it('ends those who wait when the daemon cannot start', async () => {
    const socket = await openControlSocket(folder.path);
    const asked = createControlClient(folder.path).status();
    const told = assert.rejects(asked, ControlError);
    await rejectsWith(startControlServer({ dataDirectory: folder.path, api: adminApi(), log: silentLog }), 'inUse');
    await socket[Symbol.asyncDispose]();
    await told;
  });

  it('takes the place of a socket that a killed daemon left behind', async () => {
    const path = controlSocketPath(folder.path);
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    assert.ok(lstatSync(path).isSocket(), 'the killed process leaves its socket');
    await serve();
    assert.deepEqual(await createControlClient(folder.path).status(), status);
  });

  it('does not take the place of a daemon that answers', async () => {
    await serve();
    await rejectsWith(startControlServer({ dataDirectory: folder.path, api: adminApi(), log: silentLog }), 'inUse');
    assert.deepEqual(await createControlClient(folder.path).status(), status);
  });

  it('removes nothing that is not a socket', async () => {
    const path = controlSocketPath(folder.path);
    writeFileSync(path, 'precious');
    await rejectsWith(
      startControlServer({ dataDirectory: folder.path, api: adminApi(), log: silentLog }),
      'notASocket',
    );
    assert.ok(lstatSync(path).isFile());
  });

  it('allows the longest path that the system can name and refuses one byte more (P8)', async () => {
    const longest = process.platform === 'linux' ? 107 : 103;
    const base = '/tmp';
    const fill = longest - Buffer.byteLength(join(base, 'x', 'control.sock')) + 1;
    const fitting = join(base, 'é'.repeat(Math.floor(fill / 2)) + 'x'.repeat(fill % 2));
    assert.equal(Buffer.byteLength(controlSocketPath(fitting)), longest);
    assert.throws(() => controlSocketPath(`${fitting}x`), {
      code: 'pathTooLong',
      message: /108 bytes.*107|104 bytes.*103/s,
    });
    await rejectsWith(
      startControlServer({ dataDirectory: `${fitting}x`, api: adminApi(), log: silentLog }),
      'pathTooLong',
    );
  });

  it('says that no daemon runs when the socket is missing or dead', async () => {
    await rejectsWith(createControlClient(folder.path).status(), 'notRunning');
    await rejectsWith(createControlClient(join(folder.path, 'missing')).status(), 'notRunning');
    const path = controlSocketPath(folder.path);
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    await rejectsWith(createControlClient(folder.path).status(), 'notRunning');
    await rejectsWith(collect(createControlClient(folder.path).followRound(1, never)), 'notRunning');
  });

  it('tells a foreign server from a daemon', async () => {
    await serveForeign((_request, response) => response.end('{}'));
    await rejectsWith(createControlClient(folder.path).status(), 'foreign');
  });

  it('tells bytes that are no HTTP from a daemon', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    await new Promise<void>((resolve) => {
      server.listen(controlSocketPath(folder.path), resolve);
    });
    cleanups.push(() => new Promise((resolve) => server.close(() => resolve())));
    await rejectsWith(createControlClient(folder.path).status(), 'foreign');
  });

  it('tells a daemon of another control protocol', async () => {
    await serveForeign((_request, response) => response.setHeader('entra-ldapd-control-api', '2').end('{}'));
    await rejectsWith(createControlClient(folder.path).status(), 'otherVersion');
  });

  it('tells an answer that was cut off', async () => {
    await serveForeign((_request, response) => {
      response.setHeader('entra-ldapd-control-api', '1').setHeader('content-length', '100');
      response.write('{"version":', () => response.destroy());
    });
    await rejectsWith(createControlClient(folder.path).status(), 'interrupted');
  });

  for (const [name, method, url, body, expected] of [
    ['an unknown path', 'GET', '/v1/nothing', undefined, 404],
    ['an unknown version', 'GET', '/v2/status', undefined, 404],
    ['another method', 'DELETE', '/v1/status', undefined, 404],
    ['a body that is not JSON', 'POST', '/v1/sync', '{full', 400],
    ['a body without the key', 'POST', '/v1/sync', '{}', 400],
    ['a body with an unknown key', 'POST', '/v1/sync', '{"full":true,"purge":true}', 400],
    ['a text instead of a truth value', 'POST', '/v1/sync', '{"full":"true"}', 400],
    ['no body', 'POST', '/v1/sync', undefined, 400],
    ['a round that is no number', 'GET', '/v1/rounds/last', undefined, 400],
    ['a body one byte too long (P8)', 'POST', '/v1/sync', `{"full":true}`.padEnd(controlBodyBytesMax + 1), 413],
  ] as const) {
    it(`refuses ${name} with an error in the one envelope, and does nothing`, async () => {
      const path = await serve(adminApi({ requestSync: () => assert.fail('must not be asked') }));
      const answer = await raw(path, method, url, body);
      assert.equal(answer.status, expected);
      const { error } = JSON.parse(answer.body) as { error: { code: string; message: string } };
      assert.equal(error.code, expected === 404 ? 'notFound' : 'badRequest');
      assert.ok(error.message.length > 0);
    });
  }

  it('reads a body of exactly the limit (P8)', async () => {
    const path = await serve();
    const answer = await raw(path, 'POST', '/v1/sync', `{"full":true}`.padEnd(controlBodyBytesMax));
    assert.equal(answer.status, 200);
  });

  it('keeps the details of its own failure in the log', async () => {
    const logged: unknown[] = [];
    const log: Log = { ...silentLog, error: (_event, _fields, cause) => logged.push(cause) };
    const failure = new Error('/var/lib/secret-path is broken');
    const path = await serve(
      adminApi({
        status: () => {
          throw failure;
        },
      }),
      log,
    );
    const answer = await raw(path, 'GET', '/v1/status');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.body, /secret-path/);
    assert.deepEqual(logged, [failure]);
    await rejectsWith(createControlClient(folder.path).status(), 'refused');
  });

  it('survives bytes that are no HTTP', async () => {
    const path = await serve();
    await new Promise<void>((resolve) => {
      const socket = connect(path, () => socket.end(Buffer.alloc(100_000, 0xff)));
      socket.on('error', () => undefined);
      socket.resume();
      socket.once('close', () => resolve());
    });
    assert.deepEqual(await createControlClient(folder.path).status(), status);
  });
});
