import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { elementHeader, octetStringTag } from '../../../src/directory/ber.ts';
import { encodeEntry, encodeValue, entryAttribute, entryDn } from '../../../src/directory/entry-codec.ts';
import type { EntryContent } from '../../../src/directory/entry-codec.ts';
import { SchemaError } from '../../../src/directory/schema-notation.ts';
import { standardSchema } from '../../../src/directory/schema.ts';

const encode = (content: Partial<EntryContent>): Buffer =>
  encodeEntry(standardSchema, { dn: 'uid=a', attributes: [], links: [], ...content });

describe('Stored entries', () => {
  it('give back the name and every value that they were made of', () => {
    const names = standardSchema.attributes
      .map((type) => type.name)
      .filter((name) => !['member', 'uniqueMember', 'memberUid', 'memberOf'].includes(name));
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
    );
    const attributes = fc
      .uniqueArray(fc.constantFrom(...names), { maxLength: 20 })
      .chain((chosen) =>
        fc.tuple(...chosen.map((name) => fc.tuple(fc.constant(name), fc.array(value, { minLength: 1, maxLength: 4 })))),
      );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), attributes, (dn, content) => {
        const bytes = encode({ dn, attributes: content });
        assert.equal(entryDn(bytes), Buffer.from(dn).toString());
        for (const name of names) {
          const wanted = content.find(([other]) => other === name)?.[1] ?? [];
          assert.deepEqual(
            entryAttribute(bytes, name),
            wanted.map((each) => Buffer.from(each)),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are the same bytes for the same content, and other bytes for any other', () => {
    const content: Partial<EntryContent> = {
      attributes: [
        ['cn', ['b', 'a']],
        ['entryUUID', ['x']],
      ],
      links: [['memberOf', 'memberOf']],
    };
    assert.ok(encode(content).equals(encode(content)));
    for (const other of [
      { ...content, dn: 'uid=b' },
      { ...content, links: [] },
      { ...content, attributes: [['cn', ['b', 'a']]] as const },
      {
        ...content,
        attributes: [
          ['cn', ['a', 'b']],
          ['entryUUID', ['x']],
        ] as const,
      },
    ]) {
      assert.ok(!encode(content).equals(encode(other)));
    }
  });

  it('call attributes as the schema spells them, whatever they were called', () => {
    assert.ok(encode({ attributes: [['commonname', ['x']]] }).equals(encode({ attributes: [['cn', ['x']]] })));
    assert.deepEqual(entryAttribute(encode({ attributes: [['2.5.4.3', ['x']]] }), 'CN'), [Buffer.from('x')]);
  });

  it('have no attribute without values, and no values for links', () => {
    const bytes = encode({ attributes: [['cn', []]], links: [['member', 'member']] });
    assert.deepEqual(entryAttribute(bytes, 'cn'), []);
    assert.deepEqual(entryAttribute(bytes, 'member'), []);
    assert.deepEqual(entryAttribute(bytes, 'noSuch'), []);
  });

  it('are not made of attributes that the schema does not define, that come twice or that belong elsewhere', () => {
    assert.throws(() => encode({ attributes: [['noSuch', ['x']]] }), SchemaError);
    assert.throws(() => encode({ links: [['noSuch', 'member']] }), SchemaError);
    const twice = [
      ['cn', ['x']],
      ['commonName', ['y']],
    ] as const;
    assert.throws(() => encode({ attributes: twice }), /twice/);
    assert.throws(() => encode({ attributes: [['member', ['cn=x']]] }), /links/);
    assert.throws(() => encode({ links: [['memberUid', 'member']] }), /not in the link/);
    assert.throws(() => encode({ links: [['cn', 'member']] }), /not in the link/);
  });

  it('write lengths in the shortest form (RFC 4511 §5.1)', () => {
    for (const [length, header] of [
      [0, '0400'],
      [0x7f, '047f'],
      [0x80, '048180'],
      [0xff, '0481ff'],
      [0x100, '04820100'],
      [0x1_0000, '0483010000'],
      [0x100_0000, '048401000000'],
    ] as const) {
      assert.equal(elementHeader(octetStringTag, length).toString('hex'), header);
    }
    assert.equal(encodeValue('é').toString('hex'), '0402c3a9');
    assert.equal(encodeValue(Buffer.from([0, 255])).toString('hex'), '040200ff');
  });

  it('hold values of any length', () => {
    const values = [0, 1, 127, 128, 255, 256, 65_535, 65_536].map((length) => Buffer.alloc(length, 7));
    const bytes = encode({
      attributes: [
        ['thumbnailPhoto', values],
        ['cn', ['after']],
      ],
    });
    assert.deepEqual(entryAttribute(bytes, 'thumbnailPhoto'), values);
    assert.deepEqual(entryAttribute(bytes, 'cn'), [Buffer.from('after')]);
  });
});
