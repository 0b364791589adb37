import type { NodeId } from '../identity/node.ts';
import { ByteTable } from './byte-table.ts';
import { writeSingleton, singletonBytes } from './set-codec.ts';
import { type SetOperation, updateSet } from './set-update.ts';
import type { ViewKeys } from './view-keys.ts';
import type { Writes } from './write-batch.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** So many are written before others may run: half a millisecond. */
const POSTINGS_AT_ONCE = 128;
/** The key of this number has changes of several entries, or a removal. */
const SEVERAL = 0;

/** What a publish changes in the value indexes, gathered so that a posting that many entries share is rewritten once. */
export class PendingPostings {
  readonly #keys: ViewKeys;
  readonly #heads = new ByteTable();
  /** Nearly every value belongs to one entry, so a lone addition is its id; no entry has the id 0. */
  #ids = new Uint32Array(1024);
  /** By the number of the head, whether each id is added. */
  #several = new Map<number, Map<NodeId, boolean>>();
  #size = 0;

  constructor(keys: ViewKeys) {
    this.#keys = keys;
  }

  /** How many changes wait. */
  get size(): number {
    return this.#size;
  }

  /** Notes a change of the postings whose head has the first `length` bytes of `head` as its key. */
  change(head: Uint8Array, length: number, id: NodeId, add: boolean): void {
    const before = this.#heads.size;
    const entry = this.#heads.add(head, length);
    this.#size++;
    if (entry === before) {
      this.#put(entry, add ? id : SEVERAL);
      if (!add) this.#several.set(entry, new Map([[id, false]]));
      return;
    }
    const known = this.#ids[entry] ?? SEVERAL;
    if (known === SEVERAL) this.#several.get(entry)?.set(id, add);
    else if (known !== id || !add) {
      this.#put(entry, SEVERAL);
      this.#several.set(entry, new Map([[known, true]]).set(id, add));
    }
  }

  clear(): void {
    this.#heads.clear();
    this.#several = new Map();
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
    const singleton = Buffer.alloc(singletonBytes);
    for (let entry = 0; entry < this.#heads.size; entry++) {
      const head = this.#heads.key(entry);
      const id = this.#ids[entry] ?? SEVERAL;
      if (id !== SEVERAL && buffer.stored(head, this.#heads.hash(entry)) === undefined) {
        writeSingleton(singleton, id);
        buffer.append(head, singleton, this.#heads.hash(entry));
      } else {
        updateSet(get, this.#keys.postingsOfHead(head), this.#operations(entry, id), out);
      }
      if ((entry + 1) % POSTINGS_AT_ONCE === 0) yield;
    }
    this.clear();
  }

  #operations(entry: number, id: NodeId): readonly SetOperation[] {
    if (id !== SEVERAL) return [{ id, values: [] }];
    const operations = Array.from(
      this.#several.get(entry) ?? [],
      ([node, add]): SetOperation => ({ id: node, values: add ? [] : undefined }),
    );
    return operations.sort((a, b) => a.id - b.id);
  }

  #put(entry: number, id: NodeId): void {
    if (entry >= this.#ids.length) {
      const grown = new Uint32Array(this.#ids.length * 2);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    this.#ids[entry] = id;
  }
}
