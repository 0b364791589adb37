import type { ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerSpace } from '../identity/ledger.ts';
import type { Mirror, MirrorRecord } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import { assign, type NameCandidates, nameKey, type Reserved } from '../projection/naming.ts';
import type { NumberRange } from '../projection/settings.ts';
import { instant, text } from '../projection/values.ts';

interface Claim {
  readonly objectId: ObjectId;
  readonly names: NameCandidates;
  readonly createdAtMs: number;
}

/** Collects the objects that ask for a name they do not have yet, as a number each, so that a million cost 12 MB. */
export class NameClaims {
  readonly #ledger: Ledger;
  readonly #space: LedgerSpace;
  #hashes = new Float64Array(1024);
  #nodes = new Uint32Array(1024);
  #size = 0;

  constructor(ledger: Ledger, space: LedgerSpace) {
    this.#ledger = ledger;
    this.#space = space;
  }

  add(record: MirrorRecord, names: NameCandidates): void {
    const wanted = nameKey(names[0]);
    const known = this.#ledger.entry(record.objectId);
    if (known !== undefined && nameKey(known.name) === wanted) return;
    if (this.#size === this.#nodes.length) this.#grow();
    this.#hashes[this.#size] = hash53(wanted);
    this.#nodes[this.#size] = record.node;
    this.#size++;
  }

  /**
   * Gives names to those that ask for the same one, in an order that does not depend on the order of arrival: the oldest
   * object first, then the smaller object id (P5). Everybody else may then be named in any order. Yields after each of
   * them, so that others may run.
   */
  *settle(
    mirror: Mirror,
    candidates: (record: MirrorRecord) => NameCandidates | undefined,
    range: NumberRange,
    reserved: Reserved,
  ): Generator<void> {
    const claims: Claim[] = [];
    for (const node of this.#contested()) {
      const record = mirror.record(node);
      const names = record === undefined ? undefined : candidates(record);
      if (record !== undefined && names !== undefined) {
        claims.push({ objectId: record.objectId, names, createdAtMs: createdAt(record) });
      }
      yield;
    }
    claims.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.objectId < b.objectId ? -1 : 1));
    for (const { objectId, names } of claims) {
      assign(this.#ledger, this.#space, objectId, names, range, reserved);
      yield;
    }
  }

  /** The nodes whose name, or one with the same hash, another node asks for too. */
  #contested(): NodeId[] {
    const sorted = this.#hashes.slice(0, this.#size).sort();
    const shared = new Set<number>();
    for (let i = 1; i < sorted.length; i++) {
      const hash = sorted[i];
      if (hash !== undefined && hash === sorted[i - 1]) shared.add(hash);
    }
    const contested: NodeId[] = [];
    for (let i = 0; shared.size > 0 && i < this.#size; i++) {
      if (shared.has(this.#hashes[i] ?? 0)) contested.push(this.#nodes[i] ?? 0);
    }
    return contested;
  }

  #grow(): void {
    const hashes = new Float64Array(this.#size * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const nodes = new Uint32Array(this.#size * 2);
    nodes.set(this.#nodes);
    this.#nodes = nodes;
  }
}

function createdAt(record: MirrorRecord): number {
  return instant(text(record.properties, 'createdDateTime')) ?? Number.MAX_SAFE_INTEGER;
}

/** 53 bits of FNV-1a, computed as two halves. A false match costs a point read, never a wrong name. */
function hash53(value: string): number {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193) >>> 0;
    high = Math.imul(high ^ unit ^ (low >>> 7), 0x01000193) >>> 0;
  }
  return (high & 0x1f_ffff) * 0x1_0000_0000 + low;
}
