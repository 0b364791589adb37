import type { EdgeBlock } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';

/** A group with further members, ascending. */
export type EdgeRow = readonly [group: NodeId, members: Uint32Array];

/** Edges in the order of group and member with further ones put in where they belong, each edge once. */
export async function* mergeEdges(
  edges: AsyncIterable<EdgeBlock>,
  rows: readonly EdgeRow[],
): AsyncGenerator<EdgeBlock> {
  const extra = new EdgeQueue(rows);
  for await (const { groups, members } of edges) {
    const out: { groups: NodeId[]; members: NodeId[] } = { groups: [], members: [] };
    for (const [i, group] of groups.entries()) {
      const member = members[i] ?? 0;
      extra.takeBefore(group, member, out);
      out.groups.push(group);
      out.members.push(member);
    }
    yield { groups: Uint32Array.from(out.groups), members: Uint32Array.from(out.members) };
  }
  const rest: { groups: NodeId[]; members: NodeId[] } = { groups: [], members: [] };
  extra.takeBefore(Number.POSITIVE_INFINITY, 0, rest);
  if (rest.groups.length > 0) yield { groups: Uint32Array.from(rest.groups), members: Uint32Array.from(rest.members) };
}

/** Edges that wait for their place. */
class EdgeQueue {
  readonly #rows: readonly EdgeRow[];
  #row = 0;
  #at = 0;

  constructor(rows: readonly EdgeRow[]) {
    this.#rows = rows;
  }

  /** Moves the edges before this one; one that is equal to it is dropped. */
  takeBefore(group: NodeId, member: NodeId, out: { groups: NodeId[]; members: NodeId[] }): void {
    for (;;) {
      const [extraGroup, extraMembers] = this.#rows[this.#row] ?? [];
      if (extraGroup === undefined || extraMembers === undefined || extraGroup > group) return;
      const next = extraMembers[this.#at];
      if (next === undefined) {
        this.#row++;
        this.#at = 0;
        continue;
      }
      if (extraGroup === group && next > member) return;
      this.#at++;
      if (extraGroup === group && next === member) return;
      out.groups.push(extraGroup);
      out.members.push(next);
    }
  }
}
