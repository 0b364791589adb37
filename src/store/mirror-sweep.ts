import type { Collection } from '../identity/change.ts';
import type { ObjectId } from '../identity/ids.ts';
import { type NodeId, type NodeKind, nodeRange } from '../identity/node.ts';
import type { Bounds, Database } from './database.ts';
import { prefixEnd, Table, type TenantKeys } from './keys.ts';
import {
  decodeRecord,
  encodeRecord,
  liveObjectId,
  managerOf,
  recordGeneration,
  recordHead,
  removalReason,
  type StoredRecord,
} from './record-codec.ts';
import type { WriteBatch, Writes } from './write-batch.ts';

const EMPTY = Buffer.alloc(0);
const BLOCK = 1000;
const SWEEP_BATCH = 5000;

/** The records of the nodes of a range, as bounds of an iteration. */
export function recordBounds(keys: TenantKeys, { from, to }: { readonly from: NodeId; readonly to: NodeId }): Bounds {
  return { gte: keys.id(Table.records, from), lt: prefixEnd(keys.id(Table.records, to)) };
}

/** Writes a batch in which enough has gathered; the batch to go on with. */
export async function writeWhenFull(db: Database, batch: WriteBatch): Promise<WriteBatch> {
  if (batch.operations < SWEEP_BATCH) return batch;
  await db.write(batch, false);
  return db.batch();
}

/** What a {@link MirrorSweep} works on. */
export interface SweepOptions {
  readonly db: Database;
  readonly keys: TenantKeys;
  readonly now: () => number;
  readonly nodeOf: (objectId: ObjectId) => NodeId | undefined;
}

/** Takes from the mirror what a complete list does not have. Everything can be interrupted and repeated; see `Mirror`. */
export class MirrorSweep {
  readonly #db: Database;
  readonly #keys: TenantKeys;
  readonly #now: () => number;
  readonly #nodeOf: SweepOptions['nodeOf'];

  constructor({ db, keys, now, nodeOf }: SweepOptions) {
    this.#db = db;
    this.#keys = keys;
    this.#now = now;
    this.#nodeOf = nodeOf;
  }

  async sweep(collection: Collection, generation: number, signal: AbortSignal): Promise<void> {
    await this.#sweepRecords(collection === 'users' ? 'user' : 'group', generation, signal);
    if (collection === 'groups') await this.#sweepEdges(generation, signal);
    else await this.#sweepManagers(generation, signal);
  }

  async unseen(collection: Collection, generation: number, signal: AbortSignal): Promise<readonly ObjectId[]> {
    const unseen: ObjectId[] = [];
    const range = nodeRange(collection === 'users' ? 'user' : 'group');
    for await (const block of this.#db.entries(recordBounds(this.#keys, range), BLOCK)) {
      signal.throwIfAborted();
      for (const [, value] of block) {
        const objectId = recordGeneration(value) < generation ? liveObjectId(value) : undefined;
        if (objectId !== undefined) unseen.push(objectId);
      }
    }
    return unseen;
  }

