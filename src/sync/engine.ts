import { AdminRefusal } from '../identity/admin.ts';
import type { Collection, DeltaPage, ObjectPage } from '../identity/change.ts';
import type { History, HistoryCause, HistoryEvent } from '../identity/history.ts';
import type { Hold, HoldMemory } from '../identity/hold.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { Admission, DeltaFeed, FeedStatistics, Supplement } from '../identity/ports.ts';
import type { PlanResult } from '../identity/plan.ts';
import type { RoundMode, RoundPhase, RoundProgress, RoundSummary } from '../identity/round.ts';
import type { HoldDecision, SafetyLimits } from '../identity/safety.ts';
import { SourceError } from '../identity/source-error.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan } from '../identity/rollback.ts';
import type { View } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import type { Clock } from '../timing/clock.ts';
import { BlastRadius } from './blast-radius.ts';
import { dangerCount, Guard, holdReport, observedBy, preview } from './guard.ts';
import { OverlaidMirror } from './overlaid-mirror.ts';
import { PlanCollector } from './plan-collector.ts';
import { type PlanInput, type PlanReport, type PublishInput, publish } from './publisher.ts';
import { summarize } from './report.ts';
import { clearEvent, decisionEvent, rollbackEvent, roundEvent } from './round-history.ts';
import { planRollback, returnPoints, rollBack } from './rollback.ts';
import { RoundScope } from './round-scope.ts';
import { readSupplement, supplementIsDue } from './supplementing.ts';
import { decodeSyncState, encodeSyncState } from './state-codec.ts';
import { readUnlisted } from './unlisted.ts';
import {
  initialSyncState,
  nextStep,
  type OpenRound,
  step,
  type SyncEvent,
  type SyncState,
  type SyncStep,
} from './sync-state.ts';

/** What the engine works with. */
export interface EngineOptions {
  readonly feed: DeltaFeed;
  /** Decides which objects are in scope; left out when all are. */
  readonly admission?: Admission | undefined;
  /** Brings what the feed does not report; left out when nothing of it is read. */
  readonly supplement?: Supplement | undefined;
  /** The least time between two readings of that, which full rounds do not wait for; left out: with every round. */
  readonly supplementIntervalMs?: number;
  readonly mirror: Mirror;
  readonly ledger: Ledger;
  readonly view: View;
  readonly holds: HoldMemory;
  readonly history: History;
  /** What a round may change without asking. */
  readonly safety: SafetyLimits;
  readonly projector: Projector;
  /** See `PublishInput.fingerprint`. */
  readonly fingerprint: string;
  /** Why nothing may be published by these settings; left out when it may. A sentence for the administrator. */
  readonly notReady?: string | undefined;
  /** Done before a round, in it; `everything`: the round reads all anew. What it throws fails the round. */
  readonly prepare?: (everything: boolean, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly onProgress: (progress: RoundProgress) => void;
  /** See `PublishInput.onNumberKept`. */
  readonly onNumberKept: PublishInput['onNumberKept'];
  /** See `PublishInput.onValueLeftOut`. */
  readonly onValueLeftOut: PublishInput['onValueLeftOut'];
}

/** By what a plan is made. */
export type PlanSettings = Pick<EngineOptions, 'projector' | 'fingerprint' | 'safety' | 'notReady'>;

/** The last page of a collection, and what it takes to complete what was read. */
interface Settling {
  readonly scope: RoundScope | undefined;
  readonly page: DeltaPage;
  readonly generation: number;
  readonly collection: Collection;
  readonly anew: { readonly keeps: readonly string[] } | undefined;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

/** How many objects were read beside the pages, and when what the feed does not report was read, if it was. */
interface Settled {
  readonly read: number;
  readonly supplementedAtMs: number | undefined;
}

/** What came of a publish: it was made, or it is held back. */
interface Publication {
  readonly report: PlanReport | undefined;
  readonly changed: boolean;
  readonly held: { readonly hold: Hold; readonly isNew: boolean } | undefined;
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

/**
 * Performs what `sync-state.ts` decides, one round at a time. A round that fails leaves its state behind; the next one goes
 * on from there.
 */
export class SyncEngine {
  #options: EngineOptions;
  #state: SyncState;
  /** Aborts the reading of pages, so that changed settings need not wait for the source. */
  #settingsChanged = new AbortController();
  readonly #guard: Guard;
  /** True when the round that runs has asked who is in scope. */
  #isNarrowed = false;
  /** True from a {@link SyncEngine.clear} until the round that it has opened begins. */
  #cleared = false;
  /** What the history says of a publish of the round that runs. */
  #eventOf: (report: PlanReport) => HistoryEvent = () => {
    throw new Error('nothing is published outside a round');
  };
  #overlaid: OverlaidMirror;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#guard = new Guard(options.holds, options.safety);
    this.#overlaid = OverlaidMirror.over(options, options.projector);
    const stored = options.mirror.loadState();
    this.#state = stored === undefined ? initialSyncState : decodeSyncState(stored);
    options.feed.resume?.(this.#state.query);
  }

