import type { GraphProperties } from '../identity/change.ts';
import { guidBytes, type ObjectId, objectIdFromBytes } from '../identity/ids.ts';

/** Why an object has no live record: the two reasons of Graph, and not seen by a complete full enumeration. */
export type RemovalReason = 'changed' | 'deleted' | 'unseen';

/** A mirror record as stored. */
export interface StoredRecord {
  readonly objectId: ObjectId;
  /** The enumeration that reported it last. */
  readonly generation: number;
  readonly removed: RemovalReason | undefined;
  readonly properties: GraphProperties;
}

const REASONS: readonly (RemovalReason | undefined)[] = [undefined, 'changed', 'deleted', 'unseen'];
const HEADER_BYTES = 21;

/** Reads a record: reason (1 byte), generation (4), object id (16), properties as JSON. */
export function decodeRecord(bytes: Buffer): StoredRecord {
  return {
    removed: REASONS[bytes[0] ?? 0],
    generation: bytes.readUInt32BE(1),
    objectId: objectIdFromBytes(bytes, 5),
    properties: bytes.length === HEADER_BYTES ? {} : (JSON.parse(bytes.toString('utf8', HEADER_BYTES)) as GraphProperties),
  };
}

/** The object id of a stored record without reading the rest; undefined when the object was removed. */
export function liveObjectId(bytes: Buffer): ObjectId | undefined {
  return bytes[0] === 0 ? objectIdFromBytes(bytes, 5) : undefined;
}

/** Writes a record. */
export function encodeRecord(record: StoredRecord): Buffer {
  const json = record.removed === undefined ? JSON.stringify(record.properties) : '';
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(json));
  bytes[0] = Math.max(REASONS.indexOf(record.removed), 0);
  bytes.writeUInt32BE(record.generation, 1);
  guidBytes(record.objectId).copy(bytes, 5);
  bytes.write(json, HEADER_BYTES);
  return bytes;
}
