import {
  AdminRefusal,
  type HoldOutcome,
  type HoldRequest,
  type RoundEvent,
  type SyncRequestOutcome,
} from '../identity/admin.ts';
import type { PlanRequest, PlanResult } from '../identity/plan.ts';
import { driftOf, type Reconciliation } from '../identity/reconciliation.ts';
import type { HistoryCause } from '../identity/history.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan, RollbackRequest } from '../identity/rollback.ts';
import type { RoundProgress, RoundSummary } from '../identity/round.ts';
import type { HeldItem, HoldReport } from '../identity/safety.ts';
import { SourceError } from '../identity/source-error.ts';
import {
  type EntryTotals,
  directoryRolledBack,
  historyNotWritten,
  mirrorCleared,
  posixNumberNotAdopted,
  valueLeftOut,
  publishResumed,
  syncDriftFound,
  syncHoldDecided,
  syncHoldEnded,
  syncReconciled,
  syncRoundAborted,
  syncRoundFailed,
  syncRoundFinished,
  syncRoundHeld,
  syncRoundStarted,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { type EngineOptions, type PlanSettings, type RoundResult, SyncEngine } from './engine.ts';
import { holdReport } from './guard.ts';
import { heldItems } from './held-items.ts';
import type { OverlaidMirror } from './overlaid-mirror.ts';
import { fullRoundIsDue, nextRoundDelayMs, type ScheduleSettings } from './schedule.ts';

/** What the service works with. */
export interface SyncServiceOptions extends Omit<EngineOptions, 'onNumberKept' | 'onValueLeftOut'> {
  readonly schedule: ScheduleSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onPublished: (summary: RoundSummary) => void;
}

/** Runs rounds on schedule and on demand, never two at once, and tells how they stand. */
export class SyncService {
  #options: SyncServiceOptions;
  readonly #engine: SyncEngine;
  /** Ends when whoever works with the mirror and the view, and those who wait for that, are done. */
  #turn: Promise<void> = Promise.resolve();
  #running: RoundProgress | undefined;
  #last: RoundSummary | undefined;
  #lastCause: unknown;
  #lastSuccessAtMs: number | undefined;
  #nextAtMs: number | undefined;
  #failures = 0;
  #active: number | undefined;
  #requested: { full: boolean } | undefined;
  /** Why the next publish from what is stored is made. */
  #replanBy: HistoryCause = 'start';
  #wake: (() => void) | undefined;
  /** True when settings were changed, or a held change decided about, since it was last looked whether that can be published. */
  #reconfigured = false;
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
      onValueLeftOut: (kind, objectId, attribute) => valueLeftOut(options.log, { kind, objectId, attribute }),
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

  /** See {@link SyncEngine.overlaid}. */
  get overlaid(): OverlaidMirror {
    return this.#engine.overlaid;
  }

  get nextAtMs(): number | null {
    return this.#nextAtMs ?? null;
  }

  /** Finishes a publish that the last process had begun; what is on disk is neither the old directory nor the new one until then. */
  async recover(signal: AbortSignal): Promise<void> {
    if (!this.#options.view.publishUnfinished) return;
    publishResumed(this.#options.log);
    if (await this.#inTurn(() => this.#engine.finishRollback(signal))) return;
    if (await this.#engine.canReplan()) await this.#replan(signal, 'recovery');
    else await this.runRound(false, signal, 'recovery');
  }

  /** Runs until the signal aborts: a round at once, then one per interval, sooner when one is requested or has failed. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#replanIfDue(signal);
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const full = this.#requested?.full ?? false;
      const by = this.#requested !== undefined ? 'command' : isFirst ? 'start' : 'schedule';
      this.#requested = undefined;
      const { outcome } = await this.runRound(full, signal, by);
      if (isDone(outcome) && this.#fullRoundIsDue) await this.#reconcile(signal);
      await this.#idle(signal);
      this.#nextAtMs = undefined;
    }
  }

  /**
   * From now on works by these settings. What they change of the directory is published at once from what is stored, without
   * asking the source; in a round that has changed the mirror already, when that round is complete.
   */
  reconfigure(
    settings: Pick<
      SyncServiceOptions,
      'projector' | 'fingerprint' | 'safety' | 'schedule' | 'supplementIntervalMs' | 'notReady'
    >,
  ): void {
    this.#options = { ...this.#options, ...settings };
    this.#engine.use(settings);
    this.#reconfigured = true;
    this.#replanBy = 'configuration';
    this.#wake?.();
  }

  /** True when changed settings are not shown yet. */
  get planIsDue(): boolean {
    return this.#engine.planIsDue;
  }

  async #replanIfDue(signal: AbortSignal): Promise<void> {
    if (!this.#engine.replanIsDue || !(await this.#engine.canReplan())) return;
    await this.#replan(signal, this.#replanBy);
  }

  async #replan(signal: AbortSignal, by: HistoryCause): Promise<void> {
    const { last, lastCause } = { last: this.#last, lastCause: this.#lastCause };
    const meanwhile = this.#engine.interrupted;
    await this.#record(false, () => this.#engine.replan(signal, by));
    // A round that is open has failed for now, and that is what there is to know about the last round.
    if (meanwhile && last !== undefined) {
      this.#last = last;
      this.#lastCause = lastCause;
    }
  }

  get #delayMs(): number {
    const { schedule, random } = this.#options;
    return Math.max(nextRoundDelayMs(schedule, this.#failures, random), this.#notBeforeMs(schedule.intervalMs));
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
    await this.runRound(true, signal, 'schedule');
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

  /** The tenant was read, so that the next round may come when it is due; what a full reading has found cannot be told apart. */
  #noteHeld(isNew: boolean): void {
    this.#failures = 0;
    this.#reconciling = false;
    const { hold } = this;
    if (hold !== null) syncRoundHeld(this.#options.log, { ...hold, isNew });
  }

  /** What the tenant was asked for when it was read last; see `DeltaFeed.query`. Null before the first time. */
  get query(): string | null {
    return this.#engine.query;
  }

  /** What is held back, or null. */
  get hold(): HoldReport | null {
    const { hold } = this.#engine;
    return hold === undefined ? null : holdReport(hold);
  }

  /** Everybody whom the held change concerns, in the order of the kinds; nobody when nothing is held back. */
  heldItems(): Generator<HeldItem, void, void> {
    const { view, projector } = this.#options;
    return heldItems(this.#engine.hold, view, projector);
  }

  /**
   * Remembers a decision about what is held back. An approved change is published at once from what is stored, while
   * {@link SyncService.run} runs.
   *
   * @throws AdminRefusal when nothing is held back, or something else than what was asked about
   */
  async decide({ hold: asked, decision }: HoldRequest): Promise<HoldOutcome> {
    const { hold } = this;
    if (hold === null) throw new AdminRefusal('Nothing is held back.');
    if (asked !== null && asked !== hold.hold) {
      throw new AdminRefusal(`Change ${asked} is not held back any more; change ${hold.hold} is. Look at it first.`);
    }
    if (!(await this.#engine.decide(hold.hold, decision))) {
      throw new AdminRefusal('What is held back has just changed. Look at it again.');
    }
    syncHoldDecided(this.#options.log, { hold: hold.hold, decision });
    const round = this.#active ?? this.#engine.round;
    this.#reconfigured = true;
    this.#replanBy = 'command';
    this.#wake?.();
    return { hold: { ...hold, decision }, round: decision === 'approved' ? round : null };
  }

  /** Publishes from what is stored, without asking the source. The caller makes sure that {@link SyncService.run} is not running. */
  publishStored(signal: AbortSignal): Promise<RoundSummary> {
    return this.#record(false, () => this.#engine.replan(signal));
  }

  /** How long the service wants to be left alone after a failed round, at most an interval. */
  #notBeforeMs(intervalMs: number): number {
    const cause = this.#failures > 0 ? this.#lastCause : undefined;
    return cause instanceof SourceError ? Math.min(cause.details.retryAfterMs ?? 0, intervalMs) : 0;
  }

  /** Runs one round now. The caller makes sure that {@link SyncService.run} is not running. */
  runRound(full: boolean, signal: AbortSignal, by: HistoryCause = 'command'): Promise<RoundSummary> {
    return this.#record(full, () => this.#engine.runRound(full, signal, by));
  }

  /**
   * Forgets all that was read of the tenant and asks for the round that reads it anew. A round that runs is waited for; what is
   * published goes on being shown.
   *
   * @throws AdminRefusal when an interrupted publish has to be finished first
   */
  clear(): Promise<SyncRequestOutcome> {
    return this.#inTurn(async () => {
      this.#refuseUnfinished();
      const round = await this.#engine.clear();
      mirrorCleared(this.#options.log, { round });
      this.#requested = { full: false };
      this.#wake?.();
      return { started: true, round };
    });
  }

  /** The publications that can be returned to. */
  returnPoints(): Promise<ReturnPoints> {
    return this.#inTurn(() => this.#engine.returnPoints());
  }

  /**
   * What going back would change. Rounds wait until it is known.
   *
   * @throws AdminRefusal when that cannot be done
   */
  planRollback({ to }: RollbackRequest, itemsMax: number, signal: AbortSignal): Promise<RollbackPlan> {
    return this.#inTurn(() => {
      this.#refuseUnfinished();
      return this.#engine.planRollback(to, itemsMax, signal);
    });
  }

  /**
   * Shows an earlier publication again, and lists what is held back from then on. A round that runs is waited for.
   *
   * @throws AdminRefusal when that cannot be done; nothing is changed then
   */
  rollBack({ to, from }: RollbackRequest, signal: AbortSignal): Promise<RollbackOutcome> {
    return this.#inTurn(async () => {
      this.#refuseUnfinished();
      const shown = this.#options.view.facts?.publication;
      if (from !== null && from !== shown) {
        throw new AdminRefusal(`Publication ${shown ?? 0} is shown by now, not ${from}. Look at it again.`);
      }
      const outcome = await this.#engine.rollBack(to, 'command', signal);
      directoryRolledBack(this.#options.log, outcome);
      if (await this.#engine.canReplan()) {
        await this.#recordNow(false, () => this.#engine.replan(signal, 'command'));
      }
      return outcome;
    });
  }

  #refuseUnfinished(): void {
    if (!this.#options.view.publishUnfinished) return;
    throw new AdminRefusal('The last publish was interrupted. Synchronize first, so that it is finished.');
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

  /**
   * What the next publish would do; see {@link SyncEngine.plan}. Rounds wait until it is known.
   *
   * @throws AdminRefusal when that cannot be told
   */
  async plan(
    settings: PlanSettings,
    { pull, itemsMax }: Pick<PlanRequest, 'pull' | 'itemsMax'>,
    signal: AbortSignal,
  ): Promise<Omit<PlanResult, 'readsOtherwise'>> {
    this.#refuseUnfinished();
    if (pull) {
      const { outcome, error } = await this.#record(false, () => this.#engine.pull(signal));
      if (outcome !== 'unchanged') throw new AdminRefusal(error ?? 'The tenant could not be read to its end.');
    }
    return await this.#inTurn(() => this.#engine.plan(settings, itemsMax, signal));
  }

  /** Waits until nothing else works with the mirror and the view. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const turn = before.then(work);
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }

  #record(full: boolean, perform: () => Promise<RoundResult>): Promise<RoundSummary> {
    return this.#inTurn(() => this.#recordNow(full, perform));
  }

  async #recordNow(full: boolean, perform: () => Promise<RoundResult>): Promise<RoundSummary> {
    const { log, onPublished, clock } = this.#options;
    this.#active = this.#engine.round;
    const modes = full ? { users: 'full', groups: 'full' } : this.#engine.modes;
    syncRoundStarted(log, { round: this.#active, ...modes, resumed: this.#engine.interrupted });
    const before = this.#engine.hold;
    const { summary, cause, isNewHold, forgetful } = await perform();
    if (forgetful !== undefined) historyNotWritten(log, forgetful);
    this.#running = undefined;
    this.#active = undefined;
    this.#last = summary;
    this.#lastCause = cause;
    if (isDone(summary.outcome) && hasAsked(summary)) {
      this.#failures = 0;
      this.#lastSuccessAtMs = clock.now();
    } else if (summary.outcome === 'failed') this.#failures++;
    else if (summary.outcome === 'held') this.#noteHeld(isNewHold);
    logSummary(log, summary, cause);
    if (before !== undefined && this.#engine.hold === undefined) syncHoldEnded(log, before);
    this.#noteReconciliation(summary);
    this.#notify();
    if (summary.outcome === 'published') onPublished(summary);
    return summary;
  }

  /** Waits until the next round is due or requested, and meanwhile shows what changed settings imply. */
  async #idle(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const since = { atMs: clock.now(), monotonicMs: clock.monotonicMs() };
    let { schedule } = this.#options;
    let delayMs = this.#delayMs;
    while (!signal.aborted && this.#requested === undefined) {
      this.#reconfigured = false;
      await this.#replanIfDue(signal);
      if (this.#reconfigured || this.#requested !== undefined) continue;
      if (schedule !== this.#options.schedule) {
        ({ schedule } = this.#options);
        delayMs = this.#delayMs;
      }
      this.#nextAtMs = since.atMs + delayMs;
      const leftMs = since.monotonicMs + delayMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      await this.#sleep(leftMs, signal);
    }
  }

  /** Sleeps until the time is over or somebody wakes the service. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    try {
      await this.#options.clock.sleep(ms, AbortSignal.any([signal, waking.signal]));
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

/** False for what was published from the copy alone: it says nothing about the source. */
function hasAsked({ collections: { users, groups } }: RoundSummary): boolean {
  return users.pages + groups.pages > 0;
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
    case 'held':
      // What it is held back for is an event of its own.
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

function totals({ read, entries, skipped, notAdopted, leftOut }: RoundSummary['collections']['users']): EntryTotals {
  return { read, ...entries, skipped: total(skipped), notAdopted: total(notAdopted), leftOut: total(leftOut) };
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
