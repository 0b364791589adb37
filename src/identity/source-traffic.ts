/** What was asked of Microsoft Graph since the start, and what its throttling made of it. */
export interface SourceTraffic {
  /** Answers that came, refusals included. */
  readonly requests: number;
  /** What they cost, in the units in which Microsoft counts. */
  readonly resourceUnits: number;
  /** Refusals because of too many requests. */
  readonly throttled: number;
  /** How long requests were held back in order not to be refused. */
  readonly slowedMs: number;
  /** The share of the allowance that is used up as of the last answer, where 1 is all of it; null below 0.8. */
  readonly allowanceUsed: number | null;
}
