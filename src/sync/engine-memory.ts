import type { Collection } from '../identity/change.ts';
import type { RoundMode, RoundPhase } from '../identity/round.ts';
import type { EngineOptions, EngineSettings } from './engine-options.ts';
import { progressOf } from './round-progress.ts';
import { decodeSyncState, encodeSyncState } from './state-codec.ts';
import { initialSyncState, isUntouched, type SyncEvent, type SyncState, step } from './sync-state.ts';

/**
 * What the parts of the engine share: what it works by, of which the settings may change, and where the synchronization
 * stands. The state here is that in the store, or one that claims less to be done.
 */
export class EngineMemory {
  #options: EngineOptions;
  #state: SyncState;

  constructor(options: EngineOptions) {
    this.#options = options;
    const stored = options.mirror.loadState();
    this.#state = stored === undefined ? initialSyncState : decodeSyncState(stored);
  }

  get options(): EngineOptions {
    return this.#options;
  }

  get state(): SyncState {
    return this.#state;
  }

  /** The number of the round that runs or that would be the next. */
  get round(): number {
    return this.#state.kind === 'idle' ? this.#state.lastRound + 1 : this.#state.round.number;
  }

  /** How the open round, or else the next, reads each collection. */
  get modes(): Readonly<Record<Collection, RoundMode>> {
    if (this.#state.kind !== 'idle') return this.#state.round.modes;
    const { links, query } = this.#state;
    const { feed } = this.#options;
    if (feed.listsEverything === true || query !== feed.query) return { users: 'full', groups: 'full' };
    return {
      users: links.users === null ? 'full' : 'incremental',
      groups: links.groups === null ? 'full' : 'incremental',
    };
  }

  /**
   * Whether the mirror is as of one complete reading, so that it can be published from: between rounds, and in a round that has
   * not changed anything yet, or nothing that is not published. A mirror that is half of one state and half of the next is not
   * (P2), nor is one that was never read (P1).
   */
  async isWhole(): Promise<boolean> {
    return isUntouched(this.#state) || (this.#state.kind === 'pulling' && (await this.isPublished()));
  }

  /** True when the mirror holds nothing that is not published. */
  async isPublished(): Promise<boolean> {
    const dirty = await this.#options.mirror.dirtyNodes();
    return dirty.kind === 'some' && dirty.nodes.length === 0;
  }

  /** From now on works by these settings. */
  use(settings: EngineSettings): void {
    this.#options = { ...this.#options, ...settings };
  }

  /** The event that begins a round. */
  start(full: boolean, nowMs: number): SyncEvent {
    const { query, listsEverything = false } = this.#options.feed;
    return { kind: 'start', full, listsEverything, query, nowMs };
  }

  /** Takes over a state that was stored together with something else, or that the store need not know of yet. */
  become(next: SyncState): void {
    this.#state = next;
  }

  /** Takes over the state that an event leads to, and stores it. */
  async save(event: SyncEvent): Promise<void> {
    await this.saveState(step(this.#state, event));
  }

  /** Takes over a state, and stores it. */
  async saveState(next: SyncState): Promise<void> {
    await this.#options.mirror.saveState(encodeSyncState(next));
    this.#state = next;
  }

  /** Tells how far the open round has come. */
  tell(phase: RoundPhase, entries: number): void {
    if (this.#state.kind === 'idle') return;
    this.#options.onProgress(progressOf(this.#state.round, phase, entries, this.#options.view.facts));
  }
}
