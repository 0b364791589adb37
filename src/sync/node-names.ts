import { type NodeId, nodeKind, nodeRange } from '../identity/node.ts';

const LENGTH_BYTES = 2;

/**
 * Names of users and groups: 4 bytes a node and the name in UTF-8, 16 MB for a million users. With them members are named
 * without asking the store once for each membership.
 */
export class NodeNames {
  #bytes = Buffer.allocUnsafe(4096);
  /** Where the next name goes; 0 stands for no name. */
  #end = 1;
  #users: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  #groups: Uint32Array<ArrayBuffer> = new Uint32Array(1024);

  /** Names a node; a name that it had takes up its space still. */
  set(node: NodeId, name: string): void {
    const kind = nodeKind(node);
    if (kind === 'user') this.#users = put(this.#users, node - nodeRange('user').from, this.#end);
    else if (kind === 'group') this.#groups = put(this.#groups, node - nodeRange('group').from, this.#end);
    else return;
    const length = Buffer.byteLength(name);
    this.#reserve(LENGTH_BYTES + length);
    this.#bytes.writeUInt16LE(length, this.#end);
    this.#bytes.write(name, this.#end + LENGTH_BYTES);
    this.#end += LENGTH_BYTES + length;
  }

  get(node: NodeId): string | undefined {
    const start = this.#start(node);
    if (start === 0) return undefined;
    const from = start + LENGTH_BYTES;
    return this.#bytes.toString('utf8', from, from + this.#bytes.readUInt16LE(start));
  }

  #start(node: NodeId): number {
    const kind = nodeKind(node);
    if (kind === 'user') return this.#users[node - nodeRange('user').from] ?? 0;
    return kind === 'group' ? (this.#groups[node - nodeRange('group').from] ?? 0) : 0;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#end + length, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

function put(starts: Uint32Array<ArrayBuffer>, at: number, value: number): Uint32Array<ArrayBuffer> {
  let grown = starts;
  if (at >= starts.length) {
    grown = new Uint32Array(Math.max(at + 1, starts.length * 2));
    grown.set(starts);
  }
  grown[at] = value;
  return grown;
}
