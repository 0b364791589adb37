import type { BoundIdentity } from '../../directory/identity.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import { BerError } from '../ber-reader.ts';
import { extensionOid, requestTag, responseTag } from '../protocol.ts';
import type { Request, Session } from '../session.ts';

const nameTag = 0x80;
const valueTag = 0x81;

const success = ldapResult(ResultCode.success);
const unknownOperation = ldapResult(ResultCode.protocolError, 'unknown extended operation');
const alreadySecure = ldapResult(ResultCode.operationsError, 'TLS is established already');
const operationsUnderWay = ldapResult(ResultCode.operationsError, 'other operations are under way');
const furtherRequests = ldapResult(ResultCode.operationsError, 'requests follow StartTLS in the clear');

/** Carries out an extended operation (RFC 4511 §4.12): Who am I? (RFC 4532) and StartTLS (RFC 4511 §4.14). */
export function extended(session: Session, request: Request): void {
  const { reader } = request;
  const outer = reader.enter(requestTag.extended);
  const name = reader.string(nameTag);
  const hasValue = reader.peek() === valueTag;
  reader.leave(outer);
  const messageId = request.envelope.id;
  switch (name) {
    case extensionOid.whoAmI:
      assertNoValue(hasValue);
      return session.services.responses.result(messageId, responseTag.extended, success, {
        value: authorizationIdentity(session.identity),
      });
    case extensionOid.startTls:
      return startTls(session, messageId, hasValue);
    default:
      return session.services.responses.result(messageId, responseTag.extended, unknownOperation);
  }
}

function startTls(session: Session, messageId: number, hasValue: boolean): void {
  const refuse = (result: LdapResult): void =>
    session.services.responses.result(messageId, responseTag.extended, result, { name: extensionOid.startTls });
  // Without a certificate the operation is as unknown as any other, and not announced.
  if (!session.secure && session.services.secureContext() === undefined) return refuse(unknownOperation);
  assertNoValue(hasValue);
  if (session.secure) return refuse(alreadySecure);
  if (session.busy) return refuse(operationsUnderWay);
  if (!session.startTls(messageId)) refuse(furtherRequests);
}

function assertNoValue(hasValue: boolean): void {
  if (hasValue) throw new BerError('content', 'the operation takes no value');
}

/** The authzId of RFC 4513 §5.2.1.8; empty for anonymous. */
function authorizationIdentity(identity: BoundIdentity): string {
  return identity.kind === 'anonymous' ? '' : `dn:${identity.dn}`;
}
