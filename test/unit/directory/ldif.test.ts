import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ldifLine, ldifVersion } from '../../../src/directory/ldif.ts';
import { parseLdif } from '../../support/ldif-text.ts';

const line = (value: string | Buffer): string => ldifLine('cn', Buffer.from(value));

describe('LDIF (RFC 2849)', () => {
  it('writes a safe string as it is', () => {
    assert.equal(line('Alice Archer'), 'cn: Alice Archer\n');
    assert.equal(line('a:b <c> #d'), 'cn: a:b <c> #d\n');
    assert.equal(line(''), 'cn:\n');
  });

  it('writes base64 where the grammar has no other way (SAFE-INIT-CHAR, SAFE-CHAR, note 8)', () => {
    const odd = [' a', ':a', '<a', 'a ', 'é', 'a\nb', 'a\rb', 'a\0b', '\u007f', '\t', Buffer.from([0xff, 0x00])];
    for (const value of odd) {
      assert.equal(line(value), `cn:: ${Buffer.from(value).toString('base64')}\n`);
    }
  });

  it('folds lines at 76 characters and marks what goes on with one space (note 2)', () => {
    const folded = line('x'.repeat(300));
    const lines = folded.trimEnd().split('\n');
    assert.deepEqual(
      lines.map(({ length }) => length),
      [76, 76, 76, 76, 4],
    );
    assert.ok(lines.slice(1).every((each) => each.startsWith(' ') && each[1] !== ' '));
    assert.equal(folded.replaceAll('\n ', ''), `cn: ${'x'.repeat(300)}\n`);
    assert.equal(line('y'.repeat(72)), `cn: ${'y'.repeat(72)}\n`);
    assert.ok(
      line('é'.repeat(300))
        .split('\n')
        .every(({ length }) => length <= 76),
    );
  });

  it('is read back octet by octet, whatever the value', () => {
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
        const octets = values.map((each) => Buffer.from(each));
        const text = `${ldifVersion}\n${ldifLine('dn', Buffer.from('cn=a'))}${octets.map((each) => ldifLine('cn', each)).join('')}`;
        const [record] = parseLdif(text);
        assert.deepEqual(record?.get('cn'), octets);
      }),
    );
  });
});
