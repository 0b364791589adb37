/** How a tenant is read: what has changed, all of it each time, or the first where the tenant can tell it. */
export const readingModes = ['auto', 'delta', 'list'] as const;

/** One of {@link readingModes}. */
export type ReadingMode = (typeof readingModes)[number];

/** How the tenant is read now. */
export interface ReadingReport {
  /** What the configuration says. */
  readonly mode: ReadingMode;
  /** Whether each round lists everything: because it is to, or because the tenant has no delta queries. */
  readonly listsEverything: boolean;
  /** Whether who is new here appears. */
  readonly create: boolean;
}
