import { entryAttribute } from './entry-codec.ts';

/** The entryUUID of an entry in 16 bytes (RFC 4533 §2.1). */
export function entryUuid(bytes: Buffer): Buffer {
  const [text] = entryAttribute(bytes, 'entryUUID');
  return Buffer.from((text?.toString('latin1') ?? '').replaceAll('-', ''), 'hex');
}
