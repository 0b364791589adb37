// npm run test:nodes: runs every test under each other release of Node that the program is meant for, one release after the
// other, without coverage. Numbers choose releases, everything else goes to mocha and narrows the run
// (`npm run test:nodes -- 24 dist/test/unit/ldap/ber.test.js`). The releases come from the package registry the first time.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bootstrap, fail, root, run } from './bootstrap.mjs';
import { installDebianPackages, testPackages } from './debian-packages.mjs';
import { nodeBinary, nodeMajors } from './node-versions.mjs';

const report = join(root, 'dist/test-nodes-report.json');
const isMajor = (argument) => /^\d{2}$/.test(argument);
const args = process.argv.slice(2);
const chosen = args.filter(isMajor).map(Number);
const mochaArgs = args.filter((argument) => !isMajor(argument));

bootstrap();
installDebianPackages(testPackages);
const results = (chosen.length > 0 ? chosen : nodeMajors).map((major) => ({ major, ...testUnder(major) }));
for (const { major, passed, failed, skipped } of results) {
  console.log(`Node ${major}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}
process.exitCode = results.every(({ status }) => status === 0) ? 0 : 1;

function testUnder(major) {
  const node = nodeFor(major);
  rmSync(report, { force: true });
  console.log(`\nNode ${major} (${node})`);
  const files = mochaArgs.some((argument) => argument.endsWith('.test.js')) ? [] : ['dist/test/**/*.test.js'];
  const jobs = Math.min(4, availableParallelism());
  const parallel = files.length > 0 && jobs > 1 ? ['--parallel', '--jobs', String(jobs)] : [];
  const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'), '--reporter', join(root, 'scripts/test-reporter.cjs')];
  // Programs that the tests start by their name are to be of this release too.
  const env = { ...process.env, TEST_REPORT: report, PATH: `${join(node, '..')}:${process.env.PATH ?? ''}` };
  const status = run(node, [...mocha, ...parallel, ...mochaArgs, ...files], env);
  if (!existsSync(report)) fail(`The tests did not run to their end under Node ${major}.`);
  const { passed, failed, skipped } = JSON.parse(readFileSync(report, 'utf8'));
  if (passed + failed === 0) fail(`No test ran under Node ${major}.`);
  return { status, passed, failed, skipped };
}

function nodeFor(major) {
  try {
    return nodeBinary(major);
  } catch (problem) {
    return fail(problem.message);
  }
}
