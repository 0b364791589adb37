import assert from 'node:assert/strict';

import { BerError, BerReader } from '../../../src/ldap/ber-reader.ts';

const reader = (hex: string): BerReader => new BerReader(Buffer.from(hex, 'hex'));
const throwsKind = (kind: BerError['kind'], work: () => unknown): void =>
  assert.throws(work, (error) => error instanceof BerError && error.kind === kind);

describe('BerReader', () => {
  it('gives octet strings as views of the bytes', () => {
    const bytes = Buffer.from('0403616263', 'hex');
    const octets = new BerReader(bytes).octets();
    octets.fill(0);
    assert.deepEqual(bytes, Buffer.from('0403000000', 'hex'));
  });

  it('steps into elements, and over what it does not know at their end (RFC 4511 §4)', () => {
    const nested = reader('30080201058f0178040002017f');
    const outer = nested.enter(0x30);
    assert.equal(nested.integer(2, 0, 10), 5);
    nested.leave(outer);
    assert.equal(nested.offset, 10);
    assert.equal(nested.integer(2, 0, 127), 127);
    assert.ok(nested.atEnd);
    assert.equal(nested.peek(), -1);
  });

  it('calls a missing or unexpected element wrong content, so that the request can be answered', () => {
    throwsKind('content', () => reader('').octets());
    throwsKind('content', () => reader('0400').integer(2, 0, 1));
    throwsKind('content', () => reader('2402040161').octets());
  });

  it('calls lengths that do not fit a broken structure', () => {
    for (const hex of [
      '04',
      '0402',
      '040261',
      '0480',
      '048000',
      '0481',
      '048202',
      '0485000000000161',
      '04ff',
      '0484ffffffff61',
    ]) {
      throwsKind('structure', () => reader(hex).octets());
    }
    throwsKind('structure', () => {
      const inner = reader('300304056162636465');
      inner.enter(0x30);
      inner.octets();
    });
    throwsKind('structure', () => reader('1f0100').skip());
  });

  it('does not step over a broken end of an element', () => {
    throwsKind('structure', () => {
      const inner = reader('3003040561');
      inner.leave(inner.enter(0x30));
    });
  });

  it('takes lengths that are not minimal (X.690 §8.1.3.5)', () => {
    assert.equal(reader('04840000000161').string(), 'a');
    assert.equal(reader('0482000161').string(), 'a');
  });

  it('takes integers with leading zeros, and refuses those out of bounds or of no or too many octets', () => {
    assert.equal(reader('0208000000000000007f').integer(2, 0, 127), 127);
    assert.equal(reader('02020080').integer(2, 0, 128), 128);
    assert.equal(reader('0201ff').integer(2, -1, 0), -1);
    for (const hex of ['0200', '0209000000000000000001', '020180', '02020080']) {
      throwsKind('content', () => reader(hex).integer(2, 0, 127));
    }
  });

  it('takes every octet but zero as TRUE, and one octet only', () => {
    assert.equal(reader('0101ff').boolean(), true);
    assert.equal(reader('010101').boolean(), true);
    assert.equal(reader('010100').boolean(), false);
    throwsKind('content', () => reader('0100').boolean());
    throwsKind('content', () => reader('0102ffff').boolean());
  });

  it('refuses text that is not UTF-8 and takes a written U+FFFD', () => {
    assert.equal(reader('0403efbfbd').string(), '\uFFFD');
    for (const hex of ['0401ff', '0402c080', '0403eda080']) throwsKind('content', () => reader(hex).string());
  });
});
