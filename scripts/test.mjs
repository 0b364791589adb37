// npm test: installs and compiles what is missing, then runs every test with coverage. Arguments go to mocha and narrow the
// run (`npm test -- -g 'P1'`, `npm test -- dist/test/unit/ldap/ber.test.js`); coverage is then not measured. Test files run in
// as many processes as there are cores, up to four: none depends on another, or on what another leaves behind.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bootstrap, fail, root, run } from './bootstrap.mjs';
import { installDebianPackages, testPackages } from './debian-packages.mjs';

const report = join(root, 'dist/test-report.json');
const allTests = 'dist/test/**/*.test.js';

bootstrap();
installDebianPackages(testPackages);
process.exitCode = runTests(process.argv.slice(2));

function runTests(args) {
  rmSync(report, { force: true });
  const files = args.some((argument) => argument.endsWith('.test.js')) ? [] : [allTests];
  const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'), '--reporter', join(root, 'scripts/test-reporter.cjs')];
  mocha.push('--require', join(root, 'dist/test/support/fixed-seed.js'));
  const jobs = Math.min(4, availableParallelism());
  const parallel = files.length > 0 && jobs > 1 ? ['--parallel', '--jobs', String(jobs)] : [];
  const tests = [...mocha, ...parallel, ...args, ...files];
  const covered = [join(root, 'node_modules/c8/bin/c8.js'), process.execPath, ...tests];
  const status = run(process.execPath, args.length === 0 ? covered : tests, { ...process.env, TEST_REPORT: report });
  if (!existsSync(report)) fail('The tests did not run to their end.');
  const { passed, failed, skipped } = JSON.parse(readFileSync(report, 'utf8'));
  // Of all, and not of each file: one may have no test on this machine, where a client that it needs is missing.
  if (passed + failed === 0) fail('No test ran.');
  if (process.env.CI === 'true' && skipped > 0)
    fail(`${skipped} tests were skipped, and under CI=true nothing may be.`);
  return status;
}
