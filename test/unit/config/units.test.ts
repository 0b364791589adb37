import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatDuration, formatSize, parseDuration, parsePercent, parseSize } from '../../../src/config/units.ts';

describe('units of the configuration', () => {
  const durations: readonly [string, number][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['24h', 86_400_000],
    ['2d12h', 216_000_000],
    ['1m500ms', 60_500],
    ['0s', 0],
  ];
  for (const [text, expected] of durations) {
    it(`reads the duration ${text} as ${expected} ms`, () => {
      assert.deepEqual(parseDuration(text), { value: expected });
    });
  }

  for (const text of [
    '',
    '30',
    'm',
    '30 m',
    '1.5h',
    '-1m',
    '30M',
    '30min',
    '30m1h',
    '1m1m',
    '1h ',
    ' 1h',
    '1h\n',
    '9'.repeat(15) + 'd',
  ]) {
    it(`refuses the duration ${JSON.stringify(text)} without quoting it`, () => {
      const reading = parseDuration(text);
      assert.ok('problem' in reading);
      assert.match(reading.problem, /^must be a duration/);
    });
  }

  const sizes: readonly [string, number][] = [
    ['0B', 0],
    ['5kB', 5000],
    ['3MB', 3_000_000],
    ['2GB', 2_000_000_000],
    ['4KiB', 4096],
    ['64MiB', 67_108_864],
    ['1GiB', 1_073_741_824],
  ];
  for (const [text, expected] of sizes) {
    it(`reads the size ${text} as ${expected} bytes`, () => {
      assert.deepEqual(parseSize(text), { value: expected });
    });
  }

  for (const text of ['', '64', '64M', '64mib', '64 MiB', '1.5GiB', '-1kB', '1TiB', '999999999999999GiB']) {
    it(`refuses the size ${JSON.stringify(text)}`, () => {
      const reading = parseSize(text);
      assert.ok('problem' in reading);
      assert.match(reading.problem, /^must be a size/);
    });
  }

  it('reads percentages as fractions and refuses anything else', () => {
    assert.deepEqual(parsePercent('10%'), { value: 0.1 });
    assert.deepEqual(parsePercent('0%'), { value: 0 });
    assert.deepEqual(parsePercent('12.5%'), { value: 0.125 });
    for (const text of ['10', '%', '-1%', '1e1%', '10 %']) assert.ok('problem' in parsePercent(text), text);
  });

  it('reads every duration back that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        assert.deepEqual(parseDuration(formatDuration(ms)), { value: ms });
      }),
    );
  });

  it('reads every size back that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (bytes) => {
        assert.deepEqual(parseSize(formatSize(bytes)), { value: bytes });
      }),
    );
  });

  it('writes durations and sizes as people would', () => {
    assert.equal(formatDuration(86_400_000), '24h');
    assert.equal(formatDuration(5_400_000), '1h30m');
    assert.equal(formatSize(67_108_864), '64MiB');
    assert.equal(formatSize(65_536), '64KiB');
  });
});
