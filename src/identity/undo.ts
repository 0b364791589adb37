import type { NodeId } from './node.ts';
import type { PublicationFacts } from './view.ts';

/** An earlier published directory that can be shown again. */
export interface ReturnPoint {
  readonly publication: number;
  readonly publishedAtMs: number;
  /** When the next one took its place. */
  readonly replacedAtMs: number;
  /** Entries and groups' members in which the next one differed. */
  readonly changes: number;
}

/** Members that a group has to get and to lose in order to be as it was; they have none in common. */
export interface MembersBefore {
  readonly added: ReadonlySet<NodeId>;
  readonly removed: ReadonlySet<NodeId>;
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

/** Why an earlier directory cannot be shown again: it was changed in more than is remembered, or is too long ago. */
export type NotUndoable = 'tooLarge' | 'forgotten';

/** What was shown before, as far as it is remembered. Reads only; it is written by publishing. */
export interface UndoMemory {
  /** The directories that can be shown again, the newest first, and why it ends there. */
  returnPoints(): Promise<{ readonly points: readonly ReturnPoint[]; readonly end: NotUndoable }>;
  /** What has to be put back to show this publication again; undefined when that is not known. */
  earlier(publication: number): Promise<EarlierView | undefined>;
  /** Forgets what is too long ago at this time, in milliseconds since the epoch. */
  forgetOld(nowMs: number): Promise<void>;
}
