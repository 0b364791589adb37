// npm test: installs and compiles what is missing, then runs every test with coverage. Arguments go to mocha and narrow the
// run (`npm test -- -g 'P1'`, `npm test -- dist/test/unit/ldap/ber.test.js`); coverage is then not measured.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, fail, root, run } from './bootstrap.mjs';

const report = join(root, 'dist/test-report.json');
const allTests = 'dist/test/**/*.test.js';
const debianPackages = [{ name: 'ldap-utils', programs: ['ldapsearch', 'ldapwhoami'] }];

bootstrap();
for (const wanted of debianPackages) installDebianPackage(wanted);
process.exitCode = runTests(process.argv.slice(2));

function installDebianPackage({ name, programs }) {
  if (programs.every(isInstalled)) return;
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    console.error(
      `The Debian package ${name} is missing; tests that need it are skipped. Install it with: apt-get install ${name}`,
    );
    return;
  }
  console.error(`Installing the Debian package ${name} …`);
  // The lists of packages may be missing (fresh container) or name versions that have gone; then they are read anew.
  if (!aptGet('install', '--yes', '--no-install-recommends', name)) {
    aptGet('update');
    if (!aptGet('install', '--yes', '--no-install-recommends', name)) {
      console.error(`The Debian package ${name} could not be installed; tests that need it are skipped.`);
    }
  }
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['--quiet', ...args], { stdio: ['ignore', 'ignore', 'pipe'], env }).status === 0;
}

function isInstalled(command) {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, command)));
}

function runTests(args) {
  rmSync(report, { force: true });
  const files = args.some((argument) => argument.endsWith('.test.js')) ? [] : [allTests];
  const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'), '--reporter', join(root, 'scripts/test-reporter.cjs')];
  const tests = [...mocha, ...args, ...files];
  const covered = [join(root, 'node_modules/c8/bin/c8.js'), process.execPath, ...tests];
  const status = run(process.execPath, args.length === 0 ? covered : tests, { ...process.env, TEST_REPORT: report });
  if (!existsSync(report)) fail('The tests did not run to their end.');
  const { skipped } = JSON.parse(readFileSync(report, 'utf8'));
  if (process.env.CI === 'true' && skipped > 0)
    fail(`${skipped} tests were skipped, and under CI=true nothing may be.`);
  return status;
}
