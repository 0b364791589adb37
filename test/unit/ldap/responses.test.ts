import assert from 'node:assert/strict';

import { ldapResult, ResultCode } from '../../../src/directory/result.ts';
import { pagedResultsControl } from '../../../src/ldap/response-controls.ts';
import { ResponseWriter } from '../../../src/ldap/responses.ts';
import * as ber from '../../support/ldap-ber.ts';
import { encodeEntry } from '../../support/ldap-test-directory.ts';

const result = (code: number, matched = '', text = ''): Buffer =>
  Buffer.concat([ber.enumerated(code), ber.text(matched), ber.text(text)]);

describe('ResponseWriter', () => {
  it('writes results as RFC 4511 §4.1.9 has them', () => {
    const writer = new ResponseWriter();
    writer.result(300, 0x65, ldapResult(ResultCode.noSuchObject, 'nö', 'dc=ü'));
    assert.deepEqual(Buffer.concat(writer.take()), ber.message(300, ber.element(0x65, result(32, 'dc=ü', 'nö'))));
  });

  it('writes name and value of an extended response', () => {
    const writer = new ResponseWriter();
    writer.result(1, 0x78, ldapResult(ResultCode.success), { name: '1.2', value: '' });
    const expected = ber.element(0x78, result(0), ber.element(0x8a, '1.2'), ber.element(0x8b));
    assert.deepEqual(Buffer.concat(writer.take()), ber.message(1, expected));
  });

  it('writes the paged results control with no estimate (RFC 2696 §2)', () => {
    for (const length of [0, 30, 200]) {
      const writer = new ResponseWriter();
      const cookie = Buffer.alloc(length, 7);
      writer.result(1, 0x65, ldapResult(ResultCode.success), { controls: [pagedResultsControl(cookie)] });
      const control = ber.control('1.2.840.113556.1.4.319', undefined, ber.sequence(ber.integer(0), ber.text(cookie)));
      assert.deepEqual(Buffer.concat(writer.take()), ber.message(1, ber.element(0x65, result(0)), [control]));
    }
  });

  it('writes the Notice of Disconnection (RFC 4511 §4.4.1)', () => {
    const writer = new ResponseWriter();
    writer.noticeOfDisconnection(ldapResult(ResultCode.unavailable));
    const expected = ber.element(0x78, result(52), ber.element(0x8a, '1.3.6.1.4.1.1466.20036'));
    assert.deepEqual(Buffer.concat(writer.take()), ber.message(0, expected));
  });

  for (const bytes of [0, 100, 200, 65_000, 70_000, 300_000]) {
    it(`writes an entry with a value of ${bytes} bytes between other responses, in order`, () => {
      const entry = encodeEntry(1, { dn: 'cn=x', attributes: { description: ['y'.repeat(bytes)], cn: ['x'] } });
      const writer = new ResponseWriter();
      writer.result(1, 0x65, ldapResult(ResultCode.success));
      writer.entry(2, entry);
      writer.result(2, 0x65, ldapResult(ResultCode.success));
      const done = ber.element(0x65, result(0));
      const encoded = ber.element(0x64, entry.objectName, ber.sequence(...entry.attributes));
      const expected = Buffer.concat([ber.message(1, done), ber.message(2, encoded), ber.message(2, done)]);
      assert.equal(writer.length, expected.length);
      const parts = writer.take();
      assert.deepEqual(Buffer.concat(parts), expected);
      assert.equal(writer.length, 0);
      assert.equal(parts.length === 1, bytes < 65_536);
    });
  }
});
