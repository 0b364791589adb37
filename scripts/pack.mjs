// npm run package [FOLDER]: the npm package in dist/package or FOLDER, entra-ldapd-VERSION.tgz, byte for byte the same for the same
// checkout. It has what `files` of package.json names, and all packages that the program uses: overrides and the lock file count in a
// checkout only, and without that whoever installs it would get other versions of them than those that were tested, some of which do
// not run on the oldest Node.js that the program supports (npm 11 does not look at an npm-shrinkwrap.json in a package either).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { bootstrap, fail, root } from './bootstrap.mjs';
import { shippedPackages } from './shipped-packages.mjs';

// Tests pack what they were compiled with.
const compiled = process.env.COMPILED_PROGRAM;
const destination = resolve(process.argv[2] ?? join(root, 'dist/package'));

if (compiled === undefined) bootstrap();
mkdirSync(destination, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'entra-ldapd-package-'));
// What npm calls the folder in a package.
const stage = join(folder, 'package');
try {
  const file = pack(stageFiles());
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  console.log(`${digest}  ${file}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function stageFiles() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of manifest.files) copy(name);
  for (const { folder } of shippedPackages()) copy(folder);
  // What is for a checkout only would be wrong where the package is installed.
  const { scripts: _scripts, devDependencies: _tools, overrides: _held, ...shipped } = manifest;
  shipped.bundleDependencies = Object.keys(shipped.dependencies);
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(shipped, undefined, 2)}\n`);
  return shipped;
}

function copy(name) {
  const from = name === 'dist/src' && compiled !== undefined ? compiled : join(root, name);
  cpSync(from, join(stage, name), { recursive: true, filter: (path) => isUsed(path.slice(from.length)) });
}

/** Types and sources in TypeScript do not run, and maps lead to them. Packages within packages are copied by themselves. */
function isUsed(path) {
  return !/\.(?:map|[cm]?ts|tsbuildinfo)$|(?:^|\/)node_modules(?:\/|$)/.test(path);
}

/** As `npm pack` has it, for the same files always the same octets: by tar(1) and gzip(1), whatever version npm has. */
function pack({ name, version }) {
  const file = join(destination, `${name}-${version}.tgz`);
  // npm takes the rights over where it installs the package.
  const same = [
    '--format=ustar',
    '--mode=0644',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mtime=1985-10-26T08:15:00Z',
  ];
  const args = [...same, '--create', '--directory', folder, '--no-recursion', '--null', '--files-from=-'];
  const tar = spawnSync('tar', args, { input: stagedFiles().join('\0'), maxBuffer: 1024 ** 3 });
  if (tar.status !== 0) fail(`tar failed: ${tar.error?.message ?? String(tar.stderr)}`);
  const gzip = spawnSync('gzip', ['--no-name', '-6'], { input: tar.stdout, maxBuffer: 1024 ** 3 });
  if (gzip.status !== 0) fail(`gzip failed: ${gzip.error?.message ?? String(gzip.stderr)}`);
  writeFileSync(file, gzip.stdout);
  return file;
}

function stagedFiles() {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort((a, b) => (a < b ? -1 : 1));
}
