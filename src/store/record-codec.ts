import type { GraphProperties } from '../identity/change.ts';
import { guidBytes, type ObjectId, objectIdFromBytes, parseObjectId } from '../identity/ids.ts';

/**
 * Why an object has no live record: the two reasons of Graph, not seen by a complete full enumeration, and never of the tenant
 * at all.
 */
export type RemovalReason = 'changed' | 'deleted' | 'unseen' | 'overlay';

/** A mirror record as stored. */
export interface StoredRecord {
  readonly objectId: ObjectId;
  /** The enumeration that reported it last. */
  readonly generation: number;
  readonly removed: RemovalReason | undefined;
  /** There when the object exists and is not in scope; it has no properties then. */
  readonly outOfScope?: true;
  readonly properties: GraphProperties;
  /** When the removal was read, in milliseconds since the epoch; there for a removed object where it was noted. */
  readonly removedAtMs?: number;
}

/** The first byte of an object that exists and is not in scope. */
const OUT_OF_SCOPE = 4;
const REASONS: readonly (RemovalReason | undefined)[] = [
  undefined,
  'changed',
  'deleted',
  'unseen',
  undefined,
  'overlay',
];
const OBJECT_ID_AT = 5;
const PROPERTIES_AT = 21;

/**
 * Reads a record: state (1 byte), generation (4), object id (16), properties as JSON, or the time of the removal in decimal
 * digits.
 */
export function decodeRecord(bytes: Buffer): StoredRecord {
  const generation = recordGeneration(bytes);
  const objectId = objectIdFromBytes(bytes, OBJECT_ID_AT);
  const removed = removalReason(bytes);
  if (bytes[0] === OUT_OF_SCOPE) return { generation, objectId, removed, outOfScope: true, properties: {} };
  if (removed === undefined) return { generation, objectId, removed, properties: decodeProperties(bytes) };
  const removedAtMs = removalTime(bytes);
  return { generation, objectId, removed, properties: {}, ...(removedAtMs === undefined ? {} : { removedAtMs }) };
}

function decodeProperties(bytes: Buffer): GraphProperties {
  if (bytes.length === PROPERTIES_AT) return {};
  return JSON.parse(bytes.toString('utf8', PROPERTIES_AT)) as GraphProperties;
}

function removalTime(bytes: Buffer): number | undefined {
  const isNoted = removalReason(bytes) !== undefined && bytes.length > PROPERTIES_AT;
  return isNoted ? Number(bytes.toString('latin1', PROPERTIES_AT)) : undefined;
}

/** Why the object of a stored record has no live one, without reading the rest; undefined when it has. */
export function removalReason(bytes: Buffer): RemovalReason | undefined {
  return REASONS[bytes[0] ?? 0];
}

/**
 * Whose record it is and how it stands, without reading the rest. `deleted`: Graph said so, for a while or for ever; `absent`:
 * not seen by a complete full enumeration.
 */
export function recordHead(bytes: Buffer): {
  readonly objectId: ObjectId;
  readonly state: 'live' | 'outOfScope' | 'deleted' | 'absent';
} {
  const objectId = objectIdFromBytes(bytes, OBJECT_ID_AT);
  const removed = removalReason(bytes);
  if (removed !== undefined) return { objectId, state: removed === 'unseen' ? 'absent' : 'deleted' };
  return { objectId, state: bytes[0] === OUT_OF_SCOPE ? 'outOfScope' : 'live' };
}

/** The enumeration that reported a stored record last, without reading the rest. */
export function recordGeneration(bytes: Buffer): number {
  return bytes.readUInt32BE(1);
}

/** The object id of a stored record without reading the rest; undefined when the object was removed. */
export function liveObjectId(bytes: Buffer): ObjectId | undefined {
  return removalReason(bytes) === undefined ? objectIdFromBytes(bytes, OBJECT_ID_AT) : undefined;
}

/** The manager that a record names; one that is not live in scope names nobody, for it has no properties. */
export function managerOf({ properties }: StoredRecord): ObjectId | undefined {
  const manager = properties['manager'];
  return typeof manager === 'string' ? parseObjectId(manager) : undefined;
}

/** Writes a record. */
export function encodeRecord(record: StoredRecord): Buffer {
  const rest = contentOf(record);
  const bytes = Buffer.allocUnsafe(PROPERTIES_AT + Buffer.byteLength(rest));
  bytes[0] = record.outOfScope === true ? OUT_OF_SCOPE : Math.max(REASONS.indexOf(record.removed), 0);
  bytes.writeUInt32BE(record.generation, 1);
  guidBytes(record.objectId).copy(bytes, OBJECT_ID_AT);
  bytes.write(rest, PROPERTIES_AT);
  return bytes;
}

function contentOf({ removed, removedAtMs, outOfScope, properties }: StoredRecord): string {
  if (removed !== undefined) return removedAtMs === undefined ? '' : String(removedAtMs);
  return outOfScope === true ? '' : JSON.stringify(properties);
}
