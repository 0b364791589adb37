import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { flag, generalizedTime, ia5, instant, telephone, text, texts } from '../../../src/projection/values.ts';

describe('property values', () => {
  it('takes text that says something, and nothing else', () => {
    const properties = { name: 'Alice', empty: '', blank: ' \t', number: 7, none: null, list: ['x'] };
    assert.equal(text(properties, 'name'), 'Alice');
    for (const name of ['empty', 'blank', 'number', 'none', 'list', 'missing'])
      assert.equal(text(properties, name), undefined, name);
  });

  it('takes from a list the texts that say something', () => {
    assert.deepEqual(texts({ mails: ['a@x', '', ' ', 'b@x'] }, 'mails'), ['a@x', 'b@x']);
    assert.deepEqual(texts({ mails: [1, null, { a: 'b' }, 'c'] }, 'mails'), ['c']);
    for (const value of ['a@x', null, 7]) assert.deepEqual(texts({ mails: value }, 'mails'), []);
    assert.deepEqual(texts({}, 'mails'), []);
  });

  it('writes booleans as RFC 4517 §3.3.3 spells them', () => {
    assert.equal(flag({ on: true }, 'on'), 'TRUE');
    assert.equal(flag({ on: false }, 'on'), 'FALSE');
    for (const value of ['true', 1, null]) assert.equal(flag({ on: value }, 'on'), undefined);
    assert.equal(flag({}, 'on'), undefined);
  });

  it('leaves out what is no IA5 string (RFC 4517 §3.3.15)', () => {
    assert.equal(ia5('alice@example.com'), 'alice@example.com');
    assert.equal(ia5(undefined), undefined);
    for (const value of ['', 'älice@example.com', 'a\nb', 'a\u007f', '名@example.com'])
      assert.equal(ia5(value), undefined, JSON.stringify(value));
  });

  it('leaves out what is no telephone number and folds its spaces (RFC 4517 §3.3.31)', () => {
    assert.equal(telephone('+1 (425) 555-0100'), '+1 (425) 555-0100');
    assert.equal(telephone(' +49\u00a030\u2009123  45 '), '+49 30 123 45');
    assert.equal(telephone('1234 ext. 5'), '1234 ext. 5');
    for (const value of ['', '  ', '555_0100', '１２３', '#31#', '*21'])
      assert.equal(telephone(value), undefined, JSON.stringify(value));
  });

  it('writes points in time to the second and in UTC (RFC 4517 §3.3.13)', () => {
    assert.equal(generalizedTime(Date.UTC(2026, 10, 21, 9, 5, 7, 987)), '20261121090507Z');
    assert.equal(generalizedTime(0), '19700101000000Z');
  });

  it('reads the instants that it writes, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
        const ms = seconds * 1000;
        assert.equal(instant(new Date(ms).toISOString()), ms);
        assert.match(generalizedTime(ms), /^\d{14}Z$/);
      }),
      { seed: 20261121 },
    );
  });

  it('reads no instant from what is none', () => {
    assert.equal(instant(undefined), undefined);
    assert.equal(instant('yesterday'), undefined);
    assert.equal(instant('2026-13-01T00:00:00Z'), undefined);
  });
});
