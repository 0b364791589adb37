/** How many octets the length octets of an element with this many content octets take, in the shortest form. */
export function lengthSize(contentLength: number): number {
  if (contentLength < 0x80) return 1;
  if (contentLength < 0x100) return 2;
  if (contentLength < 0x1_0000) return 3;
  return contentLength < 0x100_0000 ? 4 : 5;
}

/** How many octets an element with this many content octets takes altogether. */
export function elementSize(contentLength: number): number {
  return 1 + lengthSize(contentLength) + contentLength;
}

/** How many content octets a number from 0 to 2^31-1 takes as an INTEGER. */
export function integerSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x8000) return 2;
  return value < 0x80_0000 ? 3 : 4;
}

/** More than this is handed over with the buffer that it was written to: copying it costs more than another buffer. */
const copiedBytesMax = 16 * 1024;

/**
 * Writes definite-length BER from front to back into one buffer that is used again and again. Who writes a constructed
 * element says its size first, so that nothing is ever moved.
 */
export class BerWriter {
  readonly #initialBytes: number;
  #buffer: Buffer;
  #length = 0;

  constructor(initialBytes = 64 * 1024) {
    this.#initialBytes = initialBytes;
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Octets written since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** The octets written, as a buffer of their own; the writer is empty afterwards. */
  take(): Buffer {
    const length = this.#length;
    this.#length = 0;
    if (length < copiedBytesMax) {
      const bytes = Buffer.allocUnsafe(length);
      this.#buffer.copy(bytes, 0, 0, length);
      return bytes;
    }
    const full = this.#buffer;
    // Who wrote so much mostly has more of the same.
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(this.#initialBytes, length));
    return full.subarray(0, length);
  }

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0;
  }

  /** Identifier and length octets. */
  header(tag: number, contentLength: number): void {
    this.#reserve(6);
    this.#buffer[this.#length++] = tag;
    const size = lengthSize(contentLength);
    if (size === 1) {
      this.#buffer[this.#length++] = contentLength;
      return;
    }
    this.#buffer[this.#length++] = 0x80 | (size - 1);
    this.#bigEndian(contentLength, size - 1);
  }

  /** A number from 0 to 2^31-1 as an INTEGER or ENUMERATED. */
  integer(tag: number, value: number): void {
    const size = integerSize(value);
    this.#reserve(6);
    this.#buffer[this.#length++] = tag;
    this.#buffer[this.#length++] = size;
    this.#bigEndian(value, size);
  }

  /** Text as an OCTET STRING in UTF-8; `byteLength` is its length in that encoding. */
  string(tag: number, text: string, byteLength: number): void {
    this.header(tag, byteLength);
    this.#reserve(byteLength);
    if (byteLength > 0) this.#length += this.#buffer.write(text, this.#length, 'utf8');
  }

  /** Octets as an OCTET STRING. */
  octets(tag: number, bytes: Buffer): void {
    this.header(tag, bytes.length);
    this.raw(bytes);
  }

  /** Octets that are encoded already. */
  raw(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #bigEndian(value: number, octets: number): void {
    for (let shift = (octets - 1) * 8; shift >= 0; shift -= 8) this.#buffer[this.#length++] = (value >>> shift) & 0xff;
  }

  #reserve(octets: number): void {
    const needed = this.#length + octets;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
