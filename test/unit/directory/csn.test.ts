import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { changeCountMax, formatChangeNumber, parseChangeNumber } from '../../../src/directory/csn.ts';
import { csnForm } from '../../../src/directory/value-forms.ts';

const seed = 20_261_121;
const number = fc.record(
  {
    timeMs: fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
    count: fc.integer({ min: 0, max: changeCountMax }),
    modification: fc.integer({ min: 0, max: 0xff_ff_ff }),
  },
  { noNullPrototype: true },
);

describe(`change numbers (seed ${seed})`, () => {
  it('are written as OpenLDAP writes them', () => {
    const timeMs = Date.UTC(2026, 10, 21, 14, 1, 2, 45);
    assert.equal(
      formatChangeNumber({ timeMs, count: 10, modification: 0 }),
      '20261121140102.045000Z#00000a#000#000000',
    );
  });

  it('are read back as they were written, always take the same room, and are values of their syntax', () => {
    fc.assert(
      fc.property(number, (each) => {
        const text = formatChangeNumber(each);
        assert.deepEqual(parseChangeNumber(text), each);
        assert.equal(text.length, 40);
        assert.ok(csnForm(Buffer.from(text)) !== undefined);
      }),
      { seed },
    );
  });

  it('order as text as they do by time and then by count', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [first, second] = [formatChangeNumber(a), formatChangeNumber(b)];
        const before = a.timeMs - b.timeMs || a.count - b.count || a.modification - b.modification;
        assert.equal(Math.sign(before), first === second ? 0 : first < second ? -1 : 1);
      }),
      { seed },
    );
  });

  for (const text of [
    '',
    'yesterday',
    '20261121140102Z#000000#000#000000',
    '20261321140102.000000Z#000000#000#000000',
    '20261121140102.000000Z#000000#001#000000',
    '20261121140102.000000Z#00000g#000#000000',
    '20261121140102.000000Z#000000#000#000000;20261121140102.000000Z#000000#001#000000',
  ]) {
    it(`are none for ${JSON.stringify(text)}`, () => assert.equal(parseChangeNumber(text), undefined));
  }
});
