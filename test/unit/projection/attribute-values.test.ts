import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { standardSchema } from '../../../src/directory/schema.ts';
import { fitOf } from '../../../src/projection/attribute-values.ts';
import { valueLengthMax } from '../../../src/projection/template-functions.ts';

function fit(attribute: string, text: string): string | undefined {
  const type = standardSchema.attribute(attribute);
  assert.ok(type, attribute);
  const own = fitOf(type);
  assert.ok(own, `${attribute} can be mapped`);
  return own(text);
}

describe('the value that a text is for an attribute (RFC 4517 §3.3)', () => {
  const table: readonly (readonly [attribute: string, text: string, value: string | undefined])[] = [
    ['title', 'Café ☕', 'Café ☕'],
    ['mail', 'a@contoso.com', 'a@contoso.com'],
    ['mail', 'å@contoso.com', undefined],
    ['telephoneNumber', '+49\u00a030  1', '+49 30 1'],
    ['telephoneNumber', '１２３', undefined],
    ['facsimileTelephoneNumber', '+49 30 1', '+49 30 1'],
    ['accountEnabled', 'true', 'TRUE'],
    ['accountEnabled', 'FALSE', 'FALSE'],
    ['accountEnabled', 'yes', undefined],
    ['shadowLastChange', '2017-11-21T07:24:04Z', '17491'],
    ['shadowLastChange', '1969-12-31T23:59:59Z', '-1'],
    ['shadowLastChange', '12345', '12345'],
    ['shadowLastChange', 'soon', undefined],
    ['shadowMax', ' 007 ', '7'],
    ['shadowMax', '-0', '0'],
    ['shadowMax', '7.5', undefined],
    ['shadowMax', '9'.repeat(65), undefined],
    ['sudoNotBefore', '2026-01-31T08:00:00.5Z', '20260131080000Z'],
    ['sudoNotBefore', '2026-01-31', '20260131000000Z'],
    ['sudoNotBefore', '20260131080000Z', '20260131080000Z'],
    ['sudoNotBefore', '7', undefined],
    ['sudoNotBefore', '2026-13-31T00:00:00Z', undefined],
    ['manager', 'uid=anna,ou=users,dc=contoso,dc=com', 'uid=anna,ou=users,dc=contoso,dc=com'],
    ['manager', 'Anna', undefined],
    ['manager', '', undefined],
    ['c', 'DE', 'DE'],
    ['c', 'Germany', undefined],
    ['x121Address', '12 34', '12 34'],
    ['x121Address', '12a', undefined],
    ['postalAddress', 'Pine Street 1\r\n 12345 Berlin\n', 'Pine Street 1$12345 Berlin'],
    ['serialNumber', 'A-1', 'A-1'],
    ['serialNumber', 'A#1', undefined],
    ['gecos', 'Anna: boss\nof all', 'Anna  boss of all'],
    ['gecos', ':', undefined],
  ];
  for (const [attribute, text, value] of table) {
    it(`${attribute}: ${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => {
      assert.equal(fit(attribute, text), value);
    });
  }

  it('is none for attributes that hold pictures, certificates, keys or passwords (P7)', () => {
    for (const name of [
      'jpegPhoto',
      'userCertificate',
      'userPassword',
      'sshPublicKey',
      'thumbnailPhoto',
      'objectGUID',
      'audio',
    ]) {
      const type = standardSchema.attribute(name);
      assert.ok(type, name);
      assert.equal(fitOf(type), undefined, name);
    }
  });

  it('has a bounded length (P8)', () => {
    assert.equal(fit('title', 'x'.repeat(valueLengthMax))?.length, valueLengthMax);
    assert.equal(fit('title', 'x'.repeat(valueLengthMax + 1)), undefined);
  });

  it('is one that the equality rule of the attribute takes, whatever the text was', () => {
    const types = standardSchema.attributes.filter((type) => fitOf(type) !== undefined && type.equality !== undefined);
    assert.ok(types.length > 50);
    const texts = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      fc.constantFrom('true', '7', '2026-01-01T00:00:00Z', 'cn=x', '+1 2', 'DE', 'a\nb'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), texts, (type, text) => {
        fc.pre(text.trim() !== '' && Buffer.from(text).toString() === text);
        const value = fitOf(type)?.(text);
        fc.pre(value !== undefined);
        assert.notEqual(type.equality?.form(Buffer.from(value)), undefined, `${type.name} ${JSON.stringify(value)}`);
      }),
      { seed: 20261121, numRuns: 3000 },
    );
  });
});
