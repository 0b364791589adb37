import { createHash } from 'node:crypto';

declare const brand: unique symbol;

/** A lower-case GUID that names one directory object of a tenant for ever; Entra never reuses it. */
export type ObjectId = string & { readonly [brand]: 'ObjectId' };

/** A lower-case GUID that names a tenant. */
export type TenantId = string & { readonly [brand]: 'TenantId' };

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads an object id in any letter case; undefined when the text is not a GUID. */
export function parseObjectId(text: string): ObjectId | undefined {
  const lower = text.toLowerCase();
  return GUID.test(lower) ? (lower as ObjectId) : undefined;
}

/** Reads a tenant id in any letter case; undefined when the text is not a GUID. */
export function parseTenantId(text: string): TenantId | undefined {
  const lower = text.toLowerCase();
  return GUID.test(lower) ? (lower as TenantId) : undefined;
}

/** The 16 bytes of a GUID in the order of its digits (RFC 9562 §4), as store keys use them. */
export function guidBytes(id: ObjectId | TenantId): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  let digits = 0;
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    if (unit === 0x2d) continue;
    // Digits are 0x30 to 0x39, and letters are lower-case, 0x61 to 0x66.
    const digit = unit < 0x40 ? unit - 0x30 : unit - 0x57;
    const at = digits >> 1;
    bytes[at] = digits++ % 2 === 0 ? digit << 4 : (bytes[at] ?? 0) | digit;
  }
  return bytes;
}

/** The inverse of {@link guidBytes}; `bytes` must hold 16 bytes from `offset`. */
export function objectIdFromBytes(bytes: Buffer, offset = 0): ObjectId {
  const hex = bytes.toString('hex', offset, offset + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as ObjectId;
}

/** The UUID that a name always gives within a name space, which is a UUID too (RFC 9562 §5.5). */
export function nameBasedId(nameSpace: ObjectId, name: string): ObjectId {
  const digest = createHash('sha1').update(guidBytes(nameSpace)).update(name).digest().subarray(0, 16);
  digest.writeUInt8(((digest[6] ?? 0) & 0x0f) | 0x50, 6);
  digest.writeUInt8(((digest[8] ?? 0) & 0x3f) | 0x80, 8);
  return objectIdFromBytes(digest);
}
