import type { RoundEvent, SyncRequestOutcome } from '../identity/admin.ts';
import { driftOf, type Reconciliation } from '../identity/reconciliation.ts';
import type { RoundProgress, RoundSummary } from '../identity/round.ts';
import { SourceError } from '../identity/source-error.ts';
import {
  type EntryTotals,
  posixNumberNotAdopted,
  publishResumed,
  syncDriftFound,
  syncReconciled,
  syncRoundAborted,
  syncRoundFailed,
  syncRoundFinished,
  syncRoundStarted,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { type EngineOptions, type RoundResult, SyncEngine } from './engine.ts';
import { fullRoundIsDue, nextRoundDelayMs, type ScheduleSettings } from './schedule.ts';

/** What the service works with. */
export interface SyncServiceOptions extends Omit<EngineOptions, 'onNumberKept'> {
  readonly schedule: ScheduleSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onPublished: (summary: RoundSummary) => void;
}

/** Runs rounds on schedule and on demand, never two at once, and tells how they stand. */
export class SyncService {
  readonly #options: SyncServiceOptions;
  readonly #engine: SyncEngine;
  #running: RoundProgress | undefined;
  #last: RoundSummary | undefined;
  #lastCause: unknown;
  #lastSuccessAtMs: number | undefined;
  #nextAtMs: number | undefined;
  #failures = 0;
  #active: number | undefined;
  #requested: { full: boolean } | undefined;
  #wake: (() => void) | undefined;
  #watchers = new Set<() => void>();
  /** True from the moment when everything is to be read anew by schedule until that is done. */
  #reconciling = false;
  #reconciliation: Reconciliation | undefined;

  constructor(options: SyncServiceOptions) {
    this.#options = options;
    this.#engine = new SyncEngine({
      ...options,
      onProgress: (progress) => {
        this.#running = progress;
        options.onProgress(progress);
        this.#notify();
      },
      onNumberKept: (kind, objectId, reason) => posixNumberNotAdopted(options.log, { kind, objectId, reason }),
    });
  }

  get running(): RoundProgress | null {
    return this.#running ?? null;
  }

  get last(): RoundSummary | null {
    return this.#last ?? null;
  }

  get lastSuccessAtMs(): number | null {
    return this.#lastSuccessAtMs ?? null;
  }

  /** When the last round began that read everything anew and was published. */
  get lastFullAtMs(): number | null {
    return this.#engine.lastFullAtMs ?? null;
  }

  /** What the last full reading by schedule since the start has found. */
  get reconciliation(): Reconciliation | null {
    return this.#reconciliation ?? null;
  }

  get nextAtMs(): number | null {
    return this.#nextAtMs ?? null;
  }

  /** Finishes a publish that the last process had begun; what is on disk is neither the old directory nor the new one until then. */
  async recover(signal: AbortSignal): Promise<void> {
    if (!this.#options.view.publishUnfinished) return;
    publishResumed(this.#options.log);
    await this.runRound(false, signal);
  }

  /** Runs until the signal aborts: a round at once, then one per interval, sooner when one is requested or has failed. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, schedule, random } = this.#options;
    if (this.#engine.planIsDue) await this.#record(false, () => this.#engine.replan(signal));
    while (!signal.aborted) {
      const full = this.#requested?.full ?? false;
      this.#requested = undefined;
      const { outcome } = await this.runRound(full, signal);
      if (isDone(outcome) && this.#fullRoundIsDue) await this.#reconcile(signal);
      const delayMs = Math.max(
        nextRoundDelayMs(schedule, this.#failures, random),
        this.#notBeforeMs(schedule.intervalMs),
      );
      this.#nextAtMs = clock.now() + delayMs;
      await this.#idle(delayMs, signal);
      this.#nextAtMs = undefined;
    }
  }

  get #fullRoundIsDue(): boolean {
    const { schedule, clock } = this.#options;
    return fullRoundIsDue(schedule, this.#engine.lastFullAtMs, clock.now());
  }

  /**
   * Reads everything anew right after an incremental round, so that what differs has drifted and not just changed. A round
   * that fails on the way is gone on with by the next one.
   */
  async #reconcile(signal: AbortSignal): Promise<void> {
    this.#reconciling = true;
    await this.runRound(true, signal);
  }

  #noteReconciliation({ outcome, startedAtMs: atMs, collections }: RoundSummary): void {
    if (!this.#reconciling || !isDone(outcome) || this.#fullRoundIsDue) return;
    this.#reconciling = false;
    const { users, groups } = collections;
    this.#reconciliation = { atMs, users: users.entries, groups: groups.entries };
    const drift = driftOf(this.#reconciliation);
    if (drift === 0) syncReconciled(this.#options.log);
    else syncDriftFound(this.#options.log, { entries: drift, users: users.entries, groups: groups.entries });
  }

  /** How long the service wants to be left alone after a failed round, at most an interval. */
  #notBeforeMs(intervalMs: number): number {
    const cause = this.#failures > 0 ? this.#lastCause : undefined;
    return cause instanceof SourceError ? Math.min(cause.details.retryAfterMs ?? 0, intervalMs) : 0;
  }

  /** Runs one round now. The caller makes sure that {@link SyncService.run} is not running. */
  runRound(full: boolean, signal: AbortSignal): Promise<RoundSummary> {
    return this.#record(full, () => this.#engine.runRound(full, signal));
  }

  /** Asks for a round; it begins at once unless one is running. */
  request(full: boolean): SyncRequestOutcome {
    if (this.#active !== undefined) return { started: false, round: this.#active };
    if (this.#requested !== undefined && (this.#requested.full || !full))
      return { started: false, round: this.#engine.round };
    this.#requested = { full };
    this.#wake?.();
    return { started: true, round: this.#engine.round };
  }

  /** Follows a round that runs or was just requested to its end; a round that is over is reported at once. */
  async *follow(round: number, signal: AbortSignal): AsyncGenerator<RoundEvent, void, void> {
    let told: RoundProgress | undefined;
    while (!signal.aborted) {
      if (
        this.#last !== undefined &&
        this.#last.round >= round &&
        this.#active === undefined &&
        this.#requested === undefined
      ) {
        yield { kind: 'finished', summary: this.#last };
        return;
      }
      if (this.#running !== undefined && this.#running !== told) {
        told = this.#running;
        yield { kind: 'progress', progress: told };
        continue;
      }
      await this.#changed(signal);
    }
  }

  async #record(full: boolean, perform: () => Promise<RoundResult>): Promise<RoundSummary> {
    const { log, onPublished, clock } = this.#options;
    this.#active = this.#engine.round;
    const modes = full ? { users: 'full', groups: 'full' } : this.#engine.modes;
    syncRoundStarted(log, { round: this.#active, ...modes, resumed: this.#engine.interrupted });
    const { summary, cause } = await perform();
    this.#running = undefined;
    this.#active = undefined;
    this.#last = summary;
    this.#lastCause = cause;
    if (isDone(summary.outcome)) {
      this.#failures = 0;
      this.#lastSuccessAtMs = clock.now();
    } else if (summary.outcome === 'failed') this.#failures++;
    logSummary(log, summary, cause);
    this.#noteReconciliation(summary);
    this.#notify();
    if (summary.outcome === 'published') onPublished(summary);
    return summary;
  }

  /** Waits until the next round is due or requested. */
  async #idle(delayMs: number, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    if (this.#requested !== undefined) waking.abort();
    const dueAt = this.#options.clock.monotonicMs() + delayMs;
    try {
      for (let left = delayMs; left > 0; left = dueAt - this.#options.clock.monotonicMs()) {
        await this.#options.clock.sleep(left, AbortSignal.any([signal, waking.signal]));
      }
    } catch (error) {
      if (!signal.aborted && !waking.signal.aborted) throw error;
    } finally {
      this.#wake = undefined;
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#watchers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

function isDone(outcome: RoundSummary['outcome']): boolean {
  return outcome === 'published' || outcome === 'unchanged';
}

function logSummary(log: Log, summary: RoundSummary, cause: unknown): void {
  const { round, durationMs } = summary;
  switch (summary.outcome) {
    case 'aborted':
      syncRoundAborted(log, { round, durationMs });
      return;
    case 'failed':
      syncRoundFailed(log, { round, durationMs, reason: summary.error ?? 'unknown' }, cause);
      return;
    case 'published':
    case 'unchanged': {
      const { users, groups } = summary.collections;
      syncRoundFinished(log, {
        round,
        outcome: summary.outcome,
        durationMs,
        pages: users.pages + groups.pages,
        retries: summary.retries,
        users: totals(users),
        groups: totals(groups),
      });
    }
  }
}

function totals({ read, entries, skipped, notAdopted }: RoundSummary['collections']['users']): EntryTotals {
  return { read, ...entries, skipped: total(skipped), notAdopted: total(notAdopted) };
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
