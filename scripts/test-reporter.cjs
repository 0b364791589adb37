// Mocha's spec reporter that also writes how many tests passed, failed and were skipped, and which failed with what words, into
// the file named by TEST_REPORT.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END, EVENT_TEST_FAIL } = Runner.constants;

module.exports = class TestReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failures = [];
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      failures.push({ title: test.fullTitle(), file: test.file, error: String(error?.stack ?? error) });
    });
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures: failed, pending } = runner.stats;
      const report = JSON.stringify({ passed: passes, failed, skipped: pending, failures });
      if (process.env.TEST_REPORT) writeFileSync(process.env.TEST_REPORT, report);
    });
  }
};
