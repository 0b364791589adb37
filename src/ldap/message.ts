import type { BerReader } from './ber-reader.ts';
import { BerError } from './ber-reader.ts';
import { berTag, maxInt, type OperationKind, operationKind } from './protocol.ts';

/** The envelope of a request (RFC 4511 §4.1.1); operation and controls are read later, by who knows them. */
export interface Envelope {
  readonly id: number;
  /** Identifier octet of the operation. */
  readonly tag: number;
  readonly operation: OperationKind;
  /** The operation with tag and length: `operationStart` to `operationEnd` of the message. */
  readonly operationStart: number;
  readonly operationEnd: number;
}

/**
 * Reads the envelope and leaves the reader behind the operation, where controls may follow. Throws {@link BerError} of kind
 * `structure` for everything after which RFC 4511 §4.1.1 ends the session: no message id, an operation that is no request.
 */
export function decodeEnvelope(reader: BerReader, message: Buffer): Envelope {
  reader.reset(message);
  reader.enter(berTag.sequence);
  const id = decodeMessageId(reader);
  const tag = reader.peek();
  const operation = operationKind(tag);
  if (operation === undefined) throw new BerError('structure', 'not a request');
  const operationStart = reader.offset;
  reader.skip();
  return { id, tag, operation, operationStart, operationEnd: reader.offset };
}

function decodeMessageId(reader: BerReader): number {
  try {
    // 0 is kept for unsolicited notifications (RFC 4511 §4.1.1.1).
    return reader.integer(berTag.integer, 1, maxInt);
  } catch {
    throw new BerError('structure', 'no valid message id');
  }
}
