/** Inputs of any size that cost a careless reader more than linear work, and how much they cost this one. */
import { normalizeDn } from '../../src/directory/dn.ts';
import { prepareCaseIgnore, prepareSubstring } from '../../src/directory/string-prep.ts';
import { generalizedTimeForm, integerForm, nameAndUidForm } from '../../src/directory/value-forms.ts';
import { BerReader } from '../../src/ldap/ber-reader.ts';
import { decodeFilter } from '../../src/ldap/filter-decoder.ts';
import { Framer, InputBudget } from '../../src/ldap/framer.ts';
import { element, equality, lengthOctets, present, sequence, text } from '../support/ldap-ber.ts';
import type { Coverage } from './coverage.ts';

/** A kind of input, and what reads it. */
interface Family {
  readonly name: string;
  /** An input of about so many octets, ready to be read. */
  readonly read: (bytes: number) => () => unknown;
}

/** What twice the input costs, as a multiple of what it costs once. */
export interface Growth {
  readonly name: string;
  readonly steps: number;
  readonly cpu: number;
}

/** The same octets so many times. */
function many(times: number, octets: Buffer): Buffer {
  return Buffer.alloc(Math.floor(times) * octets.length, octets);
}

const unlimited = { filterDepthMax: 2000, filterItemsMax: Number.POSITIVE_INFINITY };

function filterFamily(name: string, filter: (bytes: number) => Buffer): Family {
  return {
    name: `filter of ${name}`,
    read: (bytes) => {
      const encoded = filter(bytes);
      return () => decodeFilter(new BerReader(encoded), unlimited);
    },
  };
}

function textFamily(name: string, piece: string, read: (text: string) => unknown, start = ''): Family {
  return {
    name,
    read: (bytes) => {
      const whole = start + piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece)));
      return () => read(whole);
    },
  };
}

/** Ones inside ones: lengths written from the inside out. */
function nested(depth: number): Buffer {
  const headers: Buffer[] = [];
  let size = 2;
  for (let level = 0; level < depth; level++) {
    const header = Buffer.concat([Buffer.of(0xa2), lengthOctets(size)]);
    headers.push(header);
    size += header.length;
  }
  return Buffer.concat([...headers.reverse(), present('')]);
}

function frames(bytes: number, pieceBytes: number, message: Buffer): () => unknown {
  const stream = many(Math.ceil(bytes / message.length), message);
  return () => {
    const framer = new Framer(new InputBudget(4 * stream.length + 1024));
    for (let at = 0; at < stream.length; at += pieceBytes) {
      framer.push(Buffer.from(stream.subarray(at, at + pieceBytes)));
      while (framer.next(stream.length) !== undefined);
      framer.settle();
    }
  };
}

/** Everything that is measured. */
const families: readonly Family[] = [
  filterFamily('many terms', (bytes) => element(0xa1, many(bytes / 8, equality('a', 'b')))),
  filterFamily('many sets of many terms', (bytes) =>
    element(0xa0, many(bytes / 1024, element(0xa1, many(128, equality('a', 'b'))))),
  ),
  filterFamily('empty sets', (bytes) => element(0xa0, many(bytes / 2, Buffer.from('a100', 'hex')))),
  filterFamily('many substrings', (bytes) =>
    element(0xa4, text('a'), sequence(many(bytes / 3, Buffer.from('810178', 'hex')))),
  ),
  filterFamily('one long value', (bytes) => equality('cn', Buffer.alloc(bytes, 0x20))),
  filterFamily('one long attribute', (bytes) => present('a'.repeat(bytes))),
  filterFamily('NOT inside NOT', (bytes) => nested(Math.min(bytes, 950))),
  {
    name: 'messages of 7 octets in one piece',
    read: (bytes) => frames(bytes, bytes + 7, Buffer.from('30050201014200', 'hex')),
  },
  {
    name: 'messages of 7 octets in pieces of 5',
    read: (bytes) => frames(bytes, 5, Buffer.from('30050201014200', 'hex')),
  },
  {
    name: 'one message in pieces of 16',
    read: (bytes) => frames(bytes, 16, Buffer.concat([Buffer.of(0x30), lengthOctets(bytes), Buffer.alloc(bytes)])),
  },
  ...['cn=x,', 'cn=x+', '\\41', '\\ ', ' ', '\\,', 'É,cn=', 'ﷺ'].map((piece) => ({
    name: `name of ${JSON.stringify(piece)}`,
    read: (bytes: number) => {
      const whole = `cn=${piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece)))}cn=x`;
      return () => normalizeDn(whole);
    },
  })),
  ...['\u0301\u0316', ' ', ' \u0301', 'ﷺ', '\u1100', 'ẛ̣', '\u00ad', 'İ', 'a '].flatMap((piece) => [
    textFamily(`value of ${JSON.stringify(piece)}`, piece, prepareCaseIgnore, 'é'),
    textFamily(`substring of ${JSON.stringify(piece)}`, piece, (whole) => prepareSubstring(whole, 'any', true), 'é'),
  ]),
  textFamily('integer of zeros', '0', (whole) => integerForm(Buffer.from(whole)), '-'),
  textFamily('time with a long fraction', '9', (whole) => generalizedTimeForm(Buffer.from(`${whole}Z`)), '2024022912.'),
  textFamily('name with a long bit string', '01', (whole) => nameAndUidForm(Buffer.from(`${whole}'B`)), "cn=x#'"),
  textFamily('name with many bit strings', "#'0'B", (whole) => nameAndUidForm(Buffer.from(whole)), 'cn=x'),
];

/** Measures each family at this size and at twice as much. */
export function* measureGrowth(bytes: number, coverage: Coverage): Generator<Growth> {
  for (const family of families) {
    // What is compiled and loaded on the way is no part of it.
    family.read(Math.min(bytes, 10_000))();
    const once = measure(family.read(bytes), coverage);
    const twice = measure(family.read(2 * bytes), coverage);
    yield { name: family.name, steps: twice.steps / once.steps, cpu: twice.cpuUs / once.cpuUs };
  }
}

/** Less than this is lost among what every execution costs. */
const stepsMin = 1000;
const cpuUsMin = 50_000;

function measure(work: () => unknown, coverage: Coverage): { readonly steps: number; readonly cpuUs: number } {
  coverage.take();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { steps: Math.max(stepsMin, coverage.take().steps), cpuUs: Math.max(cpuUsMin, user + system) };
}
