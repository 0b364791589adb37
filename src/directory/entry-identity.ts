/** What tells one entry from every other, and one state of it from every other, whatever its name is. */

import { parseChangeNumber } from './csn.ts';
import { entryAttribute } from './entry-codec.ts';

/** The entryUUID of an entry in 16 bytes (RFC 4533 §2.1). */
export function entryUuid(bytes: Buffer): Buffer {
  const [text] = entryAttribute(bytes, 'entryUUID');
  return Buffer.from((text?.toString('latin1') ?? '').replaceAll('-', ''), 'hex');
}

/** The stamp of the publish that changed an entry last, from its entryCSN. */
export function changedAtMs(bytes: Buffer): number {
  const [number] = entryAttribute(bytes, 'entryCSN');
  return parseChangeNumber(number?.toString('latin1') ?? '')?.timeMs ?? Number.POSITIVE_INFINITY;
}
