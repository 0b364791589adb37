import type { NodeId } from './node.ts';

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

/** Why an earlier directory cannot be shown again: it was changed in more than is remembered, or is too long ago. */
export type NotUndoable = 'tooLarge' | 'forgotten';
