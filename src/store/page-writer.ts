import type { DirectoryChange, GraphProperties, MemberType, ObjectProperties } from '../identity/change.ts';
import { guidBytes, type ObjectId } from '../identity/ids.ts';
import { type NodeId, type NodeKind, nodeId, nodeKind, nodeRange, primaryGroupNode } from '../identity/node.ts';
import type { Database } from './database.ts';
import type { Writes } from './write-batch.ts';
import { Table, type TenantKeys } from './keys.ts';
import type { NodeTable } from './node-table.ts';
import { decodeRecord, encodeRecord, managerOf, type StoredRecord } from './record-codec.ts';

const EMPTY = Buffer.alloc(0);

const MEMBER_KIND: Readonly<Record<MemberType, NodeKind>> = { user: 'user', group: 'group', other: 'other' };

/** What a page is written with. */
export interface PageWriterOptions {
  readonly db: Database;
  readonly keys: TenantKeys;
  /** Nodes that were looked up or made lately. */
  readonly nodes: NodeTable;
  readonly out: Writes;
  /** The enumeration that the page belongs to. */
  readonly generation: number;
  /** See `Mirror.applyPage`. */
  readonly anew: { readonly keeps: readonly string[] } | undefined;
  /** Whether to remember which nodes changed. */
  readonly markDirty: boolean;
  /** When the page was read, in milliseconds since the epoch. */
  readonly nowMs: number;
}

type Counters = Partial<Record<NodeKind, number>>;

/** Merges one page into the mirror. Reads see what the page wrote before, so that an object may come several times. */
export class PageWriter {
  readonly #options: PageWriterOptions;
  readonly #generationBytes = Buffer.alloc(4);
  readonly #records = new Map<NodeId, StoredRecord>();
  /** Objects that this page made known; the store holds nothing of them. */
  readonly #fresh = new Map<ObjectId, NodeId>();
  readonly #freshNodes = new Set<NodeId>();
  readonly #dirty = new Set<NodeId>();
  readonly #moved = new Set<NodeId>();
  readonly #counters = new Map<NodeKind, number>();
  #storedCounters: Counters | undefined;

  constructor(options: PageWriterOptions) {
    this.#options = options;
    this.#generationBytes.writeUInt32BE(options.generation);
  }

  apply(change: DirectoryChange): void {
    if (change.kind === 'removed') {
      this.#remove(change.id, change.reason);
      return;
    }
    const node = this.#intern(change.id, change.kind);
    if (change.outOfScope === true) this.#empty(node, change.id);
    else this.#merge(node, change.id, change.properties);
    if (change.kind !== 'group') return;
    for (const member of change.members) {
      if (member.removed) this.#leave(node, member.id);
      else this.#join(node, this.#intern(member.id, MEMBER_KIND[member.type]));
    }
  }

