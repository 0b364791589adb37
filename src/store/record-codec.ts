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
const OBJECT_ID_AT = 5;
const PROPERTIES_AT = 21;

/** Reads a record: reason (1 byte), generation (4), object id (16), properties as JSON. */
export function decodeRecord(bytes: Buffer): StoredRecord {
  return {
    removed: removalReason(bytes),
    generation: recordGeneration(bytes),
    objectId: objectIdFromBytes(bytes, OBJECT_ID_AT),
    properties:
      bytes.length === PROPERTIES_AT ? {} : (JSON.parse(bytes.toString('utf8', PROPERTIES_AT)) as GraphProperties),
  };
}

/** Why the object of a stored record has no live one, without reading the rest; undefined when it has. */
export function removalReason(bytes: Buffer): RemovalReason | undefined {
  return REASONS[bytes[0] ?? 0];
}

/** The enumeration that reported a stored record last, without reading the rest. */
export function recordGeneration(bytes: Buffer): number {
  return bytes.readUInt32BE(1);
}

/** The object id of a stored record without reading the rest; undefined when the object was removed. */
export function liveObjectId(bytes: Buffer): ObjectId | undefined {
  return bytes[0] === 0 ? objectIdFromBytes(bytes, OBJECT_ID_AT) : undefined;
}

/** Writes a record. */
export function encodeRecord(record: StoredRecord): Buffer {
  const json = record.removed === undefined ? JSON.stringify(record.properties) : '';
  const bytes = Buffer.allocUnsafe(PROPERTIES_AT + Buffer.byteLength(json));
  bytes[0] = Math.max(REASONS.indexOf(record.removed), 0);
  bytes.writeUInt32BE(record.generation, 1);
  guidBytes(record.objectId).copy(bytes, OBJECT_ID_AT);
  bytes.write(json, PROPERTIES_AT);
  return bytes;
}
