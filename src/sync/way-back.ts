import { AdminRefusal } from '../identity/admin.ts';
import type { HistoryCause } from '../identity/history.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan } from '../identity/rollback.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { GuardedPublisher } from './guarded-publisher.ts';
import { planRollback, returnPoints, type RollbackInput, rollBack } from './rollback.ts';
import { rollbackEvent } from './round-history.ts';
import { encodeSyncState } from './state-codec.ts';

/** Shows earlier publications again, in the place of what the engine has published. */
export class WayBack {
  readonly #memory: EngineMemory;
  readonly #publisher: GuardedPublisher;

  constructor(memory: EngineMemory, publisher: GuardedPublisher) {
    this.#memory = memory;
    this.#publisher = publisher;
  }

  /** The publications that can be returned to. */
  points(): Promise<ReturnPoints> {
    return returnPoints(this.#memory.options.view);
  }

  /**
   * What going back to a publication, or to the one before, would change. Changes nothing.
   *
   * @throws AdminRefusal when it cannot be done
   */
  async plan(to: number | null, itemsMax: number, signal: AbortSignal): Promise<RollbackPlan> {
    return await planRollback(await this.#input(signal), to, itemsMax);
  }

  /**
   * Shows an earlier publication again; what is taken back is held back until it is approved.
   *
   * @throws AdminRefusal when it cannot be done; nothing is changed then
   */
  async take(to: number | null, by: HistoryCause, signal: AbortSignal): Promise<RollbackOutcome> {
    const input = await this.#input(signal);
    const { outcome, hold } = await rollBack(input, to, {
      state: encodeSyncState(this.#memory.state),
      hold: Math.max(this.#memory.round, (this.#publisher.hold?.hold ?? 0) + 1),
      event: (made) => rollbackEvent(made, by, input.nowMs),
    });
    this.#publisher.adopt(hold);
    return outcome;
  }

  /** Finishes the way back that an earlier process, or an attempt that failed, had begun; false when there is none to finish. */
  async finish(signal: AbortSignal): Promise<boolean> {
    const to = this.#memory.options.view.unfinishedRollback;
    if (to === undefined) return false;
    try {
      await this.take(to, 'recovery', signal);
      return true;
    } catch (error) {
      if (!(error instanceof AdminRefusal)) throw error;
      // What it takes is not remembered any more: the next publish shows what the tenant says instead.
      return false;
    }
  }

  async #input(signal: AbortSignal): Promise<RollbackInput> {
    const { overlaid: mirror } = this.#publisher;
    await mirror.refresh(signal);
    const { view, projector, clock } = this.#memory.options;
    return { view, mirror, projector, nowMs: clock.now(), signal };
  }
}
