import type { NodeId } from '../identity/node.ts';
import type { Writes } from './write-batch.ts';
import { encodeSingleton } from './set-codec.ts';
import { type SetOperation, updateSet } from './set-update.ts';
import type { ViewKeys } from './view-keys.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** So many are written before others may run: one or two milliseconds. */
const POSTINGS_AT_ONCE = 512;

/** What a publish changes in the value indexes, gathered so that a posting that many entries share is rewritten once. */
export class PendingPostings {
  readonly #keys: ViewKeys;
  /**
   * By a name that `postingName` made. Nearly every value belongs to one entry, so a lone addition is its id; anything
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
    else
      this.#changes.set(
        name,
        new Map([
          [known, true],
          [id, add],
        ]),
      );
    this.#size++;
  }

  clear(): void {
    this.#changes = new Map();
    this.#size = 0;
  }

  /** Hands over the writes for a batch that holds no posting yet; yields now and then, so that others may run. */
  *flush(buffer: WriteBuffer): Generator<void> {
    const get = (key: Buffer): Buffer | undefined => buffer.stored(key);
    // Nothing reads a posting between its flush and the write of the batch.
    const out: Writes = {
      put: (key, value) => buffer.append(key, value),
      delete: (key) => buffer.delete(key),
    };
    let done = 0;
    for (const [name, change] of this.#changes) {
      const head = this.#keys.postingsHead(name);
      if (typeof change === 'number' && get(head) === undefined) out.put(head, encodeSingleton(change));
      else updateSet(get, this.#keys.postingsOfHead(head), operationsOf(change), out);
      if (++done % POSTINGS_AT_ONCE === 0) yield;
    }
    this.clear();
  }
}

function operationsOf(change: NodeId | ReadonlyMap<NodeId, boolean>): readonly SetOperation[] {
  if (typeof change === 'number') return [{ id: change, values: [] }];
  const operations = Array.from(change, ([id, add]): SetOperation => ({ id, values: add ? [] : undefined }));
  return operations.sort((a, b) => a.id - b.id);
}