  /** Gives a node to an object that is not of the tenant; what has one keeps it. */
  adopt(objectId: ObjectId, kind: 'user' | 'group'): void {
    if (this.#find(objectId) !== undefined) return;
    const { generation } = this.#options;
    this.#records.set(this.#intern(objectId, kind), { objectId, generation, removed: 'overlay', properties: {} });
  }

  /** Merges properties of an object that is live and in scope. */
  amend({ id, properties }: ObjectProperties): void {
    const node = this.#find(id);
    const old = node === undefined ? undefined : this.#record(node);
    if (node === undefined || old === undefined || old.removed !== undefined || old.outOfScope === true) return;
    const merged = mergeProperties(old.properties, properties);
    if (merged === old.properties) return;
    this.#put(node, old, { ...old, properties: merged });
    this.#dirty.add(node);
  }

  /** Writes what was kept back because the page might have changed it again. */
  finish(): void {
    const { keys, out, markDirty } = this.#options;
    for (const [node, record] of this.#records) out.put(keys.id(Table.records, node), encodeRecord(record));
    if (markDirty) {
      for (const node of this.#dirty) out.put(keys.id(Table.dirtyNodes, node), EMPTY);
      for (const node of this.#moved) out.put(keys.id(Table.movedNodes, node), EMPTY);
    }
    if (this.#counters.size > 0) {
      const counters = JSON.stringify({ ...this.#loadCounters(), ...Object.fromEntries(this.#counters) });
      out.put(keys.text(Table.mirrorMeta, 'counters'), Buffer.from(counters));
    }
  }

  /** Tells the cache of the objects that this page made known. Only once it is written: a node that was not is given again. */
  written(): void {
    for (const [objectId, node] of this.#fresh) this.#options.nodes.set(objectId, node);
  }

  #merge(node: NodeId, objectId: ObjectId, patch: GraphProperties): void {
    const { generation } = this.#options;
    const old = this.#record(node);
    const before = old === undefined || old.removed !== undefined ? undefined : old.properties;
    // What came into scope has the properties of this patch and no others, none included.
    const cameIntoScope = old?.outOfScope === true;
    const properties =
      before === undefined
        ? withoutNulls(patch)
        : this.#mergedProperties(before, this.#keepUntoldManager(node, old, patch), old?.generation);
    const changed = properties !== before || cameIntoScope;
    if (!changed && old?.generation === generation) return;
    this.#put(node, old, { objectId, generation, removed: undefined, properties });
    if (changed) this.#dirty.add(node);
    if (before === undefined) this.#moveMembers(node);
  }

  #mergedProperties(before: GraphProperties, patch: GraphProperties, seen: number | undefined): GraphProperties {
    const { anew, generation } = this.#options;
    if (anew === undefined || seen === generation) return mergeProperties(before, patch);
    // A property that was never set is absent (https://learn.microsoft.com/graph/delta-query-overview), and so is one that is
    // not selected any more.
    return mergeProperties(before, { ...clearing(before, anew.keeps), ...patch });
  }

  /**
   * Graph tells of no manager who is soft-deleted, and says nothing to the reports when the manager is restored. So a manager
   * whom a full enumeration does not tell of is kept until it has ended, and it is known who is gone; see the sweep.
   */
  #keepUntoldManager(node: NodeId, old: StoredRecord | undefined, patch: GraphProperties): GraphProperties {
    const { anew, keys, out, generation } = this.#options;
    const manager = old && managerOf(old);
    const managerNode = anew === undefined || manager === undefined ? undefined : this.#find(manager);
    if (manager === undefined || managerNode === undefined) return patch;
    const untold = keys.pair(Table.untoldManagers, node, managerNode);
    // An enumeration may list somebody several times, and not tell everything each time.
    if (patch['manager'] === manager) out.delete(untold);
    if ((patch['manager'] ?? null) !== null || old?.generation === generation) return patch;
    out.put(untold, this.#generationBytes);
    return { ...patch, manager };
  }

  /** Replaces a record, and with it who is listed as a report of whom. */
  #put(node: NodeId, old: StoredRecord | undefined, record: StoredRecord): void {
    this.#records.set(node, record);
    const before = old && managerOf(old);
    const after = managerOf(record);
    if (before === after) return;
    const { keys, out } = this.#options;
    const former = before && this.#find(before);
    if (former !== undefined) out.delete(keys.pair(Table.reportEdges, former, node));
    if (after !== undefined) out.put(keys.pair(Table.reportEdges, this.#intern(after, 'user'), node), EMPTY);
  }

  /** Keeps of an object that it exists. */
  #empty(node: NodeId, objectId: ObjectId): void {
    const { generation } = this.#options;
    const old = this.#record(node);
    const wasLive = old !== undefined && old.removed === undefined;
    if (old?.outOfScope === true && old.generation === generation) return;
    this.#put(node, old, { objectId, generation, removed: undefined, outOfScope: true, properties: {} });
    if (old?.outOfScope !== true) this.#dirty.add(node);
    if (!wasLive) this.#moveMembers(node);
  }

  #remove(objectId: ObjectId, reason: 'changed' | 'deleted'): void {
    const node = this.#find(objectId);
    const old = node === undefined ? undefined : this.#record(node);
    // What was never seen alive needs no tombstone. A soft-deleted object that is purged later becomes `deleted`.
    if (node === undefined || old === undefined || old.removed === reason) return;
    const { generation, nowMs } = this.#options;
    this.#put(node, old, { objectId, generation, removed: reason, removedAtMs: nowMs, properties: {} });
    this.#dirty.add(node);
    this.#moveMembers(node);
  }

  /** Who is in a group that comes or goes is from then on in other groups around it, or no longer. */
  #moveMembers(node: NodeId): void {
    if (nodeKind(node) === 'group') this.#moved.add(node);
  }

  #join(group: NodeId, member: NodeId): void {
    const { keys, out, db, markDirty } = this.#options;
    const edge = keys.pair(Table.memberEdges, group, member);
    // A membership that ended in this page was noted then, though the store has it still.
    if (markDirty && db.get(edge) === undefined) {
      this.#moved.add(member);
      this.#dirty.add(group);
    }
    out.put(edge, this.#generationBytes);
    out.put(keys.pair(Table.groupEdges, member, group), EMPTY);
  }

  #leave(group: NodeId, memberId: ObjectId): void {
    const { keys, out } = this.#options;
    const member = this.#find(memberId);
    if (member === undefined) return;
    out.delete(keys.pair(Table.memberEdges, group, member));
    out.delete(keys.pair(Table.groupEdges, member, group));
    this.#moved.add(member);
    this.#dirty.add(group);
  }

  #record(node: NodeId): StoredRecord | undefined {
    const written = this.#records.get(node);
    if (written !== undefined || this.#freshNodes.has(node)) return written;
    const bytes = this.#options.db.get(this.#options.keys.id(Table.records, node));
    return bytes === undefined ? undefined : decodeRecord(bytes);
  }

  #find(objectId: ObjectId): NodeId | undefined {
    const { db, keys, nodes } = this.#options;
    const known = this.#fresh.get(objectId) ?? nodes.get(objectId);
    if (known !== undefined || nodes.isComplete) return known;
    const stored = db.get(keys.bytes(Table.objectNodes, guidBytes(objectId)))?.readUInt32BE(0);
    if (stored !== undefined) nodes.set(objectId, stored);
    return stored;
  }

  /** The node of an object, made when there is none. */
  #intern(objectId: ObjectId, kind: NodeKind): NodeId {
    const known = this.#find(objectId);
    // Entra never turns one kind of object into another; a member that came without a type is the exception, and its
    // own record then decides.
    if (known !== undefined && (nodeKind(known) === kind || kind === 'other')) return known;
    const { keys, out } = this.#options;
    const node = nodeId(kind, this.#nextOrdinal(kind));
    const value = Buffer.allocUnsafe(4);
    value.writeUInt32BE(node);
    out.put(keys.bytes(Table.objectNodes, guidBytes(objectId)), value);
    this.#fresh.set(objectId, node);
    this.#freshNodes.add(node);
    return node;
  }

  #nextOrdinal(kind: NodeKind): number {
    const next = this.#counters.get(kind) ?? this.#loadCounters()[kind] ?? firstOrdinal(kind);
    this.#counters.set(kind, next + 1);
    return next;
  }

  #loadCounters(): Counters {
    const { db, keys } = this.#options;
    this.#storedCounters ??= decodeCounters(db.get(keys.text(Table.mirrorMeta, 'counters')));
    return this.#storedCounters;
  }
}

/** Whether any object was ever given a node. */
export function hasNodes(db: Database, keys: TenantKeys): boolean {
  return db.get(keys.text(Table.mirrorMeta, 'counters')) !== undefined;
}

function firstOrdinal(kind: NodeKind): number {
  return kind === 'group' ? primaryGroupNode - nodeRange('group').from + 1 : 1;
}

function decodeCounters(bytes: Buffer | undefined): Counters {
  return bytes === undefined ? {} : (JSON.parse(bytes.toString()) as Counters);
}

/** A patch that clears everything but what is kept. */
function clearing(properties: GraphProperties, keeps: readonly string[]): GraphProperties {
  return Object.fromEntries(
    Object.keys(properties)
      .filter((name) => !keeps.includes(name))
      .map((name) => [name, null]),
  );
}

/** The properties of an object that was not there before; the patch itself when it clears nothing. */
function withoutNulls(patch: GraphProperties): GraphProperties {
  return Object.values(patch).includes(null) ? mergeProperties({}, patch) : patch;
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
