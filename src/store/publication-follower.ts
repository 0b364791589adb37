/**
 * How a publication reaches those who read the same store beside the thread that writes it. All of them take their snapshots
 * between the last write of one publish and the first of the next, so that they are of the same publication, and begin to show
 * them at the same moment.
 */
import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts } from '../identity/view.ts';

/** Somebody who shows what is published. */
export interface PublicationFollower {
  /**
   * Makes ready to show what was written; nothing more is written before it has resolved. `changedIds` are the entries that differ
   * from the publication before; undefined when they are too many. Never rejects.
   */
  prepare(facts: PublicationFacts, changedIds: ReadonlySet<NodeId> | undefined): Promise<void>;
  /** From this moment on it is shown. Called in the turn of the event loop in which the writing thread shows it. */
  commit(): void;
  /** The view is not being written any more; {@link PublicationLeader.stillness} may be another. */
  settled(): void;
}

/** The store as followers see it. */
export interface PublicationLeader {
  /** The facts of what is shown; undefined before the first time. */
  readonly shown: PublicationFacts | undefined;
  /**
   * A number while what lies on disk is what is shown, or while nothing is; it is another one after every time that somebody has
   * begun to write. Undefined while what lies on disk is no publication, or is about to be shown.
   */
  readonly stillness: number | undefined;
  /** Calls the follower with each publish from now on, until disposed. */
  follow(follower: PublicationFollower): Disposable;
}
