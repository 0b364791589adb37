import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { MirrorReader } from '../identity/mirror.ts';
import { type NodeId, nodeKind, nodeRange } from '../identity/node.ts';
import type { MembershipGraph } from '../projection/membership.ts';

const NONE = new Uint32Array();

/** Edges that are sorted into rows before others may run: about one millisecond. */
const EDGES_AT_ONCE = 100_000;

/** Adjacency of one kind of node in compressed rows: 4 bytes a node and 4 an edge. */
class Rows {
  readonly #from: NodeId;
  readonly #offsets: Uint32Array;
  readonly #ends: Uint32Array;

  private constructor(from: NodeId, offsets: Uint32Array, ends: Uint32Array) {
    this.#from = from;
    this.#offsets = offsets;
    this.#ends = ends;
  }

  /** `starts` and `ends` are parallel; only starts of this kind are taken, in any order. */
  static async build(kind: 'user' | 'group', starts: Uint32Array, ends: Uint32Array): Promise<Rows> {
    const { from, to } = nodeRange(kind);
    let last = from - 1;
    for (const start of starts) if (start <= to && start > last) last = start;
    const size = last - from + 1;
    const offsets = new Uint32Array(size + 1);
    for (let i = 0; i < starts.length; i++) {
      const row = (starts[i] ?? 0) - from + 1;
      if (row > 0 && row <= size) offsets[row] = (offsets[row] ?? 0) + 1;
      if (i % EDGES_AT_ONCE === 0) await letOthersRun();
    }
    for (let i = 1; i < offsets.length; i++) offsets[i] = (offsets[i] ?? 0) + (offsets[i - 1] ?? 0);
    const next = offsets.slice(0, size);
    const rows = new Uint32Array(offsets[size] ?? 0);
    for (let i = 0; i < starts.length; i++) {
      const row = (starts[i] ?? 0) - from;
      if (i % EDGES_AT_ONCE === 0) await letOthersRun();
      if (row < 0 || row >= size) continue;
      const at = next[row] ?? 0;
      rows[at] = ends[i] ?? 0;
      next[row] = at + 1;
    }
    return new Rows(from, offsets, rows);
  }

  row(node: NodeId): Uint32Array {
    const row = node - this.#from;
    return row + 1 >= this.#offsets.length ? NONE : this.#ends.subarray(this.#offsets[row], this.#offsets[row + 1]);
  }
}

/** All memberships of a tenant in memory, for a plan that looks at everybody: about 16 bytes a membership. */
export class MemoryGraph implements MembershipGraph {
  readonly #members: Rows;
  readonly #groupsOfUsers: Rows;
  readonly #groupsOfGroups: Rows;

  private constructor(members: Rows, groupsOfUsers: Rows, groupsOfGroups: Rows) {
    this.#members = members;
    this.#groupsOfUsers = groupsOfUsers;
    this.#groupsOfGroups = groupsOfGroups;
  }

  static async load(mirror: MirrorReader, signal: AbortSignal): Promise<MemoryGraph> {
    let groups: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
    let members: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
    let size = 0;
    for await (const block of mirror.edges()) {
      signal.throwIfAborted();
      const needed = size + block.groups.length;
      if (needed > groups.length) {
        groups = grow(groups, needed);
        members = grow(members, needed);
      }
      groups.set(block.groups, size);
      members.set(block.members, size);
      size = needed;
    }
    groups = groups.subarray(0, size);
    members = members.subarray(0, size);
    // The edges come ordered by group and then member, and the rows keep that order, so both directions are ascending.
    return new MemoryGraph(
      await Rows.build('group', groups, members),
      await Rows.build('user', members, groups),
      await Rows.build('group', members, groups),
    );
  }

  membersOf(group: NodeId): Uint32Array {
    return this.#members.row(group);
  }

  groupsOf(member: NodeId): Uint32Array {
    return (nodeKind(member) === 'user' ? this.#groupsOfUsers : this.#groupsOfGroups).row(member);
  }
}

function grow(array: Uint32Array, needed: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(Math.max(needed, array.length * 2));
  grown.set(array);
  return grown;
}
