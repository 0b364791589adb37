import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import * as forms from '../../../src/directory/value-forms.ts';
import { equalityTest, equalsAscii } from '../../../src/directory/value-tests.ts';
import { standardSchema } from '../../../src/directory/schema.ts';

const form = (make: forms.NormalForm, text: string): Buffer | undefined => make(Buffer.from(text));

function assertSame(make: forms.NormalForm, ...spellings: readonly string[]): void {
  const [first, ...others] = spellings.map((text) => form(make, text)?.toString('hex'));
  assert.ok(first !== undefined, `${spellings[0]} is a value`);
  for (const other of others) assert.equal(other, first, spellings.join(' = '));
}

function assertNone(make: forms.NormalForm, ...texts: readonly string[]): void {
  for (const text of texts) assert.equal(form(make, text), undefined, `${JSON.stringify(text)} is no value`);
}

function assertAscends(make: forms.NormalForm, ...texts: readonly string[]): void {
  for (const [index, text] of texts.entries()) {
    const here = form(make, text);
    const before = index === 0 ? undefined : form(make, texts[index - 1] ?? '');
    assert.ok(here !== undefined, text);
    if (before !== undefined) assert.ok(Buffer.compare(before, here) < 0, `${texts[index - 1]} < ${text}`);
  }
}

describe('Normal forms of values (RFC 4517)', () => {
  it('of integers are equal and ordered as the numbers are, however long (§4.2.19, §4.2.20)', () => {
    assertSame(forms.integerForm, '7', '07', '0007');
    assertSame(forms.integerForm, '0', '-0', '000');
    assertNone(forms.integerForm, '', '-', '+1', '1.0', ' 1', 'abc', '0x1', '1e3');
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
        const [left, right] = [form(forms.integerForm, String(a)), form(forms.integerForm, String(b))];
        assert.ok(left !== undefined && right !== undefined);
        assert.equal(Buffer.compare(left, right), a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('of generalized times are the instant (§3.3.13, §4.2.17)', () => {
    assertSame(
      forms.generalizedTimeForm,
      '20240229120000Z',
      '202402291200Z',
      '2024022912Z',
      '20240229120000.000Z',
      '20240229120000,0Z',
      '20240229130000+0100',
      '20240229130000+01',
      '20240229113000-0030',
      '20240229115960Z',
    );
    assertSame(forms.generalizedTimeForm, '2024022912.5Z', '202402291230Z');
    assertSame(forms.generalizedTimeForm, '202402291200.25Z', '20240229120015Z');
    assertAscends(
      forms.generalizedTimeForm,
      '00000101000000Z',
      '19691231235959Z',
      '19700101000000Z',
      '20240229120000Z',
      '20240229120000.000000001Z',
      '20240229120000.5Z',
      '20240229120001Z',
      '99991231235959Z',
    );
  });

  it('of what is no date or no time do not exist (§3.3.13)', () => {
    assertNone(
      forms.generalizedTimeForm,
      '',
      '20240229120000',
      '20230229120000Z',
      '19000229120000Z',
      '20241301120000Z',
      '20240100120000Z',
      '20240431120000Z',
      '2024022924Z',
      '202402291260Z',
      '20240229120061Z',
      '20240229120000.Z',
      '20240229120000+2400',
      '20240229120000+0160',
      '240229120000Z',
      'x20240229120000Z',
    );
    assert.ok(form(forms.generalizedTimeForm, '20000229120000Z') !== undefined);
  });

  it('of UUIDs ignore case and want the hyphens (RFC 4530 §2.1)', () => {
    assertSame(forms.uuidForm, 'A1B2C3D4-0000-4000-8000-00000000000F', 'a1b2c3d4-0000-4000-8000-00000000000f');
    assertNone(forms.uuidForm, '', 'a1b2c3d4000040008000000000000000', 'g1b2c3d4-0000-4000-8000-00000000000f');
  });

  it('of booleans and bit strings are what the syntax spells (§3.3.2, §3.3.3)', () => {
    assertSame(forms.booleanForm, 'TRUE');
    assertNone(forms.booleanForm, 'true', '1', '');
    assertSame(forms.bitStringForm, "'0101'B");
    assertNone(forms.bitStringForm, '0101', "'012'B");
  });

  it('of names with a unique identifier compare both (§4.2.31)', () => {
    assertSame(forms.nameAndUidForm, "CN=A, dc=x#'01'B", "cn=a,dc=x#'01'B");
    assertNone(forms.nameAndUidForm, "nonsense#'01'B", 'nonsense');
    assert.notDeepEqual(form(forms.nameAndUidForm, "cn=a#'01'B"), form(forms.nameAndUidForm, "cn=a#'11'B"));
    assertSame(forms.nameAndUidForm, 'CN=A', 'cn=a');
  });

  it('of postal addresses compare line by line (§4.2.11)', () => {
    assertSame(forms.caseIgnoreListForm, '1 Main  St.$Town', '1 MAIN st.$ town ');
    assertSame(forms.caseIgnoreListForm, 'a\\24b$c', 'A\\24B$C');
    assert.notDeepEqual(form(forms.caseIgnoreListForm, 'a\\24b'), form(forms.caseIgnoreListForm, 'a$b'));
    assertNone(forms.caseIgnoreListForm, '');
  });

  it('of directory strings do not exist when empty, of IA5 strings do (§3.3.6, §3.3.15)', () => {
    assertNone(forms.caseIgnoreForm, '');
    assertNone(forms.caseExactForm, '');
    assert.equal(form(forms.caseIgnoreIa5Form, '')?.length, 0);
    assert.equal(forms.caseIgnoreForm(Buffer.from([0xc3, 0x28])), undefined);
  });

  it('of change sequence numbers are their octets, as OpenLDAP compares them', () => {
    assertSame(forms.csnForm, '20250601080000.000000Z#00000a#000#000000', '20250601080000.000000Z#00000a#000#000000');
    const [upper, lower] = ['20250601080000.000000Z#00000A#000#000000', '20250601080000.000000Z#00000a#000#000000'];
    assert.notDeepEqual(form(forms.csnForm, upper), form(forms.csnForm, lower));
    assertNone(forms.csnForm, '', '20250601080000Z', 'x');
  });
});

describe('The comparison of plain ASCII', () => {
  it('agrees with the preparation of RFC 4518 wherever it decides', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'A', 'b', ' ', 'é', '\u0301', '\t', '~') });
    const rule = standardSchema.matchingRule('caseIgnoreMatch');
    assert.ok(rule !== undefined);
    fc.assert(
      fc.property(text, text, fc.boolean(), (left, right, folds) => {
        const make = folds ? forms.caseIgnoreIa5Form : forms.caseExactIa5Form;
        const assertion = form(make, right);
        const value = Buffer.from(`|${left}|`);
        assert.ok(assertion !== undefined);
        const decided = equalsAscii(value, 1, value.length - 1, assertion, folds);
        if (decided !== undefined) assert.equal(decided, form(make, left)?.equals(assertion) === true);
        if (/^[\x20-\x7e]*$/.test(left)) assert.notEqual(decided, undefined);
      }),
      { numRuns: 5000 },
    );
  });

  it('leaves to the preparation what it cannot decide', () => {
    const rule = standardSchema.matchingRule('caseIgnoreMatch');
    assert.ok(rule !== undefined);
    const test = equalityTest(rule, Buffer.from('zoë'));
    const value = Buffer.from('xxZOE\u0308xx');
    assert.ok(test(value, 2, value.length - 2));
  });
});
