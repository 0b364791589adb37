import { octetStringTag, sequenceTag, setTag } from './ber.ts';

const firstSize = 16 * 1024;
/** A buffer that one huge value made is not kept for the next entries. */
const keptSizeMax = 1024 * 1024;
/** Tag and the longest length that is written: up to 4 GiB. */
const headerMax = 6;
/** Longer texts are left to the runtime's encoder. */
const shortTextMax = 48;

/** Writes BER elements one behind the other into a buffer that is used again and again. */
export class ElementWriter {
  #bytes = Buffer.allocUnsafe(firstSize);
  #end = 0;
  /** Names of attributes as elements; there are as many as schemas have. */
  readonly #names = new Map<string, Buffer>();

  /** Where the next element goes. */
  get end(): number {
    return this.#end;
  }

  /** Begins anew behind `reserved` bytes, which the caller fills in the copy. */
  reset(reserved: number): void {
    if (this.#bytes.length > keptSizeMax) this.#bytes = Buffer.allocUnsafe(firstSize);
    this.#end = 0;
    this.#reserve(reserved);
    this.#end = reserved;
  }

  /** What was written, in a buffer of its own. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#end));
  }

  /** A primitive element. */
  string(tag: number, value: string | Buffer): void {
    if (typeof value === 'string') {
      this.#text(tag, value);
      return;
    }
    this.#reserve(headerMax + value.length);
    this.#header(tag, value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  /** A PartialAttribute (RFC 4511 §4.1.7). */
  attribute(name: string, values: readonly (string | Buffer)[]): void {
    const start = this.#open();
    this.#name(name);
    const set = this.#open();
    for (const value of values) this.string(octetStringTag, value);
    this.#close(setTag, set);
    this.#close(sequenceTag, start);
  }

  #name(name: string): void {
    let element = this.#names.get(name);
    if (element === undefined) {
      const from = this.#end;
      this.string(octetStringTag, name);
      element = Buffer.from(this.#bytes.subarray(from, this.#end));
      this.#names.set(name, element);
      return;
    }
    this.#reserve(element.length);
    for (let i = 0; i < element.length; i++) this.#bytes[this.#end + i] = element[i] ?? 0;
    this.#end += element.length;
  }

  #text(tag: number, value: string): void {
    this.#reserve(headerMax + value.length * 3);
    const start = this.#open();
    // Short ASCII, as nearly all values are, is quicker copied here than handed to the runtime's encoder.
    const bytes = this.#bytes;
    let at = this.#end;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80 || i === shortTextMax) {
        at = this.#end + bytes.write(value, this.#end);
        break;
      }
      bytes[at++] = unit;
    }
    this.#end = at;
    this.#close(tag, start);
  }

  /** Leaves room for tag and a short length. */
  #open(): number {
    const start = this.#end;
    this.#reserve(headerMax);
    this.#end += 2;
    return start;
  }

  /** Writes tag and length of the element that was opened at `start`, moving its content when its length is long. */
  #close(tag: number, start: number): void {
    const length = this.#end - start - 2;
    if (length >= 0x80) {
      this.#reserve(headerMax);
      this.#bytes.copyWithin(start + 2 + lengthOctets(length), start + 2, this.#end);
    }
    this.#end = start;
    this.#header(tag, length);
    this.#end += length;
  }

  #header(tag: number, length: number): void {
    const bytes = this.#bytes;
    bytes[this.#end++] = tag;
    if (length < 0x80) {
      bytes[this.#end++] = length;
      return;
    }
    const octets = lengthOctets(length);
    bytes[this.#end] = 0x80 + octets;
    bytes.writeUIntBE(length, this.#end + 1, octets);
    this.#end += 1 + octets;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#end + length, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

/** How many octets a length of 128 and more takes behind its first. */
function lengthOctets(length: number): number {
  if (length < 0x100) return 1;
  if (length < 0x1_0000) return 2;
  return length < 0x100_0000 ? 3 : 4;
}
