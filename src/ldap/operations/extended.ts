import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import { authorizationIdentity } from '../authorization-identity.ts';
import { BerError, BerReader } from '../ber-reader.ts';
import { assertPasswordModify } from '../password-modify.ts';
import { berTag, extensionOid, maxInt, requestTag, responseTag } from '../protocol.ts';
import type { Request, Session } from '../session.ts';

const nameTag = 0x80;
const valueTag = 0x81;

const success = ldapResult(ResultCode.success);
const unknownOperation = ldapResult(ResultCode.protocolError, 'unknown extended operation');
const noSuchOperation = ldapResult(ResultCode.noSuchOperation);
// RFC 3062 §2. Not announced: clients that look would offer a change that never succeeds.
const passwordsElsewhere = ldapResult(
  ResultCode.unwillingToPerform,
  'passwords are not changed here; change the password in Microsoft Entra',
);
const alreadySecure = ldapResult(ResultCode.operationsError, 'TLS is established already');
const operationsUnderWay = ldapResult(ResultCode.operationsError, 'other operations are under way');
const furtherRequests = ldapResult(ResultCode.operationsError, 'requests follow StartTLS in the clear');

/** Carries out an extended operation (RFC 4511 §4.12): Who am I? (RFC 4532), Cancel (RFC 3909), StartTLS (RFC 4511 §4.14). */
export function extended(session: Session, request: Request): void {
  const { reader } = request;
  const outer = reader.enter(requestTag.extended);
  const name = reader.string(nameTag);
  const value = reader.peek() === valueTag ? reader.octets(valueTag) : undefined;
  reader.leave(outer);
  const messageId = request.envelope.id;
  switch (name) {
    case extensionOid.whoAmI:
      assertNoValue(value);
      return session.services.responses.result(messageId, responseTag.extended, success, {
        value: authorizationIdentity(session.identity),
      });
    case extensionOid.startTls:
      return startTls(session, messageId, value);
    case extensionOid.passwordModify:
      assertPasswordModify(value);
      return session.services.responses.result(messageId, responseTag.extended, passwordsElsewhere);
    case extensionOid.cancel:
      return cancel(session, messageId, value);
    default:
      return session.services.responses.result(messageId, responseTag.extended, unknownOperation);
  }
}

/** The canceled operation answers for itself, before the Cancel does (RFC 3909 §2.1). */
function cancel(session: Session, messageId: number, value: Buffer | undefined): void {
  const canceled = session.cancel(decodeCancelId(value));
  session.services.responses.result(messageId, responseTag.extended, canceled ? success : noSuchOperation);
}

function decodeCancelId(value: Buffer | undefined): number {
  if (value === undefined) throw new BerError('content', 'Cancel needs the id of an operation');
  try {
    const reader = new BerReader(value);
    reader.enter(berTag.sequence);
    return reader.integer(berTag.integer, 0, maxInt);
  } catch {
    // The value is encoded apart from the message, so even a broken length in it leaves the message readable.
    throw new BerError('content', 'malformed Cancel');
  }
}

function startTls(session: Session, messageId: number, value: Buffer | undefined): void {
  const refuse = (result: LdapResult): void =>
    session.services.responses.result(messageId, responseTag.extended, result, { name: extensionOid.startTls });
  // Without a certificate the operation is as unknown as any other, and not announced.
  if (!session.secure && session.services.tls() === undefined) return refuse(unknownOperation);
  assertNoValue(value);
  if (session.secure) return refuse(alreadySecure);
  if (session.busy) return refuse(operationsUnderWay);
  if (!session.startTls(messageId)) refuse(furtherRequests);
}

function assertNoValue(value: Buffer | undefined): void {
  if (value !== undefined) throw new BerError('content', 'the operation takes no value');
}
