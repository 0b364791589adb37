import type { BindOutcome } from '../../auth/authenticator.ts';
import { anonymous } from '../../directory/identity.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import { type BerReader } from '../ber-reader.ts';
import { failureResult } from '../failure.ts';
import { berTag, requestTag, responseTag } from '../protocol.ts';
import type { Request, Session } from '../session.ts';

const simpleTag = 0x80;

const success = ldapResult(ResultCode.success);
const otherVersion = ldapResult(ResultCode.protocolError, 'only LDAP version 3 is spoken here');
const otherMethod = ldapResult(ResultCode.authMethodNotSupported, 'only simple binds are supported');
// A name with an empty password is an unauthenticated bind. Success would let a client that forgot to ask for a password
// believe that it had checked one (RFC 4513 §5.1.2).
const unauthenticated = ldapResult(ResultCode.unwillingToPerform, 'a bind with a name needs a password');
const inTheClear = ldapResult(ResultCode.confidentialityRequired, 'passwords are accepted over TLS only');

/**
 * Carries out a bind (RFC 4511 §4.2). Who the connection was before is forgotten at once, so that a failed bind leaves it
 * anonymous; requests that follow wait for the verdict. The octets of the message, password included, are wiped afterwards.
 */
export function bind(session: Session, request: Request): void {
  const messageId = request.envelope.id;
  const answer = (result: LdapResult): void => {
    request.message.fill(0);
    session.services.responses.result(messageId, responseTag.bind, result);
  };
  const decoded = decodeBind(request.reader);
  if ('code' in decoded) return answer(decoded);
  const { name, password } = decoded;
  if (password.length === 0) return answer(name === '' ? success : unauthenticated);
  if (session.services.requireTlsForBind && !session.secure) return answer(inTheClear);
  const context = { remoteAddress: session.remoteAddress, secure: session.secure, signal: session.beginBind() };
  const conclude = (outcome: BindOutcome): void => {
    session.endBind(outcome.kind === 'accepted' ? outcome.identity : anonymous);
    answer(outcome.kind === 'accepted' ? success : outcome.result);
  };
  authenticate(session, messageId, name, password, context).then(
    (outcome) => session.turn(() => conclude(outcome)),
    (error: unknown) =>
      session.turn(() => conclude({ kind: 'refused', result: failureResult(session, messageId, error) })),
  );
}
