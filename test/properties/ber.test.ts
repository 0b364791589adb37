import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';

import * as fc from 'fast-check';

import { RequestError } from '../../src/ldap/request-error.ts';
import { BerError, BerReader } from '../../src/ldap/ber-reader.ts';
import { BerWriter, elementSize, integerSize, lengthSize } from '../../src/ldap/ber-writer.ts';
import {
  decodeDereferences,
  decodeListView,
  decodeMatchedValues,
  decodePagedResults,
  decodeSortKeys,
} from '../../src/ldap/control-values.ts';
import { decodeControls } from '../../src/ldap/controls.ts';
import { assertPasswordModify } from '../../src/ldap/password-modify.ts';
import { decodeFilter } from '../../src/ldap/filter-decoder.ts';
import { Framer, FramingLimitError, InputBudget } from '../../src/ldap/framer.ts';
import { defaultLdapLimits } from '../../src/ldap/limits.ts';
import { decodeEnvelope } from '../../src/ldap/message.ts';
import { decodeSearch } from '../../src/ldap/search-decoder.ts';
import * as ber from '../support/ldap-ber.ts';

const seed = randomInt(2 ** 31);
const options = { seed, numRuns: 2000 };

type Tree = { readonly tag: number; readonly value: Uint8Array | readonly Tree[] };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.record(
      { tag: fc.constantFrom(0x04, 0x80, 0x87), value: fc.uint8Array({ maxLength: 300 }) },
      { noNullPrototype: true },
    ),
    fc.record(
      { tag: fc.constantFrom(0x30, 0xa0, 0x63), value: fc.array(tie('tree'), { maxLength: 5 }) },
      { noNullPrototype: true },
    ),
  ),
}));

function isTrees(value: Tree['value']): value is readonly Tree[] {
  return Array.isArray(value);
}

function size(node: Tree): number {
  return elementSize(isTrees(node.value) ? node.value.reduce((sum, child) => sum + size(child), 0) : node.value.length);
}

function write(writer: BerWriter, node: Tree): void {
  if (!isTrees(node.value)) {
    writer.octets(node.tag, Buffer.from(node.value));
    return;
  }
  writer.header(
    node.tag,
    node.value.reduce((sum, child) => sum + size(child), 0),
  );
  for (const child of node.value) write(writer, child);
}

function read(reader: BerReader): Tree {
  const tag = reader.peek();
  if ((tag & 0x20) === 0) return { tag, value: new Uint8Array(reader.octets(tag)) };
  const outer = reader.enter(tag);
  const value: Tree[] = [];
  while (!reader.atEnd) value.push(read(reader));
  reader.leave(outer);
  return { tag, value };
}

/** What a decoder may throw at foreign bytes. */
function isOwnError(error: unknown): boolean {
  return error instanceof BerError || error instanceof RequestError || error instanceof FramingLimitError;
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    assert.ok(isOwnError(error), String(error));
  }
}

const samples = [
  ber.message(7, ber.bindRequest('cn=x', 'y')),
  ber.message(
    8,
    ber.searchRequest({
      attributes: ['a', 'b'],
      filter: ber.element(
        0xa0,
        ber.equality('a', 'b'),
        ber.element(0xa4, ber.text('c'), ber.sequence(ber.element(0x80, 'd'), ber.element(0x82, 'e'))),
        ber.element(0xa9, ber.element(0x81, '2.5.13.2'), ber.element(0x83, 'v')),
      ),
    }),
    [ber.pagedControl(10, 'cookie'), ber.control('1.2.3', true, 'v')],
  ),
];

const damaged = fc
  .record({
    sample: fc.constantFrom(...samples),
    changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 5 }),
    cut: fc.option(fc.nat(), { nil: undefined }),
    insert: fc.option(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 8 })), { nil: undefined }),
  })
  .map(({ sample, changes, cut, insert }) => {
    let bytes = Buffer.from(sample);
    for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
    if (insert !== undefined) {
      const at = insert[0] % bytes.length;
      bytes = Buffer.concat([bytes.subarray(0, at), insert[1], bytes.subarray(at)]);
    }
    return cut === undefined ? bytes : bytes.subarray(0, cut % bytes.length);
  });

const foreign = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  damaged,
);

