import { LRUCache } from 'lru-cache';
import type { Collection, DeltaPage, DirectoryChange, GraphProperties, MemberType } from '../identity/change.ts';
import { guidBytes, type ObjectId } from '../identity/ids.ts';
import type { DirtyNodes, EdgeBlock, Mirror, MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, type NodeKind, nodeId, nodeKind, nodeRange, primaryGroupNode } from '../identity/node.ts';
import type { Database, WriteOperation } from './database.ts';
import { prefixEnd, Table, type TenantKeys } from './keys.ts';
import { decodeRecord, encodeRecord, liveObjectId, type StoredRecord } from './record-codec.ts';

const EMPTY = Buffer.alloc(0);
const BLOCK = 1000;
const SWEEP_BATCH = 5000;
const NODE_CACHE_MAX = 200_000;

/** The name under which everything is marked as changed. */
const ALL_DIRTY = 'all-dirty';
const STATE = 'state';

type Counters = Partial<Record<NodeKind, number>>;

/** The mirror in LevelDB. */
export class MirrorStore implements Mirror {
  readonly #db: Database;
  readonly #keys: TenantKeys;
  readonly #nodes = new LRUCache<ObjectId, NodeId>({ max: NODE_CACHE_MAX });

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  loadState(): string | undefined {
    return this.#db.get(this.#keys.text(Table.mirrorMeta, STATE))?.toString();
  }

  async saveState(state: string): Promise<void> {
    await this.#db.write([this.statePut(state)], true);
  }

