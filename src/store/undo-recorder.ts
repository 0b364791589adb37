import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts } from '../identity/view.ts';
import type { Database } from './database.ts';
import {
  composeMembers,
  decodeMembersChange,
  decodeUndoHeader,
  encodeMembersChange,
  encodeUndoHeader,
  type MembersChange,
  type UndoHeader,
} from './undo-codec.ts';
import type { ViewKeys } from './view-keys.ts';
import type { Writes } from './write-batch.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** How much is remembered for undoing publishes. */
export interface UndoLimits {
  /** Publishes that can be undone one after the other; 0 remembers nothing. */
  readonly publicationsMax: number;
  /** Bytes of keys and values of all of them; a single publish that takes more cannot be undone. */
  readonly bytesMax: number;
  /** So long after a directory was replaced it can be shown again. */
  readonly ageMaxMs: number;
}

/** What a recorder is made of. */
export interface UndoRecorderOptions {
  readonly db: Database;
  readonly keys: ViewKeys;
  readonly buffer: WriteBuffer;
  /** Of the directory that is shown; undefined when there is none, and then nothing can be undone. */
  readonly facts: PublicationFacts | undefined;
  readonly stampMs: number;
  /** True when there was an earlier attempt of this publish. */
  readonly resumed: boolean;
  readonly nowMs: number;
  readonly limits: UndoLimits;
}

const NOTHING = Buffer.alloc(0);

/** Notes what one publish changes as it was before, so that it can be undone. */
export class UndoRecorder {
  readonly #options: UndoRecorderOptions;
  readonly #seen = new Set<NodeId>();
  readonly #seenGroups = new Set<NodeId>();
  #active: boolean;
  #tooLarge = false;
  #bytes = 0;
  #records = 0;

  constructor(options: UndoRecorderOptions) {
    const { facts, limits, resumed } = options;
    this.#options = options;
    this.#active = facts !== undefined && limits.publicationsMax > 0;
    // What an earlier attempt has changed without a note cannot be undone.
    if (this.#active && resumed && this.#storedHeader()?.state !== 'open') this.#giveUp();
  }

  /** To be called before the first of several batches is written: the next attempt must know that notes are there. */
  begin(): void {
    if (this.#active) this.#putHeader('open', 0);
  }

  /** Notes what an entry was; the first note of a publish counts. */
  entry(node: NodeId, before: Buffer | undefined): void {
    if (!this.#active || this.#seen.has(node)) return;
    this.#seen.add(node);
    const { keys, buffer, resumed, stampMs } = this.#options;
    const key = keys.undone('entry', stampMs, node);
    if (resumed && buffer.get(key) !== undefined) return;
    this.#put(key, before ?? NOTHING);
  }

  /** Notes whom a group gets and loses. */
  members(group: NodeId, added: ArrayLike<NodeId>, removed: ArrayLike<NodeId>): void {
    if (!this.#active || added.length + removed.length === 0) return;
    const { keys, buffer, resumed, stampMs } = this.#options;
    const key = keys.undone('members', stampMs, group);
    const known = resumed || this.#seenGroups.has(group) ? buffer.get(key) : undefined;
    this.#seenGroups.add(group);
    const change: MembersChange = { added: Array.from(added), removed: Array.from(removed) };
    this.#put(
      key,
      encodeMembersChange(known === undefined ? change : composeMembers(decodeMembersChange(known), change)),
    );
  }

  /** Makes the writes that end the publish: its header, and out of the store what is no longer remembered. */
  async commit(publication: number): Promise<void> {
    const { db, keys, buffer, stampMs, resumed, limits } = this.#options;
    // What earlier batches and attempts have noted can be counted, and be deleted, on disk only.
    if (resumed || this.#tooLarge) await buffer.flush(false);
    if (resumed && this.#active) await this.#count();
    const headers = (await readUndoHeaders(db, keys)).filter((each) => each.stampMs !== stampMs);
    if (!this.#active) {
      await forgetUndo(db, keys, [...headers.map((each) => each.stampMs), stampMs], buffer);
      if (this.#tooLarge) this.#putHeader('tooLarge', publication);
      return;
    }
    this.#putHeader('complete', publication);
    const kept = keepNewest(headers, limits, this.#bytes);
    await forgetUndo(
      db,
      keys,
      headers.slice(0, headers.length - kept).map((each) => each.stampMs),
      buffer,
    );
  }

  #put(key: Buffer, value: Buffer): void {
    this.#options.buffer.put(key, value);
    this.#bytes += key.length + value.length;
    this.#records++;
    if (this.#bytes > this.#options.limits.bytesMax) this.#giveUp();
  }

  #giveUp(): void {
    this.#active = false;
    this.#tooLarge = true;
    this.#seen.clear();
    this.#seenGroups.clear();
    // Should this publish be interrupted, the next attempt must know that the notes are not complete.
    this.#putHeader('tooLarge', 0);
  }

  #putHeader(state: UndoHeader['state'], publication: number): void {
    const { keys, buffer, facts, stampMs, nowMs } = this.#options;
    if (facts === undefined) return;
    const size = state === 'complete' ? { bytes: this.#bytes, records: this.#records } : { bytes: 0, records: 0 };
    buffer.put(keys.undoHeader(stampMs), encodeUndoHeader({ state, publication, before: facts, atMs: nowMs, ...size }));
  }

  #storedHeader(): UndoHeader | undefined {
    const bytes = this.#options.buffer.get(this.#options.keys.undoHeader(this.#options.stampMs));
    return bytes === undefined ? undefined : decodeUndoHeader(bytes);
  }

  async #count(): Promise<void> {
    const { db, keys, stampMs, limits } = this.#options;
    this.#bytes = 0;
    this.#records = 0;
    for (const part of ['entry', 'members'] as const) {
      for await (const block of db.entries(keys.undoneBy(part, stampMs), 1000)) {
        for (const [key, value] of block) this.#bytes += key.length + value.length;
        this.#records += block.length;
      }
    }
    if (this.#bytes > limits.bytesMax) this.#giveUp();
  }
}

/** A header with the stamp of its publish. */
export interface StampedHeader extends UndoHeader {
  readonly stampMs: number;
}

/** All headers, the oldest first. */
export async function readUndoHeaders(db: Database, keys: ViewKeys): Promise<readonly StampedHeader[]> {
  const headers: StampedHeader[] = [];
  for await (const block of db.entries(keys.undoHeaders, 100)) {
    for (const [key, value] of block) headers.push({ stampMs: keys.undoStamp(key), ...decodeUndoHeader(value) });
  }
  return headers;
}

/** Makes the writes that forget what these publishes noted. */
export async function forgetUndo(db: Database, keys: ViewKeys, stamps: readonly number[], out: Writes): Promise<void> {
  for (const stampMs of stamps) {
    for (const part of ['entry', 'members'] as const) {
      for await (const block of db.keys(keys.undoneBy(part, stampMs), 1000)) for (const key of block) out.delete(key);
    }
    out.delete(keys.undoHeader(stampMs));
  }
}

/** How many of the newest headers may stay beside a publish that takes so many bytes. */
function keepNewest(headers: readonly StampedHeader[], limits: UndoLimits, bytes: number): number {
  let kept = 0;
  let sum = bytes;
  for (const header of headers.toReversed()) {
    sum += header.bytes;
    if (kept + 1 >= limits.publicationsMax || sum > limits.bytesMax) break;
    kept++;
  }
  return kept;
}
