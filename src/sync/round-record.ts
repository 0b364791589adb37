import type { EntryCounts, RoundSummary } from '../identity/round.ts';
import { SourceError } from '../identity/source-error.ts';
import { DurationCounts, type DurationSnapshot, roundBounds } from '../observability/duration-counts.ts';
import type { Clock } from '../timing/clock.ts';
import type { RoundResult } from './round-run.ts';

type Last = Pick<RoundResult, 'summary' | 'cause'>;

/** What all rounds since the start have come to. */
export interface RoundTotals {
  readonly rounds: Readonly<Record<RoundSummary['outcome'], number>>;
  readonly durations: DurationSnapshot;
  /** What was published. */
  readonly entries: Readonly<Record<'users' | 'groups', EntryCounts>>;
}

/** How the rounds went: the last one, and how many have failed in a row. */
export class RoundRecord {
  readonly #clock: Clock;
  #last: Last | undefined;
  #latest: RoundSummary | undefined;
  #lastSuccessAtMs: number | undefined;
  #failures = 0;
  readonly #rounds = { published: 0, unchanged: 0, held: 0, failed: 0, aborted: 0 };
  readonly #durations = new DurationCounts(roundBounds);
  readonly #entries = { users: noEntries(), groups: noEntries() };

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

  get totals(): RoundTotals {
    const { users, groups } = this.#entries;
    return {
      rounds: { ...this.#rounds },
      durations: this.#durations.snapshot(),
      entries: { users: { ...users }, groups: { ...groups } },
    };
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
    this.#count(summary);
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

  #count({ outcome, durationMs, collections }: RoundSummary): void {
    this.#rounds[outcome]++;
    this.#durations.note(durationMs);
    if (outcome !== 'published') return;
    for (const collection of ['users', 'groups'] as const) {
      const [total, { entries }] = [this.#entries[collection], collections[collection]];
      for (const change of ['created', 'changed', 'locked', 'removed'] as const) total[change] += entries[change];
    }
  }
}

function noEntries(): { -readonly [Change in keyof EntryCounts]: number } {
  return { created: 0, changed: 0, locked: 0, removed: 0 };
}

/** True when a round has come to its end, and nothing of it is held back. */
export function isDone({ outcome }: Pick<RoundSummary, 'outcome'>): boolean {
  return outcome === 'published' || outcome === 'unchanged';
}

/** False for what was published from the copy alone: it says nothing about the source. */
function hasAsked({ collections: { users, groups } }: RoundSummary): boolean {
  return users.pages + groups.pages > 0;
}
