/**
 * What undoing publishes is made of.
 *
 *     undo, 0   stamp (6 bytes)            → header as JSON: {@link UndoHeader}
 *     undo, 1   stamp, node (4 bytes)      → the entry before the publish; empty when there was none
 *     undo, 2   stamp, group (4 bytes)     → count of members that the publish added (4), those (4 each), those it took away (4 each)
 *
 * An entry or a group is noted once for each publish, in the batch that changes it first. A header is `open` from the first
 * batch of a publish that needs several until its commit.
 */
import type { PublicationFacts } from '../identity/view.ts';
import type { NodeId } from '../identity/node.ts';

/** How one publish can be undone. */
export interface UndoHeader {
  /** `open`: the publish is under way; `tooLarge`: it has changed more than is remembered. */
  readonly state: 'open' | 'complete' | 'tooLarge';
  /** The directory that the publish made; 0 while it is open. */
  readonly publication: number;
  /** The directory that was shown before. */
  readonly before: PublicationFacts;
  readonly atMs: number;
  readonly bytes: number;
  readonly records: number;
}

/** Members that a publish has added to a group and taken from it; they have none in common. */
export interface MembersChange {
  readonly added: readonly NodeId[];
  readonly removed: readonly NodeId[];
}

const ID_BYTES = 4;

/** The bytes of a header. */
export function encodeUndoHeader(header: UndoHeader): Buffer {
  return Buffer.from(JSON.stringify(header));
}

/** The inverse of {@link encodeUndoHeader}. */
export function decodeUndoHeader(bytes: Buffer): UndoHeader {
  return JSON.parse(bytes.toString()) as UndoHeader;
}

/** The bytes of a change of members. */
export function encodeMembersChange({ added, removed }: MembersChange): Buffer {
  const bytes = Buffer.allocUnsafe(ID_BYTES * (1 + added.length + removed.length));
  bytes.writeUInt32BE(added.length);
  let at = ID_BYTES;
  for (const ids of [added, removed]) for (const id of ids) at = bytes.writeUInt32BE(id, at);
  return bytes;
}

/** The inverse of {@link encodeMembersChange}. */
export function decodeMembersChange(bytes: Buffer): MembersChange {
  const addedEnd = ID_BYTES * (1 + bytes.readUInt32BE(0));
  return { added: readIds(bytes, ID_BYTES, addedEnd), removed: readIds(bytes, addedEnd, bytes.length) };
}

/** One change after another, as one: who was taken away and put back is in neither list, nor is who was added and taken away. */
export function composeMembers(first: MembersChange, next: MembersChange): MembersChange {
  const added = new Set(first.added);
  const removed = new Set(first.removed);
  for (const id of next.removed) if (!added.delete(id)) removed.add(id);
  for (const id of next.added) if (!removed.delete(id)) added.add(id);
  return { added: [...added], removed: [...removed] };
}

function readIds(bytes: Buffer, from: number, to: number): readonly NodeId[] {
  const ids: NodeId[] = [];
  for (let at = from; at < to; at += ID_BYTES) ids.push(bytes.readUInt32BE(at));
  return ids;
}
