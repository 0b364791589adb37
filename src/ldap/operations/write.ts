import { ldapResult, ResultCode } from '../../directory/result.ts';
import type { BerReader } from '../ber-reader.ts';
import { BerError } from '../ber-reader.ts';
import { berTag, maxInt, requestTag } from '../protocol.ts';
import type { Request, Session } from '../session.ts';

const newSuperiorTag = 0x80;

const readOnly = ldapResult(ResultCode.unwillingToPerform, 'this directory is read-only');

/** Refuses add, delete, modify and modify DN, once it is clear that the request is one (RFC 4511 §4.6 to §4.9). */
export function write(session: Session, request: Request): void {
  const { tag, operation, id } = request.envelope;
  readWrite(request.reader, tag);
  if (operation.response !== undefined) session.services.responses.result(id, operation.response, readOnly);
}

function readWrite(reader: BerReader, tag: number): void {
  if (tag === requestTag.delete) {
    reader.string(tag);
    return;
  }
  const outer = reader.enter(tag);
  reader.string();
  if (tag === requestTag.add) readList(reader, readAttribute);
  else if (tag === requestTag.modify) readList(reader, readChange);
  else readRename(reader);
  reader.leave(outer);
}

function readList(reader: BerReader, readElement: (reader: BerReader) => void): void {
  const outer = reader.enter(berTag.sequence);
  while (!reader.atEnd) readElement(reader);
  reader.leave(outer);
}

/** An Attribute (RFC 4511 §4.1.7) has at least one value. */
function readAttribute(reader: BerReader): void {
  if (readPartialAttribute(reader) === 0) throw new BerError('content', 'attribute without values');
}

function readPartialAttribute(reader: BerReader): number {
  const outer = reader.enter(berTag.sequence);
  reader.string();
  const set = reader.enter(berTag.set);
  let values = 0;
  for (; !reader.atEnd; values++) reader.octets();
  reader.leave(set);
  reader.leave(outer);
  return values;
}

function readChange(reader: BerReader): void {
  const outer = reader.enter(berTag.sequence);
  // add, delete, replace, and what extensions such as increment (RFC 4525) bring
  reader.integer(berTag.enumerated, 0, maxInt);
  readPartialAttribute(reader);
  reader.leave(outer);
}

function readRename(reader: BerReader): void {
  reader.string();
  reader.boolean();
  if (reader.peek() === newSuperiorTag) reader.string(newSuperiorTag);
}
