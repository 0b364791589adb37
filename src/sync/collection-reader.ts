import type { Collection, DeltaPage } from '../identity/change.ts';
import type { FeedStatistics } from '../identity/ports.ts';
import { SourceError } from '../identity/source-error.ts';
import { type Anew, type Settled, settle } from './collection-settling.ts';
import type { EngineMemory } from './engine-memory.ts';
import { RoundScope } from './round-scope.ts';
import { encodeSyncState } from './state-codec.ts';
import { type SyncEvent, type SyncStep, step } from './sync-state.ts';

/** Which collection is read, and from where on. */
type PullStep = Extract<SyncStep, { do: 'pull' }>;

/** A collection that is being read. */
interface Reading extends Pick<PullStep, 'collection' | 'generation'> {
  readonly scope: RoundScope | undefined;
  readonly anew: Anew | undefined;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

/**
 * Reads the pages of one collection into the mirror, each in one batch with the state that goes on after it. Decides nothing
 * about what is published.
 */
export class CollectionReader {
  readonly #memory: EngineMemory;
  readonly #statistics: FeedStatistics;
  /** Aborts the reading, so that changed settings need not wait for the source. */
  #settingsChanged = new AbortController();
  #isNarrowed = false;

  constructor(memory: EngineMemory, statistics: FeedStatistics) {
    this.#memory = memory;
    this.#statistics = statistics;
  }

  /** True when it was asked who is in scope. */
  get isNarrowed(): boolean {
    return this.#isNarrowed;
  }

  /** Ends a reading that is under way, without harm. */
  interrupt(): void {
    this.#settingsChanged.abort();
  }

  /** Reads to the end of the collection, or until it is interrupted. Throws `SourceError`. */
  async read(pull: PullStep, signal: AbortSignal): Promise<void> {
    this.#settingsChanged = new AbortController();
    const changed = this.#settingsChanged.signal;
    try {
      await this.#readPages(pull, AbortSignal.any([signal, changed]));
    } catch (error) {
      // Each page is stored with its next link, so that the round goes on where it was.
      if (signal.aborted || !changed.aborted) throw error;
    }
  }

  async #readPages({ collection, from, generation }: PullStep, signal: AbortSignal): Promise<void> {
    const reading = await this.#open(collection, generation, signal);
    try {
      for await (const page of this.#memory.options.feed.delta(collection, from, signal, this.#statistics)) {
        await this.#take(page, reading);
        this.#memory.tell('pull', 0);
        signal.throwIfAborted();
        // The page with the delta link is the last; asking the feed for another would be a mistake of the feed's.
        if (page.link.kind === 'delta') return;
      }
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'resyncRequired') throw error;
      await this.#memory.save(this.#resync());
      return;
    }
    throw new SourceError('protocol', `Microsoft Graph ended the list of ${collection} without a delta link.`);
  }

  async #open(collection: Collection, generation: number, signal: AbortSignal): Promise<Reading> {
    const { admission, mirror } = this.#memory.options;
    const statistics = this.#statistics;
    const anew = this.#anew(collection);
    const isAnew = anew !== undefined;
    const scope = admission && (await RoundScope.open({ admission, mirror, collection, isAnew, signal, statistics }));
    this.#isNarrowed ||= scope !== undefined;
    return { collection, generation, scope, anew, signal, statistics };
  }

  /** What pages of an enumeration of everything replace; undefined in an incremental one. */
  #anew(collection: Collection): Anew | undefined {
    const { state, options } = this.#memory;
    if (state.kind !== 'pulling' || state.round.modes[collection] !== 'full') return undefined;
    return { keeps: options.supplement?.properties[collection] ?? [] };
  }

  async #take(whole: DeltaPage, { scope, anew, ...reading }: Reading): Promise<void> {
    const memory = this.#memory;
    const page = scope?.narrow(whole) ?? whole;
    const isLast = page.link.kind === 'delta';
    const settled = isLast ? await settle(memory, { scope, page, anew, ...reading }) : undefined;
    const next = step(memory.state, pageEvent(page, settled));
    // What has come into scope was read whole meanwhile.
    const settledPage = isLast && scope !== undefined ? scope.narrow(whole) : page;
    await memory.options.mirror.applyPage(settledPage, reading.generation, encodeSyncState(next), anew);
    memory.become(next);
  }

  /** A feed that asks otherwise from now on has nothing to go on from. */
  #resync(): SyncEvent {
    const { options, state } = this.#memory;
    if (options.feed.query === state.query) return { kind: 'resyncRequired' };
    return this.#memory.start(false, options.clock.now());
  }
}

function pageEvent(page: DeltaPage, settled: Settled | undefined): SyncEvent {
  const rejected: Record<string, number> = {};
  for (const { reason } of page.rejected) rejected[reason] = (rejected[reason] ?? 0) + 1;
  return {
    kind: 'page',
    link: page.link,
    read: (page.read ?? page.changes.length + page.rejected.length) + (settled?.read ?? 0),
    rejected,
    isEmpty: page.changes.length === 0,
    supplementedAtMs: settled?.supplementedAtMs,
  };
}
