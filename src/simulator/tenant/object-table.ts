import type { GraphProperties, GraphValue } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import type { BaseTable } from './population.ts';

/** `softDeleted` objects can be restored for 30 days; `purged` ones are gone for ever and their ids are not reused. */
export type ObjectState = 'live' | 'softDeleted' | 'purged';

interface Overlay {
  readonly id: ObjectId;
  record: GraphProperties;
  state: ObjectState;
  deletedAtMs: number | undefined;
}

/** The users, or the groups, of a tenant: the population's objects with every later change laid over them. */
export class ObjectTable {
  readonly #base: BaseTable;
  readonly #overlays = new Map<number, Overlay>();
  readonly #added = new Map<ObjectId, number>();
  #count: number;
  #liveCount = 0;

  constructor(base: BaseTable) {
    this.#base = base;
    this.#count = base.count;
    for (let index = 0; index < base.count; index += 1) if (base.deletedAtMs(index) === undefined) this.#liveCount += 1;
  }

  /** One past the highest index ever given; indexes are not reused. */
  get count(): number {
    return this.#count;
  }

  get liveCount(): number {
    return this.#liveCount;
  }

  id(index: number): ObjectId {
    return this.#overlays.get(index)?.id ?? this.#base.id(index);
  }

  /** The index of an object id, whatever its state, or -1. */
  indexOf(id: ObjectId): number {
    return this.#added.get(id) ?? this.#base.indexOf(id);
  }

  /** The properties: a missing key was never set, a null was cleared. */
  record(index: number): GraphProperties {
    return this.#overlays.get(index)?.record ?? this.#base.record(index);
  }

  state(index: number): ObjectState {
    const overlay = this.#overlays.get(index);
    if (overlay !== undefined) return overlay.state;
    return this.#base.deletedAtMs(index) === undefined ? 'live' : 'softDeleted';
  }

  deletedAtMs(index: number): number | undefined {
    const overlay = this.#overlays.get(index);
    return overlay === undefined ? this.#base.deletedAtMs(index) : overlay.deletedAtMs;
  }

  add(id: ObjectId, record: GraphProperties): number {
    const index = this.#count;
    this.#count += 1;
    this.#overlays.set(index, { id, record, state: 'live', deletedAtMs: undefined });
    this.#added.set(id, index);
    this.#liveCount += 1;
    return index;
  }

  /** Lays `patch` over the record and returns the names whose value really changed. */
  update(index: number, patch: GraphProperties): string[] {
    const overlay = this.#overlay(index);
    const changed = Object.keys(patch).filter((name) => !sameValue(overlay.record[name], patch[name]));
    if (changed.length > 0) overlay.record = { ...overlay.record, ...patch };
    return changed;
  }

  setState(index: number, state: ObjectState, atMs: number): void {
    const overlay = this.#overlay(index);
    if (overlay.state === 'live') this.#liveCount -= 1;
    if (state === 'live') this.#liveCount += 1;
    overlay.state = state;
    overlay.deletedAtMs = state === 'live' ? undefined : atMs;
  }

  /** Indexes of the changed and added objects: where a search by a changeable key has to look beside the population. */
  overlaid(): Iterable<number> {
    return this.#overlays.keys();
  }

  #overlay(index: number): Overlay {
    const known = this.#overlays.get(index);
    if (known !== undefined) return known;
    const overlay: Overlay = {
      id: this.#base.id(index),
      record: this.#base.record(index),
      state: this.state(index),
      deletedAtMs: this.#base.deletedAtMs(index),
    };
    this.#overlays.set(index, overlay);
    return overlay;
  }
}

function sameValue(left: GraphValue | undefined, right: GraphValue | undefined): boolean {
  return left === right || (left !== undefined && JSON.stringify(left) === JSON.stringify(right));
}
