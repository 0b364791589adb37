/**
 * Writes responses one behind the other, so that everything one turn of the event loop has to say to a connection leaves
 * in one write. One instance serves all connections: a turn takes what it wrote before it ends.
 */
import type { LdapResult } from '../directory/result.ts';
import type { EncodedEntry } from '../directory/search-types.ts';
import { BerWriter, elementSize, integerSize } from './ber-writer.ts';
import { berTag, controlOid, controlsTag, extensionOid, responseTag } from './protocol.ts';

/** Entries longer than this are not copied; their parts go to the socket as they are. */
const copiedEntryBytesMax = 64 * 1024;

const matchedDnAndTextTag = berTag.octetString;
const extendedNameTag = 0x8a;
const extendedValueTag = 0x8b;

/** A response with more than a result: the fields of ExtendedResponse and the paged results cookie. */
export interface ResultExtras {
  /** `responseName` of an extended response. */
  readonly name?: string;
  /** `responseValue` of an extended response. */
  readonly value?: string;
  /** Cookie of a paged results control; empty at the end of the list. */
  readonly pagedCookie?: Buffer;
}

const noExtras: ResultExtras = {};

/** Collects encoded responses. */
export class ResponseWriter {
  readonly #writer = new BerWriter();
  #parts: Buffer[] = [];
  #partsLength = 0;

  /** Bytes collected since the last `take`. */
  get length(): number {
    return this.#partsLength + this.#writer.length;
  }

  /** What was collected, in order; mostly one buffer. */
  take(): readonly Buffer[] {
    this.#seal();
    const parts = this.#parts;
    this.#parts = [];
    this.#partsLength = 0;
    return parts;
  }

  /** A SearchResultEntry (RFC 4511 §4.5.2). */
  entry(messageId: number, entry: EncodedEntry): void {
    const bodyLength = entry.objectName.length + elementSize(entry.attributesByteLength);
    this.#messageHeader(messageId, elementSize(bodyLength));
    this.#writer.header(responseTag.searchEntry, bodyLength);
    this.#writer.raw(entry.objectName);
    this.#writer.header(berTag.sequence, entry.attributesByteLength);
    if (entry.attributesByteLength <= copiedEntryBytesMax) {
      for (const part of entry.attributes) this.#writer.raw(part);
      return;
    }
    this.#seal();
    for (const part of entry.attributes) this.#parts.push(part);
    this.#partsLength += entry.attributesByteLength;
  }

  /** A response that consists of an LDAPResult (RFC 4511 §4.1.9) and perhaps more. */
  result(messageId: number, tag: number, result: LdapResult, extras: ResultExtras = noExtras): void {
    const matchedLength = Buffer.byteLength(result.matchedDn);
    const textLength = Buffer.byteLength(result.diagnosticMessage);
    const nameLength = extras.name === undefined ? -1 : Buffer.byteLength(extras.name);
    const valueLength = extras.value === undefined ? -1 : Buffer.byteLength(extras.value);
    const bodyLength =
      elementSize(integerSize(result.code)) +
      elementSize(matchedLength) +
      elementSize(textLength) +
      (nameLength < 0 ? 0 : elementSize(nameLength)) +
      (valueLength < 0 ? 0 : elementSize(valueLength));
    const controlsLength = extras.pagedCookie === undefined ? 0 : pagedControlsSize(extras.pagedCookie);
    this.#messageHeader(messageId, elementSize(bodyLength) + controlsLength);
    const writer = this.#writer;
    writer.header(tag, bodyLength);
    writer.integer(berTag.enumerated, result.code);
    writer.string(matchedDnAndTextTag, result.matchedDn, matchedLength);
    writer.string(matchedDnAndTextTag, result.diagnosticMessage, textLength);
    if (extras.name !== undefined) writer.string(extendedNameTag, extras.name, nameLength);
    if (extras.value !== undefined) writer.string(extendedValueTag, extras.value, valueLength);
    if (extras.pagedCookie !== undefined) this.#pagedControls(extras.pagedCookie);
  }

  /** The notification that the session ends (RFC 4511 §4.4.1). */
  noticeOfDisconnection(result: LdapResult): void {
    this.result(0, responseTag.extended, result, { name: extensionOid.noticeOfDisconnection });
  }

  #messageHeader(messageId: number, restLength: number): void {
    this.#writer.header(berTag.sequence, elementSize(integerSize(messageId)) + restLength);
    this.#writer.integer(berTag.integer, messageId);
  }

  #pagedControls(cookie: Buffer): void {
    const writer = this.#writer;
    const valueLength = pagedValueSize(cookie);
    const controlLength = elementSize(controlOid.pagedResults.length) + elementSize(elementSize(valueLength));
    writer.header(controlsTag, elementSize(controlLength));
    writer.header(berTag.sequence, controlLength);
    writer.string(berTag.octetString, controlOid.pagedResults, controlOid.pagedResults.length);
    writer.header(berTag.octetString, elementSize(valueLength));
    writer.header(berTag.sequence, valueLength);
    // The estimate of the total: 0 says that we have none (RFC 2696 §2).
    writer.integer(berTag.integer, 0);
    writer.octets(berTag.octetString, cookie);
  }

  #seal(): void {
    if (this.#writer.length === 0) return;
    const bytes = this.#writer.take();
    this.#parts.push(bytes);
    this.#partsLength += bytes.length;
  }
}

function pagedValueSize(cookie: Buffer): number {
  return elementSize(integerSize(0)) + elementSize(cookie.length);
}

function pagedControlsSize(cookie: Buffer): number {
  const valueLength = elementSize(elementSize(pagedValueSize(cookie)));
  return elementSize(elementSize(elementSize(controlOid.pagedResults.length) + valueLength));
}
