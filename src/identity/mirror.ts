import type { Collection, GraphProperties, ObjectPage, ObjectProperties } from './change.ts';
import type { HistoryEvent } from './history.ts';
import type { ObjectId } from './ids.ts';
import type { NodeId } from './node.ts';
import type { RecordOverlay } from './overlay.ts';

/** One live object of the tenant as last reported. Removed objects have no record, though the store remembers them. */
export interface MirrorRecord {
  readonly node: NodeId;
  readonly objectId: ObjectId;
  readonly properties: GraphProperties;
  /** There for an object that exists and is not in scope: nothing but its id is kept. */
  readonly outOfScope?: true;
  /** What the overlay says of it; there when it says anything. */
  readonly overlay?: RecordOverlay;
}

/** An object of which only is known that it is gone. */
export interface RemovedObject {
  readonly node: NodeId;
  readonly objectId: ObjectId;
  /**
   * `softDeleted`: can be restored in Entra; `deleted`: for ever; `unseen`: a complete reading did not list it; `overlay`: it
   * was never in the tenant, and the overlay does not have it any more.
   */
  readonly reason: 'softDeleted' | 'deleted' | 'unseen' | 'overlay';
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

/** What Entra says, with or without what the overlay adds, to be read. */
export interface MirrorReader {
  /** The JSON text that {@link Mirror.applyPage} or {@link Mirror.saveState} stored last; undefined in a new store. */
  loadState(): string | undefined;
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
  /** Live users in scope whose `manager` this node is, ascending; known even before the manager is. */
  reportsOf(manager: NodeId): Promise<Uint32Array>;
  edges(): AsyncIterable<EdgeBlock>;
}

/** What Entra says, stored. Written only by the sync engine, one call at a time. */
export interface Mirror extends MirrorReader {
  saveState(state: string): Promise<void>;

  /**
   * Merges a page and stores `state` in the same atomic batch: after a crash both are there, or neither and the page is
   * read again. Applying a page twice changes nothing. `generation` marks what this enumeration saw.
   *
   * With `anew` the page belongs to an enumeration of everything: an object that it is the first to list has what it says
   * and nothing from before, but the properties in `keeps`, which others bring. Without it, what a page does not say stays.
   */
  applyPage(
    page: ObjectPage,
    generation: number,
    state: string,
    anew?: { readonly keeps: readonly string[] },
  ): Promise<void>;
  /**
   * Merges properties into the records of objects that are live and in scope, and leaves out all others. Stores `state` in the
   * same atomic batch; doing it twice changes nothing.
   */
  amend(objects: readonly ObjectProperties[], state: string): Promise<void>;
  /**
   * After a complete full enumeration: removes what carries an older generation. Can be interrupted and repeated.
   * Memberships of users who may be soft-deleted stay, because Graph does not report them again when a user is restored.
   */
  sweep(collection: Collection, generation: number, signal: AbortSignal): Promise<void>;

  /** The live objects of a collection that an enumeration has not seen so far: those that {@link Mirror.sweep} would remove. */
  unseen(collection: Collection, generation: number, signal: AbortSignal): Promise<readonly ObjectId[]>;

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

  /**
   * Forgets all that was read of the tenant, and stores `state` and `event` first: from then on everything counts as changed.
   * Which node belongs to which object is kept, so that whoever is read again is the same entry. When it is interrupted,
   * {@link Mirror.clearUnfinished} is true until {@link Mirror.finishClear} was called.
   */
  clear(state: string, event: HistoryEvent): Promise<void>;
  readonly clearUnfinished: boolean;
  finishClear(): Promise<void>;

  /** Marks everything as changed since the last publish. */
  markAllDirty(): Promise<void>;

  /**
   * Gives nodes to objects that are not of the tenant, for ever; what has one keeps it. They count as removed here, for the
   * mirror has no records of them.
   */
  adopt(kind: 'user' | 'group', objectIds: readonly ObjectId[]): Promise<void>;
}
