import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { indexedAttributes, indexKey, indexKeyBytesMax, indexPrefix } from '../../../src/directory/index-key.ts';
import { standardSchema } from '../../../src/directory/schema.ts';

const key = (attribute: string, value: string | Buffer): string | undefined =>
  indexKey(standardSchema, attribute, value)?.toString('hex');

function prefixOf(attribute: string, initial: string): Buffer | undefined {
  const type = standardSchema.attribute(attribute);
  assert.ok(type !== undefined);
  return indexPrefix(type, Buffer.from(initial));
}

describe('Index keys', () => {
  it('are equal for values that match, and differ for those that do not', () => {
    assert.equal(key('uid', ' ALICE '), key('uid', 'alice'));
    assert.equal(key('cn', 'Zoe\u0308'), key('cn', 'ZOË'));
    assert.equal(key('uidNumber', '007'), key('uidNumber', '7'));
    assert.equal(
      key('entryUUID', 'A1B2C3D4-0000-4000-8000-00000000000F'),
      key('entryUUID', 'a1b2c3d4-0000-4000-8000-00000000000f'),
    );
    assert.notEqual(key('uid', 'alice'), key('uid', 'alicf'));
    assert.notEqual(key('objectGUID', Buffer.from([0x41])), key('objectGUID', Buffer.from([0x61])));
  });

  it('do not exist for values that match nothing and for attributes without an equality rule', () => {
    assert.equal(key('uidNumber', 'abc'), undefined);
    assert.equal(key('entryUUID', 'x'), undefined);
    assert.equal(key('cn', Buffer.from([0xff])), undefined);
    assert.equal(key('cn', ''), undefined);
    assert.equal(key('cn', '   '), undefined);
    assert.equal(key('jpegPhoto', 'x'), undefined);
    assert.equal(key('noSuch', 'x'), undefined);
  });

  it('have a bounded length and still tell long values apart (P8)', () => {
    const long = 'x'.repeat(5000);
    assert.equal(indexKey(standardSchema, 'cn', long)?.length, indexKeyBytesMax);
    assert.equal(indexKey(standardSchema, 'cn', 'x'.repeat(96))?.length, 96);
    assert.equal(indexKey(standardSchema, 'cn', 'x'.repeat(97))?.length, indexKeyBytesMax);
    assert.notEqual(key('cn', `${long}a`), key('cn', `${long}b`));
    assert.equal(key('cn', `${long} A`), key('cn', `${long}  a`));
  });

  it('begin with the prefix of every initial substring that they match', () => {
    const unit = fc.constantFrom('a', 'B', ' ', 'é', 'ß', '\u0301', 'x'.repeat(40));
    fc.assert(
      fc.property(fc.string({ unit }), fc.string({ unit }), (initial, rest) => {
        const prefix = prefixOf('cn', initial);
        const whole = indexKey(standardSchema, 'cn', initial + rest);
        const type = standardSchema.attribute('cn');
        const form = type?.substrings?.substrings;
        assert.ok(form !== undefined);
        const matches = form.value(initial + rest).startsWith(form.part(initial, 'initial'));
        if (prefix === undefined || whole === undefined || !matches) return;
        assert.ok(whole.subarray(0, prefix.length).equals(prefix));
      }),
      { numRuns: 3000 },
    );
  });

  it('have no prefix where the index cannot tell', () => {
    assert.equal(prefixOf('cn', '  '), undefined);
    assert.equal(prefixOf('cn', 'a\u{20dd}'), undefined);
    assert.equal(prefixOf('telephoneNumber', '+1'), undefined);
    assert.equal(prefixOf('uidNumber', '1'), undefined);
    assert.equal(prefixOf('cn', 'Al')?.toString(), 'al');
  });

  it('are kept for attributes of the schema, once each, by their first name in lower case', () => {
    const names = indexedAttributes.map(({ attribute }) => attribute);
    assert.equal(new Set(names).size, names.length);
    for (const { attribute, prefix } of indexedAttributes) {
      const type = standardSchema.attribute(attribute);
      assert.equal(type?.key, attribute);
      assert.ok(type?.equality !== undefined, attribute);
      if (prefix) assert.ok(type?.substrings !== undefined && type.equality.ascii !== undefined, attribute);
    }
  });
});
