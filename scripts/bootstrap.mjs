// Makes a checkout runnable: checks Node, installs the packages of package-lock.json, compiles. Each step is skipped when
// there is nothing to do. Uses nothing but Node itself, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The compiled program. */
export const program = join(root, 'dist/src/main.js');

const buildStamp = join(root, 'dist/.built.json');
const nodeMinimum = [20, 19];

/** Does what is missing. Ends the process with a sentence and exit code 1 when it cannot. */
export function bootstrap() {
  checkNode();
  if (!packagesMatchLock()) installPackages();
  if (!buildIsCurrent()) build();
}

/** Runs a command in the checkout with the terminal as its input and output; the exit code, or 1 when it was killed. */
export function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error) fail(`${command} could not be started: ${error.message}`);
  return status ?? 1;
}

/** Prints a sentence and ends the process with exit code 1. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [majorMinimum, minorMinimum] = nodeMinimum;
  if (major > majorMinimum || (major === majorMinimum && minor >= minorMinimum)) return;
  fail(
    `entra-ldapd needs Node.js ${nodeMinimum.join('.')} or newer, and this is ${process.versions.node} (${process.execPath}). ` +
      'Install a current LTS release from https://nodejs.org and try again.',
  );
}

// npm writes node_modules/.package-lock.json last, with what it has really installed. Packages for other platforms are
// optional and missing there.
function packagesMatchLock() {
  const installed = readLock(join(root, 'node_modules/.package-lock.json'));
  const wanted = readLock(join(root, 'package-lock.json'));
  if (!wanted) fail('package-lock.json is missing or not readable: this is not a complete checkout of entra-ldapd.');
  if (!installed) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    if (!found) return path === '' || optional === true;
    return found.version === version && found.integrity === integrity && existsSync(join(root, path));
  });
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function installPackages() {
  console.error('Installing packages (npm ci) …');
  // Under `npm start` this is the npm that runs us, even when another one comes first in PATH.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const status = npm && existsSync(npm) ? run(process.execPath, [npm, ...args]) : run('npm', args);
  if (status !== 0) fail('The packages could not be installed; npm says why above. Is the package registry reachable?');
}

function sourceFiles() {
  const files = ['package-lock.json', 'tsconfig.json'];
  for (const folder of ['src', 'test', 'bench']) {
    const path = join(root, folder);
    for (const name of existsSync(path) ? readdirSync(path, { recursive: true }) : []) {
      if (name.endsWith('.ts')) files.push(join(folder, name));
    }
  }
  return files.sort();
}

function buildIsCurrent() {
  if (!existsSync(buildStamp) || !existsSync(program)) return false;
  const files = sourceFiles();
  if (JSON.stringify(files) !== readFileSync(buildStamp, 'utf8')) return false;
  const builtAtMs = statSync(buildStamp).mtimeMs;
  return files.every((file) => statSync(join(root, file)).mtimeMs < builtAtMs);
}

function build() {
  console.error('Compiling …');
  // What was compiled from a file that has since been removed would still run, a test for instance.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const files = JSON.stringify(sourceFiles());
  if (run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json']) !== 0) {
    fail('The program does not compile; the messages above name the places.');
  }
  writeFileSync(buildStamp, files);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) bootstrap();
