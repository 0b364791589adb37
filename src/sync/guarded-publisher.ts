import type { HistoryEvent } from '../identity/history.ts';
import type { Hold } from '../identity/hold.ts';
import type { HoldDecision } from '../identity/safety.ts';
import { SourceError } from '../identity/source-error.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { EngineSettings } from './engine-options.ts';
import { Guard } from './guard.ts';
import { OverlaidMirror } from './overlaid-mirror.ts';
import { planInputOf } from './plan-input.ts';
import { type PlanInput, type PlanReport, publish } from './publisher.ts';
import { decisionEvent } from './round-history.ts';
import { encodeSyncState } from './state-codec.ts';
import type { SyncState } from './sync-state.ts';

/** What came of a publish: it was made, or it is held back. */
export interface Publication {
  readonly report: PlanReport | undefined;
  readonly changed: boolean;
  readonly held: { readonly hold: Hold; readonly isNew: boolean } | undefined;
}

/** A publish that is asked for. */
export interface Publishing {
  /** The state after it. */
  readonly next: SyncState;
  /** See `Judged.nothingRead`. */
  readonly nothingRead: boolean;
  /** See `PublishInput.event`. */
  readonly event: (report: PlanReport) => HistoryEvent;
  readonly signal: AbortSignal;
}

/** Publishes from the mirror with the overlay over it, or holds that back when it reaches too far (P4). */
export class GuardedPublisher {
  readonly #memory: EngineMemory;
  readonly #guard: Guard;
  #overlaid: OverlaidMirror;

  constructor(memory: EngineMemory) {
    const { options } = memory;
    this.#memory = memory;
    this.#guard = new Guard(options.holds, options.safety);
    this.#overlaid = OverlaidMirror.over(options, options.projector);
  }

  /** The mirror with the overlay over it, as it was when a round or a publish began. */
  get overlaid(): OverlaidMirror {
    return this.#overlaid;
  }

  /** What is held back, or undefined. */
  get hold(): Hold | undefined {
    return this.#guard.hold;
  }

  /** True when what is published was made by other settings. */
  get planIsDue(): boolean {
    const { view, fingerprint } = this.#memory.options;
    return view.facts !== undefined && view.facts.fingerprint !== fingerprint;
  }

  /** True when publishing from what is stored would show something else, and would not just be held back again. */
  get replanIsDue(): boolean {
    const { notReady, fingerprint } = this.#memory.options;
    if (notReady !== undefined) return false;
    return this.hold === undefined ? this.planIsDue : !this.#guard.holdsBack(fingerprint);
  }

  /** From now on publishes by these settings, which are about to take the place of those in the memory. */
  use(settings: Pick<EngineSettings, 'projector' | 'safety'>): void {
    const { options } = this.#memory;
    if (settings.projector.settings.overlay !== options.projector.settings.overlay) {
      this.#overlaid = OverlaidMirror.over(options, settings.projector);
    }
    this.#guard.limit(settings.safety);
  }

  /** See {@link Guard.decide}. */
  decide(hold: number, decision: Exclude<HoldDecision, 'open'>): Promise<boolean> {
    const { clock, view } = this.#memory.options;
    const event = decisionEvent(hold, decision, clock.now(), view.facts?.publication ?? null);
    return this.#guard.decide(hold, decision, event);
  }

  /** See {@link Guard.adopt}. */
  adopt(hold: Hold): void {
    this.#guard.adopt(hold);
  }

  /** Publishes unless that is held back, and then the state is the next; undefined when there is nothing to publish. */
  async publish({ next, nothingRead, event, signal }: Publishing): Promise<Publication | undefined> {
    const { options } = this.#memory;
    if (options.notReady !== undefined) throw new SourceError('unavailable', options.notReady);
    const mirror = this.#overlaid;
    this.#tell('plan', 0);
    await mirror.refresh(signal);
    if (await this.#nothingChanged(mirror)) {
      await this.#memory.saveState(next);
      return undefined;
    }
    const state = encodeSyncState(next);
    const input = planInputOf(options, mirror, signal, (entries) => this.#tell('plan', entries));
    const held = await this.#holdBack(input, nothingRead, state);
    if (held === undefined) {
      const onProgress = (entries: number): void => this.#tell('publish', entries);
      const report = await publish({ ...input, onProgress, state, event });
      this.#guard.release();
      mirror.published();
      this.#memory.become(next);
      return { report, changed: report.changed, held: undefined };
    }
    this.#memory.become(next);
    return held;
  }

  /** Leaves what was read to the next round, which then has to look at what is held back though it reads nothing itself. */
  async leave(next: SyncState): Promise<void> {
    if (this.hold === undefined) return await this.#memory.saveState(next);
    await this.#guard.keep({ ...this.hold, basis: '' }, encodeSyncState(next));
    this.#memory.become(next);
  }

  async #nothingChanged(mirror: OverlaidMirror): Promise<boolean> {
    const { view, fingerprint } = this.#memory.options;
    const dirty = await mirror.dirtyNodes();
    if (dirty.kind === 'all' || dirty.nodes.length > 0 || this.hold !== undefined) return false;
    return !view.publishUnfinished && view.facts?.fingerprint === fingerprint;
  }

  /** Holds a publish back when it reaches too far, and stores `state`; undefined when it may be made. */
  async #holdBack(input: PlanInput, nothingRead: boolean, state: string): Promise<Publication | undefined> {
    const verdict = await this.#guard.judge(input, { round: this.#memory.round, nothingRead });
    if (verdict.kind === 'free') return undefined;
    await this.#guard.keep(verdict.hold, state);
    return { report: verdict.report, changed: false, held: verdict };
  }

  #tell(phase: 'plan' | 'publish', entries: number): void {
    this.#memory.tell(phase, entries);
  }
}
