import { isUtf8 } from 'node:buffer';

import { berTag } from './protocol.ts';

/**
 * Bytes that are not what they have to be.
 *
 * - `structure`: lengths do not fit, or a form that LDAP forbids: nothing behind it can be trusted
 * - `content`: well-formed, but not the expected element or value
 *
 * The message is fixed and safe to show to anyone.
 */
export class BerError extends Error {
  override readonly name = 'BerError';
  readonly kind: 'structure' | 'content';

  constructor(kind: 'structure' | 'content', message: string) {
    super(message);
    this.kind = kind;
  }
}

const none = Buffer.alloc(0);

/**
 * Reads the BER of RFC 4511 §5.1: definite lengths only, primitive strings only. Liberal where real clients are: lengths
 * and integers need not be minimal, and any octet but zero is TRUE. Never reads outside the given bytes, throws nothing but
 * {@link BerError}, and gives octet strings as views of the bytes.
 */
export class BerReader {
  #buffer: Buffer = none;
  #offset = 0;
  #end = 0;

  constructor(buffer?: Buffer) {
    if (buffer !== undefined) this.reset(buffer);
  }

  /** Begins anew with these bytes. */
  reset(buffer: Buffer, start = 0, end = buffer.length): void {
    this.#buffer = buffer;
    this.#offset = start;
    this.#end = end;
  }

  /** Where the next element begins. */
  get offset(): number {
    return this.#offset;
  }

  /** Where the innermost entered element ends. */
  get end(): number {
    return this.#end;
  }

  /** True when the innermost entered element has no further element. */
  get atEnd(): boolean {
    return this.#offset >= this.#end;
  }

  /** The identifier octet of the next element, or -1 at the end. */
  peek(): number {
    return this.#offset < this.#end ? (this.#buffer[this.#offset] ?? -1) : -1;
  }

  /** Steps into the next element, which must have this tag; `leave` with the returned number steps out again. */
  enter(tag: number): number {
    const length = this.#header(tag);
    const outer = this.#end;
    this.#end = this.#offset + length;
    return outer;
  }

  /** Steps out. Elements that were not read are skipped: SEQUENCEs of LDAP may grow (RFC 4511 §4). */
  leave(outer: number): void {
    while (this.#offset < this.#end) this.skip();
    this.#end = outer;
  }

  /** Steps over one element, whatever it is. */
  skip(): void {
    const length = this.#header(this.peek());
    this.#offset += length;
  }

  /** An octet string as a view of the bytes. */
  octets(tag: number = berTag.octetString): Buffer {
    const length = this.#header(tag);
    const start = this.#offset;
    this.#offset = start + length;
    return this.#buffer.subarray(start, this.#offset);
  }

  /** An octet string that holds UTF-8 text (LDAPString, RFC 4511 §4.1.2). */
  string(tag: number = berTag.octetString): string {
    const length = this.#header(tag);
    const start = this.#offset;
    this.#offset = start + length;
    const text = this.#buffer.toString('utf8', start, this.#offset);
    // The decoder puts U+FFFD for what is not UTF-8; two different names must not become one.
    if (text.includes('\uFFFD') && !isUtf8(this.#buffer.subarray(start, this.#offset))) {
      throw new BerError('content', 'text is not UTF-8');
    }
    return text;
  }

  /** An integer or enumerated value within bounds. */
  integer(tag: number, min: number, max: number): number {
    const length = this.#header(tag);
    if (length === 0 || length > 8) throw new BerError('content', 'integer of a wrong length');
    let value = ((this.#buffer[this.#offset] ?? 0) << 24) >> 24;
    for (let i = 1; i < length; i++) value = value * 256 + (this.#buffer[this.#offset + i] ?? 0);
    this.#offset += length;
    if (value < min || value > max) throw new BerError('content', 'integer out of range');
    return value;
  }

  /** A boolean; every octet but zero is true, since clients send 0x01 as well as 0xff. */
  boolean(tag: number = berTag.boolean): boolean {
    if (this.#header(tag) !== 1) throw new BerError('content', 'boolean of a wrong length');
    return this.#buffer[this.#offset++] !== 0;
  }

  /** Reads identifier and length octets; afterwards the offset is at the contents, which lie within the bounds. */
  #header(tag: number): number {
    if (this.#offset >= this.#end) throw new BerError('content', 'missing element');
    if (this.#buffer[this.#offset] !== tag) throw new BerError('content', 'unexpected element');
    if ((tag & 0x1f) === 0x1f) throw new BerError('structure', 'unsupported tag');
    this.#offset++;
    const length = this.#length();
    if (length > this.#end - this.#offset) throw new BerError('structure', 'element is longer than what holds it');
    return length;
  }

  #length(): number {
    if (this.#offset >= this.#end) throw new BerError('structure', 'missing length');
    const first = this.#buffer[this.#offset++] ?? 0;
    if (first < 0x80) return first;
    const octets = first & 0x7f;
    if (octets === 0) throw new BerError('structure', 'indefinite length');
    if (octets > 4) throw new BerError('structure', 'length of too many octets');
    if (octets > this.#end - this.#offset) throw new BerError('structure', 'missing length');
    let length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (this.#buffer[this.#offset++] ?? 0);
    return length;
  }
}
