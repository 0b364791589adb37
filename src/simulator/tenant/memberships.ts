import type { ObjectRef, Population } from './population.ts';

interface GroupOverlay {
  /** Members of the population that have left. */
  readonly left: Set<ObjectRef>;
  /** Members that joined later, in order; a hole marks one that has left again, so that positions stay stable. */
  readonly joined: (ObjectRef | undefined)[];
  readonly positions: Map<ObjectRef, number>;
}

/** Direct membership edges. Positions never move, so that a cursor survives joins and leaves between two pages. */
export class Memberships {
  readonly #base: Population;
  readonly #baseGroups: number;
  readonly #overlays = new Map<number, GroupOverlay>();
  readonly #joinedGroups = new Map<ObjectRef, Set<number>>();

  constructor(base: Population) {
    this.#base = base;
    this.#baseGroups = base.groups.count;
  }

  /** One past the last position of the group's members. */
  end(group: number): number {
    return this.#baseCount(group) + (this.#overlays.get(group)?.joined.length ?? 0);
  }

  /** The member at a position, or undefined when it has left. */
  at(group: number, position: number): ObjectRef | undefined {
    const baseCount = this.#baseCount(group);
    const overlay = this.#overlays.get(group);
    if (position >= baseCount) return overlay?.joined[position - baseCount];
    const ref = this.#base.member(group, position);
    return overlay?.left.has(ref) === true ? undefined : ref;
  }

  has(group: number, ref: ObjectRef): boolean {
    const overlay = this.#overlays.get(group);
    if (overlay?.positions.has(ref) === true) return true;
    return this.#isBaseMember(group, ref) && overlay?.left.has(ref) !== true;
  }

  /** Returns false when the membership existed already. */
  add(group: number, ref: ObjectRef): boolean {
    if (this.has(group, ref)) return false;
    const overlay = this.#overlay(group);
    if (overlay.left.delete(ref)) return true;
    overlay.positions.set(ref, overlay.joined.length);
    overlay.joined.push(ref);
    const groups = this.#joinedGroups.get(ref) ?? new Set<number>();
    this.#joinedGroups.set(ref, groups.add(group));
    return true;
  }

  /** Returns false when there was no such membership. */
  remove(group: number, ref: ObjectRef): boolean {
    if (!this.has(group, ref)) return false;
    const overlay = this.#overlay(group);
    const position = overlay.positions.get(ref);
    if (position === undefined) {
      overlay.left.add(ref);
      return true;
    }
    overlay.joined[position] = undefined;
    overlay.positions.delete(ref);
    this.#joinedGroups.get(ref)?.delete(group);
    return true;
  }

  *members(group: number): Generator<ObjectRef> {
    const end = this.end(group);
    for (let position = 0; position < end; position += 1) {
      const ref = this.at(group, position);
      if (ref !== undefined) yield ref;
    }
  }

  /** The groups that have the object as a direct member, whatever the state of those groups. */
  groupsOf(ref: ObjectRef): number[] {
    const base = this.#base.groupsOf(ref).filter((group) => this.#overlays.get(group)?.left.has(ref) !== true);
    return [...base, ...(this.#joinedGroups.get(ref) ?? [])];
  }

  #baseCount(group: number): number {
    return group < this.#baseGroups ? this.#base.memberCount(group) : 0;
  }

  #isBaseMember(group: number, ref: ObjectRef): boolean {
    return group < this.#baseGroups && this.#base.isMember(group, ref);
  }

  #overlay(group: number): GroupOverlay {
    const known = this.#overlays.get(group);
    if (known !== undefined) return known;
    const overlay: GroupOverlay = { left: new Set(), joined: [], positions: new Map() };
    this.#overlays.set(group, overlay);
    return overlay;
  }
}
