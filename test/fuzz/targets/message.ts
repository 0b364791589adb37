import assert from 'node:assert/strict';

import { BerError, BerReader } from '../../../src/ldap/ber-reader.ts';
import { decodeControls } from '../../../src/ldap/controls.ts';
import { Framer, FramingLimitError, InputBudget } from '../../../src/ldap/framer.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { decodeEnvelope } from '../../../src/ldap/message.ts';
import { controlsTag, requestTag } from '../../../src/ldap/protocol.ts';
import { RequestError } from '../../../src/ldap/request-error.ts';
import { decodeSearch } from '../../../src/ldap/search-decoder.ts';
import { type FuzzTarget, octets, words } from '../target.ts';
import { requestSeeds } from '../seeds.ts';
import { watched } from '../watched-buffer.ts';

const touchesPerByteMax = 8;
const messageBytesMax = 2048;

/**
 * A stream as a connection reads it: framing, envelope, controls, search. Only coded errors, nothing read outside a message
 * and no octet more than a few times, all of the budget for incomplete messages given back, and the same messages however
 * the stream is cut.
 */
export const messageTarget: FuzzTarget = {
  name: 'message',
  bytesMax: 4096,
  words: [
    ...words('1.2.840.113556.1.4.319', '1.2.840.113556.1.4.473', '1.3.6.1.4.1.4203.666.5.16', '1.3.6.1.1.12'),
    ...words(
      '1.3.6.1.4.1.4203.1.10.1',
      '1.2.840.113556.1.4.1339',
      '2.16.840.1.113730.3.4.2',
      'objectClass',
      'dc=example,dc=com',
    ),
    ...octets(
      '3084ffffffff',
      '308400000005',
      '30800000',
      '020101',
      '02047fffffff',
      '4200',
      '5001',
      '6000',
      '63',
      '77',
      'a000',
    ),
    ...octets('0a0100', '0a0102', '0101ff', '04000a01020a010002010002010001010087', '3005020105', '30060a01000400'),
  ],
  seeds: requestSeeds,
  steps: { fixed: 3000, perByte: 120 },
  run(input) {
    const whole = messagesOf(input, [input.length]);
    const cut = 1 + (((input[0] ?? 0) ^ (input.at(-1) ?? 0)) % 7);
    const pieces = Array.from({ length: Math.ceil(input.length / cut) }, () => cut);
    assert.deepEqual(messagesOf(input, pieces), whole, `cut into pieces of ${cut}`);
    for (const message of whole) if (Buffer.isBuffer(message)) readMessage(message);
  },
};

/** The messages of a stream that comes in pieces of these lengths, and the error that ended it. */
function messagesOf(stream: Buffer, pieces: readonly number[]): readonly (Buffer | string)[] {
  const budget = new InputBudget(2 * stream.length + 128);
  const framer = new Framer(budget);
  const found: (Buffer | string)[] = [];
  let at = 0;
  try {
    for (const length of pieces) {
      // A copy: what is incomplete is wiped once it was taken over.
      framer.push(Buffer.from(stream.subarray(at, at + length)));
      at += length;
      for (let next = framer.next(messageBytesMax); next !== undefined; next = framer.next(messageBytesMax)) {
        found.push(Buffer.from(next));
      }
      framer.settle();
    }
  } catch (error) {
    if (!(error instanceof BerError) && !(error instanceof FramingLimitError)) throw error;
    found.push(error.message);
  }
  framer.clear();
  assert.equal(budget.used, 0, 'some of the budget is lost');
  return found;
}

function readMessage(bytes: Buffer): void {
  const { buffer, touched } = watched(bytes);
  const reader = new BerReader();
  try {
    const envelope = decodeEnvelope(reader, buffer);
    if (reader.peek() === controlsTag) decodeControls(reader, envelope.tag, defaultLdapLimits);
    reader.reset(buffer, envelope.operationStart, envelope.operationEnd);
    if (envelope.tag === requestTag.search) decodeSearch(reader, defaultLdapLimits);
  } catch (error) {
    if (!(error instanceof BerError) && !(error instanceof RequestError)) throw error;
  }
  assert.ok(touched() <= touchesPerByteMax * bytes.length + 64, 'octets are read again and again');
}
