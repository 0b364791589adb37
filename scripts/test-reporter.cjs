// Mocha's spec reporter that also writes how many tests passed, failed and were skipped into the file named by TEST_REPORT.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END } = Runner.constants;

module.exports = class TestReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      const report = JSON.stringify({ passed: passes, failed: failures, skipped: pending });
      if (process.env.TEST_REPORT) writeFileSync(process.env.TEST_REPORT, report);
    });
  }
};
