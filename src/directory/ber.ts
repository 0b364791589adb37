/** The few BER elements that stored entries are made of (RFC 4511 §5.1: definite lengths, shortest form). */

/** Tag of an OCTET STRING. */
export const octetStringTag = 0x04;
/** Tag of a SEQUENCE. */
export const sequenceTag = 0x30;
/** Tag of a SET. */
export const setTag = 0x31;

function writeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 + octets.length, ...octets];
}

/** Tag and length of an element whose content has `length` octets. */
export function elementHeader(tag: number, length: number): Buffer {
  return Buffer.from([tag, ...writeLength(length)]);
}

/** A whole element. */
export function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([elementHeader(tag, length), ...content]);
}

/** Where the content of the element at `offset` starts. Trusts the bytes: they are our own. */
export function contentStart(bytes: Buffer, offset: number): number {
  const first = bytes[offset + 1] ?? 0;
  return first < 0x80 ? offset + 2 : offset + 2 + (first & 0x7f);
}

/** Where the element at `offset` ends. Trusts the bytes: they are our own. */
export function elementEnd(bytes: Buffer, offset: number): number {
  const first = bytes[offset + 1] ?? 0;
  if (first < 0x80) return offset + 2 + first;
  const octets = first & 0x7f;
  return offset + 2 + octets + bytes.readUIntBE(offset + 2, octets);
}
