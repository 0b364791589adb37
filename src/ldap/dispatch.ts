import { ResultCode } from '../directory/result.ts';
import { decodeControls, noControls } from './controls.ts';
import { failureResult } from './failure.ts';
import type { Envelope } from './message.ts';
import { abandon } from './operations/abandon.ts';
import { bind } from './operations/bind.ts';
import { compare } from './operations/compare.ts';
import { extended } from './operations/extended.ts';
import { search } from './operations/search.ts';
import { write } from './operations/write.ts';
import { controlsTag, requestTag } from './protocol.ts';
import { RequestError } from './request-error.ts';
import type { Request, Session } from './session.ts';

/** Everything that a request can be but unbind, which is an end and not an operation. */
const operations = new Map<number, (session: Session, request: Request) => void>([
  [requestTag.bind, bind],
  [requestTag.search, search],
  [requestTag.compare, compare],
  [requestTag.abandon, abandon],
  [requestTag.extended, extended],
  [requestTag.add, write],
  [requestTag.delete, write],
  [requestTag.modify, write],
  [requestTag.modifyDn, write],
]);

/**
 * Carries out one request whose envelope was read. Whatever its operation throws becomes its result; only broken structure
 * is thrown on, as a `BerError`, for it ends the session (RFC 4511 §4.1.1).
 */
export function dispatch(session: Session, envelope: Envelope, message: Buffer): void {
  // The old identity ends with the request to take another, not with its success (RFC 4511 §4.2.1).
  if (envelope.tag === requestTag.bind) session.forgetIdentity();
  try {
    operations.get(envelope.tag)?.(session, decodeRequest(session, envelope, message));
  } catch (error) {
    const result = failureResult(session, envelope.id, error);
    const { response } = envelope.operation;
    if (response !== undefined) session.services.responses.result(envelope.id, response, result);
  }
}

function decodeRequest(session: Session, envelope: Envelope, message: Buffer): Request {
  const { reader, limits } = session.services;
  // The envelope left the reader behind the operation.
  const controls = reader.peek() === controlsTag ? decodeControls(reader, envelope.tag, limits) : noControls;
  if (controls.unavailableCritical && envelope.operation.response !== undefined) {
    throw new RequestError(ResultCode.unavailableCriticalExtension, 'a critical control is not available');
  }
  reader.reset(message, envelope.operationStart, envelope.operationEnd);
  return { envelope, controls, message, reader };
}
