import type { HistoryEvent } from './history.ts';
import type { DangerKind, HoldReport } from './safety.ts';

/** Who is concerned by a change that is held back. The lists are as long as `nodes` and in its order. */
export interface Danger {
  readonly kind: DangerKind;
  readonly total: number;
  readonly limit: number;
  /** Ascending. */
  readonly nodes: Uint32Array;
  /** The names that renamed ones would get. */
  readonly names?: readonly string[];
  /** The members that shrinking groups would lose, ascending. */
  readonly lost?: readonly Uint32Array[];
}

/** A change that is held back, with everybody whom it concerns. */
export interface Hold extends Omit<HoldReport, 'dangers'> {
  /** Identifies the settings and the limits that it was judged by; empty when it has to be judged again. */
  readonly basis: string;
  readonly dangers: readonly Danger[];
}

/** Where the change that is held back is remembered. */
export interface HoldMemory {
  load(): Hold | undefined;
  /**
   * Remembers a hold in the place of another. `state` is stored as the sync engine's state, and `event` in the history, in the
   * same atomic batch.
   */
  save(hold: Hold, state?: string, event?: HistoryEvent): Promise<void>;
}
