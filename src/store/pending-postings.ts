import type { NodeId } from '../identity/node.ts';
import type { ViewKeys } from './view-keys.ts';
import { type Get, type SetOperation, updateSet } from './stored-set.ts';
import type { Writes } from './database.ts';

/** What a publish changes in the value indexes, gathered so that a posting that many entries share is rewritten once. */
export class PendingPostings {
  readonly #keys: ViewKeys;
  /**
   * By a name that {@link postingName} made. Nearly every value belongs to one entry, so a lone addition is its id; anything
   * else is a map from id to whether it is added.
   */
  #changes = new Map<string, NodeId | Map<NodeId, boolean>>();
  #size = 0;

  constructor(keys: ViewKeys) {
    this.#keys = keys;
  }

  /** How many changes wait. */
  get size(): number {
    return this.#size;
  }

  change(name: string, id: NodeId, add: boolean): void {
    const known = this.#changes.get(name);
    if (known === undefined) this.#changes.set(name, add ? id : new Map([[id, false]]));
    else if (typeof known !== 'number') known.set(id, add);
    else this.#changes.set(name, new Map([[known, true], [id, add]]));
    this.#size++;
  }

  clear(): void {
    this.#changes = new Map();
    this.#size = 0;
  }

  /** Hands over the writes; yields now and then, so that others may run. */
  *flush(get: Get, out: Writes): Generator<void> {
    let done = 0;
    for (const [name, change] of this.#changes) {
      updateSet(get, this.#keys.postingsOfName(Buffer.from(name, 'latin1')), operationsOf(change), out);
      if (++done % 256 === 0) yield;
    }
    this.clear();
  }
}

function operationsOf(change: NodeId | ReadonlyMap<NodeId, boolean>): readonly SetOperation[] {
  if (typeof change === 'number') return [{ id: change, values: [] }];
  const operations = Array.from(change, ([id, add]): SetOperation => ({ id, values: add ? [] : undefined }));
  return operations.sort((a, b) => a.id - b.id);
}
