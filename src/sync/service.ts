import {
  AdminRefusal,
  type HoldOutcome,
  type HoldRequest,
  type RoundEvent,
  type SyncRequestOutcome,
} from '../identity/admin.ts';
import type { HistoryCause } from '../identity/history.ts';
import type { PlanRequest, PlanResult } from '../identity/plan.ts';
import type { Reconciliation } from '../identity/reconciliation.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan, RollbackRequest } from '../identity/rollback.ts';
import type { RoundProgress, RoundSummary } from '../identity/round.ts';
import type { HeldItem, HoldReport } from '../identity/safety.ts';
import {
  directoryRolledBack,
  mirrorCleared,
  posixNumberNotAdopted,
  publishResumed,
  syncHoldDecided,
  valueLeftOut,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { SyncEngine } from './engine.ts';
import type { EngineOptions, EngineSettings, PlanSettings } from './engine-options.ts';
import { holdReport } from './guard.ts';
import { heldItems } from './held-items.ts';
import type { OverlaidMirror } from './overlaid-mirror.ts';
import { RoundFollowers } from './round-followers.ts';
import { RoundLoop } from './round-loop.ts';
import type { RoundTotals } from './round-record.ts';
import { Rounds } from './rounds.ts';
import type { ScheduleSettings } from './schedule.ts';

/** What the service works with. */
export interface SyncServiceOptions extends Omit<EngineOptions, 'onNumberKept' | 'onValueLeftOut'> {
  readonly schedule: ScheduleSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onPublished: (summary: RoundSummary) => void;
}

/** The synchronization of one tenant as the rest of the program sees it: how it stands, and what may be asked of it. */
export class SyncService {
  #options: SyncServiceOptions;
  readonly #engine: SyncEngine;
  readonly #rounds: Rounds;
  readonly #loop: RoundLoop;
  readonly #followers = new RoundFollowers();

  constructor(options: SyncServiceOptions) {
    const { log, clock, random, onPublished } = options;
    const followers = this.#followers;
    const fullRoundIsDue = (): boolean => this.#loop.fullRoundIsDue;
    const schedule = (): ScheduleSettings => this.#options.schedule;
    this.#options = options;
    this.#engine = new SyncEngine({
      ...options,
      onProgress: (progress) => {
        options.onProgress(progress);
        followers.note(progress);
      },
      onNumberKept: (kind, objectId, reason) => posixNumberNotAdopted(log, { kind, objectId, reason }),
      onValueLeftOut: (kind, objectId, attribute) => valueLeftOut(log, { kind, objectId, attribute }),
    });
    this.#rounds = new Rounds(this.#engine, { log, clock, followers, fullRoundIsDue, onPublished });
    this.#loop = new RoundLoop(this.#engine, this.#rounds, { clock, random, followers, schedule });
  }

  get running(): RoundProgress | null {
    return this.#followers.running ?? null;
  }

  get last(): RoundSummary | null {
    return this.#rounds.record.last ?? null;
  }

  /** What all rounds since the start have come to. */
  get totals(): RoundTotals {
    return this.#rounds.record.totals;
  }

  get lastSuccessAtMs(): number | null {
    return this.#rounds.record.lastSuccessAtMs ?? null;
  }

  /** When the last round began that read everything anew and was published. */
  get lastFullAtMs(): number | null {
    return this.#engine.lastFullAtMs ?? null;
  }

  get nextAtMs(): number | null {
    return this.#loop.nextAtMs ?? null;
  }

  /** What the last full reading by schedule since the start has found. */
  get reconciliation(): Reconciliation | null {
    return this.#rounds.reconciling.found ?? null;
  }

  /** See {@link SyncEngine.overlaid}. */
  get overlaid(): OverlaidMirror {
    return this.#engine.overlaid;
  }

  /** True when changed settings are not shown yet. */
  get planIsDue(): boolean {
    return this.#engine.planIsDue;
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

  /** Finishes a publish that the last process had begun; what is on disk is neither the old directory nor the new one until then. */
  async recover(signal: AbortSignal): Promise<void> {
    if (!this.#options.view.publishUnfinished) return;
    publishResumed(this.#options.log);
    if (await this.#rounds.inTurn(() => this.#engine.finishRollback(signal))) return;
    if (await this.#engine.canReplan()) await this.#rounds.replan(signal, 'recovery');
    else await this.runRound(false, signal, 'recovery');
  }

  /** See {@link RoundLoop.run}. */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  /** Runs one round now. The caller makes sure that {@link SyncService.run} is not running. */
  runRound(full: boolean, signal: AbortSignal, by: HistoryCause = 'command'): Promise<RoundSummary> {
    return this.#rounds.run(full, signal, by);
  }

  /** Publishes from what is stored, without asking the source. The caller makes sure that {@link SyncService.run} is not running. */
  publishStored(signal: AbortSignal): Promise<RoundSummary> {
    return this.#rounds.replan(signal, 'command');
  }

  /**
   * From now on works by these settings. What they change of the directory is published at once from what is stored, without
   * asking the source; in a round that has changed the mirror already, when that round is complete.
   */
  reconfigure(settings: EngineSettings & Pick<SyncServiceOptions, 'schedule'>): void {
    this.#options = { ...this.#options, ...settings };
    this.#engine.use(settings);
    this.#loop.reconfigured();
  }

  /**
   * Remembers a decision about what is held back. An approved change is published at once from what is stored, while
   * {@link SyncService.run} runs; when that cannot be published from, by the round that is open.
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
    const round = this.#rounds.active ?? this.#engine.round;
    const isApproved = decision === 'approved';
    this.#loop.decided(isApproved);
    return { hold: { ...hold, decision }, round: isApproved ? round : null };
  }

  /** See {@link RoundLoop.request}. */
  request(full: boolean): SyncRequestOutcome {
    return this.#loop.request(full);
  }

  /** Follows a round that runs or was just asked for to its end; a round that is over is reported at once. */
  follow(round: number, signal: AbortSignal): AsyncGenerator<RoundEvent, void, void> {
    const ended = (): RoundSummary | undefined => {
      const { latest } = this.#rounds.record;
      const isOver = latest !== undefined && latest.round >= round && this.#rounds.active === undefined;
      return isOver && !this.#loop.isAsked ? latest : undefined;
    };
    return this.#followers.follow(ended, signal);
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
      const { outcome, error } = await this.#rounds.pull(signal);
      if (outcome !== 'unchanged') throw new AdminRefusal(error ?? 'The tenant could not be read to its end.');
    }
    return await this.#rounds.inTurn(() => this.#engine.plan(settings, itemsMax, signal));
  }

  /**
   * Forgets all that was read of the tenant and asks for the round that reads it anew. A round that runs is waited for; what is
   * published goes on being shown.
   *
   * @throws AdminRefusal when an interrupted publish has to be finished first
   */
  clear(): Promise<SyncRequestOutcome> {
    return this.#rounds.inTurn(async () => {
      this.#refuseUnfinished();
      const round = await this.#engine.clear();
      mirrorCleared(this.#options.log, { round });
      this.#loop.demand(false);
      return { started: true, round };
    });
  }

  /** The publications that can be returned to. */
  returnPoints(): Promise<ReturnPoints> {
    return this.#rounds.inTurn(() => this.#engine.returnPoints());
  }

  /**
   * What going back would change. Rounds wait until it is known.
   *
   * @throws AdminRefusal when that cannot be done
   */
  planRollback({ to }: RollbackRequest, itemsMax: number, signal: AbortSignal): Promise<RollbackPlan> {
    return this.#rounds.inTurn(() => {
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
    return this.#rounds.inTurn(async () => {
      this.#refuseUnfinished();
      const shown = this.#options.view.facts?.publication;
      if (from !== null && from !== shown) {
        throw new AdminRefusal(`Publication ${shown ?? 0} is shown by now, not ${from}. Look at it again.`);
      }
      const outcome = await this.#engine.rollBack(to, 'command', signal);
      directoryRolledBack(this.#options.log, outcome);
      if (await this.#engine.canReplan()) await this.#rounds.replanInTurn(signal, 'command');
      return outcome;
    });
  }

  #refuseUnfinished(): void {
    if (!this.#options.view.publishUnfinished) return;
    throw new AdminRefusal('The last publish was interrupted. Synchronize first, so that it is finished.');
  }
}
