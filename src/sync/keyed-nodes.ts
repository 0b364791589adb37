import type { NodeId } from '../identity/node.ts';

/** Nodes under numeric keys, 12 bytes each, so that a million of them cost 12 MB; several nodes may have one key. */
export class KeyedNodes {
  #keys = new Float64Array(64);
  #nodes = new Uint32Array(64);
  #size = 0;
  #sorted: Float64Array | undefined;

  add(key: number, node: NodeId): void {
    if (this.#size === this.#nodes.length) this.#grow();
    this.#keys[this.#size] = key;
    this.#nodes[this.#size] = node;
    this.#size++;
    this.#sorted = undefined;
  }

  /** True when some node has this key. */
  has(key: number): boolean {
    const keys = this.#inOrder();
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? 0) < key) low = middle + 1;
      else high = middle;
    }
    return keys[low] === key;
  }

  /** The nodes whose key another node has too, in the order in which they were added. */
  shared(): NodeId[] {
    const sorted = this.#inOrder();
    const keys = new Set<number>();
    for (let i = 1; i < sorted.length; i++) {
      const key = sorted[i];
      if (key !== undefined && key === sorted[i - 1]) keys.add(key);
    }
    const nodes: NodeId[] = [];
    for (let i = 0; keys.size > 0 && i < this.#size; i++) {
      if (keys.has(this.#keys[i] ?? 0)) nodes.push(this.#nodes[i] ?? 0);
    }
    return nodes;
  }

  #inOrder(): Float64Array {
    this.#sorted ??= this.#keys.slice(0, this.#size).sort();
    return this.#sorted;
  }

  #grow(): void {
    const keys = new Float64Array(this.#size * 4);
    keys.set(this.#keys);
    this.#keys = keys;
    const nodes = new Uint32Array(this.#size * 4);
    nodes.set(this.#nodes);
    this.#nodes = nodes;
  }
}
