import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { csvLine } from '../../../src/cli/text/csv.ts';
import { CsvError, parseCsv } from '../../../src/identity/csv.ts';

describe('CSV (RFC 4180)', () => {
  it('gives back every value that was written, with the line on which its record begins', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('', 'a,b', '"', 'a\nb', '\r\n', ' x ', '"a","b"'));
    const rows = fc.array(fc.array(value, { minLength: 2, maxLength: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (written) => {
        const text = written.map(csvLine).join('');
        const read = parseCsv(text);
        assert.deepEqual(
          read.map(({ fields }) => fields),
          written,
        );
        let line = 1;
        for (const [at, row] of written.entries()) {
          assert.equal(read[at]?.line, line);
          line += csvLine(row).match(/\r\n|\r|\n/g)?.length ?? 0;
        }
      }),
      { seed: 20_261_121 },
    );
  });

  it('reads either kind of line end, blanks around values, and a last line without an end', () => {
    assert.deepEqual(
      parseCsv('a, b ,"c"\n\n1,2,\r\n"x" ,y').map(({ line, fields }) => [line, ...fields]),
      [
        [1, 'a', 'b', 'c'],
        [3, '1', '2', ''],
        [4, 'x', 'y'],
      ],
    );
    assert.deepEqual(parseCsv(''), []);
  });

  it('tells on which line a quotation mark stands where none can be', () => {
    for (const text of ['a,b\n"x"y,z', 'a,b\nx"y,z', 'a,b\n"never closed']) {
      assert.throws(
        () => parseCsv(text),
        (error: unknown) => error instanceof CsvError && error.line === 2,
        text,
      );
    }
  });
});
