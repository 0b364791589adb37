import type { Collection, ObjectPage, ObjectProperties } from '../identity/change.ts';
import type { HistoryEvent } from '../identity/history.ts';
import { guidBytes, type ObjectId } from '../identity/ids.ts';
import type { DirtyNodes, EdgeBlock, Mirror, MirrorRecord, RemovedObject } from '../identity/mirror.ts';
import { type NodeId, nodeRange } from '../identity/node.ts';
import type { Database } from './database.ts';
import type { Writes } from './write-batch.ts';
import { prefixEnd, Table, type TenantKeys } from './keys.ts';
import { MirrorSweep, recordBounds, writeWhenFull } from './mirror-sweep.ts';
import { NodeTable } from './node-table.ts';
import { hasNodes, PageWriter } from './page-writer.ts';
import { decodeRecord, liveObjectId, removalReason } from './record-codec.ts';

const EMPTY = Buffer.alloc(0);
const BLOCK = 1000;
/** Records are objects of a kilobyte and more once they are parsed, which the collector copies while they wait for their turn. */
const RECORDS_BLOCK = 100;
/** Objects whose nodes are remembered while pages are read: a tenant of a million with its groups, in 60 MB. */
const NODES_MAX = 2_000_000;

/** The name under which everything is marked as changed. */
const ALL_DIRTY = 'all-dirty';
const STATE = 'state';
/** The name under which it is marked that everything is being forgotten. */
const CLEARING = 'clearing';

/**
 * Makes the writes after which the mirror of a tenant is, to whoever opens it, one that was never read and that is to be forgotten
 * whatever is left of it.
 */
export function putForgotten(keys: TenantKeys, out: Writes): void {
  out.delete(keys.text(Table.mirrorMeta, STATE));
  out.put(keys.text(Table.mirrorMeta, CLEARING), EMPTY);
}

/** The mirror in LevelDB. */
export class MirrorStore implements Mirror {
  readonly #db: Database;
  readonly #keys: TenantKeys;
  readonly #now: () => number;
  readonly #putEvent: (event: HistoryEvent, out: Writes) => void;
  readonly #nodes: NodeTable;
  readonly #sweep: MirrorSweep;

  /** `putEvent` adds the write that remembers an event. */
  constructor(db: Database, keys: TenantKeys, now: () => number, putEvent: (event: HistoryEvent, out: Writes) => void) {
    this.#putEvent = putEvent;
    this.#db = db;
    this.#keys = keys;
    this.#now = now;
    this.#nodes = new NodeTable(NODES_MAX, !hasNodes(db, keys));
    this.#sweep = new MirrorSweep({ db, keys, now, nodeOf: (objectId) => this.nodeOf(objectId) });
  }

  loadState(): string | undefined {
    return this.#db.get(this.#keys.text(Table.mirrorMeta, STATE))?.toString();
  }

  async saveState(state: string): Promise<void> {
    const batch = this.#db.batch();
    this.putState(state, batch);
    await this.#db.write(batch, true);
  }

  /** Stores the engine's state with other writes. */
  putState(state: string, out: Writes): void {
    out.put(this.#keys.text(Table.mirrorMeta, STATE), Buffer.from(state));
  }

  async applyPage(
    page: ObjectPage,
    generation: number,
    state: string,
    anew?: { readonly keeps: readonly string[] },
  ): Promise<void> {
    const batch = this.#db.batch();
    const writer = this.#pageWriter(batch, generation, anew);
    for (const change of page.changes) writer.apply(change);
    writer.finish();
    // Page and checkpoint go in one batch: after a crash we have both and continue, or neither and read the page again.
    this.putState(state, batch);
    await this.#db.write(batch, false);
    writer.written();
  }

  async amend(objects: readonly ObjectProperties[], state: string): Promise<void> {
    const batch = this.#db.batch();
    // Records keep the generation that they have: these properties do not tell that an object is there.
    const writer = this.#pageWriter(batch, 0, undefined);
    for (const object of objects) writer.amend(object);
    writer.finish();
    this.putState(state, batch);
    await this.#db.write(batch, false);
    writer.written();
  }

  async adopt(kind: 'user' | 'group', objectIds: readonly ObjectId[]): Promise<void> {
    const missing = objectIds.filter((objectId) => this.nodeOf(objectId) === undefined);
    if (missing.length === 0) return;
    const batch = this.#db.batch();
    const writer = this.#pageWriter(batch, 0, undefined);
    for (const objectId of missing) writer.adopt(objectId, kind);
    writer.finish();
    await this.#db.write(batch, false);
    writer.written();
  }

  #pageWriter(out: Writes, generation: number, anew: { readonly keeps: readonly string[] } | undefined): PageWriter {
    return new PageWriter({
      db: this.#db,
      keys: this.#keys,
      nodes: this.#nodes,
      out,
      generation,
      anew,
      // Where everything counts as changed already, a mark for each object would only be written and deleted again.
      markDirty: !this.#allDirty(),
      nowMs: this.#now(),
    });
  }

