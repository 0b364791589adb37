import type { HistoryCause } from '../identity/history.ts';
import type { RoundSummary } from '../identity/round.ts';
import { historyNotWritten, syncHoldEnded, syncRoundStarted } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { Turns } from '../timing/turns.ts';
import type { SyncEngine } from './engine.ts';
import { Reconciling } from './reconciling.ts';
import type { RoundFollowers } from './round-followers.ts';
import { logRound } from './round-log.ts';
import { isDone, RoundRecord } from './round-record.ts';
import type { RoundResult } from './round-run.ts';

/** What rounds are performed with. */
export interface RoundsOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly followers: RoundFollowers;
  /** Whether everything is to be read anew by schedule. */
  readonly fullRoundIsDue: () => boolean;
  readonly onPublished: (summary: RoundSummary) => void;
}

/** Lets the engine perform rounds, never two at once, and tells the record, the log and the followers of each. */
export class Rounds {
  readonly record: RoundRecord;
  readonly reconciling: Reconciling;
  readonly #engine: SyncEngine;
  readonly #options: RoundsOptions;
  readonly #turns = new Turns();
  #active: number | undefined;

  constructor(engine: SyncEngine, options: RoundsOptions) {
    this.#engine = engine;
    this.#options = options;
    this.record = new RoundRecord(options.clock);
    this.reconciling = new Reconciling(options.log);
  }

  /** The number of the round that runs; undefined when none does. */
  get active(): number | undefined {
    return this.#active;
  }

  /** Works with the mirror and the view when nobody else does. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(work);
  }

  /** See {@link SyncEngine.runRound}. */
  run(full: boolean, signal: AbortSignal, by: HistoryCause): Promise<RoundSummary> {
    return this.inTurn(() => this.#perform(full, false, () => this.#engine.runRound(full, signal, by)));
  }

  /** See {@link SyncEngine.pull}. */
  pull(signal: AbortSignal): Promise<RoundSummary> {
    return this.inTurn(() => this.#perform(false, false, () => this.#engine.pull(signal)));
  }

  /** See {@link SyncEngine.replan}. */
  replan(signal: AbortSignal, by: HistoryCause): Promise<RoundSummary> {
    const meanwhile = this.#engine.interrupted;
    return this.inTurn(() => this.#perform(false, meanwhile, () => this.#engine.replan(signal, by)));
  }

  /** The same in a turn that the caller has. */
  replanInTurn(signal: AbortSignal, by: HistoryCause): Promise<RoundSummary> {
    return this.#perform(false, this.#engine.interrupted, () => this.#engine.replan(signal, by));
  }

  async #perform(full: boolean, meanwhile: boolean, perform: () => Promise<RoundResult>): Promise<RoundSummary> {
    const { log, followers, onPublished } = this.#options;
    this.#active = this.#engine.round;
    const modes = full ? { users: 'full', groups: 'full' } : this.#engine.modes;
    syncRoundStarted(log, { round: this.#active, ...modes, resumed: this.#engine.interrupted });
    const before = this.#engine.hold;
    const result = await perform();
    const { summary, forgetful } = result;
    if (forgetful !== undefined) historyNotWritten(log, forgetful);
    followers.note(undefined);
    this.#active = undefined;
    this.record.note(result, meanwhile);
    logRound(log, result, this.#engine.hold);
    if (before !== undefined && this.#engine.hold === undefined) syncHoldEnded(log, before);
    this.#reconcile(summary);
    followers.notify();
    if (summary.outcome === 'published') onPublished(summary);
    return summary;
  }

  #reconcile(summary: RoundSummary): void {
    if (summary.outcome === 'held') this.reconciling.giveUp();
    else if (isDone(summary) && !this.#options.fullRoundIsDue()) this.reconciling.end(summary);
  }
}
