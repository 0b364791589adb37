import type { Mirror } from '../identity/mirror.ts';
import { type NodeId, nodeKind, nodeRange } from '../identity/node.ts';
import type { MembershipGraph } from '../projection/membership.ts';

const NONE = new Uint32Array();

/** Adjacency of one kind of node in compressed rows: 4 bytes a node and 4 an edge. */
class Rows {
  readonly #from: NodeId;
  readonly #offsets: Uint32Array;
  readonly #ends: Uint32Array;

  /** `starts` and `ends` are parallel; only starts of this kind are taken, in any order. */
  constructor(kind: 'user' | 'group', starts: Uint32Array, ends: Uint32Array) {
    this.#from = nodeRange(kind).from;
    let size = 0;
    for (const start of starts) if (nodeKind(start) === kind) size = Math.max(size, start - this.#from + 1);
    const offsets = new Uint32Array(size + 1);
    for (const start of starts) {
      if (nodeKind(start) !== kind) continue;
      const row = start - this.#from + 1;
      offsets[row] = (offsets[row] ?? 0) + 1;
    }
    for (let i = 1; i < offsets.length; i++) offsets[i] = (offsets[i] ?? 0) + (offsets[i - 1] ?? 0);
    const next = offsets.slice(0, size);
    this.#ends = new Uint32Array(offsets[size] ?? 0);
    for (const [i, start] of starts.entries()) {
      if (nodeKind(start) !== kind) continue;
      const row = start - this.#from;
      const at = next[row] ?? 0;
      this.#ends[at] = ends[i] ?? 0;
      next[row] = at + 1;
    }
    this.#offsets = offsets;
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

  private constructor(groups: Uint32Array, members: Uint32Array) {
    // The edges come ordered by group and then member, and the rows keep that order, so both directions are ascending.
    this.#members = new Rows('group', groups, members);
    this.#groupsOfUsers = new Rows('user', members, groups);
    this.#groupsOfGroups = new Rows('group', members, groups);
  }

  static async load(mirror: Mirror, signal: AbortSignal): Promise<MemoryGraph> {
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
    return new MemoryGraph(groups.subarray(0, size), members.subarray(0, size));
  }

  membersOf(group: NodeId): Promise<Uint32Array> {
    return Promise.resolve(this.#members.row(group));
  }

  groupsOf(member: NodeId): Promise<Uint32Array> {
    return Promise.resolve((nodeKind(member) === 'user' ? this.#groupsOfUsers : this.#groupsOfGroups).row(member));
  }
}

function grow(array: Uint32Array, needed: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(Math.max(needed, array.length * 2));
  grown.set(array);
  return grown;
}
