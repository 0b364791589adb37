import { type NodeId, nodeKind, nodeRange } from '../identity/node.ts';

/** A set of user and group nodes, one byte each up to the largest: for sets that hold most of a tenant. */
export class NodeSet {
  #users: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  #groups: Uint8Array<ArrayBuffer> = new Uint8Array(1024);

  add(node: NodeId): void {
    const kind = nodeKind(node);
    if (kind === 'user') this.#users = put(this.#users, node - nodeRange('user').from);
    else if (kind === 'group') this.#groups = put(this.#groups, node - nodeRange('group').from);
  }

  has(node: NodeId): boolean {
    const kind = nodeKind(node);
    if (kind === 'user') return this.#users[node - nodeRange('user').from] === 1;
    return kind === 'group' && this.#groups[node - nodeRange('group').from] === 1;
  }

  /** How many nodes of one kind it holds. */
  size(kind: 'user' | 'group'): number {
    let size = 0;
    for (const mark of kind === 'user' ? this.#users : this.#groups) size += mark;
    return size;
  }

  /** The nodes of one kind, ascending. */
  *of(kind: 'user' | 'group'): Generator<NodeId> {
    const marks = kind === 'user' ? this.#users : this.#groups;
    const { from } = nodeRange(kind);
    for (let i = 0; i < marks.length; i++) if (marks[i] === 1) yield from + i;
  }
}

function put(marks: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  let grown = marks;
  if (at >= marks.length) {
    grown = new Uint8Array(Math.max(at + 1, marks.length * 2));
    grown.set(marks);
  }
  grown[at] = 1;
  return grown;
}
