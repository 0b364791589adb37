import type { Ledger } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import { type NameCandidates, nameKey } from '../projection/naming.ts';
import { KeyedNodes } from './keyed-nodes.ts';

/** Collects the objects that ask for a name they do not have yet. */
export class NameClaims {
  readonly #ledger: Ledger;
  readonly #claims = new KeyedNodes();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  add(record: MirrorRecord, names: NameCandidates): void {
    const wanted = nameKey(names[0]);
    const known = this.#ledger.entry(record.objectId);
    if (known === undefined || nameKey(known.name) !== wanted) this.#claims.add(hash53(wanted), record.node);
  }

  /** The nodes whose name, or one with the same hash, another node asks for too; a false match costs a point read. */
  contested(): readonly NodeId[] {
    return this.#claims.shared();
  }
}

/** 53 bits of FNV-1a, computed as two halves. */
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
