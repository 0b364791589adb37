import type { HistoryEvent } from './history.ts';
import type { Hold } from './hold.ts';
import type { NodeId } from './node.ts';
import type { SudoReport } from './sudo.ts';
import type { MembersBefore, NotUndoable, ReturnPoint } from './undo.ts';

/** Facts about the published directory that are stored with it. */
export interface PublicationFacts {
  readonly publication: number;
  readonly publishedAtMs: number;
  /** The earlier publication that this one shows again; undefined for one that was made from the tenant. */
  readonly restores?: number;
  /** Identifies the settings and the program version whose projection is published. */
  readonly fingerprint: string;
  readonly users: number;
  /** Groups of the tenant; the primary POSIX group is an entry too, but not counted. */
  readonly groups: number;
  readonly services: number;
  /** Primary groups of one user alone. */
  readonly privateGroups?: number;
  /** The lower-case object classes that entries of each kind have. */
  readonly objectClasses: Readonly<Partial<Record<EntryKind, readonly string[]>>>;
  /** What the settings of then added to the schema; undefined in stores of versions that added nothing. */
  readonly addedAttributes?: readonly AddedAttribute[];
  /** For each group that the settings of then name: the groups of that name. */
  readonly policyMatches?: readonly (readonly NodeId[])[];
  /** What came of the sudo rules of the settings of then; undefined when they had none. */
  readonly sudo?: SudoReport;
  /** For each user principal name in these rules: the users of that name. */
  readonly sudoUsers?: readonly (readonly NodeId[])[];
}

/** An attribute that the settings add to the schema, or allow entries that their classes do not allow it; `known`: the schema has it. */
export interface AddedAttribute {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'boolean' | 'time' | 'dn' | 'known';
  readonly multiValued: boolean;
  /** Whose entries may have it. */
  readonly of: 'users' | 'groups' | 'both';
}

/** The kinds of nodes that have entries. */
export type EntryKind = 'structural' | 'user' | 'group' | 'service' | 'privateGroup' | 'sudo';

/** The values of a member as encoded OCTET STRING elements: its DN, and the uid if it is a user. */
export type MemberValues = readonly [dn: Buffer] | readonly [dn: Buffer, uid: Buffer];

/** How many members a set lost and gained by an update. */
export interface SetChange {
  readonly added: Uint32Array;
  readonly removed: Uint32Array;
  /** True when values were rewritten although the ids stayed: a member was renamed. */
  readonly rewritten: boolean;
}

/** The stored directory as a publish compares it with what it should be. */
export interface StoredView {
  readonly facts: PublicationFacts | undefined;
  entry(id: NodeId): Buffer | undefined;
  /** Ids of all stored entries of a range, ascending, in blocks. */
  storedIds(range: { readonly from: NodeId; readonly to: NodeId }): AsyncIterable<Uint32Array>;
  /** The members stored for a group. */
  storedMembers(group: NodeId): Uint32Array;
  /** The groups stored for a member. */
  storedGroups(member: NodeId): Uint32Array;
}

/**
 * Takes what the next directory differs in. Its reads see what was put before, except that {@link StoredView.storedIds} lists
 * what was flushed.
 */
export interface ViewEditor extends StoredView {
  putEntry(id: NodeId, bytes: Buffer): void;
  /** Gives an entry a new change number though it holds the same: values that it shows but does not hold have changed. */
  touchEntry(id: NodeId): void;
  /** A change number (entryCSN) for an entry that is about to be put, greater than any that was published. */
  nextChangeNumber(): string;
  deleteEntry(id: NodeId): void;

  /**
   * Makes `members` (ascending ids) the membership set of a group. `values` is asked for the values of ids that are new
   * or in `renamed`; with `renamed` = `unknown` for every id, and what is stored otherwise is rewritten.
   */
  setMembers(
    group: NodeId,
    members: Uint32Array,
    values: (id: NodeId) => MemberValues,
    renamed: ReadonlySet<NodeId> | 'unknown',
  ): Promise<SetChange>;
  /** Makes `groups` (ascending ids) the groups of a member; true when that changed anything. */
  setGroups(member: NodeId, groups: Uint32Array): boolean;
  /** Adds and removes groups of a member. */
  changeGroups(member: NodeId, added: readonly NodeId[], removed: readonly NodeId[]): void;

  /** True when enough writes have gathered that they should be flushed. */
  readonly full: boolean;
  /** Writes what has gathered, in one batch; others may run meanwhile. The first flush of a publish marks it as begun. */
  flush(): Promise<void>;
  /** Begins what {@link ViewWriter.flush} does, and resolves while it is written; the next flush or the commit tells when that failed. */
  startFlush(): Promise<void>;
}

/** Writes the next directory while readers stay on the published one. */
export interface ViewWriter extends ViewEditor {
  /**
   * Writes the rest with the facts, clears the marks of changed nodes, stores `state`, and shows the new directory to readers;
   * all in one batch with `notes`.
   */
  commit(facts: Omit<PublicationFacts, 'publication'>, state: string, notes?: CommitNotes): Promise<PublicationFacts>;
  /** Gives up: forgets what was not flushed. What was flushed stays invisible until a later publish has been committed. */
  abort(): Promise<void>;
  /** True when this publish has changed anything so far. */
  readonly changed: boolean;
}

/** In what an earlier published directory differs from the one that is shown. */
export interface EarlierView {
  readonly facts: PublicationFacts;
  /** Entries that differ or may differ, ascending. */
  readonly nodes: Uint32Array;
  /** What one of {@link EarlierView.nodes} was; undefined when it was not there. */
  entry(node: NodeId): Buffer | undefined;
  readonly members: ReadonlyMap<NodeId, MembersBefore>;
}

/** What was shown before, as far as it is remembered. Reads only; it is written by publishing. */
export interface UndoMemory {
  /** The directories that can be shown again, the newest first, and why it ends there. */
  returnPoints(): Promise<{ readonly points: readonly ReturnPoint[]; readonly end: NotUndoable }>;
  /** What has to be put back to show this publication again; undefined when that is not known. */
  earlier(publication: number): Promise<EarlierView | undefined>;
  /** Forgets what is too long ago at this time, in milliseconds since the epoch. */
  forgetOld(nowMs: number): Promise<void>;
}

/** What is stored together with a commit. */
export interface CommitNotes {
  /** What is held back from now on, while everything counts as changed; left out: nothing is, and nothing does. */
  readonly hold?: Hold;
  /** For the history; its publication is filled in. */
  readonly event?: HistoryEvent | undefined;
}

/** The stored view and its state. */
export interface View {
  readonly facts: PublicationFacts | undefined;
  /** True when a publish had begun and was not committed: it must be finished before the first answer. */
  readonly publishUnfinished: boolean;
  /**
   * At most one writer at a time. `nowMs` is the time of the publish, from which it takes the numbers of its changes;
   * `rollback` the publication that it returns to, if it does.
   */
  openWriter(nowMs: number, rollback?: { readonly to: number }): ViewWriter;
  /** The publication that was being returned to when {@link View.publishUnfinished} came about; undefined when none was. */
  readonly unfinishedRollback: number | undefined;
  /** What was shown before. */
  readonly undo: UndoMemory;
  /**
   * What readers see now, whatever an unfinished publish has left on disk; what is on disk, when nothing is shown. To be
   * disposed, so that its snapshot can be let go.
   */
  openStored(): StoredView & Disposable;
}
