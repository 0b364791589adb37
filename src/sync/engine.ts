import { AdminRefusal } from '../identity/admin.ts';
import type { Collection, DeltaPage } from '../identity/change.ts';
import type { Hold, HoldMemory } from '../identity/hold.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { Admission, DeltaFeed, FeedStatistics } from '../identity/ports.ts';
import type { PlanResult } from '../identity/plan.ts';
import type { RoundMode, RoundPhase, RoundProgress, RoundSummary } from '../identity/round.ts';
import type { HoldDecision, SafetyLimits } from '../identity/safety.ts';
import { SourceError } from '../identity/source-error.ts';
import type { View } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import type { Clock } from '../timing/clock.ts';
import { BlastRadius } from './blast-radius.ts';
import { dangerCount, Guard, holdReport, observedBy, preview } from './guard.ts';
import { PlanCollector } from './plan-collector.ts';
import { type PlanInput, type PlanReport, type PublishInput, publish } from './publisher.ts';
import { summarize } from './report.ts';
import { RoundScope } from './round-scope.ts';
import { decodeSyncState, encodeSyncState } from './state-codec.ts';
import { initialSyncState, nextStep, type OpenRound, step, type SyncState, type SyncStep } from './sync-state.ts';

/** What the engine works with. */
export interface EngineOptions {
  readonly feed: DeltaFeed;
  /** Decides which objects are in scope; left out when all are. */
  readonly admission?: Admission | undefined;
  readonly mirror: Mirror;
  readonly ledger: Ledger;
  readonly view: View;
  readonly holds: HoldMemory;
  /** What a round may change without asking. */
  readonly safety: SafetyLimits;
  readonly projector: Projector;
  /** See `PublishInput.fingerprint`. */
  readonly fingerprint: string;
  readonly clock: Clock;
  readonly onProgress: (progress: RoundProgress) => void;
  /** See `PublishInput.onNumberKept`. */
  readonly onNumberKept: PublishInput['onNumberKept'];
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

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#guard = new Guard(options.holds, options.safety);
    const stored = options.mirror.loadState();
    this.#state = stored === undefined ? initialSyncState : decodeSyncState(stored);
  }

  /** The number of the round that runs or that would be the next. */
  get round(): number {
    return this.#state.kind === 'idle' ? this.#state.lastRound + 1 : this.#state.round.number;
  }

  /** How the open round, or else the next, reads each collection. */
  get modes(): Readonly<Record<Collection, RoundMode>> {
    if (this.#state.kind !== 'idle') return this.#state.round.modes;
    const { links } = this.#state;
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
  use(settings: Pick<EngineOptions, 'projector' | 'fingerprint' | 'safety'>): void {
    this.#options = { ...this.#options, ...settings };
    this.#guard.limit(settings.safety);
    this.#settingsChanged.abort();
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
    return this.#guard.decide(hold, decision);
  }

  /** True when publishing from what is stored would show something else, and would not just be held back again. */
  get replanIsDue(): boolean {
    return this.hold === undefined ? this.planIsDue : !this.#guard.holdsBack(this.#options.fingerprint);
  }

  /**
   * Whether the mirror is as of one complete reading, so that it can be published from: between rounds, and in a round that
   * has not changed anything yet. A mirror that is half of one state and half of the next is not (P2).
   */
  async canReplan(): Promise<boolean> {
    if (this.#state.kind !== 'pulling') return this.#state.kind === 'idle';
    const dirty = await this.#options.mirror.dirtyNodes();
    return dirty.kind === 'some' && dirty.nodes.length === 0;
  }

  /** Publishes from what is stored, without asking the source, when it {@link SyncEngine.canReplan}; an open round stays open. */
  replan(signal: AbortSignal): Promise<RoundResult> {
    return this.#perform('replan', false, signal);
  }

  /** Reads what has changed into the mirror, and leaves publishing it to the next round. */
  pull(signal: AbortSignal): Promise<RoundResult> {
    return this.#perform('pull', false, signal);
  }

  /**
   * What the next publish would do by these settings. Changes nothing.
   *
   * @throws AdminRefusal when nothing is published yet, or the mirror is half of one state and half of the next
   */
  async plan(
    { projector, fingerprint, safety }: Pick<EngineOptions, 'projector' | 'fingerprint' | 'safety'>,
    itemsMax: number,
    signal: AbortSignal,
  ): Promise<Omit<PlanResult, 'readsOtherwise'>> {
    const { mirror, ledger, view, clock, onNumberKept } = this.#options;
    using stored = view.openStored();
    if (stored.facts === undefined) throw new AdminRefusal('Nothing has been published yet that could change.');
    if (this.#state.kind !== 'publishing' && !(await this.canReplan())) {
      throw new AdminRefusal('The last round was interrupted before everything was read. Synchronize first.');
    }
    const collector = new PlanCollector(stored, projector, itemsMax);
    const radius = new BlastRadius(safety, projector, stored.facts);
    const input = { mirror, ledger, view, projector, fingerprint, nowMs: clock.now(), signal, onNumberKept };
    const { users, groups } = await preview({ ...input, onProgress: () => {} }, stored, observedBy(collector, radius));
    return { users, groups, dangers: radius.dangers().map(dangerCount), ...collector.result };
  }

  /**
   * Runs one round to its end, or goes on with the open one. Failures of the source or the store are in the summary; the
   * directory that was published before goes on being served.
   */
  runRound(full: boolean, signal: AbortSignal): Promise<RoundResult> {
    return this.#perform('start', full, signal);
  }

  async #perform(kind: 'start' | 'pull' | 'replan', full: boolean, signal: AbortSignal): Promise<RoundResult> {
    const { clock } = this.#options;
    const startedAt = clock.monotonicMs();
    const nowMs = clock.now();
    const resumed = this.#state.kind !== 'idle';
    const statistics: FeedStatistics = { retries: 0, throttledMs: 0 };
    let round: OpenRound | undefined;
    let publication: Publication | undefined;
    let failure: unknown;
    try {
      this.#state = step(
        this.#state,
        kind === 'replan' ? { kind, nowMs } : { kind: 'start', full, query: this.#options.feed.query, nowMs },
      );
      if (this.#options.view.facts === undefined) await this.#options.mirror.markAllDirty();
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
    const summary = summarize({
      round,
      number: round?.number ?? this.round,
      report: publication?.report,
      changed: publication?.changed === true,
      held: publication?.held && holdReport(publication.held.hold),
      failure,
      aborted: signal.aborted,
      resumed,
      startedAtMs: nowMs,
      durationMs: clock.monotonicMs() - startedAt,
      retries: statistics.retries,
    });
    return { summary, cause: failure, isNewHold: publication?.held?.isNew === true };
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
    const scope = admission && (await RoundScope.open({ admission, mirror, collection, signal, statistics }));
    try {
      for await (const whole of this.#options.feed.delta(collection, from, signal, statistics)) {
        const page = scope?.narrow(whole) ?? whole;
        const last = page.link.kind === 'delta';
        const cameIn = last && scope !== undefined ? await this.#settle(scope, page, generation) : 0;
        const next = step(this.#state, {
          kind: 'page',
          link: page.link,
          read: page.changes.length + page.rejected.length + cameIn,
          rejected: countReasons(page),
        });
        await this.#options.mirror.applyPage(page, generation, encodeSyncState(next));
        this.#state = next;
        this.#tell('pull', 0);
        signal.throwIfAborted();
        // The page with the delta link is the last; asking the feed for another would be a mistake of the feed's.
        if (last) return;
      }
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'resyncRequired') throw error;
      await this.#save(step(this.#state, { kind: 'resyncRequired' }));
      return;
    }
    throw new SourceError('protocol', `Microsoft Graph ended the list of ${collection} without a delta link.`);
  }

  /**
   * Makes the mirror hold what is in scope, before the state says that the collection was read: after a crash on the way the
   * last page is read again, and with it the scope. The page is applied twice for that, which changes nothing.
   */
  async #settle(scope: RoundScope, page: DeltaPage, generation: number): Promise<number> {
    const state = encodeSyncState(this.#state);
    await this.#options.mirror.applyPage(page, generation, state);
    return scope.settle(generation, state);
  }

  /** Publishes from the mirror unless that is held back, and then is in the state `next`. */
  async #publish(signal: AbortSignal, next: SyncState): Promise<Publication | undefined> {
    const { mirror, ledger, view, projector, fingerprint, clock, onNumberKept } = this.#options;
    this.#tell('plan', 0);
    const dirty = await mirror.dirtyNodes();
    const nothingChanged = dirty.kind === 'some' && dirty.nodes.length === 0 && this.hold === undefined;
    if (nothingChanged && !view.publishUnfinished && view.facts?.fingerprint === fingerprint) {
      await this.#save(next);
      return undefined;
    }
    const input = { mirror, ledger, view, projector, fingerprint, nowMs: clock.now(), signal, onNumberKept };
    const state = encodeSyncState(next);
    const held = await this.#holdBack({ ...input, onProgress: (entries) => this.#tell('plan', entries) }, state);
    if (held !== undefined) {
      this.#state = next;
      return held;
    }
    const report = await publish({ ...input, onProgress: (entries) => this.#tell('publish', entries), state });
    this.#guard.release();
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

  /** True when the round so far cannot have changed the mirror. An enumeration that lists nobody can. */
  get #nothingRead(): boolean {
    if (this.#state.kind === 'idle') return true;
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
