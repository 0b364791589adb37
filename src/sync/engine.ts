import type { Collection, DeltaPage } from '../identity/change.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { DeltaFeed, FeedStatistics } from '../identity/ports.ts';
import type { RoundMode, RoundPhase, RoundProgress, RoundSummary } from '../identity/round.ts';
import { SourceError } from '../identity/source-error.ts';
import type { View } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import type { Clock } from '../timing/clock.ts';
import { type PublishInput, type PublishReport, publish } from './publisher.ts';
import { summarize } from './report.ts';
import { decodeSyncState, encodeSyncState } from './state-codec.ts';
import { initialSyncState, nextStep, type OpenRound, step, type SyncState } from './sync-state.ts';

/** What the engine works with. */
export interface EngineOptions {
  readonly feed: DeltaFeed;
  readonly mirror: Mirror;
  readonly ledger: Ledger;
  readonly view: View;
  readonly projector: Projector;
  /** See `PublishInput.fingerprint`. */
  readonly fingerprint: string;
  readonly clock: Clock;
  readonly onProgress: (progress: RoundProgress) => void;
  /** See `PublishInput.onNumberKept`. */
  readonly onNumberKept: PublishInput['onNumberKept'];
}

/** The report of a round, and the error that ended it if one did, for the log. */
export interface RoundResult {
  readonly summary: RoundSummary;
  readonly cause: unknown;
}

/**
 * Performs what `sync-state.ts` decides, one round at a time. A round that fails leaves its state behind; the next one goes
 * on from there.
 */
export class SyncEngine {
  readonly #options: EngineOptions;
  #state: SyncState;

  constructor(options: EngineOptions) {
    this.#options = options;
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

  /** True when what is published does not show what the mirror and the settings imply, though the mirror is complete. */
  get planIsDue(): boolean {
    const { view, fingerprint } = this.#options;
    return this.#state.kind === 'idle' && view.facts !== undefined && view.facts.fingerprint !== fingerprint;
  }

  /** Publishes from what is stored, without asking the source. Does nothing while a round is open. */
  replan(signal: AbortSignal): Promise<RoundResult> {
    return this.#perform('replan', false, signal);
  }

  /**
   * Runs one round to its end, or goes on with the open one. Failures of the source or the store are in the summary; the
   * directory that was published before goes on being served.
   */
  runRound(full: boolean, signal: AbortSignal): Promise<RoundResult> {
    return this.#perform('start', full, signal);
  }

  async #perform(kind: 'start' | 'replan', full: boolean, signal: AbortSignal): Promise<RoundResult> {
    const { clock } = this.#options;
    const startedAt = clock.monotonicMs();
    const nowMs = clock.now();
    const resumed = this.#state.kind !== 'idle';
    const statistics: FeedStatistics = { retries: 0, throttledMs: 0 };
    let round: OpenRound | undefined;
    let report: PublishReport | undefined;
    let failure: unknown;
    try {
      this.#state = step(
        this.#state,
        kind === 'start' ? { kind, full, query: this.#options.feed.query, nowMs } : { kind, nowMs },
      );
      if (this.#options.view.facts === undefined) await this.#options.mirror.markAllDirty();
      while (this.#state.kind !== 'idle') {
        signal.throwIfAborted();
        round = this.#state.round;
        report = (await this.#do(signal, statistics)) ?? report;
      }
    } catch (error) {
      failure = error;
    }
    if (this.#state.kind !== 'idle') round = this.#state.round;
    const summary = summarize({
      round,
      number: round?.number ?? this.round,
      report,
      failure,
      aborted: signal.aborted,
      resumed,
      startedAtMs: nowMs,
      durationMs: clock.monotonicMs() - startedAt,
      retries: statistics.retries,
    });
    return { summary, cause: failure };
  }

  async #do(signal: AbortSignal, statistics: FeedStatistics): Promise<PublishReport | undefined> {
    const next = nextStep(this.#state);
    switch (next.do) {
      case 'wait':
        return undefined;
      case 'pull':
        await this.#pull(next.collection, next.from, next.generation, signal, statistics);
        return undefined;
      case 'sweep':
        this.#tell('sweep', 0);
        await this.#options.mirror.sweep(next.collection, next.generation, signal);
        await this.#save(step(this.#state, { kind: 'swept' }));
        return undefined;
      case 'publish':
        return await this.#publish(signal);
    }
  }

  async #pull(
    collection: Collection,
    from: string | undefined,
    generation: number,
    signal: AbortSignal,
    statistics: FeedStatistics,
  ): Promise<void> {
    try {
      for await (const page of this.#options.feed.delta(collection, from, signal, statistics)) {
        const next = step(this.#state, {
          kind: 'page',
          link: page.link,
          read: page.changes.length + page.rejected.length,
          rejected: countReasons(page),
        });
        await this.#options.mirror.applyPage(page, generation, encodeSyncState(next));
        this.#state = next;
        this.#tell('pull', 0);
        signal.throwIfAborted();
        // The page with the delta link is the last; asking the feed for another would be a mistake of the feed's.
        if (page.link.kind === 'delta') return;
      }
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'resyncRequired') throw error;
      await this.#save(step(this.#state, { kind: 'resyncRequired' }));
      return;
    }
    throw new SourceError('protocol', `Microsoft Graph ended the list of ${collection} without a delta link.`);
  }

  async #publish(signal: AbortSignal): Promise<PublishReport | undefined> {
    const { mirror, ledger, view, projector, fingerprint, clock, onNumberKept } = this.#options;
    this.#tell('plan', 0);
    const next = step(this.#state, { kind: 'published' });
    const dirty = await mirror.dirtyNodes();
    const nothingChanged = dirty.kind === 'some' && dirty.nodes.length === 0;
    if (nothingChanged && !view.publishUnfinished && view.facts?.fingerprint === fingerprint) {
      await this.#save(next);
      return undefined;
    }
    const report = await publish({
      mirror,
      ledger,
      view,
      projector,
      fingerprint,
      nowMs: clock.now(),
      signal,
      onProgress: (entries) => this.#tell('publish', entries),
      onNumberKept,
      state: encodeSyncState(next),
    });
    this.#state = next;
    return report;
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
