import type { Collection } from '../identity/change.ts';
import type { HistoryCause } from '../identity/history.ts';
import type { Hold } from '../identity/hold.ts';
import type { PlanResult } from '../identity/plan.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan } from '../identity/rollback.ts';
import type { RoundMode } from '../identity/round.ts';
import type { HoldDecision } from '../identity/safety.ts';
import { EngineMemory } from './engine-memory.ts';
import type { EngineOptions, EngineSettings, PlanSettings } from './engine-options.ts';
import { GuardedPublisher } from './guarded-publisher.ts';
import { planNext } from './next-plan.ts';
import type { OverlaidMirror } from './overlaid-mirror.ts';
import { clearEvent } from './round-history.ts';
import { type RoundDemand, type RoundResult, RoundRun } from './round-run.ts';
import { encodeSyncState } from './state-codec.ts';
import { step } from './sync-state.ts';
import { WayBack } from './way-back.ts';

/**
 * Performs what `sync-state.ts` decides, one round at a time. A round that fails leaves its state behind; the next one goes
 * on from there.
 */
export class SyncEngine {
  readonly #memory: EngineMemory;
  readonly #publisher: GuardedPublisher;
  readonly #wayBack: WayBack;
  #running: RoundRun | undefined;
  /** True from a {@link SyncEngine.clear} until the round that it has opened begins. */
  #cleared = false;

  constructor(options: EngineOptions) {
    this.#memory = new EngineMemory(options);
    this.#publisher = new GuardedPublisher(this.#memory);
    this.#wayBack = new WayBack(this.#memory, this.#publisher);
    options.feed.resume?.(this.#memory.state.query);
  }

  /** The number of the round that runs or that would be the next. */
  get round(): number {
    return this.#memory.round;
  }

  /** How the open round, or else the next, reads each collection. */
  get modes(): Readonly<Record<Collection, RoundMode>> {
    return this.#memory.modes;
  }

  /** True when a round was interrupted: by a failure, or by the end of the process. */
  get interrupted(): boolean {
    return this.#memory.state.kind !== 'idle';
  }

  /** When the last round began that read everything anew and was published; undefined before the first. */
  get lastFullAtMs(): number | undefined {
    return this.#memory.state.lastFullAtMs;
  }

  /** The query that the mirror was read by, or null before the first time. */
  get query(): string | null {
    return this.#memory.state.query;
  }

  /** The mirror with the overlay over it, as it was when a round or a publish began. */
  get overlaid(): OverlaidMirror {
    return this.#publisher.overlaid;
  }

  /** True when what is published was made by other settings. */
  get planIsDue(): boolean {
    return this.#publisher.planIsDue;
  }

  /** What is held back, or undefined. */
  get hold(): Hold | undefined {
    return this.#publisher.hold;
  }

  /** True when publishing from what is stored would show something else, and would not just be held back again. */
  get replanIsDue(): boolean {
    return this.#publisher.replanIsDue;
  }

  /** Whether what is stored can be published from; see {@link EngineMemory.isWhole}. */
  canReplan(): Promise<boolean> {
    return this.#memory.isWhole();
  }

  /** From now on publishes by these settings; an open round too, before it reads on if that {@link SyncEngine.canReplan}. */
  use(settings: EngineSettings): void {
    this.#publisher.use(settings);
    this.#memory.use(settings);
    this.#running?.interrupt();
  }

  /** See {@link Guard.decide}. An approved change is published by the next round, or by {@link SyncEngine.replan}. */
  decide(hold: number, decision: Exclude<HoldDecision, 'open'>): Promise<boolean> {
    return this.#publisher.decide(hold, decision);
  }

  /**
   * Runs one round to its end, or goes on with the open one. Failures of the source or the store are in the summary; the
   * directory that was published before goes on being served.
   */
  runRound(full: boolean, signal: AbortSignal, by: HistoryCause = 'command'): Promise<RoundResult> {
    return this.#perform({ kind: 'start', full, signal, by });
  }

  /** Publishes from what is stored, without asking the source, when it {@link SyncEngine.canReplan}; an open round stays open. */
  replan(signal: AbortSignal, by: HistoryCause = 'command'): Promise<RoundResult> {
    return this.#perform({ kind: 'replan', full: false, signal, by });
  }

  /** Reads what has changed into the mirror, and leaves publishing it to the next round. */
  pull(signal: AbortSignal): Promise<RoundResult> {
    return this.#perform({ kind: 'pull', full: false, signal, by: 'command' });
  }

  /** See {@link planNext}. */
  plan(settings: PlanSettings, itemsMax: number, signal: AbortSignal): Promise<Omit<PlanResult, 'readsOtherwise'>> {
    return planNext(this.#memory, this.#publisher.overlaid, settings, itemsMax, signal);
  }

  /**
   * Forgets all that was read of the tenant and opens a round that reads it anew; answers its number. What is published goes on
   * being shown until then, and numbers and names stay given.
   */
  async clear(): Promise<number> {
    const { feed, mirror, clock, view } = this.#memory.options;
    const nowMs = clock.now();
    const next = step(this.#memory.state, { kind: 'cleared', query: feed.query, nowMs });
    this.#memory.become(next);
    this.#cleared = true;
    const number = this.#memory.round;
    await mirror.clear(encodeSyncState(next), clearEvent(number, nowMs, view.facts?.publication ?? null));
    return number;
  }

  /** See {@link WayBack.points}. */
  returnPoints(): Promise<ReturnPoints> {
    return this.#wayBack.points();
  }

  /** See {@link WayBack.plan}. */
  planRollback(to: number | null, itemsMax: number, signal: AbortSignal): Promise<RollbackPlan> {
    return this.#wayBack.plan(to, itemsMax, signal);
  }

  /** See {@link WayBack.take}. */
  rollBack(to: number | null, by: HistoryCause, signal: AbortSignal): Promise<RollbackOutcome> {
    return this.#wayBack.take(to, by, signal);
  }

  /** See {@link WayBack.finish}. */
  finishRollback(signal: AbortSignal): Promise<boolean> {
    return this.#wayBack.finish(signal);
  }

  async #perform(demand: Omit<RoundDemand, 'resumed'>): Promise<RoundResult> {
    const resumed = this.interrupted && !this.#cleared;
    this.#cleared = false;
    this.#running = new RoundRun(this.#memory, this.#publisher, this.#wayBack, { ...demand, resumed });
    try {
      return await this.#running.run();
    } finally {
      this.#running = undefined;
    }
  }
}
