import type { Collection, DeltaPage, ObjectPage } from './change.ts';
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
