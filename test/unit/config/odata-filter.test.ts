import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseODataFilter } from '../../../src/config/odata-filter.ts';

function filterIn(input: string): string {
  const reading = parseODataFilter(input);
  assert.ok('value' in reading, `${input}: ${'problem' in reading ? reading.problem : ''}`);
  return reading.value;
}

function problemWith(input: string): string {
  const reading = parseODataFilter(input);
  assert.ok('problem' in reading, input);
  return reading.problem;
}

describe('filters as people paste them', () => {
  const pasted: readonly (readonly [string, string])[] = [
    ["department in ('Retail','Sales')", "department in ('Retail','Sales')"],
    ["?$filter=startswith(givenName, 'J')", "startswith(givenName, 'J')"],
    ["$filter=department in ('Retail','Sales')", "department in ('Retail','Sales')"],
    ["filter=department eq 'Sales'", "department eq 'Sales'"],
    ["  ?$Filter= id in ('a') ", "id in ('a')"],
    ['%24filter=department%20eq%20%27Sales%27', "department eq 'Sales'"],
    ['?$filter=displayName+eq+%27R%26D%27&$count=true&$top=5', "displayName eq 'R&D'"],
    ["$count=true&$filter=endsWith(mail,'@x.com')&$orderby=displayName", "endsWith(mail,'@x.com')"],
    ['https://graph.microsoft.com/v1.0/users?$filter=accountEnabled eq true&$select=id', 'accountEnabled eq true'],
    ["displayName eq 'Research & Development'", "displayName eq 'Research & Development'"],
    ["$filter=displayName eq 'Research & Development'&$count=true", "displayName eq 'Research & Development'"],
    ["surname eq 'O''Neil'", "surname eq 'O''Neil'"],
    ["displayName eq '100%25 C++'", "displayName eq '100%25 C++'"],
    ["startsWith(displayName,'50%20off')", "startsWith(displayName,'50 off')"],
    ["displayName eq 'a=b?c'", "displayName eq 'a=b?c'"],
  ];
  for (const [input, expected] of pasted) {
    it(`reads ${input} (FAM-15, FAM-18)`, () => {
      assert.equal(filterIn(input), expected);
    });
  }

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /it is empty/],
    ['?$filter=', /it is empty/],
    ['$search="displayName:x"', /holds \$search, which is not a filter/],
    ["$filter=a eq 'b'&$expand=members", /holds \$expand/],
    ['$count=true', /there is no \$filter in it/],
    ["surname eq 'O'Neil'", /written twice/],
    ["department eq\n'Sales'", /on one line/],
    [`department eq '${'x'.repeat(4096)}'`, /at most 4096 characters/],
  ];
  for (const [input, problem] of wrong) {
    it(`refuses ${JSON.stringify(input.slice(0, 40))} with a reason that does not quote it`, () => {
      assert.match(problemWith(input), problem);
      if (input.length > 20) assert.ok(!problemWith(input).includes(input));
    });
  }

  it('reads the encoded form of any filter as the filter itself', () => {
    const words = fc.array(fc.stringMatching(/^[\p{L}0-9()=,&+%#/]+$/u), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(words, (texts) => {
        // Without a letter before a "=" at the start it is no option of a query.
        const filter = `x eq ${texts.join(' ')}`;
        assert.equal(filterIn(`?$filter=${encodeURIComponent(filter)}`), filter);
        assert.equal(filterIn(filter), filter);
      }),
    );
  });
});
