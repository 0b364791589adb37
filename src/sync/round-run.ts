import type { HistoryCause, HistoryEvent } from '../identity/history.ts';
import type { FeedStatistics } from '../identity/ports.ts';
import type { RoundSummary } from '../identity/round.ts';
import { CollectionReader } from './collection-reader.ts';
import type { EngineMemory } from './engine-memory.ts';
import { holdReport } from './guard.ts';
import type { GuardedPublisher, Publication } from './guarded-publisher.ts';
import type { PlanReport } from './publisher.ts';
import { summarize } from './report.ts';
import { roundEvent } from './round-history.ts';
import { nextStep, type OpenRound, step, type SyncEvent, type SyncState } from './sync-state.ts';
import type { WayBack } from './way-back.ts';

/** What a round is to do. */
export interface RoundDemand {
  /** `start`: read and publish; `pull`: only read; `replan`: only publish. */
  readonly kind: 'start' | 'pull' | 'replan';
  /** Whether everything is to be read anew. */
  readonly full: boolean;
  /** What came before is gone on with, and not begun by a clear. */
  readonly resumed: boolean;
  readonly by: HistoryCause;
  readonly signal: AbortSignal;
}

/** The report of a round, and the error that ended it if one did, for the log. */
export interface RoundResult {
  readonly summary: RoundSummary;
  readonly cause: unknown;
  /** True when more is held back than before the round. */
  readonly isNewHold: boolean;
  /** Why the history does not know of the round; undefined when it does. */
  readonly forgetful: unknown;
}

/** One round from its beginning, or from where it was interrupted, to its end or its failure. Runs once. */
export class RoundRun {
  readonly #memory: EngineMemory;
  readonly #publisher: GuardedPublisher;
  readonly #wayBack: WayBack;
  readonly #demand: RoundDemand;
  readonly #statistics: FeedStatistics = { retries: 0, throttledMs: 0 };
  readonly #reader: CollectionReader;
  readonly #startedAtMonotonicMs: number;
  readonly #startedAtMs: number;
  #round: OpenRound | undefined;
  #publication: Publication | undefined;

  constructor(memory: EngineMemory, publisher: GuardedPublisher, wayBack: WayBack, demand: RoundDemand) {
    const { clock } = memory.options;
    this.#memory = memory;
    this.#publisher = publisher;
    this.#wayBack = wayBack;
    this.#demand = demand;
    this.#reader = new CollectionReader(memory, this.#statistics);
    this.#startedAtMonotonicMs = clock.monotonicMs();
    this.#startedAtMs = clock.now();
  }

  /** Ends the reading that is under way, so that changed settings are looked at. */
  interrupt(): void {
    this.#reader.interrupt();
  }

  /** Runs it. A failure is in the result; it leaves the state behind that the next round goes on from. */
  async run(): Promise<RoundResult> {
    let failure: unknown;
    try {
      await this.#begin();
      await this.#goOn();
    } catch (error) {
      failure = error;
    }
    const { state } = this.#memory;
    if (state.kind !== 'idle') this.#round = state.round;
    const publication = this.#publication;
    const summary = this.#summary(publication?.report, failure, publication?.changed === true);
    const forgetful = await this.#remember(summary);
    return { summary, cause: failure, isNewHold: publication?.held?.isNew === true, forgetful };
  }

  async #begin(): Promise<void> {
    const memory = this.#memory;
    const { kind, full, signal } = this.#demand;
    await this.#wayBack.finish(signal);
    if (memory.options.mirror.clearUnfinished) await memory.options.mirror.finishClear();
    if (kind !== 'replan') await memory.options.prepare?.(full || memory.modes.users === 'full', signal);
    const nowMs = this.#startedAtMs;
    const event: SyncEvent = kind === 'replan' ? { kind, nowMs } : memory.start(full, nowMs);
    memory.become(step(memory.state, event));
    if (memory.options.view.facts === undefined) await memory.options.mirror.markAllDirty();
    // What is told of the overlay should not have to wait for an answer of the source.
    await this.#publisher.overlaid.refresh(signal);
  }

  async #goOn(): Promise<void> {
    const memory = this.#memory;
    const { kind, signal } = this.#demand;
    for (let state = memory.state; state.kind !== 'idle'; state = memory.state) {
      signal.throwIfAborted();
      this.#round = state.round;
      if (state.kind === 'pulling' && kind !== 'pull') {
        await this.#publishMeanwhile();
        if (kind === 'replan') return;
      }
      await this.#do(memory.state);
    }
  }

  async #do(state: SyncState): Promise<void> {
    const next = nextStep(state);
    switch (next.do) {
      case 'wait':
        return;
      case 'pull':
        await this.#reader.read(next, this.#demand.signal);
        return;
      case 'sweep':
        this.#memory.tell('sweep', 0);
        await this.#memory.options.mirror.sweep(next.collection, next.generation, this.#demand.signal);
        await this.#memory.save({ kind: 'swept' });
        return;
      case 'publish': {
        const published = step(state, { kind: 'published' });
        if (this.#demand.kind === 'pull') await this.#publisher.leave(published);
        else await this.#publish(published);
      }
    }
  }

  /** Shows in an open round what changed settings imply. A publish that has begun is finished first, for nobody can read half of it. */
  async #publishMeanwhile(): Promise<void> {
    if (await this.#mayPublishMeanwhile()) await this.#publish(this.#memory.state);
  }

  async #mayPublishMeanwhile(): Promise<boolean> {
    const memory = this.#memory;
    if (memory.options.view.publishUnfinished) return await memory.isWhole();
    if (!this.#publisher.replanIsDue) return false;
    // What waits to be published and what is about to be read are judged as one change, or each half might be within the limits.
    return this.#demand.kind === 'replan' ? await memory.isWhole() : await memory.isPublished();
  }

  async #publish(next: SyncState): Promise<void> {
    const event = (report: PlanReport): HistoryEvent =>
      roundEvent(this.#summary(report, undefined, true), this.#demand.by, null);
    const publishing = { next, nothingRead: this.#nothingRead, event, signal: this.#demand.signal };
    this.#publication = (await this.#publisher.publish(publishing)) ?? this.#publication;
  }

  /** True when the round so far cannot have changed the mirror. An enumeration that lists nobody can, and a list of who is in scope. */
  get #nothingRead(): boolean {
    const { state } = this.#memory;
    if (state.kind === 'idle') return true;
    if (this.#reader.isNarrowed) return false;
    const { modes, read } = state.round;
    return modes.users === 'incremental' && modes.groups === 'incremental' && read.users + read.groups === 0;
  }

  #summary(report: PlanReport | undefined, failure: unknown, changed: boolean): RoundSummary {
    const { signal, resumed } = this.#demand;
    const round = this.#round;
    return summarize({
      round,
      number: round?.number ?? this.#memory.round,
      report,
      changed,
      held: this.#publication?.held && holdReport(this.#publication.held.hold),
      failure,
      aborted: signal.aborted,
      resumed,
      startedAtMs: this.#startedAtMs,
      durationMs: this.#memory.options.clock.monotonicMs() - this.#startedAtMonotonicMs,
      retries: this.#statistics.retries,
    });
  }

  /** Tells the history of a round, unless its publish has. What is in the way of that must not fail a round that is over. */
  async #remember(summary: RoundSummary): Promise<unknown> {
    const { history, view } = this.#memory.options;
    try {
      if (summary.outcome !== 'published') {
        await history.add(roundEvent(summary, this.#demand.by, view.facts?.publication ?? null));
      }
      await view.undo.forgetOld(this.#startedAtMs);
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
