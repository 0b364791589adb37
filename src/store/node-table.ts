import type { ObjectId } from '../identity/ids.ts';
import type { NodeId } from '../identity/node.ts';

const FIRST_NODES = 1024;
/** Four words of an object id and the node. */
const WORDS = 5;

/**
 * The nodes of objects, beside the heap: 20 bytes each and 8 for finding them. A group that everybody is in names a million
 * objects, and each of them would be a read of the store.
 */
export class NodeTable {
  readonly #nodesMax: number;
  readonly #sought = new Uint32Array(WORDS - 1);
  #entries = new Uint32Array(FIRST_NODES * WORDS);
  #slots = new Uint32Array(FIRST_NODES * 2);
  #size = 0;
  #isComplete: boolean;

  /** Forgets everything when there would be more than `nodesMax`. `isComplete`: no object has a node yet. */
  constructor(nodesMax: number, isComplete: boolean) {
    this.#nodesMax = nodesMax;
    this.#isComplete = isComplete;
  }

  /** True while the table knows every object that has a node. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get(objectId: ObjectId): NodeId | undefined {
    const entry = (this.#slots[this.#slotOf(objectId)] ?? 0) - 1;
    return entry < 0 ? undefined : this.#entries[entry * WORDS + WORDS - 1];
  }

  set(objectId: ObjectId, node: NodeId): void {
    if (this.#size >= this.#nodesMax) this.clear();
    if ((this.#size + 1) * WORDS > this.#entries.length) this.#grow();
    const slot = this.#slotOf(objectId);
    let entry = (this.#slots[slot] ?? 0) - 1;
    if (entry < 0) {
      entry = this.#size++;
      this.#slots[slot] = this.#size;
      this.#entries.set(this.#sought, entry * WORDS);
    }
    this.#entries[entry * WORDS + WORDS - 1] = node;
  }

  /** Forgets all nodes, and gives their memory back. */
  clear(): void {
    // Of what it has forgotten it cannot say that it has no node.
    if (this.#size > 0) this.#isComplete = false;
    this.#size = 0;
    this.#entries = new Uint32Array(FIRST_NODES * WORDS);
    this.#slots = new Uint32Array(FIRST_NODES * 2);
  }

  /** Where an object is, or would be; leaves its words in `#sought`. */
  #slotOf(objectId: ObjectId): number {
    const sought = this.#sought;
    readWords(objectId, sought);
    const mask = this.#slots.length - 1;
    for (let slot = hashWords(sought) & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0 || this.#holds(entry * WORDS, sought)) return slot;
    }
  }

  #holds(at: number, words: Uint32Array): boolean {
    for (let i = 0; i < words.length; i++) if (this.#entries[at + i] !== words[i]) return false;
    return true;
  }

  #grow(): void {
    const entries = new Uint32Array(this.#entries.length * 2);
    entries.set(this.#entries);
    this.#entries = entries;
    const slots = new Uint32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = hashWords(entries.subarray(entry * WORDS, entry * WORDS + WORDS - 1)) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

/** The 32 digits of an object id as four words. */
function readWords(objectId: ObjectId, words: Uint32Array): void {
  let digits = 0;
  let word = 0;
  for (let i = 0; i < objectId.length; i++) {
    const unit = objectId.charCodeAt(i);
    // A hyphen; digits are 0x30 to 0x39, and letters are lower-case, 0x61 to 0x66.
    if (unit === 0x2d) continue;
    word = (word << 4) | (unit < 0x40 ? unit - 0x30 : unit - 0x57);
    if (++digits % 8 === 0) words[digits / 8 - 1] = word;
  }
}

function hashWords(words: Uint32Array): number {
  let hash = 0;
  for (const word of words) hash = Math.imul(hash ^ word ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
