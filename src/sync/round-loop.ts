import type { SyncRequestOutcome } from '../identity/admin.ts';
import type { HistoryCause } from '../identity/history.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { WakeableSleep } from '../timing/wakeable-sleep.ts';
import type { SyncEngine } from './engine.ts';
import type { RoundFollowers } from './round-followers.ts';
import { isDone } from './round-record.ts';
import type { Rounds } from './rounds.ts';
import { fullRoundIsDue, nextRoundDelayMs, type ScheduleSettings } from './schedule.ts';

/** What decides when rounds are run. */
export interface RoundLoopOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly followers: RoundFollowers;
  /** The schedule that is in use by now. */
  readonly schedule: () => ScheduleSettings;
}

/** Runs rounds on schedule and on demand, and between them publishes what changed settings or a decision imply. */
export class RoundLoop {
  readonly #engine: SyncEngine;
  readonly #rounds: Rounds;
  readonly #options: RoundLoopOptions;
  readonly #sleep: WakeableSleep;
  #nextAtMs: number | undefined;
  #requested: { readonly full: boolean } | undefined;
  /** Why the next publish from what is stored is made. */
  #replanBy: HistoryCause = 'start';
  /** True when settings were changed, or a held change decided about, since it was last looked whether that can be published. */
  #isReconfigured = false;
  /** True from an approval until what was approved is published, or it is known that it cannot be published yet. */
  #isApproved = false;

  constructor(engine: SyncEngine, rounds: Rounds, options: RoundLoopOptions) {
    this.#engine = engine;
    this.#rounds = rounds;
    this.#options = options;
    this.#sleep = new WakeableSleep(options.clock);
  }

  /** When the next round begins; undefined while one runs. */
  get nextAtMs(): number | undefined {
    return this.#nextAtMs;
  }

  /** True while something is about to begin that was asked for. */
  get isAsked(): boolean {
    return this.#requested !== undefined || this.#isApproved;
  }

  /** Asks for a round; it begins at once unless one is running. */
  request(full: boolean): SyncRequestOutcome {
    const { active } = this.#rounds;
    if (active !== undefined) return { started: false, round: active };
    const { round } = this.#engine;
    if (this.#requested !== undefined && (this.#requested.full || !full)) return { started: false, round };
    this.demand(full);
    return { started: true, round };
  }

  /** Has a round run after the one that is running, if one is. */
  demand(full: boolean): void {
    this.#requested = { full };
    this.#sleep.wake();
  }

  /** Looks at once what changed settings imply. */
  reconfigured(): void {
    this.#look('configuration');
  }

  /** Looks at once what a decision implies about what is held back. */
  decided(isApproved: boolean): void {
    this.#isApproved = isApproved;
    this.#look('command');
  }

  #look(by: HistoryCause): void {
    this.#isReconfigured = true;
    this.#replanBy = by;
    this.#sleep.wake();
  }

  /** Runs until the signal aborts: a round at once, then one per interval, sooner when one is requested or has failed. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#replanIfDue(signal);
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const full = this.#requested?.full ?? false;
      const by = this.#requested !== undefined ? 'command' : isFirst ? 'start' : 'schedule';
      this.#requested = undefined;
      const summary = await this.#rounds.run(full, signal, by);
      if (isDone(summary) && this.fullRoundIsDue) await this.#reconcile(signal);
      await this.#idle(signal);
      this.#nextAtMs = undefined;
    }
  }

  /** Whether it is time to read everything anew. */
  get fullRoundIsDue(): boolean {
    const { schedule, clock } = this.#options;
    return fullRoundIsDue(schedule(), this.#engine.lastFullAtMs, clock.now());
  }

  /**
   * Reads everything anew right after an incremental round, so that what differs has drifted and not just changed. A round
   * that fails on the way is gone on with by the next one.
   */
  async #reconcile(signal: AbortSignal): Promise<void> {
    this.#rounds.reconciling.begin();
    await this.#rounds.run(true, signal, 'schedule');
  }

  async #replanIfDue(signal: AbortSignal): Promise<void> {
    if (!this.#engine.replanIsDue || !(await this.#engine.canReplan())) return;
    await this.#rounds.replan(signal, this.#replanBy);
  }

  /** Waits until the next round is due or requested, and meanwhile shows what changed settings imply. */
  async #idle(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const since = { atMs: clock.now(), monotonicMs: clock.monotonicMs() };
    let schedule = this.#options.schedule();
    let delayMs = this.#delayMs;
    while (!signal.aborted && this.#requested === undefined) {
      if (!(await this.#hasLooked(signal))) continue;
      if (schedule !== this.#options.schedule()) {
        schedule = this.#options.schedule();
        delayMs = this.#delayMs;
      }
      this.#nextAtMs = since.atMs + delayMs;
      const leftMs = since.monotonicMs + delayMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      await this.#sleep.sleep(leftMs, signal);
    }
  }

  /** Publishes what is due; false when something else was asked for meanwhile. */
  async #hasLooked(signal: AbortSignal): Promise<boolean> {
    this.#isReconfigured = false;
    await this.#replanIfDue(signal);
    if (this.#isReconfigured || this.#requested !== undefined) return false;
    if (this.#isApproved) {
      this.#isApproved = false;
      this.#options.followers.notify();
    }
    return true;
  }

  get #delayMs(): number {
    const { schedule, random } = this.#options;
    const delayMs = nextRoundDelayMs(schedule(), this.#rounds.record.failures, random);
    return Math.max(delayMs, this.#rounds.record.notBeforeMs(schedule().intervalMs));
  }
}
