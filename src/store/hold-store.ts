import type { HistoryEvent } from '../identity/history.ts';
import type { Danger, Hold, HoldMemory } from '../identity/hold.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';
import type { Writes } from './write-batch.ts';

/** A danger as its row of the header: how many numbers of the lists behind the header are its own. */
type Row = Omit<Danger, 'nodes' | 'lost'> & { readonly count: number; readonly lostCounts?: readonly number[] };
type Header = Omit<Hold, 'dangers'> & { readonly dangers: readonly Row[] };

const LENGTH_BYTES = 4;
const ID_BYTES = 4;

/** Adds the writes that store the engine's state, and that remember an event. */
export interface HoldStoreWrites {
  state(state: string, out: Writes): void;
  event(event: HistoryEvent, out: Writes): void;
}

/** The change that is held back, in LevelDB: one value, so that it is there whole or not at all. */
export class HoldStore implements HoldMemory {
  readonly #db: Database;
  readonly #key: Buffer;
  readonly #put: HoldStoreWrites;

  constructor(db: Database, keys: TenantKeys, put: HoldStoreWrites) {
    this.#db = db;
    this.#key = keys.text(Table.viewMeta, 'hold');
    this.#put = put;
  }

  load(): Hold | undefined {
    const bytes = this.#db.get(this.#key);
    return bytes === undefined ? undefined : decodeHold(bytes);
  }

  async save(hold: Hold, state?: string, event?: HistoryEvent): Promise<void> {
    const batch = this.#db.batch();
    this.put(hold, batch);
    if (state !== undefined) this.#put.state(state, batch);
    if (event !== undefined) this.#put.event(event, batch);
    await this.#db.write(batch, true);
  }

  /** Stores the hold with other writes. */
  put(hold: Hold, out: Writes): void {
    out.put(this.#key, encodeHold(hold));
  }

  /** Forgets the hold with other writes. */
  clear(out: Writes): void {
    out.delete(this.#key);
  }
}

/** A length, the header as JSON of that length, and then node numbers: of each danger its nodes, then what each has lost. */
export function encodeHold({ dangers, ...facts }: Hold): Buffer {
  const rows = dangers.map(({ nodes, lost, ...row }): Row => {
    const lostCounts = lost?.map((members) => members.length);
    return { ...row, count: nodes.length, ...(lostCounts && { lostCounts }) };
  });
  const header = Buffer.from(JSON.stringify({ ...facts, dangers: rows } satisfies Header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.length);
  const lists = dangers.flatMap(({ nodes, lost = [] }) => [nodes, ...lost].map(encodeNodes));
  return Buffer.concat([length, header, ...lists]);
}

/** The inverse of {@link encodeHold}. */
export function decodeHold(bytes: Buffer): Hold {
  let at = LENGTH_BYTES + bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, at)) as Header;
  const take = (count: number): Uint32Array => {
    const nodes = Uint32Array.from({ length: count }, (_, i) => bytes.readUInt32LE(at + i * ID_BYTES));
    at += count * ID_BYTES;
    return nodes;
  };
  const dangers = header.dangers.map(({ count, lostCounts, ...row }): Danger => {
    const nodes = take(count);
    return lostCounts === undefined ? { ...row, nodes } : { ...row, nodes, lost: lostCounts.map(take) };
  });
  return { ...header, dangers };
}

function encodeNodes(nodes: Uint32Array): Buffer {
  const bytes = Buffer.allocUnsafe(nodes.length * ID_BYTES);
  for (const [i, node] of nodes.entries()) bytes.writeUInt32LE(node, i * ID_BYTES);
  return bytes;
}
