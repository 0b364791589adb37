import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  decodeUtf8,
  prepareCaseExact,
  prepareCaseIgnore,
  prepareNumericString,
  prepareSubstring,
  prepareTelephoneNumber,
  spaceForSubstrings,
} from '../../../src/directory/string-prep.ts';

describe('String preparation (RFC 4518)', () => {
  it('refuses octets that are not UTF-8 (§2.1)', () => {
    assert.equal(decodeUtf8(Buffer.from([0xff])), undefined);
    assert.equal(decodeUtf8(Buffer.from([0xc3])), undefined);
    assert.equal(decodeUtf8(Buffer.from([0xed, 0xa0, 0x80])), undefined);
    assert.equal(decodeUtf8(Buffer.from('ﬀ')), 'ﬀ');
    assert.equal(decodeUtf8(Buffer.from('\u{feff}a')), '\u{feff}a');
  });

  it('maps controls and invisible characters to nothing and white space to SPACE (§2.2)', () => {
    assert.equal(prepareCaseExact('a\u{ad}b\u{200b}c\u{feff}d\0e\u{7f}f\u{fe0f}g\u{e0041}'), 'abcdefg');
    assert.equal(prepareCaseExact('a\tb\nc\u{85}d\u{a0}e\u{2003}f\u{3000}g\u{2028}h'), 'a b c d e f g h');
  });

  it('folds case by Unicode, and leaves it alone where case counts (§2.2, RFC 3454 B.2)', () => {
    assert.equal(prepareCaseIgnore('ÀÉ'), 'àé');
    assert.equal(prepareCaseIgnore('Straße'), 'strasse');
    assert.equal(prepareCaseIgnore('STRAẞE'), 'strasse');
    assert.equal(prepareCaseIgnore('ΟΔΟΣ'), prepareCaseIgnore('οδος'));
    assert.equal(prepareCaseIgnore('İ'), prepareCaseIgnore('i̇'));
    assert.notEqual(prepareCaseIgnore('ı'), prepareCaseIgnore('i'));
    assert.notEqual(prepareCaseIgnore('İ'), 'i');
    assert.equal(prepareCaseIgnore('ſ'), 's');
    assert.equal(prepareCaseExact('Straße'), 'Straße');
  });

  it('normalizes by NFKC, and folds what that uncovers (§2.3)', () => {
    assert.equal(prepareCaseIgnore('e\u0301'), 'é');
    assert.equal(prepareCaseIgnore('ﬁle Ｂ ①'), 'file b 1');
    assert.equal(prepareCaseIgnore('℡'), 'tel');
    assert.equal(prepareCaseExact('Ｂ'), 'B');
  });

  it('drops outer spaces and joins inner ones (§2.6.1)', () => {
    assert.equal(prepareCaseIgnore('   a   b  '), 'a b');
    assert.equal(prepareCaseIgnore('    '), '');
    assert.equal(prepareCaseExact(' A  B '), 'A B');
  });

  it('takes a space with a combining mark for a character, not for a space (§2.6.1)', () => {
    assert.equal(prepareCaseIgnore('a \u0301'), 'a \u0301');
    assert.equal(prepareCaseIgnore('a  \u0301b'), 'a  \u0301b');
  });

  it('ignores spaces in numeric strings, and hyphens too in telephone numbers (§2.6.2, §2.6.3)', () => {
    assert.equal(prepareNumericString(' 12 34  '), '1234');
    assert.equal(prepareNumericString('1-2'), '1-2');
    assert.equal(prepareTelephoneNumber('+1 555-12‐34\u{2212}5'), '+155512345');
    assert.equal(prepareTelephoneNumber('EXT 5'), 'ext5');
  });

  it('spaces values and parts so that words meet words (§2.6.1)', () => {
    const within = (value: string, part: string, position: 'initial' | 'any' | 'final'): boolean => {
      const text = spaceForSubstrings(prepareCaseIgnore(value));
      const wanted = prepareSubstring(part, position, true);
      if (position === 'initial') return text.startsWith(wanted);
      return position === 'final' ? text.endsWith(wanted) : text.includes(wanted);
    };
    assert.ok(within('foo bar', 'FOO', 'initial'));
    assert.ok(within('foo  bar', 'foo ', 'initial'));
    assert.ok(within('foo bar', 'foo   bar', 'any'));
    assert.ok(within('foo bar', ' bar', 'final'));
    assert.ok(within('foo bar', ' ', 'any'));
    assert.ok(within('foo', 'foo ', 'any'));
    assert.ok(!within('foobar', 'foo ', 'initial'));
    assert.ok(!within('foo bar', 'foobar', 'any'));
    assert.ok(!within('xfoo', ' foo', 'any'));
  });

  it('gives a form that preparing again does not change', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const prepared = prepareCaseIgnore(text);
        assert.equal(prepareCaseIgnore(prepared), prepared);
        assert.equal(prepareCaseIgnore(prepareCaseExact(text)), prepared);
      }),
      { numRuns: 3000 },
    );
  });

  it('prepares any number of combining marks in linear time (P8)', () => {
    const marks = '\u0301\u0316'.repeat(500_000);
    assert.ok(prepareCaseIgnore(`a${marks}`).length > marks.length / 2);
  });

  it('tells apart what differs in the last of many marks only (P7)', () => {
    const marks = '\u0301'.repeat(100);
    assert.notEqual(prepareCaseIgnore(`a${marks}\u0316`), prepareCaseIgnore(`a${marks}\u0317`));
  });
});
