import assert from 'node:assert/strict';

import { accepted, minimal, refused } from './config-fixture.ts';

describe('sync.untrackedInterval', () => {
  const everyMs = (value: string): number =>
    accepted(`${minimal}sync: {untrackedInterval: ${value}}\n`).config.sync.untrackedIntervalMs;

  it('is an hour unless the file says otherwise, and can be from a minute to a week', () => {
    assert.equal(accepted(minimal).config.sync.untrackedIntervalMs, 3_600_000);
    assert.deepEqual([everyMs('1m'), everyMs('7d')], [60_000, 7 * 86_400_000]);
  });

  for (const value of ['59s', '8d', 'hourly', '3600']) {
    it(`cannot be ${value}`, () => {
      const [problem] = refused(`${minimal}sync: {untrackedInterval: ${value}}\n`);
      assert.equal(problem?.key, 'sync.untrackedInterval');
    });
  }
});