describe(`BER (RFC 4511 §5.1), seed ${seed}`, () => {
  it('reads back every tree of elements that it wrote, and the sizes foretold were right', () => {
    fc.assert(
      fc.property(tree, (node) => {
        const writer = new BerWriter(16);
        write(writer, node);
        assert.equal(writer.length, size(node));
        const bytes = writer.take();
        assert.equal(writer.length, 0);
        const reader = new BerReader(bytes);
        assert.deepEqual(read(reader), node);
        assert.ok(reader.atEnd);
      }),
      options,
    );
  });

  it('reads back every number from 0 to 2^31-1, in the shortest form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (value) => {
        const writer = new BerWriter();
        writer.integer(2, value);
        const bytes = writer.take();
        assert.deepEqual(bytes, ber.integer(value));
        assert.equal(bytes.length, elementSize(integerSize(value)));
        assert.equal(new BerReader(bytes).integer(2, 0, 2 ** 31 - 1), value);
      }),
      options,
    );
  });

  it('reads every signed number, however many zeros or ones lead it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 3 }), (value, extra) => {
        const shortest = ber.integer(value).subarray(2);
        const bytes = ber.element(2, Buffer.alloc(extra, value < 0 ? 0xff : 0), shortest);
        assert.equal(new BerReader(bytes).integer(2, -(2 ** 31), 2 ** 31), value);
      }),
      options,
    );
  });

  it('reads back text in any script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const writer = new BerWriter(16);
        writer.string(4, text, Buffer.byteLength(text));
        assert.equal(new BerReader(writer.take()).string(), text);
      }),
      options,
    );
  });

  it('foretells the length octets as they are written', () => {
    for (const length of [0, 127, 128, 255, 256, 65535, 65536, 16777215, 16777216]) {
      assert.equal(ber.lengthOctets(length).length, lengthSize(length));
      const writer = new BerWriter();
      writer.header(4, length);
      assert.deepEqual(writer.take().subarray(1), ber.lengthOctets(length));
    }
  });

  it('throws nothing but its own errors at foreign bytes, and reads nothing outside them (P8)', () => {
    fc.assert(
      fc.property(foreign, (bytes) => {
        // The bytes lie between others that must never show.
        const field = Buffer.concat([Buffer.alloc(8, 0x30), bytes, Buffer.alloc(64, 0x41)]);
        const within = field.subarray(8, 8 + bytes.length);
        attempt(() => {
          const reader = new BerReader();
          const envelope = decodeEnvelope(reader, within);
          assert.ok(envelope.operationEnd <= within.length);
          attempt(() => decodeControls(reader, envelope.tag, defaultLdapLimits));
          reader.reset(within, envelope.operationStart, envelope.operationEnd);
          decodeSearch(reader, defaultLdapLimits);
        });
        attempt(() => decodeFilter(new BerReader(within), defaultLdapLimits));
        for (const decode of [decodePagedResults, decodeSortKeys, decodeDereferences, decodeListView]) {
          attempt(() => decode(within));
        }
        attempt(() => decodeMatchedValues(within, defaultLdapLimits));
        attempt(() => assertPasswordModify(Buffer.from(within)));
        attempt(() => {
          const reader = new BerReader(field);
          reader.reset(field, 8, 8 + bytes.length);
          while (!reader.atEnd) {
            assert.ok(reader.offset >= 8);
            const octets = reader.octets(reader.peek());
            assert.ok(octets.byteOffset + octets.length <= within.byteOffset + within.length);
          }
        });
      }),
      options,
    );
  });
});

describe(`framing, seed ${seed}`, () => {
  it('gives the same messages however the stream is cut, and gives all bytes of the budget back', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.array(fc.nat({ max: 3000 }), { maxLength: 12 }), (bodies, cuts) => {
        const expected = bodies.map((body) => ber.sequence(Buffer.from(body)));
        const stream = Buffer.concat(expected);
        const points = [...cuts.map((cut) => cut % stream.length), stream.length].sort((a, b) => a - b);
        const budget = new InputBudget(1_000_000);
        const framer = new Framer(budget);
        const found: Buffer[] = [];
        let from = 0;
        for (const to of points) {
          if (to > from) framer.push(Buffer.from(stream.subarray(from, to)));
          from = Math.max(from, to);
          for (let next = framer.next(1000); next !== undefined; next = framer.next(1000))
            found.push(Buffer.from(next));
          framer.settle();
        }
        assert.deepEqual(found, expected);
        assert.equal(budget.used, 0);
        assert.equal(framer.bufferedBytes, 0);
      }),
      options,
    );
  });

  it('throws nothing but its own errors at foreign bytes, and never holds much more than it was given (P8)', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 20 }), (chunks) => {
        const budget = new InputBudget(1_000_000);
        const framer = new Framer(budget);
        let given = 0;
        attempt(() => {
          for (const chunk of chunks) {
            given += chunk.length;
            framer.push(Buffer.from(chunk));
            while (framer.next(10_000) !== undefined);
            framer.settle();
            assert.ok(budget.used <= 2 * given + 64);
          }
        });
        framer.clear();
        assert.equal(budget.used, 0);
      }),
      options,
    );
  });
});
