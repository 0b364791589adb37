import type { RoundSummary } from '../identity/round.ts';
import { SourceError } from '../identity/source-error.ts';
import type { Clock } from '../timing/clock.ts';
import type { RoundResult } from './round-run.ts';

type Last = Pick<RoundResult, 'summary' | 'cause'>;

/** How the rounds went: the last one, and how many have failed in a row. */
export class RoundRecord {
  readonly #clock: Clock;
  #last: Last | undefined;
  #latest: RoundSummary | undefined;
  #lastSuccessAtMs: number | undefined;
  #failures = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The report of the last round, or of the last publish from the copy alone between rounds. */
  get last(): RoundSummary | undefined {
    return this.#last?.summary;
  }

  /** The same, or that of a publish from the copy alone in the round that is open. */
  get latest(): RoundSummary | undefined {
    return this.#latest;
  }

  /** When the tenant was last read to the end and what it says published. */
  get lastSuccessAtMs(): number | undefined {
    return this.#lastSuccessAtMs;
  }

  /** Rounds that have failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** How long the service wants to be left alone after a failed round, at most an interval. */
  notBeforeMs(intervalMs: number): number {
    const cause = this.#failures > 0 ? this.#last?.cause : undefined;
    return cause instanceof SourceError ? Math.min(cause.details.retryAfterMs ?? 0, intervalMs) : 0;
  }

  /**
   * Takes note of how a round went. With `meanwhile` it was only a publish in a round that is open: that has failed for now, and
   * that is what there is to know about the last round and about the tenant.
   */
  note({ summary, cause }: RoundResult, meanwhile: boolean): void {
    this.#latest = summary;
    if (!meanwhile || this.#last === undefined) this.#last = { summary, cause };
    if (summary.outcome === 'failed') this.#failures++;
    else if (meanwhile) return;
    // The tenant was read, so that the next round may come when it is due.
    else if (summary.outcome === 'held') this.#failures = 0;
    else if (isDone(summary) && hasAsked(summary)) {
      this.#failures = 0;
      this.#lastSuccessAtMs = this.#clock.now();
    }
  }
}

/** True when a round has come to its end, and nothing of it is held back. */
export function isDone({ outcome }: Pick<RoundSummary, 'outcome'>): boolean {
  return outcome === 'published' || outcome === 'unchanged';
}

/** False for what was published from the copy alone: it says nothing about the source. */
function hasAsked({ collections: { users, groups } }: RoundSummary): boolean {
  return users.pages + groups.pages > 0;
}