  /** The number of the round that runs or that would be the next. */
  get round(): number {
    return this.#state.kind === 'idle' ? this.#state.lastRound + 1 : this.#state.round.number;
  }

  /** How the open round, or else the next, reads each collection. */
  get modes(): Readonly<Record<Collection, RoundMode>> {
    if (this.#state.kind !== 'idle') return this.#state.round.modes;
    const { links } = this.#state;
    if (this.#options.feed.listsEverything === true) return { users: 'full', groups: 'full' };
    return {
      users: links.users === null ? 'full' : 'incremental',
      groups: links.groups === null ? 'full' : 'incremental',
    };
  }

  /** True when a round was interrupted: by a failure, or by the end of the process. */
  get interrupted(): boolean {
    return this.#state.kind !== 'idle';
  }

  /** When the last round began that read everything anew and was published; undefined before the first. */
  get lastFullAtMs(): number | undefined {
    return this.#state.lastFullAtMs;
  }

  /** From now on publishes by these settings; an open round too, before it reads on if that {@link SyncEngine.canReplan}. */
  use(
    settings: Pick<EngineOptions, 'projector' | 'fingerprint' | 'safety' | 'supplementIntervalMs' | 'notReady'>,
  ): void {
    const { overlay } = this.#options.projector.settings;
    this.#options = { ...this.#options, ...settings };
    if (settings.projector.settings.overlay !== overlay) {
      this.#overlaid = OverlaidMirror.over(this.#options, settings.projector);
    }
    this.#guard.limit(settings.safety);
    this.#settingsChanged.abort();
  }

  /** The mirror with the overlay over it, as it was when a round or a publish began. */
  get overlaid(): OverlaidMirror {
    return this.#overlaid;
  }

  /** True when what is published was made by other settings. */
  get planIsDue(): boolean {
    const { view, fingerprint } = this.#options;
    return view.facts !== undefined && view.facts.fingerprint !== fingerprint;
  }

  /** The query that the mirror was read by, or null before the first time. */
  get query(): string | null {
    return this.#state.query;
  }

  /** What is held back, or undefined. */
  get hold(): Hold | undefined {
    return this.#guard.hold;
  }

  /** See {@link Guard.decide}. An approved change is published by the next round, or by {@link SyncEngine.replan}. */
  decide(hold: number, decision: Exclude<HoldDecision, 'open'>): Promise<boolean> {
    const { clock, view } = this.#options;
    const event = decisionEvent(hold, decision, clock.now(), view.facts?.publication ?? null);
    return this.#guard.decide(hold, decision, event);
  }

  /** True when publishing from what is stored would show something else, and would not just be held back again. */
  get replanIsDue(): boolean {
    if (this.#options.notReady !== undefined) return false;
    return this.hold === undefined ? this.planIsDue : !this.#guard.holdsBack(this.#options.fingerprint);
  }

  /**
   * Whether the mirror is as of one complete reading, so that it can be published from: between rounds, and in a round that
   * has not changed anything yet. A mirror that is half of one state and half of the next is not (P2), nor is one that was never
   * read (P1).
   */
  async canReplan(): Promise<boolean> {
    if (this.#state.kind !== 'pulling') return this.#state.kind === 'idle' && this.#state.lastRound > 0;
    const dirty = await this.#options.mirror.dirtyNodes();
    return dirty.kind === 'some' && dirty.nodes.length === 0;
  }

  /** Publishes from what is stored, without asking the source, when it {@link SyncEngine.canReplan}; an open round stays open. */
  replan(signal: AbortSignal, by: HistoryCause = 'command'): Promise<RoundResult> {
    return this.#perform('replan', false, signal, by);
  }

  /** Reads what has changed into the mirror, and leaves publishing it to the next round. */
  pull(signal: AbortSignal): Promise<RoundResult> {
    return this.#perform('pull', false, signal, 'command');
  }

  /**
   * What the next publish would do by these settings. Changes nothing.
   *
   * @throws AdminRefusal when nothing is published yet, or the mirror is half of one state and half of the next
   */
  async plan(
    { projector, fingerprint, safety, notReady }: PlanSettings,
    itemsMax: number,
    signal: AbortSignal,
  ): Promise<Omit<PlanResult, 'readsOtherwise'>> {
    if (notReady !== undefined) throw new AdminRefusal(notReady);
    const { ledger, view, clock, onNumberKept, onValueLeftOut } = this.#options;
    using stored = view.openStored();
    if (stored.facts === undefined) throw new AdminRefusal('Nothing has been published yet that could change.');
    if (this.#state.kind !== 'publishing' && !(await this.canReplan())) {
      throw new AdminRefusal('The last round was interrupted before everything was read. Synchronize first.');
    }
    const isSame = projector.settings.overlay.digest === this.#options.projector.settings.overlay.digest;
    const mirror = isSame ? this.#overlaid : OverlaidMirror.over(this.#options, projector);
    await mirror.refresh(signal);
    const collector = new PlanCollector(stored, projector, itemsMax);
    const radius = new BlastRadius(safety, projector, stored.facts);
    const input = {
      mirror,
      ledger,
      view,
      projector,
      fingerprint,
      nowMs: clock.now(),
      signal,
      onNumberKept,
      onValueLeftOut,
    };
    const { users, groups } = await preview({ ...input, onProgress: () => {} }, stored, observedBy(collector, radius));
    return { users, groups, dangers: radius.dangers().map(dangerCount), ...collector.result };
  }

  /**
   * Runs one round to its end, or goes on with the open one. Failures of the source or the store are in the summary; the
   * directory that was published before goes on being served.
   */
  runRound(full: boolean, signal: AbortSignal, by: HistoryCause = 'command'): Promise<RoundResult> {
    return this.#perform('start', full, signal, by);
  }

  /**
   * Forgets all that was read of the tenant and opens a round that reads it anew; answers its number. What is published goes on
   * being shown until then, and numbers and names stay given.
   */
  async clear(): Promise<number> {
    const { feed, mirror, clock, view } = this.#options;
    const nowMs = clock.now();
    const next = step(this.#state, { kind: 'cleared', query: feed.query, nowMs });
    const number = next.kind === 'idle' ? 0 : next.round.number;
    this.#state = next;
    this.#cleared = true;
    await mirror.clear(encodeSyncState(next), clearEvent(number, nowMs, view.facts?.publication ?? null));
    return number;
  }

  /** The publications that can be returned to. */
  returnPoints(): Promise<ReturnPoints> {
    return returnPoints(this.#options.view);
  }

  /**
   * What going back to a publication, or to the one before, would change. Changes nothing.
   *
   * @throws AdminRefusal when it cannot be done
   */
  async planRollback(to: number | null, itemsMax: number, signal: AbortSignal): Promise<RollbackPlan> {
    await this.#overlaid.refresh(signal);
    return await planRollback(this.#rollbackInput(signal), to, itemsMax);
  }

  /**
   * Shows an earlier publication again; what is taken back is held back until it is approved.
   *
   * @throws AdminRefusal when it cannot be done; nothing is changed then
   */
  async rollBack(to: number | null, by: HistoryCause, signal: AbortSignal): Promise<RollbackOutcome> {
    await this.#overlaid.refresh(signal);
    const { nowMs, ...input } = this.#rollbackInput(signal);
    const { outcome, hold } = await rollBack({ ...input, nowMs }, to, {
      state: encodeSyncState(this.#state),
      hold: Math.max(this.round, (this.hold?.hold ?? 0) + 1),
      event: (made) => rollbackEvent(made, by, nowMs),
    });
    this.#guard.adopt(hold);
    return outcome;
  }

  #rollbackInput(signal: AbortSignal) {
    const { view, projector, clock } = this.#options;
    return { view, mirror: this.#overlaid, projector, nowMs: clock.now(), signal };
  }

  /** Finishes the way back that an earlier process, or an attempt that failed, had begun; false when there is none to finish. */
  async finishRollback(signal: AbortSignal): Promise<boolean> {
    const { view } = this.#options;
    const to = view.unfinishedRollback;
    if (to === undefined) return false;
    try {
      await this.rollBack(to, 'recovery', signal);
      return true;
    } catch (error) {
      if (!(error instanceof AdminRefusal)) throw error;
      // What it takes is not remembered any more: the next publish shows what the tenant says instead.
      return false;
    }
  }

  async #perform(
    kind: 'start' | 'pull' | 'replan',
    full: boolean,
    signal: AbortSignal,
    by: HistoryCause,
  ): Promise<RoundResult> {
    const { clock } = this.#options;
    const startedAt = clock.monotonicMs();
    const nowMs = clock.now();
    const resumed = this.#state.kind !== 'idle' && !this.#cleared;
    this.#cleared = false;
    this.#isNarrowed = false;
    const statistics: FeedStatistics = { retries: 0, throttledMs: 0 };
    let round: OpenRound | undefined;
    let publication: Publication | undefined;
    let failure: unknown;
    const summaryOf = (report: PlanReport | undefined, error: unknown, changed: boolean): RoundSummary =>
      summarize({
        round,
        number: round?.number ?? this.round,
        report,
        changed,
        held: publication?.held && holdReport(publication.held.hold),
        failure: error,
        aborted: signal.aborted,
        resumed,
        startedAtMs: nowMs,
        durationMs: clock.monotonicMs() - startedAt,
        retries: statistics.retries,
      });
    this.#eventOf = (report) => roundEvent(summaryOf(report, undefined, true), by, null);
    try {
      await this.finishRollback(signal);
      if (this.#options.mirror.clearUnfinished) await this.#options.mirror.finishClear();
      if (kind !== 'replan') await this.#options.prepare?.(full || this.modes.users === 'full', signal);
      this.#state = step(this.#state, kind === 'replan' ? { kind, nowMs } : this.#start(full, nowMs));
      if (this.#options.view.facts === undefined) await this.#options.mirror.markAllDirty();
      // What is told of the overlay should not have to wait for an answer of the source.
      await this.#overlaid.refresh(signal);
      while (this.#state.kind !== 'idle') {
        signal.throwIfAborted();
        round = this.#state.round;
        if (this.#state.kind === 'pulling' && kind !== 'pull') {
          publication = (await this.#publishMeanwhile(signal)) ?? publication;
          if (kind === 'replan') break;
        }
        publication = (await this.#do(kind, signal, statistics)) ?? publication;
      }
    } catch (error) {
      failure = error;
    }
    if (this.#state.kind !== 'idle') round = this.#state.round;
    const summary = summaryOf(publication?.report, failure, publication?.changed === true);
    const forgetful = await this.#remember(summary, by, nowMs);
    return { summary, cause: failure, isNewHold: publication?.held?.isNew === true, forgetful };
  }

  /** Tells the history of a round, unless its publish has. What is in the way of that must not fail a round that is over. */
  async #remember(summary: RoundSummary, by: HistoryCause, nowMs: number): Promise<unknown> {
    const { history, view } = this.#options;
    try {
      if (summary.outcome !== 'published') {
        await history.add(roundEvent(summary, by, view.facts?.publication ?? null));
      }
      await view.undo.forgetOld(nowMs);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #start(full: boolean, nowMs: number): SyncEvent {
    const { query, listsEverything = false } = this.#options.feed;
    return { kind: 'start', full, listsEverything, query, nowMs };
  }

  async #do(
    kind: 'start' | 'pull' | 'replan',
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): Promise<Publication | undefined> {
    const next = nextStep(this.#state);
    switch (next.do) {
      case 'wait':
        return undefined;
      case 'pull':
        await this.#pullUntilChanged(next, signal, statistics);
        return undefined;
      case 'sweep':
        this.#tell('sweep', 0);
        await this.#options.mirror.sweep(next.collection, next.generation, signal);
        await this.#save(step(this.#state, { kind: 'swept' }));
        return undefined;
      case 'publish':
        if (kind !== 'pull') return await this.#publish(signal, step(this.#state, { kind: 'published' }));
        await this.#leave(step(this.#state, { kind: 'published' }));
        return undefined;
    }
  }

  /** Shows in an open round what changed settings imply. A publish that has begun is finished first, for nobody can read half of it. */
  async #publishMeanwhile(signal: AbortSignal): Promise<Publication | undefined> {
    if (!this.replanIsDue && !this.#options.view.publishUnfinished) return undefined;
    return (await this.canReplan()) ? await this.#publish(signal, this.#state) : undefined;
  }

  /** Reads pages; ends early, and without harm, when the settings change. */
  async #pullUntilChanged(
    { collection, from, generation }: Extract<SyncStep, { do: 'pull' }>,
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): Promise<void> {
    this.#settingsChanged = new AbortController();
    const changed = this.#settingsChanged.signal;
    try {
      await this.#pull(collection, from, generation, AbortSignal.any([signal, changed]), statistics);
    } catch (error) {
      // Each page is stored with its next link, so that the round goes on where it was.
      if (signal.aborted || !changed.aborted) throw error;
    }
  }

  async #pull(
    collection: Collection,
    from: string | undefined,
    generation: number,
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): Promise<void> {
    const { admission, mirror } = this.#options;
    const anew = this.#anew(collection);
    const isAnew = anew !== undefined;
    const scope = admission && (await RoundScope.open({ admission, mirror, collection, isAnew, signal, statistics }));
    this.#isNarrowed ||= scope !== undefined;
    try {
      for await (const whole of this.#options.feed.delta(collection, from, signal, statistics)) {
        const page = scope?.narrow(whole) ?? whole;
        const last = page.link.kind === 'delta';
        const settled = last
          ? await this.#settle({ scope, page, generation, collection, anew, signal, statistics })
          : undefined;
        const next = step(this.#state, {
          kind: 'page',
          link: page.link,
          read: (page.read ?? page.changes.length + page.rejected.length) + (settled?.read ?? 0),
          rejected: countReasons(page),
          supplementedAtMs: settled?.supplementedAtMs,
        });
        // What has come into scope was read whole meanwhile.
        const settledPage = last && scope !== undefined ? scope.narrow(whole) : page;
        await mirror.applyPage(settledPage, generation, encodeSyncState(next), anew);
        this.#state = next;
        this.#tell('pull', 0);
        signal.throwIfAborted();
        // The page with the delta link is the last; asking the feed for another would be a mistake of the feed's.
        if (last) return;
      }
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'resyncRequired') throw error;
      // A feed that asks otherwise from now on has nothing to go on from.
      const isAnotherQuery = this.#options.feed.query !== this.#state.query;
      const event: SyncEvent = isAnotherQuery
        ? this.#start(false, this.#options.clock.now())
        : { kind: 'resyncRequired' };
      await this.#save(step(this.#state, event));
      return;
    }
    throw new SourceError('protocol', `Microsoft Graph ended the list of ${collection} without a delta link.`);
  }

  /** What pages of an enumeration of everything replace; undefined in an incremental one. */
  #anew(collection: Collection): { readonly keeps: readonly string[] } | undefined {
    if (this.#state.kind !== 'pulling' || this.#state.round.modes[collection] !== 'full') return undefined;
    return { keeps: this.#options.supplement?.properties[collection] ?? [] };
  }

  /**
   * Makes the mirror hold what is in scope, with what the pages did not tell, before the state says that the collection was
   * read: after a crash on the way the last page is read again, and with it all this. The page is applied twice for that, which
   * changes nothing.
   */
  async #settle({ scope, page, generation, collection, anew, signal, statistics }: Settling): Promise<Settled> {
    const { mirror, supplement, supplementIntervalMs: intervalMs = 0, clock, feed } = this.#options;
    const nowMs = clock.now();
    // Where each round lists everything, a full one is nothing out of the ordinary.
    const waits = anew === undefined || feed.listsEverything === true;
    const lastAtMs = waits ? this.#state.supplementedAtMs?.[collection] : undefined;
    const due = supplement !== undefined && supplementIsDue(supplement, collection, { lastAtMs, intervalMs, nowMs });
    const existing = feed.existing?.bind(feed);
    if (scope === undefined && existing === undefined && !due) return { read: 0, supplementedAtMs: undefined };
    const state = encodeSyncState(this.#state);
    await mirror.applyPage(page, generation, state, anew);
    const narrow = (found: ObjectPage): ObjectPage => scope?.narrow(found) ?? found;
    const enumeration = { mirror, collection, generation, state, narrow, signal, statistics };
    const unlisted = anew && existing ? await readUnlisted({ ...enumeration, anew, existing }) : 0;
    const cameIn = (await scope?.settle(generation, state)) ?? 0;
    if (due) await readSupplement(supplement, mirror, collection, { signal, statistics, state });
    return { read: unlisted + cameIn, supplementedAtMs: due ? nowMs : undefined };
  }

  /** Publishes from the mirror unless that is held back, and then is in the state `next`. */
  async #publish(signal: AbortSignal, next: SyncState): Promise<Publication | undefined> {
    const { ledger, view, projector, fingerprint, clock, onNumberKept, onValueLeftOut } = this.#options;
    const mirror = this.#overlaid;
    if (this.#options.notReady !== undefined) throw new SourceError('unavailable', this.#options.notReady);
    this.#tell('plan', 0);
    await mirror.refresh(signal);
    const dirty = await mirror.dirtyNodes();
    const nothingChanged = dirty.kind === 'some' && dirty.nodes.length === 0 && this.hold === undefined;
    if (nothingChanged && !view.publishUnfinished && view.facts?.fingerprint === fingerprint) {
      await this.#save(next);
      return undefined;
    }
    const input = {
      mirror,
      ledger,
      view,
      projector,
      fingerprint,
      nowMs: clock.now(),
      signal,
      onNumberKept,
      onValueLeftOut,
    };
    const state = encodeSyncState(next);
    const held = await this.#holdBack({ ...input, onProgress: (entries) => this.#tell('plan', entries) }, state);
    if (held !== undefined) {
      this.#state = next;
      return held;
    }
    const onProgress = (entries: number): void => this.#tell('publish', entries);
    const report = await publish({ ...input, onProgress, state, event: (made) => this.#eventOf(made) });
    this.#guard.release();
    mirror.published();
    this.#state = next;
    return { report, changed: report.changed, held: undefined };
  }

  /** Leaves what was read to the next round, which then has to look at what is held back though it reads nothing itself. */
  async #leave(next: SyncState): Promise<void> {
    if (this.hold === undefined) return await this.#save(next);
    await this.#guard.keep({ ...this.hold, basis: '' }, encodeSyncState(next));
    this.#state = next;
  }

  /** Holds a publish back when it reaches too far, and stores `state`; undefined when it may be made. */
  async #holdBack(input: PlanInput, state: string): Promise<Publication | undefined> {
    const verdict = await this.#guard.judge(input, { round: this.round, nothingRead: this.#nothingRead });
    if (verdict.kind === 'free') return undefined;
    await this.#guard.keep(verdict.hold, state);
    return { report: verdict.report, changed: false, held: verdict };
  }

  /** True when the round so far cannot have changed the mirror. An enumeration that lists nobody can, and a list of who is in scope. */
  get #nothingRead(): boolean {
    if (this.#state.kind === 'idle') return true;
    if (this.#isNarrowed) return false;
    const { modes, read } = this.#state.round;
    return modes.users === 'incremental' && modes.groups === 'incremental' && read.users + read.groups === 0;
  }

  async #save(next: SyncState): Promise<void> {
    await this.#options.mirror.saveState(encodeSyncState(next));
    this.#state = next;
  }

  #tell(phase: RoundPhase, entries: number): void {
    if (this.#state.kind === 'idle') return;
    const { round } = this.#state;
    const { collection } = round;
    const facts = this.#options.view.facts;
    const full = round.modes.users === 'full' || round.modes.groups === 'full';
    this.#options.onProgress({
      round: round.number,
      phase,
      collection: phase === 'pull' || phase === 'sweep' ? collection : null,
      mode: round.modes[collection],
      pages: round.pages.users + round.pages.groups,
      read: round.read.users + round.read.groups,
      entries,
      expected: full && facts !== undefined ? facts.users + facts.groups : null,
      startedAtMs: round.startedAtMs,
    });
  }
}

function countReasons(page: DeltaPage): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const { reason } of page.rejected) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reasons;
}
