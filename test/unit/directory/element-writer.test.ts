import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { octetStringTag } from '../../../src/directory/ber.ts';
import { ElementWriter } from '../../../src/directory/element-writer.ts';
import { encodeAttribute, encodeValue } from '../../../src/directory/entry-codec.ts';

const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

describe('element writer', () => {
  it('writes values and attributes as they are encoded one by one (RFC 4511 §4.1.7, §5.1)', () => {
    const writer = new ElementWriter();
    fc.assert(
      fc.property(value, fc.array(value, { maxLength: 20 }), (first, values) => {
        writer.reset(4);
        writer.string(octetStringTag, first);
        writer.attribute('description', values);
        assert.deepEqual(
          writer.copy().subarray(4),
          Buffer.concat([encodeValue(first), encodeAttribute('description', values)]),
        );
      }),
      { seed: 20261121, numRuns: 500 },
    );
  });

  it('writes lengths in their shortest form at every limit (RFC 4511 §5.1)', () => {
    const writer = new ElementWriter();
    for (const length of [0, 47, 48, 49, 127, 128, 255, 256, 65_535, 65_536, 2_000_000]) {
      const text = 'x'.repeat(length);
      writer.reset(0);
      writer.string(octetStringTag, text);
      assert.ok(writer.copy().equals(encodeValue(text)), `${length} characters`);
      writer.reset(0);
      writer.attribute('cn', [text, Buffer.from(text)]);
      assert.ok(writer.copy().equals(encodeAttribute('cn', [text, text])), `${length} characters twice`);
    }
  });

  it('gives copies that later elements do not change', () => {
    const writer = new ElementWriter();
    writer.reset(0);
    writer.string(octetStringTag, 'first');
    const first = writer.copy();
    writer.reset(0);
    writer.string(octetStringTag, 'other');
    assert.deepEqual(first, encodeValue('first'));
  });
});
