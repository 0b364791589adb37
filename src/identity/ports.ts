import type { Collection, DeltaPage } from './change.ts';

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
