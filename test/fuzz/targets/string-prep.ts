import assert from 'node:assert/strict';

import {
  decodeUtf8,
  prepareCaseExact,
  prepareCaseIgnore,
  prepareNumericString,
  prepareSubstring,
  prepareTelephoneNumber,
  spaceForSubstrings,
} from '../../../src/directory/string-prep.ts';
import { type FuzzTarget, octets, words } from '../target.ts';

/** U+FDFA becomes eighteen characters under NFKC, and no character more; folding and substrings add at most as much again. */
const growthMax = 40;

const preparations = [prepareCaseIgnore, prepareCaseExact, prepareNumericString, prepareTelephoneNumber];
/** Where spaces are left out, what they kept apart comes together: RFC 4518 §2 composes before, and not again after it. */
const final = new Set<(text: string) => string>([prepareCaseIgnore, prepareCaseExact]);

/** String preparation (RFC 4518): nothing throws, what is prepared stays as it is, and no value becomes very much longer. */
export const stringPrepTarget: FuzzTarget = {
  name: 'string-prep',
  bytesMax: 512,
  words: [
    ...words(
      ' ',
      '  ',
      'A',
      'ß',
      'İ',
      'ı',
      'ﬁ',
      'ﷺ',
      '℡',
      'Σ',
      'ς',
      '\u00ad',
      '\u0301',
      '\u0316',
      '\u0345',
      '\u00a0',
      '\u3000',
    ),
    ...words(
      '\u200b',
      '\u1100\u1161\u11a8',
      '가',
      '\u0340',
      '\u0344',
      '\u0f73',
      '𝒜',
      '-',
      '\u2010',
      '\t',
      '\0',
      '\u034f',
    ),
    ...octets('c3', 'eda080', 'f4908080'),
  ],
  seeds: words('Alice  Archer', 'Zoë Müller', ' a\u00adb ', '℡ ﷺ Σ'),
  steps: { fixed: 4000, perByte: 200 },
  run(input) {
    const text = decodeUtf8(input);
    if (text === undefined) return;
    for (const prepare of preparations) {
      const prepared = prepare(text);
      assert.ok(prepared.length <= growthMax * (text.length + 1), 'grows beyond measure');
      // So many marks on one letter are sorted in parts, and after that in other parts.
      if (!final.has(prepare) || /\p{M}{15}/u.test(text)) continue;
      assert.equal(prepare(prepared), prepared, `${prepare.name} is at its end after one time`);
    }
    spaceForSubstrings(prepareCaseIgnore(text));
    for (const position of ['initial', 'any', 'final'] as const) prepareSubstring(text, position, true);
  },
};
