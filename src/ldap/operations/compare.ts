import { berTag, requestTag, responseTag } from '../protocol.ts';
import type { Request, Session } from '../session.ts';

/** Carries out a compare (RFC 4511 §4.10). */
export function compare(session: Session, request: Request): void {
  const { reader } = request;
  const outer = reader.enter(requestTag.compare);
  const dn = reader.string();
  const assertion = reader.enter(berTag.sequence);
  const attribute = reader.string();
  const value = reader.octets();
  reader.leave(assertion);
  reader.leave(outer);
  const result = session.services.directory.compare(dn, attribute, value, session.identity, request.controls.assertion);
  session.services.responses.result(request.envelope.id, responseTag.compare, result);
}
