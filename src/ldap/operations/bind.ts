import type { BindContext, BindOutcome } from '../../auth/authenticator.ts';
import { anonymous } from '../../directory/identity.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import type { BerReader } from '../ber-reader.ts';
import { failureResult } from '../failure.ts';
import { berTag, maxInt, requestTag, responseTag } from '../protocol.ts';
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
 * Carries out a bind (RFC 4511 §4.2). The connection is anonymous already; it stays so unless the bind succeeds, and
 * requests that follow wait for the verdict. The message, password included, is wiped when the verdict is there; a verdict
 * without waiting leaves the wiping to the caller.
 */
export function bind(session: Session, request: Request): void {
  const messageId = request.envelope.id;
  const { responses, requireTlsForBind } = session.services;
  const answer = (result: LdapResult): void => responses.result(messageId, responseTag.bind, result);
  const decoded = decodeBind(request.reader);
  if ('code' in decoded) return answer(decoded);
  const { name, password } = decoded;
  if (password.length === 0) return answer(name === '' ? success : unauthenticated);
  if (requireTlsForBind && !session.secure) return answer(inTheClear);
  const context = { remoteAddress: session.remoteAddress, secure: session.secure, signal: session.beginBind() };
  void authenticate(session, messageId, name, password, context).then((outcome) => {
    request.message.fill(0);
    session.turn(() => {
      session.endBind(outcome.kind === 'accepted' ? outcome.identity : anonymous);
      answer(outcome.kind === 'accepted' ? success : outcome.result);
    });
  });
}

/** Never rejects: an authenticator that fails has refused (P7). */
async function authenticate(
  session: Session,
  messageId: number,
  name: string,
  password: Buffer,
  context: BindContext,
): Promise<BindOutcome> {
  try {
    return await session.services.authenticator.bindSimple(name, password, context);
  } catch (error) {
    return { kind: 'refused', result: failureResult(session, messageId, error) };
  }
}

/** The name and password of a simple bind of version 3, or the result that refuses what else it is. */
function decodeBind(reader: BerReader): { readonly name: string; readonly password: Buffer } | LdapResult {
  const outer = reader.enter(requestTag.bind);
  const version = reader.integer(berTag.integer, -maxInt, maxInt);
  if (version !== 3) return otherVersion;
  const name = reader.string();
  if (reader.peek() !== simpleTag) {
    reader.skip();
    return otherMethod;
  }
  const password = reader.octets(simpleTag);
  reader.leave(outer);
  return { name, password };
}
