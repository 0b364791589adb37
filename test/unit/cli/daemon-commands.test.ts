import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/cli.ts';
import { type ControlServer, startControlServer } from '../../../src/http/control-server.ts';
import type { AdminApi, ExportRequest, RoundEvent, StatusReport } from '../../../src/identity/admin.ts';
import type { RoundProgress, RoundSummary } from '../../../src/identity/round.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { fakeAppPasswords } from '../../support/fake-app-passwords.ts';
import { fakeOneTimeCodes } from '../../support/fake-one-time-codes.ts';
import { fakeAuth, quietBinds } from '../../support/fake-auth.ts';
import { fakeInspection } from '../../support/fake-inspection.ts';
import { fakeMemory } from '../../support/fake-memory.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const progress: RoundProgress = {
  round: 8,
  phase: 'pull',
  collection: 'users',
  mode: 'incremental',
  pages: 1,
  read: 2,
  entries: 0,
  expected: null,
  startedAtMs: Date.now(),
};

const collection = {
  mode: 'incremental',
  read: 2,
  pages: 1,
  entries: { created: 1, changed: 1, locked: 0, removed: 0 },
  skipped: {},
  notAdopted: {},
  leftOut: {},
} as const;

const published: RoundSummary = {
  round: 8,
  outcome: 'published',
  error: null,
  held: null,
  startedAtMs: Date.now(),
  durationMs: 5,
  resumed: false,
  retries: 0,
  collections: { users: collection, groups: collection },
};