  async #sweepRecords(kind: NodeKind, generation: number, signal: AbortSignal): Promise<void> {
    let batch = this.#db.batch();
    for await (const block of this.#db.entries(recordBounds(this.#keys, nodeRange(kind)), BLOCK)) {
      signal.throwIfAborted();
      for (const [key, value] of block) {
        if (removalReason(value) !== undefined || recordGeneration(value) >= generation) continue;
        const record = decodeRecord(value);
        const { objectId } = record;
        batch.put(
          key,
          encodeRecord({ objectId, removed: 'unseen', removedAtMs: this.#now(), generation, properties: {} }),
        );
        this.#forgetManager(key.readUInt32BE(2), record, batch);
        this.#markDirty(key.readUInt32BE(2), batch);
        if (kind === 'group') this.#markMoved(key.readUInt32BE(2), batch);
      }
      batch = await writeWhenFull(this.#db, batch);
    }
    await this.#db.write(batch, false);
  }

  async #sweepEdges(generation: number, signal: AbortSignal): Promise<void> {
    let batch = this.#db.batch();
    for await (const block of this.#db.entries(this.#keys.table(Table.memberEdges), BLOCK)) {
      signal.throwIfAborted();
      for (const [key, value] of block) {
        if (value.readUInt32BE(0) >= generation) continue;
        const group = key.readUInt32BE(2);
        const member = key.readUInt32BE(6);
        // Graph lists nobody who is soft-deleted, and says nothing of his groups when he is restored.
        const stored = this.#db.get(this.#keys.id(Table.records, member));
        const removed = stored === undefined ? undefined : removalReason(stored);
        if (removed === 'changed' || removed === 'unseen') continue;
        batch.delete(key);
        batch.delete(this.#keys.pair(Table.groupEdges, member, group));
        this.#markDirty(group, batch);
        this.#markMoved(member, batch);
      }
      batch = await writeWhenFull(this.#db, batch);
    }
    await this.#db.write(batch, false);
  }

  /** Takes managers away whom the enumeration did not tell of, unless they are soft-deleted: then nobody would tell of them. */
  async #sweepManagers(generation: number, signal: AbortSignal): Promise<void> {
    let batch = this.#db.batch();
    for await (const block of this.#db.entries(this.#keys.table(Table.untoldManagers), BLOCK)) {
      signal.throwIfAborted();
      for (const [key, value] of block) {
        batch.delete(key);
        if (value.readUInt32BE(0) === generation) this.#endManager(key.readUInt32BE(2), key.readUInt32BE(6), batch);
      }
      batch = await writeWhenFull(this.#db, batch);
    }
    await this.#db.write(batch, false);
  }

  #endManager(report: NodeId, manager: NodeId, out: Writes): void {
    const key = this.#keys.id(Table.records, report);
    const stored = this.#db.get(key);
    if (stored === undefined || removalReason(stored) !== undefined) return;
    const record = decodeRecord(stored);
    const id = managerOf(record);
    if (id === undefined || this.#nodeOf(id) !== manager) return;
    const held = this.#db.get(this.#keys.id(Table.records, manager));
    const removed = held === undefined ? undefined : removalReason(held);
    if (removed === 'changed' || removed === 'unseen') return;
    const { manager: _ended, ...properties } = record.properties;
    out.put(key, encodeRecord({ ...record, properties }));
    out.delete(this.#keys.pair(Table.reportEdges, manager, report));
    this.#markDirty(report, out);
  }

  async keepAdmitted(
    collection: Collection,
    admitted: ReadonlySet<ObjectId>,
    signal: AbortSignal,
  ): Promise<readonly ObjectId[]> {
    const missing = new Set(admitted);
    const range = nodeRange(collection === 'users' ? 'user' : 'group');
    let batch = this.#db.batch();
    for await (const block of this.#db.entries(recordBounds(this.#keys, range), BLOCK)) {
      signal.throwIfAborted();
      for (const [key, value] of block) {
        const { objectId, state } = recordHead(value);
        if (state === 'live' && !admitted.has(objectId)) {
          const generation = recordGeneration(value);
          batch.put(key, encodeRecord({ objectId, removed: undefined, outOfScope: true, generation, properties: {} }));
          this.#forgetManager(key.readUInt32BE(2), decodeRecord(value), batch);
          this.#markDirty(key.readUInt32BE(2), batch);
        }
        // A list of Graph's may be older than the message that somebody was deleted.
        if (state === 'live' || state === 'deleted') missing.delete(objectId);
      }
      batch = await writeWhenFull(this.#db, batch);
    }
    await this.#db.write(batch, false);
    return [...missing];
  }

  /** Takes a user whose record goes off the reports of the manager. */
  #forgetManager(report: NodeId, record: StoredRecord, out: Writes): void {
    const id = managerOf(record);
    const manager = id && this.#nodeOf(id);
    if (manager !== undefined) out.delete(this.#keys.pair(Table.reportEdges, manager, report));
  }

  #markDirty(node: NodeId, out: Writes): void {
    out.put(this.#keys.id(Table.dirtyNodes, node), EMPTY);
  }

  #markMoved(node: NodeId, out: Writes): void {
    out.put(this.#keys.id(Table.movedNodes, node), EMPTY);
  }
}
