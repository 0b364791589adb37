/**
 * Writes responses one behind the other, so that everything one turn of the event loop has to say to a connection leaves
 * in one write. One instance serves all connections: a turn takes what it wrote before it ends.
 */
import type { LdapResult } from '../directory/result.ts';
import type { DereferencedEntries, EncodedEntry } from '../directory/search-types.ts';
import { BerWriter, elementSize, integerSize } from './ber-writer.ts';
import { berTag, controlOid, controlsTag, extensionOid, responseTag } from './protocol.ts';
import type { ResponseControl } from './response-controls.ts';
import { Statistics } from './statistics.ts';

/** Entries longer than this are not copied; their parts go to the socket as they are. */
const copiedEntryBytesMax = 64 * 1024;

const matchedDnAndTextTag = berTag.octetString;
const extendedNameTag = 0x8a;
const extendedValueTag = 0x8b;
const intermediateNameTag = 0x80;
const intermediateValueTag = 0x81;

/** A response with more than a result: the fields of ExtendedResponse, and controls. */
export interface ResultExtras {
  /** `responseName` of an extended response. */
  readonly name?: string;
  /** `responseValue` of an extended response. */
  readonly value?: string;
  readonly controls?: readonly ResponseControl[];
}

const noExtras: ResultExtras = {};
const noControls: readonly ResponseControl[] = [];

/** Collects encoded responses. */
export class ResponseWriter {
  readonly #statistics: Statistics;
  readonly #writer = new BerWriter();
  #parts: Buffer[] = [];
  #partsLength = 0;

  /** Counts what it writes. */
  constructor(statistics = new Statistics()) {
    this.#statistics = statistics;
  }

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

  /** A SearchResultEntry (RFC 4511 §4.5.2); a control that comes with it takes the place of what dereferencing found. */
  entry(messageId: number, entry: EncodedEntry, control?: ResponseControl): void {
    const { dereferenced } = entry;
    this.#statistics.entries++;
    const bodyLength = entry.objectName.length + elementSize(entry.attributesByteLength);
    const controls = control === undefined ? noControls : [control];
    const controlsLength =
      dereferenced === undefined ? controlsSize(controls) : elementSize(elementSize(dereferenceLength(dereferenced)));
    this.#messageHeader(messageId, elementSize(bodyLength) + controlsLength);
    this.#writer.header(responseTag.searchEntry, bodyLength);
    this.#writer.raw(entry.objectName);
    this.#writer.header(berTag.sequence, entry.attributesByteLength);
    this.#long(entry.attributes, entry.attributesByteLength);
    if (dereferenced !== undefined) this.#dereferenced(dereferenced);
    else this.#controls(controls);
  }

  /** The control that goes with an entry (draft-masarati-ldap-deref §2.3). */
  #dereferenced(dereferenced: DereferencedEntries): void {
    const writer = this.#writer;
    writer.header(controlsTag, elementSize(dereferenceLength(dereferenced)));
    writer.header(berTag.sequence, dereferenceLength(dereferenced));
    writer.string(berTag.octetString, controlOid.dereference, controlOid.dereference.length);
    writer.header(berTag.octetString, elementSize(dereferenced.byteLength));
    writer.header(berTag.sequence, dereferenced.byteLength);
    this.#long(dereferenced.parts, dereferenced.byteLength);
  }

  #long(parts: readonly Buffer[], byteLength: number): void {
    if (byteLength <= copiedEntryBytesMax) {
      for (const part of parts) this.#writer.raw(part);
      return;
    }
    this.#seal();
    for (const part of parts) this.#parts.push(part);
    this.#partsLength += byteLength;
  }

  /** A response that consists of an LDAPResult (RFC 4511 §4.1.9) and perhaps more. */
  result(messageId: number, tag: number, result: LdapResult, extras: ResultExtras = noExtras): void {
    // The notice that a session ends answers no operation.
    if (messageId !== 0) this.#statistics.result(tag, result.code);
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
    const controls = extras.controls ?? noControls;
    this.#messageHeader(messageId, elementSize(bodyLength) + controlsSize(controls));
    const writer = this.#writer;
    writer.header(tag, bodyLength);
    writer.integer(berTag.enumerated, result.code);
    writer.string(matchedDnAndTextTag, result.matchedDn, matchedLength);
    writer.string(matchedDnAndTextTag, result.diagnosticMessage, textLength);
    if (extras.name !== undefined) writer.string(extendedNameTag, extras.name, nameLength);
    if (extras.value !== undefined) writer.string(extendedValueTag, extras.value, valueLength);
    this.#controls(controls);
  }

  /** An IntermediateResponse (RFC 4511 §4.13). */
  intermediate(messageId: number, name: string, value: Buffer): void {
    const bodyLength = elementSize(name.length) + elementSize(value.length);
    this.#messageHeader(messageId, elementSize(bodyLength));
    this.#writer.header(responseTag.intermediate, bodyLength);
    this.#writer.string(intermediateNameTag, name, name.length);
    this.#writer.octets(intermediateValueTag, value);
  }

  /** The notification that the session ends (RFC 4511 §4.4.1). */
  noticeOfDisconnection(result: LdapResult): void {
    this.result(0, responseTag.extended, result, { name: extensionOid.noticeOfDisconnection });
  }

  #messageHeader(messageId: number, restLength: number): void {
    this.#writer.header(berTag.sequence, elementSize(integerSize(messageId)) + restLength);
    this.#writer.integer(berTag.integer, messageId);
  }

  #controls(controls: readonly ResponseControl[]): void {
    if (controls.length === 0) return;
    const writer = this.#writer;
    writer.header(controlsTag, controlListLength(controls));
    for (const control of controls) {
      writer.header(berTag.sequence, controlLength(control));
      writer.string(berTag.octetString, control.oid, control.oid.length);
      writer.octets(berTag.octetString, control.value);
    }
  }

  #seal(): void {
    if (this.#writer.length === 0) return;
    const bytes = this.#writer.take();
    this.#parts.push(bytes);
    this.#partsLength += bytes.length;
  }
}

/** Content octets of the control with these results. */
function dereferenceLength({ byteLength }: DereferencedEntries): number {
  return elementSize(controlOid.dereference.length) + elementSize(elementSize(byteLength));
}

function controlLength({ oid, value }: ResponseControl): number {
  return elementSize(oid.length) + elementSize(value.length);
}

function controlListLength(controls: readonly ResponseControl[]): number {
  return controls.reduce((sum, control) => sum + elementSize(controlLength(control)), 0);
}

function controlsSize(controls: readonly ResponseControl[]): number {
  return controls.length === 0 ? 0 : elementSize(controlListLength(controls));
}
