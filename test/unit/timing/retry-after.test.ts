import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { parseRetryAfter } from '../../../src/timing/retry-after.ts';

const nowMs = Date.UTC(2026, 0, 15, 12, 0, 0);

describe('parseRetryAfter', () => {
  const readable: readonly [form: string, header: string, ms: number][] = [
    ['whole seconds (RFC 9110 §10.2.3)', '120', 120_000],
    ['no wait', '0', 0],
    ['seconds with a fraction, as Microsoft Graph sends them', '2.128', 2128],
    ['a fraction below a millisecond, rounded up', '0.0001', 1],
    ['white space around it', ' 7 ', 7000],
    ['an IMF-fixdate (RFC 9110 §5.6.7)', 'Thu, 15 Jan 2026 12:00:30 GMT', 30_000],
    ['an obsolete RFC 850 date', 'Thursday, 15-Jan-26 12:01:00 GMT', 60_000],
    ['an obsolete asctime date, in UTC', 'Thu Jan 15 12:00:05 2026', 5000],
    ['a date that has passed', 'Wed, 14 Jan 2026 12:00:00 GMT', 0],
  ];
  for (const [form, header, ms] of readable) {
    it(`reads ${form}`, () => assert.equal(parseRetryAfter(header, nowMs), ms));
  }

  for (const header of [
    undefined,
    '',
    '  ',
    '-1',
    '1e3',
    '+5',
    'soon',
    '2026-01-15T12:00:30Z',
    'Thu, 99 Foo 2026',
    'NaN',
  ]) {
    it(`does not guess at ${JSON.stringify(header)}`, () => assert.equal(parseRetryAfter(header, nowMs), undefined));
  }

  it('reads back any HTTP-date from now on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e7 }), (seconds) => {
        const header = new Date(nowMs + seconds * 1000).toUTCString();
        assert.equal(parseRetryAfter(header, nowMs), seconds * 1000);
      }),
    );
  });

  it('never throws and never answers a negative wait (P8)', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const wait = parseRetryAfter(text, nowMs);
        assert.ok(wait === undefined || wait >= 0);
      }),
    );
  });
});