  sweep(collection: Collection, generation: number, signal: AbortSignal): Promise<void> {
    // Nobody names objects any more.
    if (collection === 'groups') this.#nodes.clear();
    return this.#sweep.sweep(collection, generation, signal);
  }

  unseen(collection: Collection, generation: number, signal: AbortSignal): Promise<readonly ObjectId[]> {
    return this.#sweep.unseen(collection, generation, signal);
  }

  keepAdmitted(
    collection: Collection,
    admitted: ReadonlySet<ObjectId>,
    signal: AbortSignal,
  ): Promise<readonly ObjectId[]> {
    return this.#sweep.keepAdmitted(collection, admitted, signal);
  }

  async clear(state: string, event: HistoryEvent): Promise<void> {
    const batch = this.#db.batch();
    this.putState(state, batch);
    this.putAllDirty(batch);
    batch.put(this.#keys.text(Table.mirrorMeta, CLEARING), EMPTY);
    this.#putEvent(event, batch);
    await this.#db.write(batch, true);
    await this.finishClear();
  }

  get clearUnfinished(): boolean {
    return this.#db.get(this.#keys.text(Table.mirrorMeta, CLEARING)) !== undefined;
  }

  async finishClear(): Promise<void> {
    let batch = this.#db.batch();
    // Everything of the mirror but the state, the counters and the nodes that objects have.
    const bounds = { gte: this.#keys.table(Table.records).gte, lt: this.#keys.table(Table.ledgerEntries).gte };
    for await (const keys of this.#db.keys(bounds, BLOCK)) {
      for (const key of keys) batch.delete(key);
      batch = await writeWhenFull(this.#db, batch);
    }
    await this.#db.write(batch.delete(this.#keys.text(Table.mirrorMeta, CLEARING)), true);
  }

  async markAllDirty(): Promise<void> {
    const batch = this.#db.batch();
    this.putAllDirty(batch);
    await this.#db.write(batch, false);
  }

  /** Marks everything as changed with other writes. */
  putAllDirty(out: Writes): void {
    out.put(this.#keys.text(Table.mirrorMeta, ALL_DIRTY), EMPTY);
  }

  async dirtyNodes(): Promise<DirtyNodes> {
    return this.#allDirty() ? { kind: 'all' } : { kind: 'some', nodes: await this.#marked(Table.dirtyNodes) };
  }

  movedNodes(): Promise<Uint32Array> {
    return this.#marked(Table.movedNodes);
  }

  async #marked(table: Table): Promise<Uint32Array> {
    const nodes: number[] = [];
    for await (const keys of this.#db.keys(this.#keys.table(table), BLOCK)) {
      for (const key of keys) nodes.push(key.readUInt32BE(2));
    }
    return Uint32Array.from(nodes);
  }

  #allDirty(): boolean {
    return this.#db.get(this.#keys.text(Table.mirrorMeta, ALL_DIRTY)) !== undefined;
  }

  /** Forgets which nodes changed. */
  async clearDirty(out: Writes): Promise<void> {
    this.#nodes.clear();
    out.delete(this.#keys.text(Table.mirrorMeta, ALL_DIRTY));
    for (const table of [Table.dirtyNodes, Table.movedNodes]) {
      for await (const keys of this.#db.keys(this.#keys.table(table), BLOCK)) {
        for (const key of keys) out.delete(key);
      }
    }
  }

  record(node: NodeId): MirrorRecord | undefined {
    const bytes = this.#db.get(this.#keys.id(Table.records, node));
    return bytes === undefined ? undefined : liveRecord(node, bytes);
  }

  objectIdOf(node: NodeId): ObjectId | undefined {
    const bytes = this.#db.get(this.#keys.id(Table.records, node));
    return bytes === undefined ? undefined : liveObjectId(bytes);
  }

  nodeOf(objectId: ObjectId): NodeId | undefined {
    return this.#db.get(this.#keys.bytes(Table.objectNodes, guidBytes(objectId)))?.readUInt32BE(0);
  }

  removed(node: NodeId): RemovedObject | undefined {
    const bytes = this.#db.get(this.#keys.id(Table.records, node));
    return bytes === undefined ? undefined : removedObject(node, bytes);
  }

  async *removals(collection: Collection): AsyncGenerator<readonly RemovedObject[]> {
    const range = nodeRange(collection === 'users' ? 'user' : 'group');
    for await (const block of this.#db.entries(recordBounds(this.#keys, range), BLOCK)) {
      const gone = block.flatMap(([key, value]) => removedObject(key.readUInt32BE(2), value) ?? []);
      if (gone.length > 0) yield gone;
    }
  }

  async *records(collection: Collection): AsyncGenerator<readonly MirrorRecord[]> {
    const range = nodeRange(collection === 'users' ? 'user' : 'group');
    for await (const block of this.#db.entries(recordBounds(this.#keys, range), RECORDS_BLOCK)) {
      const live = block.flatMap(([key, value]) => liveRecord(key.readUInt32BE(2), value) ?? []);
      if (live.length > 0) yield live;
    }
  }

  membersOf(group: NodeId): Promise<Uint32Array> {
    return this.#otherEnds(Table.memberEdges, group);
  }

  groupsOf(member: NodeId): Promise<Uint32Array> {
    return this.#otherEnds(Table.groupEdges, member);
  }

  async #otherEnds(table: Table, node: NodeId): Promise<Uint32Array> {
    const prefix = this.#keys.id(table, node);
    const ends: number[] = [];
    for await (const keys of this.#db.keys({ gte: prefix, lt: prefixEnd(prefix) }, BLOCK)) {
      for (const key of keys) ends.push(key.readUInt32BE(6));
    }
    return Uint32Array.from(ends);
  }

  reportsOf(manager: NodeId): Promise<Uint32Array> {
    return this.#otherEnds(Table.reportEdges, manager);
  }

  async *edges(): AsyncGenerator<EdgeBlock> {
    for await (const keys of this.#db.keys(this.#keys.table(Table.memberEdges), 4 * BLOCK)) {
      const groups = new Uint32Array(keys.length);
      const members = new Uint32Array(keys.length);
      for (let i = 0; i < keys.length; i++) {
        groups[i] = keys[i]?.readUInt32BE(2) ?? 0;
        members[i] = keys[i]?.readUInt32BE(6) ?? 0;
      }
      yield { groups, members };
    }
  }
}

function liveRecord(node: NodeId, bytes: Buffer): MirrorRecord | undefined {
  if (removalReason(bytes) !== undefined) return undefined;
  const { objectId, properties, outOfScope } = decodeRecord(bytes);
  return { node, objectId, properties, ...(outOfScope === undefined ? {} : { outOfScope }) };
}

const REMOVALS = { changed: 'softDeleted', deleted: 'deleted', unseen: 'unseen', overlay: 'overlay' } as const;

function removedObject(node: NodeId, bytes: Buffer): RemovedObject | undefined {
  const reason = removalReason(bytes);
  if (reason === undefined) return undefined;
  const { objectId, removedAtMs } = decodeRecord(bytes);
  return { node, objectId, reason: REMOVALS[reason], atMs: removedAtMs };
}
