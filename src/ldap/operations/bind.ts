import type { BindContext, BindOutcome } from '../../auth/bind.ts';
import { bindResults } from '../../auth/results.ts';
import { anonymous } from '../../directory/identity.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import { type BerReader, BerError } from '../ber-reader.ts';
import { failureResult } from '../failure.ts';
import { berTag, maxInt, requestTag, responseTag } from '../protocol.ts';
import { parsePlain } from '../sasl.ts';
import { authorizationIdentityControl } from '../response-controls.ts';
import type { Request, Session } from '../session.ts';

const simpleTag = 0x80;
const saslTag = 0xa3;

const success = ldapResult(ResultCode.success);
const otherVersion = ldapResult(ResultCode.protocolError, 'only LDAP version 3 is spoken here');
const otherMethod = ldapResult(ResultCode.authMethodNotSupported, 'the authentication method is not supported');
// A name with an empty password is an unauthenticated bind. Success would let a client that forgot to ask for a password
// believe that it had checked one (RFC 4513 §5.1.2).
const unauthenticated = ldapResult(ResultCode.unwillingToPerform, 'a bind with a name needs a password');
const tooManyConnections = ldapResult(ResultCode.busy, 'the account has too many connections');
const inTheClear = ldapResult(ResultCode.confidentialityRequired, 'passwords are accepted over TLS only');
// RFC 4513 §5.2.3
const noCertificate = ldapResult(ResultCode.inappropriateAuthentication, 'there is no verified client certificate');

/** The choice of a BindRequest (RFC 4511 §4.2). */
type Authentication =
  | { readonly kind: 'simple'; readonly name: string; readonly password: Buffer }
  | { readonly kind: 'sasl'; readonly mechanism: string; readonly credentials: Buffer | undefined };

/** Asks who it is. */
type Attempt = (context: BindContext) => Promise<BindOutcome>;

/**
 * Carries out a bind (RFC 4511 §4.2). The connection is anonymous already; it stays so unless the bind succeeds, and
 * requests that follow wait for the verdict. The message, password included, is wiped when the verdict is there; a verdict
 * without waiting leaves the wiping to the caller. Every mechanism is over after one request, so nothing is remembered.
 */
export function bind(session: Session, request: Request): void {
  const messageId = request.envelope.id;
  const answer = (result: LdapResult): void => {
    const asked = request.controls.authorizationIdentity === true && result.code === ResultCode.success;
    const controls = asked ? [authorizationIdentityControl(session.identity)] : [];
    session.services.responses.result(messageId, responseTag.bind, result, { controls });
  };
  const decoded = decodeBind(request.reader);
  const attempt = 'code' in decoded ? decoded : prepare(session, decoded);
  if ('code' in attempt) return answer(attempt);
  const context = { remoteAddress: session.remoteAddress, secure: session.secure, signal: session.beginBind() };
  void authenticate(session, messageId, attempt, context).then((outcome) => {
    request.message.fill(0);
    session.turn(() => answer(conclude(session, outcome)));
  });
}

/** Gives the session its identity; the result says whether it has it. */
function conclude(session: Session, outcome: BindOutcome): LdapResult {
  const isTaken = session.endBind(outcome.kind === 'accepted' ? outcome.identity : anonymous);
  if (outcome.kind === 'refused') return outcome.result;
  if (isTaken) return success;
  const { id: connection, remoteAddress: peer } = session;
  session.services.log.info('ldap.account.refused', { connection, peer, reason: 'too many connections' });
  return tooManyConnections;
}

/** Never rejects: an authenticator that fails has refused (P7). */
async function authenticate(
  session: Session,
  messageId: number,
  attempt: Attempt,
  context: BindContext,
): Promise<BindOutcome> {
  try {
    return await attempt(context);
  } catch (error) {
    return { kind: 'refused', result: failureResult(session, messageId, error) };
  }
}

/** What to ask the authenticator, or the result where it need not be asked. */
function prepare(session: Session, authentication: Authentication): Attempt | LdapResult {
  if (authentication.kind === 'simple') return simple(session, authentication.name, authentication.password);
  switch (authentication.mechanism) {
    case 'PLAIN':
      return plain(session, authentication.credentials);
    case 'EXTERNAL':
      return external(session, authentication.credentials);
    default:
      return otherMethod;
  }
}

function simple(session: Session, name: string, password: Buffer): Attempt | LdapResult {
  const { authenticator, requireTlsForBind, clearPasswordsFrom } = session.services;
  if (password.length === 0) return name === '' ? success : unauthenticated;
  if (requireTlsForBind && !session.secure && !clearPasswordsFrom.includes(session.remoteAddress)) return inTheClear;
  return (context) => authenticator.bindSimple(name, password, context);
}

/** SASL PLAIN (RFC 4616), which RFC 4513 §5.2.1.5 leaves to TLS. */
function plain(session: Session, credentials: Buffer | undefined): Attempt | LdapResult {
  const { authenticator } = session.services;
  if (!session.secure) return inTheClear;
  const message = credentials && parsePlain(credentials);
  if (message === undefined) throw new BerError('content', 'the request holds no message of PLAIN');
  const { name, password, authorizationId } = message;
  if (name === '' || password.length === 0) return bindResults.invalidCredentials;
  return (context) => authenticator.bindSimple(name, password, { ...context, authorizationId });
}

/** SASL EXTERNAL (RFC 4422 appendix A): who the certificate of the TLS handshake says (RFC 4513 §5.2.3). */
function external(session: Session, credentials: Buffer | undefined): Attempt | LdapResult {
  const { clientCertificate, services } = session;
  if (clientCertificate === undefined) {
    return (services.tls()?.clientCertificates ?? 'none') === 'none' ? otherMethod : noCertificate;
  }
  const authorizationId = credentials?.toString('utf8') ?? '';
  return (context) => services.authenticator.bindExternal(clientCertificate, { ...context, authorizationId });
}

/** A bind request of version 3, or the result that refuses what else it is. */
function decodeBind(reader: BerReader): Authentication | LdapResult {
  const outer = reader.enter(requestTag.bind);
  const version = reader.integer(berTag.integer, -maxInt, maxInt);
  if (version !== 3) return otherVersion;
  const name = reader.string();
  const authentication = decodeChoice(reader, name);
  reader.leave(outer);
  return authentication;
}

function decodeChoice(reader: BerReader, name: string): Authentication | LdapResult {
  switch (reader.peek()) {
    case simpleTag:
      return { kind: 'simple', name, password: reader.octets(simpleTag) };
    case saslTag: {
      // The name means nothing to SASL (RFC 4513 §5.2.1.1).
      const outer = reader.enter(saslTag);
      const mechanism = reader.string();
      const credentials = reader.atEnd ? undefined : reader.octets();
      reader.leave(outer);
      return { kind: 'sasl', mechanism, credentials };
    }
    default:
      reader.skip();
      return otherMethod;
  }
}
