import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { Level } from 'level';
import type { RoundSummary } from '../../src/identity/round.ts';
import { type RunningDemo, startDemo } from '../support/demo-program.ts';
import { type Ended, runProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Everything in a folder with its content, to compare with later. */
function contents(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}

function assertRefused({ code, stdout, stderr }: Ended, exitCode: number, sentence: RegExp): void {
  assert.match(stderr, sentence);
  assert.equal(code, exitCode, stderr);
  assert.equal(stdout, '', 'nothing is reported as done');
  assert.doesNotMatch(stderr, /^\s+at |Unexpected error/m, 'no stack');
}

async function listen(port = 0): Promise<Server & { readonly port: number }> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return Object.assign(server, { port: address.port });
}

describe('bad input', () => {
  let folder: ReturnType<typeof temporaryFolder>;

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  const run = (...args: readonly string[]): Promise<Ended> => runProgram(args, { cwd: folder.path });

  it('on the command line is answered with a sentence and exit code 2', async () => {
    assertRefused(await run('stats'), 2, /no command "stats"\. Did you mean status\?/);
    assertRefused(await run('status', '--jsn'), 2, /status has no option --jsn\. Did you mean --json\?/);
    assertRefused(
      await run('demo', '--port', '65536'),
      2,
      /--port must be a whole number from 0 to 65535, not "65536"/,
    );
    assertRefused(await runProgram(['hash-password'], { input: '' }), 2, /no password on standard input/);
    assert.deepEqual(contents(folder.path), {});
  });

  describe('in files', () => {
    const commands = [['serve'], ['sync'], ['status'], ['config', 'check']] as const;

    for (const command of commands) {
      it(`makes "${command.join(' ')}" say with exit code 3 that there is no configuration`, async () => {
        assertRefused(await run(...command), 3, /There is no configuration: neither config\/entra-ldapd\.yaml nor/);
        assertRefused(
          await run(...command, '--config', 'gone.yaml'),
          3,
          /gone\.yaml cannot be read: there is no such file/,
        );
        assertRefused(await run(...command, '--config', '.'), 3, /cannot be read: it is a folder/);
        assert.deepEqual(contents(folder.path), {});
      });

      it(`makes "${command.join(' ')}" list every problem of a configuration with its place and exit code 3`, async () => {
        const text =
          'tenant:\n  id: no-guid\n  clientid: 5\nldap:\n  listen: 127.0.0.1\nsync: { interval: 2d }\nstore: { path: data }\n';
        writeFileSync(join(folder.path, 'bad.yaml'), text);
        const ended = await run(...command, '--config', 'bad.yaml');
        assertRefused(ended, 3, /^bad\.yaml:2:\d+ tenant\.id: /m);
        assert.match(ended.stderr, /^bad\.yaml:3:\d+ tenant\.clientid: .*clientId/m);
        assert.match(ended.stderr, /^bad\.yaml:6:\d+ sync\.interval: /m);
        assert.deepEqual(readdirSync(folder.path), ['bad.yaml']);
      });
    }

    it('makes "config check --json" report the same problems as one document', async () => {
      writeFileSync(join(folder.path, 'bad.yaml'), 'tenant: {}\nnonsense: 1\n');
      const { code, stdout, stderr } = await run('config', 'check', '--config', 'bad.yaml', '--json');
      assert.equal(code, 3);
      assert.equal(stderr, '');
      const report = JSON.parse(stdout) as { ok: boolean; problems: { line: number; key: string }[] };
      assert.equal(report.ok, false);
      assert.ok(report.problems.some(({ line, key }) => line === 2 && key === 'nonsense'));
    });

    it('makes "simulate" list the problems of a tenant file with exit code 3', async () => {
      writeFileSync(join(folder.path, 'tenant.yaml'), 'users:\n  - displayName: 5\n');
      assertRefused(await run('simulate', '--tenant', 'tenant.yaml'), 3, /^tenant\.yaml:\d+:\d+ /m);
      assertRefused(
        await run('simulate', '--tenant', 'gone.yaml'),
        3,
        /gone\.yaml cannot be read: there is no such file/,
      );
    });
  });

  for (const command of ['demo', 'simulate'] as const) {
    it(`makes "${command}" refuse a folder with somebody's files, and change nothing in it`, async () => {
      const precious = join(folder.path, 'precious');
      mkdirSync(precious);
      writeFileSync(join(precious, 'server.key'), 'a key of somebody else');
      const before = contents(folder.path);
      assertRefused(
        await run(command, '--data', 'precious', '--port', '0'),
        5,
        /precious holds files that entra-ldapd did not make/,
      );
      assertRefused(await run(command, '--data', 'precious/server.key', '--port', '0'), 5, /is not a folder/);
      assert.deepEqual(contents(folder.path), before);
    });
  }

  it('makes "simulate" say with exit code 7 that its port is in use', async () => {
    const taken = await listen();
    try {
      assertRefused(
        await run('simulate', '--data', 'sim', '--port', String(taken.port)),
        7,
        /is in use\. Choose another/,
      );
    } finally {
      taken.close();
    }
  });

  it('makes "demo" say with exit code 7 which port is in use', async () => {
    const taken = await listen();
    try {
      const ended = await run('demo', '--data', 'demo', '--port', String(taken.port), '--tls-port', '0', '--json');
      assert.equal(ended.code, 7, ended.stderr);
      assert.equal(ended.stdout, '');
      assert.match(
        ended.stderr,
        new RegExp(`listening on 127\\.0\\.0\\.1:${taken.port}\\. .*--port, --tls-port and --http-port`),
      );
      assert.doesNotMatch(ended.stderr, /^\s+at /m);
    } finally {
      taken.close();
    }
  });

  describe('beside a running demo', () => {
    let demo: RunningDemo;

    before(async () => {
      demo = await startDemo();
    });

    after(async () => {
      await demo[Symbol.asyncDispose]();
    });

    /** A configuration of the same tenant with other places. */
    function variant(changes: readonly (readonly [RegExp, string])[]): string {
      // Its relative paths start at the folder of the configuration.
      let text = readFileSync(demo.report.config, 'utf8')
        .replaceAll(/(File: )(.*)$/gm, `$1${demo.folder}/$2`)
        .replace('${file:', `\${file:${demo.folder}/`);
      for (const [pattern, replacement] of changes) {
        assert.match(text, pattern);
        text = text.replace(pattern, replacement);
      }
      const file = join(folder.path, 'variant.yaml');
      writeFileSync(file, text);
      return file;
    }

    it('refuses a second demo on the same folder with exit code 5', async () => {
      const before = readFileSync(demo.report.config, 'utf8');
      assertRefused(await run('demo', '--data', demo.folder, '--port', '0'), 5, /already running/);
      assert.equal(readFileSync(demo.report.config, 'utf8'), before);
    });

    it('refuses a second daemon on the same store with exit code 5, and the first goes on', async () => {
      const ended = await run('serve', '--config', demo.report.config);
      assert.equal(ended.code, 5, ended.stderr);
      assert.doesNotMatch(ended.stderr, /^\s+at /m);
      const status = await run('status', '--config', demo.report.config);
      assert.equal(status.code, 0, status.stderr);
    });

    it('refuses a LevelDB that is not ours with exit code 5, and changes nothing in it', async () => {
      const path = join(folder.path, 'foreign', 'db');
      mkdirSync(path, { recursive: true });
      const level = new Level(path);
      await level.put('precious', 'value');
      await level.close();
      const file = variant([[/path: store/, `path: ${JSON.stringify(join(folder.path, 'foreign'))}`]]);
      for (const command of ['serve', 'sync']) {
        const ended = await run(command, '--config', file);
        assert.equal(ended.code, 5, ended.stderr);
        assert.match(ended.stderr, /foreign\/db.*did not make.*nothing was changed|foreign.*not a store/s);
      }
      const again = new Level(path);
      assert.equal(await again.get('precious'), 'value');
      await again.close();
    });

    it('leaves the other files of a folder alone that is chosen for the store', async () => {
      const path = join(folder.path, 'documents');
      mkdirSync(path);
      writeFileSync(join(path, 'thesis.txt'), 'years of work');
      const ended = await run('sync', '--config', variant([[/path: store/, `path: ${JSON.stringify(path)}`]]));
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(readFileSync(join(path, 'thesis.txt'), 'utf8'), 'years of work');
      assert.equal(statSync(join(path, 'db')).mode & 0o777, 0o700);
    });

    it('refuses files of somebody where the database must be with exit code 5, and changes nothing in them', async () => {
      const path = join(folder.path, 'documents');
      mkdirSync(join(path, 'db'), { recursive: true });
      writeFileSync(join(path, 'db', 'thesis.txt'), 'years of work');
      const before = contents(path);
      const file = variant([[/path: store/, `path: ${JSON.stringify(path)}`]]);
      assertRefused(
        await run('sync', '--config', file),
        5,
        /documents\/db holds files that are not a store of entra-ldapd/,
      );
      assert.deepEqual(contents(path), before);
    });

    it('says with exit code 4 that Entra refuses the credential, and keeps what was read before', async () => {
      const store: readonly [RegExp, string] = [/path: store/, `path: ${JSON.stringify(join(folder.path, 'own'))}`];
      const first = await run('sync', '--config', variant([store]), '--json');
      assert.equal(first.code, 0, first.stderr);
      const ended = await run(
        'sync',
        '--config',
        variant([store, [/secret: .*/, 'secret: wrong-secret-value']]),
        '--json',
      );
      assert.equal(ended.code, 4, ended.stderr);
      const { outcome, error } = JSON.parse(ended.stdout) as RoundSummary;
      assert.equal(outcome, 'failed');
      assert.match(error ?? '', /client secret|AADSTS7000215/i);
      assert.doesNotMatch(`${ended.stdout}${ended.stderr}`, /wrong-secret-value|^\s+at /m);
      const again = await run('sync', '--config', variant([store]), '--json');
      assert.equal((JSON.parse(again.stdout) as RoundSummary).outcome, 'unchanged');
    });

    it('keeps what one tenant has stored when the configuration names another', async () => {
      const store: readonly [RegExp, string] = [/path: store/, `path: ${JSON.stringify(join(folder.path, 'own'))}`];
      const first = await run('sync', '--config', variant([store]), '--json');
      assert.equal(first.code, 0, first.stderr);
      const other: readonly [RegExp, string] = [/^ {2}id: .*$/m, '  id: 01234567-89ab-cdef-0123-456789abcdef'];
      const ended = await run('sync', '--config', variant([store, other]));
      assert.equal(ended.code, 4, ended.stderr);
      const again = await run('sync', '--config', variant([store]), '--json');
      assert.equal((JSON.parse(again.stdout) as RoundSummary).outcome, 'unchanged');
    });
  });
});
