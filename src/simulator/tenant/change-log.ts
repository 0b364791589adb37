import type { ObjectId } from '../../identity/ids.ts';
import type { ObjectRef } from './population.ts';

/** One thing that happened to one object. Sequence numbers of a log begin at 1 and have no gaps. */
export type LoggedChange =
  | { readonly kind: 'created' | 'restored' | 'removed'; readonly index: number; readonly atMs: number }
  | {
      readonly kind: 'properties';
      readonly index: number;
      readonly names: readonly string[];
      readonly formerManager: ObjectId | undefined;
      readonly atMs: number;
    }
  | {
      readonly kind: 'member';
      readonly index: number;
      readonly ref: ObjectRef;
      readonly joined: boolean;
      readonly atMs: number;
    };

/** What happened to the users, or to the groups, since the simulator started, in order: the source of delta queries. */
export class ChangeLog {
  readonly #changes: LoggedChange[] = [];
  #heldAt: number | undefined;

  append(change: LoggedChange): void {
    this.#changes.push(change);
  }

  /** The sequence number of the latest change; 0 before the first. */
  get head(): number {
    return this.#changes.length;
  }

  /** Makes later changes invisible to delta queries until {@link ChangeLog.release}. */
  hold(): void {
    this.#heldAt ??= this.head;
  }

  release(): void {
    this.#heldAt = undefined;
  }

  /** The sequence number up to which delta queries see changes, given a processing delay. */
  horizon(nowMs: number, delayMs: number): number {
    let visible = this.#heldAt ?? this.head;
    if (delayMs <= 0) return visible;
    while (visible > 0 && (this.#changes[visible - 1]?.atMs ?? 0) > nowMs - delayMs) visible -= 1;
    return visible;
  }

  /** The changes with sequence numbers in (from, to]. */
  between(from: number, to: number): readonly LoggedChange[] {
    return this.#changes.slice(from, to);
  }
}
