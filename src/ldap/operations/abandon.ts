import { maxInt, requestTag } from '../protocol.ts';
import type { Request, Session } from '../session.ts';

/** Carries out an abandon (RFC 4511 §4.11): no answer, neither to it nor to what it abandons. */
export function abandon(session: Session, request: Request): void {
  session.abandon(request.reader.integer(requestTag.abandon, 0, maxInt));
}