  /** The write that stores the engine's state, for batches that must carry it. */
  statePut(state: string): WriteOperation {
    return { type: 'put', key: this.#keys.text(Table.mirrorMeta, STATE), value: Buffer.from(state) };
  }

  async applyPage(page: DeltaPage, generation: number, state: string): Promise<void> {
    const writer = new PageWriter(this.#db, this.#keys, this.#nodes, generation);
    // Where everything counts as changed already, a mark for each object would only be written and deleted again.
    writer.markDirty = !this.#allDirty();
    for (const change of page.changes) writer.apply(change);
    // Page and checkpoint go in one batch: after a crash we have both and continue, or neither and read the page again.
    await this.#db.write([...writer.finish(), this.statePut(state)], false);
  }

  async sweep(collection: Collection, generation: number, signal: AbortSignal): Promise<void> {
    await this.#sweepRecords(collection === 'users' ? 'user' : 'group', generation, signal);
    if (collection === 'groups') await this.#sweepEdges(generation, signal);
  }

  async #sweepRecords(kind: NodeKind, generation: number, signal: AbortSignal): Promise<void> {
    let operations: WriteOperation[] = [];
    for await (const block of this.#db.entries(this.#idBounds(Table.records, nodeRange(kind)), BLOCK)) {
      signal.throwIfAborted();
      for (const [key, value] of block) {
        const record = decodeRecord(value);
        if (record.removed !== undefined || record.generation >= generation) continue;
        const removed = encodeRecord({ ...record, removed: 'unseen', generation, properties: {} });
        operations.push({ type: 'put', key, value: removed }, this.#dirtyPut(key.readUInt32BE(2)));
      }
      operations = await this.#writeWhenFull(operations);
    }
    await this.#db.write(operations, false);
  }

  async #sweepEdges(generation: number, signal: AbortSignal): Promise<void> {
    let operations: WriteOperation[] = [];
    for await (const block of this.#db.entries(this.#keys.table(Table.memberEdges), BLOCK)) {
      signal.throwIfAborted();
      for (const [key, value] of block) {
        if (value.readUInt32BE(0) >= generation) continue;
        const group = key.readUInt32BE(2);
        const member = key.readUInt32BE(6);
        // Graph lists nobody who is soft-deleted, and says nothing of his groups when he is restored.
        const removed = this.#stored(member)?.removed;
        if (removed === 'changed' || removed === 'unseen') continue;
        operations.push(
          { type: 'del', key },
          { type: 'del', key: this.#keys.pair(Table.groupEdges, member, group) },
          this.#dirtyPut(group),
        );
      }
      operations = await this.#writeWhenFull(operations);
    }
    await this.#db.write(operations, false);
  }

  async #writeWhenFull(operations: WriteOperation[]): Promise<WriteOperation[]> {
    if (operations.length < SWEEP_BATCH) return operations;
    await this.#db.write(operations, false);
    return [];
  }

  async markAllDirty(): Promise<void> {
    await this.#db.write([{ type: 'put', key: this.#keys.text(Table.mirrorMeta, ALL_DIRTY), value: EMPTY }], false);
  }

  async dirtyNodes(): Promise<DirtyNodes> {
    if (this.#allDirty()) return { kind: 'all' };
    const nodes: number[] = [];
    for await (const keys of this.#db.keys(this.#keys.table(Table.dirtyNodes), BLOCK)) {
      for (const key of keys) nodes.push(key.readUInt32BE(2));
    }
    return { kind: 'some', nodes: Uint32Array.from(nodes) };
  }

  #allDirty(): boolean {
    return this.#db.get(this.#keys.text(Table.mirrorMeta, ALL_DIRTY)) !== undefined;
  }

  /** The writes that forget which nodes changed. */
  async clearDirty(): Promise<WriteOperation[]> {
    const operations: WriteOperation[] = [{ type: 'del', key: this.#keys.text(Table.mirrorMeta, ALL_DIRTY) }];
    for await (const keys of this.#db.keys(this.#keys.table(Table.dirtyNodes), BLOCK)) {
      for (const key of keys) operations.push({ type: 'del', key });
    }
    return operations;
  }

  record(node: NodeId): MirrorRecord | undefined {
    const record = this.#stored(node);
    if (record === undefined || record.removed !== undefined) return undefined;
    return { node, objectId: record.objectId, properties: record.properties };
  }

  objectIdOf(node: NodeId): ObjectId | undefined {
    const bytes = this.#db.get(this.#keys.id(Table.records, node));
    return bytes === undefined ? undefined : liveObjectId(bytes);
  }

  async *records(collection: Collection): AsyncGenerator<readonly MirrorRecord[]> {
    const range = nodeRange(collection === 'users' ? 'user' : 'group');
    for await (const block of this.#db.entries(this.#idBounds(Table.records, range), BLOCK)) {
      const live: MirrorRecord[] = [];
      for (const [key, value] of block) {
        const record = decodeRecord(value);
        if (record.removed !== undefined) continue;
        live.push({ node: key.readUInt32BE(2), objectId: record.objectId, properties: record.properties });
      }
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

  async *edges(): AsyncGenerator<EdgeBlock> {
    for await (const keys of this.#db.keys(this.#keys.table(Table.memberEdges), 4 * BLOCK)) {
      const groups = new Uint32Array(keys.length);
      const members = new Uint32Array(keys.length);
      for (const [i, key] of keys.entries()) {
        groups[i] = key.readUInt32BE(2);
        members[i] = key.readUInt32BE(6);
      }
      yield { groups, members };
    }
  }

  #stored(node: NodeId): StoredRecord | undefined {
    const bytes = this.#db.get(this.#keys.id(Table.records, node));
    return bytes === undefined ? undefined : decodeRecord(bytes);
  }

  #dirtyPut(node: NodeId): WriteOperation {
    return { type: 'put', key: this.#keys.id(Table.dirtyNodes, node), value: EMPTY };
  }

  #idBounds(table: Table, range: { from: number; to: number }): { gte: Buffer; lt: Buffer | undefined } {
    return { gte: this.#keys.id(table, range.from), lt: prefixEnd(this.#keys.id(table, range.to)) };
  }
}

const MEMBER_KIND: Readonly<Record<MemberType, NodeKind>> = { user: 'user', group: 'group', other: 'other' };

/** Gathers the writes of one page. Reads see what the page wrote before, so that an object may come several times. */
class PageWriter {
  readonly #db: Database;
  readonly #keys: TenantKeys;
  readonly #cache: LRUCache<ObjectId, NodeId>;
  readonly #generation: number;
  readonly #generationBytes: Buffer;
  readonly #operations: WriteOperation[] = [];
  readonly #records = new Map<NodeId, StoredRecord>();
  readonly #fresh = new Map<ObjectId, NodeId>();
  readonly #dirty = new Set<NodeId>();
  readonly #counters = new Map<NodeKind, number>();
  markDirty = true;

  constructor(db: Database, keys: TenantKeys, cache: LRUCache<ObjectId, NodeId>, generation: number) {
    this.#db = db;
    this.#keys = keys;
    this.#cache = cache;
    this.#generation = generation;
    this.#generationBytes = Buffer.alloc(4);
    this.#generationBytes.writeUInt32BE(generation);
  }

  apply(change: DirectoryChange): void {
    if (change.kind === 'removed') {
      this.#remove(change.id, change.reason);
      return;
    }
    const node = this.#intern(change.id, change.kind);
    this.#merge(node, change.id, change.properties);
    if (change.kind !== 'group') return;
    for (const member of change.members) {
      if (member.removed) this.#leave(node, member.id);
      else this.#join(node, this.#intern(member.id, MEMBER_KIND[member.type]));
    }
    if (change.members.length > 0) this.#dirty.add(node);
  }

  /** The writes of the page, in no particular order. */
  finish(): WriteOperation[] {
    for (const [node, record] of this.#records) {
      this.#operations.push({ type: 'put', key: this.#keys.id(Table.records, node), value: encodeRecord(record) });
    }
    for (const node of this.markDirty ? this.#dirty : []) {
      this.#operations.push({ type: 'put', key: this.#keys.id(Table.dirtyNodes, node), value: EMPTY });
    }
    if (this.#counters.size > 0) {
      const counters = JSON.stringify({ ...this.#storedCounters(), ...Object.fromEntries(this.#counters) });
      this.#operations.push({ type: 'put', key: this.#keys.text(Table.mirrorMeta, 'counters'), value: Buffer.from(counters) });
    }
    for (const [objectId, node] of this.#fresh) this.#cache.set(objectId, node);
    return this.#operations;
  }

  #merge(node: NodeId, objectId: ObjectId, patch: GraphProperties): void {
    const old = this.#record(node);
    const before = old === undefined || old.removed !== undefined ? undefined : old.properties;
    const properties = mergeProperties(before ?? {}, patch);
    const changed = before === undefined || properties !== before;
    if (!changed && old?.generation === this.#generation) return;
    this.#records.set(node, { objectId, generation: this.#generation, removed: undefined, properties });
    if (changed) this.#dirty.add(node);
  }

  #remove(objectId: ObjectId, reason: 'changed' | 'deleted'): void {
    const node = this.#find(objectId);
    const old = node === undefined ? undefined : this.#record(node);
    // What was never seen alive needs no tombstone. A soft-deleted object that is purged later becomes `deleted`.
    if (node === undefined || old === undefined || old.removed === reason) return;
    this.#records.set(node, { objectId, generation: this.#generation, removed: reason, properties: {} });
    this.#dirty.add(node);
  }

  #join(group: NodeId, member: NodeId): void {
    this.#operations.push(
      { type: 'put', key: this.#keys.pair(Table.memberEdges, group, member), value: this.#generationBytes },
      { type: 'put', key: this.#keys.pair(Table.groupEdges, member, group), value: EMPTY },
    );
  }

  #leave(group: NodeId, memberId: ObjectId): void {
    const member = this.#find(memberId);
    if (member === undefined) return;
    this.#operations.push(
      { type: 'del', key: this.#keys.pair(Table.memberEdges, group, member) },
      { type: 'del', key: this.#keys.pair(Table.groupEdges, member, group) },
    );
  }

  #record(node: NodeId): StoredRecord | undefined {
    const written = this.#records.get(node);
    if (written !== undefined) return written;
    const bytes = this.#db.get(this.#keys.id(Table.records, node));
    return bytes === undefined ? undefined : decodeRecord(bytes);
  }

  #find(objectId: ObjectId): NodeId | undefined {
    const known = this.#fresh.get(objectId) ?? this.#cache.get(objectId);
    if (known !== undefined) return known;
    const stored = this.#db.get(this.#keys.bytes(Table.objectNodes, guidBytes(objectId)))?.readUInt32BE(0);
    if (stored !== undefined) this.#cache.set(objectId, stored);
    return stored;
  }

  /** The node of an object, made when there is none. */
  #intern(objectId: ObjectId, kind: NodeKind): NodeId {
    const known = this.#find(objectId);
    // Entra never turns one kind of object into another; a member that came without a type is the exception, and its
    // own record then decides.
    if (known !== undefined && (nodeKind(known) === kind || kind === 'other')) return known;
    const ordinal = this.#nextOrdinal(kind);
    const node = nodeId(kind, ordinal);
    const value = Buffer.alloc(4);
    value.writeUInt32BE(node);
    this.#operations.push({ type: 'put', key: this.#keys.bytes(Table.objectNodes, guidBytes(objectId)), value });
    this.#fresh.set(objectId, node);
    return node;
  }

  #nextOrdinal(kind: NodeKind): number {
    const next = this.#counters.get(kind) ?? this.#storedCounters()[kind] ?? nodeOrdinalFirst(kind);
    this.#counters.set(kind, next + 1);
    return next;
  }

  #stored: Counters | undefined;

  #storedCounters(): Counters {
    this.#stored ??= decodeCounters(this.#db.get(this.#keys.text(Table.mirrorMeta, 'counters')));
    return this.#stored;
  }
}

function nodeOrdinalFirst(kind: NodeKind): number {
  return kind === 'group' ? primaryGroupNode - nodeRange('group').from + 1 : 1;
}

function decodeCounters(bytes: Buffer | undefined): Counters {
  return bytes === undefined ? {} : (JSON.parse(bytes.toString()) as Counters);
}

/** Applies a patch: null clears, a missing key leaves. The same object comes back when nothing changed. */
function mergeProperties(before: GraphProperties, patch: GraphProperties): GraphProperties {
  let after: Record<string, GraphProperties[string]> | undefined;
  for (const [name, value] of Object.entries(patch)) {
    const old = before[name];
    if (value === null ? old === undefined : old !== undefined && sameValue(old, value)) continue;
    after ??= { ...before };
    if (value === null) delete after[name];
    else after[name] = value;
  }
  return after ?? before;
}

function sameValue(a: GraphProperties[string], b: GraphProperties[string]): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
