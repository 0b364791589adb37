import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeIn, tableRows } from '../../support/markdown.ts';
import { type Ended, runCommand } from '../../support/program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = findRoot(here);
/** The program as it was compiled together with this test. */
const compiled = join(here, '../../../src');

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function versionIn(folder: string): string {
  return (readJson(join(folder, 'package.json')) as { version: string }).version;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>;
}

/** What the example takes from the environment. */
const secrets = {
  ENTRA_CLIENT_SECRET: 'a-client-secret~of.forty-characters-length',
  GITLAB_PASSWORD_HASH: '$2b$10$1967Ilit2Qxi.e7TUfIqiuJUxWDHJH71CmMLcENdD8qzcKextpd0O',
};
const lock = readJson(join(root, 'package-lock.json')) as Lock;
const shipped = Object.entries(lock.packages).filter(([folder, { dev }]) => folder !== '' && dev !== true);

describe('the npm package', function () {
  this.timeout(300_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let packed: string;
  let digest: string;

  before(async () => {
    folder = temporaryFolder();
    [digest = '', packed = ''] = await pack('one');
  });

  after(() => folder[Symbol.dispose]());

  async function pack(name: string, mask = '022'): Promise<readonly string[]> {
    const { code, stdout, stderr } = await runCommand(
      'sh',
      [
        '-c',
        `umask ${mask}; exec "$0" "$@"`,
        process.execPath,
        join(root, 'scripts/pack.mjs'),
        join(folder.path, name),
      ],
      { env: { COMPILED_PROGRAM: compiled }, timeoutMs: 120_000 },
    );
    assert.equal(code, 0, stderr);
    return stdout.trim().split('  ');
  }

  it('is the same, octet for octet, when it is made again, whatever rights new files get', async () => {
    assert.equal((await pack('two', '077'))[0], digest);
  });

  it('has what it needs and nothing else', async () => {
    const { stdout } = await runCommand('tar', ['--list', '--gzip', '--file', packed]);
    const names = stdout
      .trim()
      .split('\n')
      .map((name) => name.slice('package/'.length));
    const own = names.filter((name) => !name.startsWith('node_modules/'));
    const { files } = readJson(join(root, 'package.json')) as { files: string[] };
    const strange = own.filter(
      (name) => name !== 'package.json' && !files.some((file) => name === file || name.startsWith(`${file}/`)),
    );
    assert.deepEqual(strange, []);
    for (const file of files)
      assert.ok(
        own.some((name) => name === file || name.startsWith(`${file}/`)),
        file,
      );
    assert.ok(own.includes('dist/src/main.js'));
    assert.deepEqual(
      names.filter((name) => /\.(?:map|ts|tsbuildinfo)$|(?:^|\/)\.env|\.key$|\.pem$/.test(name)),
      [],
    );
    const bundled = new Set(names.filter((name) => name.endsWith('/package.json')).map((name) => dirname(name)));
    assert.deepEqual(
      shipped.map(([path]) => path).filter((path) => !bundled.has(path)),
      [],
    );
    for (const path of ['typescript', 'mocha', 'fast-check']) assert.ok(!bundled.has(`node_modules/${path}`), path);
  });

  it('is installed in an empty place without a network, runs, and has the versions that were tested', async () => {
    const prefix = join(folder.path, 'prefix');
    const options = [
      '--global',
      `--prefix=${prefix}`,
      '--offline',
      `--cache=${join(folder.path, 'cache')}`,
      '--ignore-scripts',
    ];
    const installed = await runCommand('npm', ['install', ...options, '--no-audit', '--no-fund', packed], {
      cwd: folder.path,
      timeoutMs: 240_000,
    });
    assert.equal(installed.code, 0, installed.stderr);
    const at = join(prefix, 'lib/node_modules/entra-ldapd');
    for (const [path, { version }] of shipped) {
      assert.equal(versionIn(join(at, path)), version, path);
    }
    const run = (...args: readonly string[]): Promise<Ended> =>
      runCommand(join(prefix, 'bin/entra-ldapd'), args, { cwd: folder.path, env: secrets });
    assert.equal((await run('--version')).stdout.trim(), versionIn(root));
    const example = await run('config', 'check', '--config', join(at, 'config/entra-ldapd.example.yaml'));
    assert.equal(example.code, 0, example.stderr);
    const certificate = await run('certs', 'create', '--names', 'localhost');
    assert.equal(certificate.code, 0, certificate.stderr);
  });
});

describe('what the program consists of', function () {
  this.timeout(60_000);

  it('is under licences that docs/dependencies.md allows, each package of it', async () => {
    const { code, stdout, stderr } = await runCommand(process.execPath, [join(root, 'scripts/licences.mjs')]);
    assert.equal(code, 0, stderr);
    const found = new Set(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[0] ?? ''),
    );
    const rows = tableRows(readFileSync(join(root, 'docs/dependencies.md'), 'utf8'), 'licence');
    assert.deepEqual(rows.flatMap(([licence]) => codeIn(licence)).toSorted(), [...found].toSorted());
  });

  it('is told by a bill of materials, the same each time, with the version, digest and licence of each package', async () => {
    const bills = await Promise.all(
      [1, 2].map(() => runCommand(process.execPath, [join(root, 'scripts/sbom.mjs')], { cwd: root })),
    );
    const [first, second] = bills;
    assert.equal(first?.code, 0, first?.stderr);
    assert.equal(first.stdout, second?.stdout);
    const { bomFormat, metadata, components } = JSON.parse(first.stdout) as {
      bomFormat: string;
      metadata: { component: { name: string; version: string } };
      components: { purl: string; hashes?: unknown[]; licenses?: unknown[] }[];
    };
    assert.equal(bomFormat, 'CycloneDX');
    assert.equal(metadata.component.name, 'entra-ldapd');
    const expected = shipped.map(([path, { version }]) => {
      const name = path.replace(/^.*node_modules\//, '');
      return `pkg:npm/${name.replace('@', '%40')}@${version}`;
    });
    assert.deepEqual(components.map(({ purl }) => purl).toSorted(), [...new Set(expected)].toSorted());
    const bare = components.filter(({ hashes = [] }) => hashes.length === 0).map(({ purl }) => purl);
    assert.deepEqual(bare, []);
    const unlicensed = components.filter(({ licenses = [] }) => licenses.length === 0).map(({ purl }) => purl);
    // Its README.md says it: MIT. See scripts/licences.mjs.
    assert.deepEqual(unlicensed, ['pkg:npm/precond@0.2.3']);
  });
});