const status: StatusReport = {
  version: '1.0.0',
  state: 'stale',
  startedAtMs: Date.now(),
  tenant: { id: '01234567-89ab-cdef-0123-456789abcdef', displayName: null, isHybrid: null },
  baseDn: 'dc=example,dc=com',
  listeners: [],
  connections: 0,
  threads: { wanted: 1, serving: 1, restarts: 0 },
  certificates: [],
  directory: null,
  sync: {
    running: null,
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

async function* events(summary: RoundSummary): AsyncGenerator<RoundEvent, void, void> {
  yield { kind: 'progress', progress };
  yield { kind: 'finished', summary };
}

async function* ldif(): AsyncGenerator<string, void, void> {
  yield 'version: 1\n';
  yield '\ndn: dc=example,dc=com\n';
}

describe('commands that ask a running daemon', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let config: string;
  let server: ControlServer | undefined;

  beforeEach(() => {
    folder = temporaryFolder();
    config = join(folder.path, 'config.yaml');
    writeConfig('.');
  });

  afterEach(async () => {
    await server?.close();
    server = undefined;
    folder[Symbol.dispose]();
  });

  function writeConfig(store: string): void {
    const text = {
      tenant: {
        id: '01234567-89ab-cdef-0123-456789abcdef',
        clientId: 'fedcba98-7654-3210-fedc-ba9876543210',
        credential: { secret: 'a-client-secret' },
      },
      directory: { baseDn: 'dc=example,dc=com' },
      store: { path: store },
      ldap: { listen: ['127.0.0.1:0'] },
    };
    // JSON is YAML.
    writeFileSync(config, JSON.stringify(text));
  }

  async function serve(overrides: Partial<AdminApi> = {}): Promise<void> {
    const api: AdminApi = {
      appPasswords: fakeAppPasswords(),
      oneTimeCodes: fakeOneTimeCodes(),
      auth: fakeAuth(),
      inspection: fakeInspection(),
      memory: fakeMemory(),
      status: () => status,
      requestSync: () => ({ started: true, round: 8 }),
      followRound: () => events(published),
      heldItems: () => [],
      decideHold: async () => assert.fail('nobody has decided'),
      plan: async () => assert.fail('nobody has planned'),
      exportLdif: () => ldif(),
      ...overrides,
    };
    server = await startControlServer({ dataDirectory: folder.path, api, log: silentLog });
  }

  async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const shell = new FakeShell();
    const code = await runCli([...args, '--config', config], shell);
    return { code, stdout: shell.stdout.text, stderr: shell.stderr.text };
  }

  it('"sync" asks for a round, shows its progress and ends with its summary', async () => {
    const asked: boolean[] = [];
    await serve({
      requestSync: ({ full }) => {
        asked.push(full);
        return { started: true, round: 8 };
      },
    });
    const { code, stdout, stderr } = await run('sync');
    assert.equal(code, 0);
    assert.match(stderr, /^round 8: reading users \(incremental\), 2 objects, 1 page, /);
    assert.match(stdout, /^Round 8 published after 5 ms, incremental, 2 pages, 0 retries\.\n/);
    await run('sync', '--full', '--once');
    assert.deepEqual(asked, [false, true]);
  });

  it('"sync" follows the round that is running and says so (FOX-05)', async () => {
    const followed: number[] = [];
    await serve({
      requestSync: () => ({ started: false, round: 8 }),
      followRound: (round) => {
        followed.push(round);
        return events(published);
      },
    });
    const { code, stdout, stderr } = await run('sync');
    assert.equal(code, 0);
    assert.match(stderr, /^Round 8 is already running; following it\.\n/);
    assert.match(stdout, /^Round 8 published/);
    assert.deepEqual(followed, [8]);
    assert.match((await run('sync', '--full')).stderr, /may not read everything anew: run this command again after it/);
  });

  it('"sync" ends with exit code 4 when the round failed, and tells why', async () => {
    const failed: RoundSummary = { ...published, outcome: 'failed', error: 'Entra refuses the client secret.' };
    await serve({ followRound: () => events(failed) });
    const { code, stdout } = await run('sync');
    assert.equal(code, 4);
    assert.match(stdout, /^Round 8 failed after .*\nEntra refuses the client secret\.\n/);
    assert.deepEqual(JSON.parse((await run('sync', '--json')).stdout), failed);
  });

  it('"sync" ends with exit code 130 when the daemon stopped the round', async () => {
    await serve({ followRound: () => events({ ...published, outcome: 'aborted' }) });
    assert.equal((await run('sync')).code, 130);
  });

  it('"sync" ends with exit code 6 when the daemon goes away', async () => {
    await serve({
      async *followRound() {
        yield { kind: 'progress', progress };
      },
    });
    const { code, stdout, stderr } = await run('sync');
    assert.equal(code, 6);
    assert.equal(stdout, '');
    assert.match(stderr, /stopped/);
  });

  it('"sync" that is interrupted says that the round goes on in the daemon', async () => {
    const shell = new FakeShell();
    await serve({
      async *followRound(_round, signal) {
        yield { kind: 'progress', progress };
        setImmediate(() => shell.send('SIGINT'));
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    });
    assert.equal(await runCli(['sync', '--config', config], shell), 130);
    assert.match(shell.stderr.text, /Round 8 goes on in the daemon\.\n$/);
    assert.equal(shell.stdout.text, '');
    assert.equal(shell.listening, 0);
  });

  it('"status" reports what the daemon says, with exit code 0 also when it is stale', async () => {
    await serve();
    const { code, stdout } = await run('status');
    assert.equal(code, 0);
    assert.match(stdout, /^entra-ldapd 1\.0\.0 is serving an old state: /);
    assert.deepEqual(JSON.parse((await run('status', '--json')).stdout), { running: true, ...status });
  });

  it('"status" reports what the daemon says also when its configuration, changed since, has problems', async () => {
    writeFileSync(config, JSON.stringify({ store: { path: '.' }, ldap: { listen: 'nowhere' } }));
    const { code, stderr } = await run('status');
    assert.equal(code, 3);
    assert.match(stderr, /ldap\.listen: must be a list/);
    await serve();
    assert.equal((await run('status')).code, 0);
  });

  it('"status" says with exit code 6 that no daemon runs, and how to start it', async () => {
    const { code, stdout, stderr } = await run('status');
    assert.equal(code, 6);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^No entra-ldapd is running on this data directory: .* Start it with: entra-ldapd serve --config .*config\.yaml\n$/,
    );
    assert.deepEqual(JSON.parse((await run('status', '--json')).stdout), { running: false });
  });

  it('"status" passes on that the daemon failed to answer', async () => {
    await serve({
      status: () => {
        throw new Error('broken');
      },
    });
    const { code, stderr } = await run('status');
    assert.equal(code, 6);
    assert.match(stderr, /failed to answer; its log says why/);
  });

  it('"export" asks for what the options say and prints what comes', async () => {
    const asked: ExportRequest[] = [];
    await serve({
      exportLdif: (request) => {
        asked.push(request);
        return ldif();
      },
    });
    const { code, stdout, stderr } = await run('export', '--ldif');
    assert.deepEqual([code, stdout, stderr], [0, 'version: 1\n\ndn: dc=example,dc=com\n', '']);
    await run('export', '--operational', '--without-version', '--base', 'ou=groups,dc=example,dc=com');
    assert.deepEqual(asked, [
      { baseDn: undefined, operational: false, version: true },
      { baseDn: 'ou=groups,dc=example,dc=com', operational: true, version: false },
    ]);
  });

  it('"export" leaves no file behind when the daemon breaks off', async () => {
    await serve({
      async *exportLdif() {
        yield 'version: 1\n';
        throw new Error('broken');
      },
    });
    const output = join(folder.path, 'directory.ldif');
    const { code, stderr } = await run('export', '--output', output);
    assert.equal(code, 6);
    assert.match(stderr, /stopped answering/);
    assert.ok(!existsSync(output) && !existsSync(`${output}.new`));
  });

  it('"export" ends with exit code 130 when it is interrupted, and leaves no file behind', async () => {
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    await serve({
      async *exportLdif() {
        yield 'version: 1\n';
        begun();
        await new Promise(() => undefined);
      },
    });
    const output = join(folder.path, 'directory.ldif');
    const shell = new FakeShell();
    const ended = runCli(['export', '--output', output, '--config', config], shell);
    await beginning;
    shell.send('SIGINT');
    assert.equal(await ended, 130);
    assert.match(shell.stderr.text, /^The export was interrupted\.\n$/);
    assert.ok(!existsSync(output) && !existsSync(`${output}.new`));
  });

  it('names the data directory whose path is too long for a socket, with exit code 3', async () => {
    writeConfig(`/tmp/${'x'.repeat(120)}`);
    const { code, stderr } = await run('status');
    assert.equal(code, 3);
    assert.match(stderr, /shorter path \(store\.path\)/);
  });
});
