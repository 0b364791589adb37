import type { Collection, GraphProperties, ObjectPage } from './change.ts';
import type { ObjectId } from './ids.ts';
import type { NodeId } from './node.ts';

/** One live object of the tenant as last reported. Removed objects have no record, though the store remembers them. */
export interface MirrorRecord {
  readonly node: NodeId;
  readonly objectId: ObjectId;
  readonly properties: GraphProperties;
  /** There for an object that exists and is not in scope: nothing but its id is kept. */
  readonly outOfScope?: true;
}

/** An object of which only is known that it is gone. */
export interface RemovedObject {
  readonly node: NodeId;
  readonly objectId: ObjectId;
  /** `softDeleted`: can be restored in Entra; `deleted`: for ever; `unseen`: a complete reading did not list it. */
  readonly reason: 'softDeleted' | 'deleted' | 'unseen';
  /** When that was read, in milliseconds since the epoch; undefined when it was not noted. */
  readonly atMs: number | undefined;
}

/** Direct memberships in bulk: element i of both arrays is one edge, ordered by group and then member. */
export interface EdgeBlock {
  readonly groups: Uint32Array;
  readonly members: Uint32Array;
}

/** Nodes that changed since the last publish. */
export type DirtyNodes = { readonly kind: 'all' } | { readonly kind: 'some'; readonly nodes: Uint32Array };

/** What Entra says, stored. Written only by the sync engine, one call at a time. */
export interface Mirror {
  /** The JSON text that {@link Mirror.applyPage} or {@link Mirror.saveState} stored last; undefined in a new store. */
  loadState(): string | undefined;
  saveState(state: string): Promise<void>;

  /**
   * Merges a page and stores `state` in the same atomic batch: after a crash both are there, or neither and the page is
   * read again. Applying a page twice changes nothing. `generation` marks what this enumeration saw.
   */
  applyPage(page: ObjectPage, generation: number, state: string): Promise<void>;
  /**
   * After a complete full enumeration: removes what carries an older generation. Can be interrupted and repeated.
   * Memberships of users who may be soft-deleted stay, because Graph does not report them again when a user is restored.
   */
  sweep(collection: Collection, generation: number, signal: AbortSignal): Promise<void>;

  /**
   * Takes the properties of every live object of a collection that is not among the admitted ones, and keeps its id and
   * memberships. Returns the admitted ones whose properties are not there: never read, or taken before. Those that are known
   * to be deleted are not among them. Can be interrupted and repeated.
   */
  keepAdmitted(
    collection: Collection,
    admitted: ReadonlySet<ObjectId>,
    signal: AbortSignal,
  ): Promise<readonly ObjectId[]>;

  /** Marks everything as changed since the last publish. */
  markAllDirty(): Promise<void>;
  dirtyNodes(): Promise<DirtyNodes>;

  /**
   * Users and groups of which a direct membership began or ended since the last publish, and groups that came or went;
   * ascending. May name more, and names nobody while everything counts as changed.
   */
  movedNodes(): Promise<Uint32Array>;

  record(node: NodeId): MirrorRecord | undefined;
  /** The node of an object that was ever known. */
  nodeOf(objectId: ObjectId): NodeId | undefined;
  /** What is known of an object that is gone. */
  removed(node: NodeId): RemovedObject | undefined;
  /** All objects of a collection that are gone, in ascending order of node. */
  removals(collection: Collection): AsyncIterable<readonly RemovedObject[]>;
  /** The object id of a live node. */
  objectIdOf(node: NodeId): ObjectId | undefined;
  /** All live records of a collection in ascending order of node. */
  records(collection: Collection): AsyncIterable<readonly MirrorRecord[]>;
  /** Direct members of a group, ascending, live or not. */
  membersOf(group: NodeId): Promise<Uint32Array>;
  /** Groups that list this node as a direct member, ascending, live or not. */
  groupsOf(member: NodeId): Promise<Uint32Array>;
  edges(): AsyncIterable<EdgeBlock>;
}
