import type { Collection, DeltaPage, ObjectPage, ObjectProperties } from './change.ts';
import type { ObjectId } from './ids.ts';

/** Counters of one delta enumeration, for the summary of a round. */
export interface FeedStatistics {
  retries: number;
  throttledMs: number;
}

/** The source of changes: Microsoft Graph delta queries in production. */
export interface DeltaFeed {
  /**
   * Identifies what is asked of whom: the selected properties and the service's address. A link that was made under another
   * query must not be followed: it would go on with the properties of then.
   */
  readonly query: string;
  /** True when each enumeration lists all that there is, so that every round is a full one and delta links lead nowhere. */
  readonly listsEverything?: boolean;
  /**
   * Tells which query the local copy was read by last, so that a feed with several goes on with that one. Called once, before
   * anything is asked.
   */
  resume?(query: string | null): void;
  /**
   * Yields the pages of one collection, from the very beginning (`from` undefined) or from a stored next or delta link,
   * up to and including the page that carries the delta link. Retries what is passing; throws {@link SourceError}
   * otherwise, with code `resyncRequired` when the link is no longer valid.
   */
  delta(
    collection: Collection,
    from: string | undefined,
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): AsyncGenerator<DeltaPage, void, void>;
  /**
   * There where an enumeration can miss what exists: yields those of these objects that do, groups with their members. What
   * is not among them is gone. Throws {@link SourceError}.
   */
  readonly existing?:
    | ((
        collection: Collection,
        ids: readonly ObjectId[],
        signal: AbortSignal,
        statistics: FeedStatistics,
      ) => AsyncGenerator<ObjectPage, void, void>)
    | undefined;
}

/** Decides which objects of the tenant are in scope: Microsoft Graph by its filters and relations in production. */
export interface Admission {
  /**
   * The ids of every object of a collection that is in scope, or undefined when all are. Complete or not at all: throws
   * {@link SourceError} when any part of the answer could not be had.
   */
  admitted(
    collection: Collection,
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): Promise<ReadonlySet<ObjectId> | undefined>;
  /** Yields these objects with all the properties that a delta query would report; those that do not exist are left out. */
  objects(
    collection: Collection,
    ids: readonly ObjectId[],
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): AsyncGenerator<ObjectPage, void, void>;
}

/** A property that is to be read and must not be, for want of a permission. */
export interface UnreadableProperty {
  readonly collection: Collection;
  readonly property: string;
  /** The application permission that it takes. */
  readonly permission: string;
}

/** Brings the properties that the feed does not report: lists of Microsoft Graph in production. */
export interface Supplement {
  /** The properties of each collection that come this way; where there are none, it is not to be asked. */
  readonly properties: Readonly<Record<Collection, readonly string[]>>;
  /** Those that could not be read when they were last asked for. They are left out of what is read, so that nothing is lost. */
  readonly unreadable: readonly UnreadableProperty[];
  /**
   * Yields all objects of a collection with these properties. A list that has to begin anew yields some of them again. Throws
   * {@link SourceError}, never `resyncRequired`.
   */
  read(
    collection: Collection,
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): AsyncGenerator<readonly ObjectProperties[], void, void>;
}
