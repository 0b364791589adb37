import { BerError, BerReader } from './ber-reader.ts';
import { berTag } from './protocol.ts';

const fieldTag = { userIdentity: 0x80, oldPassword: 0x81, newPassword: 0x82 } as const;

/**
 * Makes sure that the value of an extended request is a PasswdModifyRequestValue (RFC 3062 §2), or none, as a request for a
 * generated password of one's own; throws {@link BerError} otherwise. Nobody needs the passwords in it, so they are wiped.
 */
export function assertPasswordModify(value: Buffer | undefined): void {
  if (value === undefined) return;
  try {
    const reader = new BerReader(value);
    const outer = reader.enter(berTag.sequence);
    if (reader.peek() === fieldTag.userIdentity) reader.string(fieldTag.userIdentity);
    if (reader.peek() === fieldTag.oldPassword) reader.octets(fieldTag.oldPassword);
    if (reader.peek() === fieldTag.newPassword) reader.octets(fieldTag.newPassword);
    if (!reader.atEnd) throw new BerError('content', 'more than there may be');
    reader.leave(outer);
    if (!reader.atEnd) throw new BerError('content', 'something follows');
  } catch {
    // The value is encoded apart from the message, so even a broken length in it leaves the message readable.
    throw new BerError('content', 'malformed password modify');
  } finally {
    value.fill(0);
  }
}
