/**
 * What has happened, in LevelDB: number (6 bytes) → the entry as JSON without its number. The newest line is put again when the
 * next event says the same, so that a quiet year does not push out the one round that mattered.
 */
import type { History, HistoryEntry, HistoryEvent, HistoryRequest } from '../identity/history.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';
import type { Writes } from './write-batch.ts';

/** What is kept; the oldest lines make room. */
export interface HistoryLimits {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

type Stored = Omit<HistoryEntry, 'number'>;

const NUMBER_BYTES = 6;
const KEY_BYTES = 2 + NUMBER_BYTES;
const BLOCK = 1000;

/** The history of one tenant. One writer at a time, as for the view. */
export class HistoryStore implements History {
  readonly #db: Database;
  readonly #keys: TenantKeys;
  readonly #limits: HistoryLimits;
  /** The lengths of all lines, the oldest first. */
  readonly #sizes: number[];
  #bytes: number;
  #first: number;
  #newest: HistoryEntry | undefined;

  /** Opens the history that the database holds. */
  static async open(db: Database, keys: TenantKeys, limits: HistoryLimits): Promise<HistoryStore> {
    const history = new HistoryStore(db, keys, limits);
    await history.#load();
    return history;
  }

  private constructor(db: Database, keys: TenantKeys, limits: HistoryLimits) {
    this.#db = db;
    this.#keys = keys;
    this.#limits = limits;
    this.#sizes = [];
    this.#bytes = 0;
    this.#first = 1;
  }

  async #load(): Promise<void> {
    let last: [Buffer, Buffer] | undefined;
    for await (const block of this.#db.entries(this.#keys.table(Table.history), BLOCK)) {
      if (last === undefined) this.#first = numberOf(block[0]?.[0]) ?? 1;
      for (const [, value] of block) this.#count(value);
      last = block.at(-1) ?? last;
    }
    if (last !== undefined) this.#newest = decode(last[0], last[1]);
  }

  async add(event: HistoryEvent): Promise<void> {
    const batch = this.#db.batch();
    this.put(event, batch);
    await this.#db.write(batch, false);
  }

  /** Remembers an event with other writes. They must be made, or the process end: what is kept is counted at once. */
  put(event: HistoryEvent, out: Writes): void {
    const { last, next } = this.#follow(event);
    const bytes = Buffer.from(JSON.stringify(withoutNumber(next)));
    if (last) this.#bytes -= this.#sizes.pop() ?? 0;
    out.put(this.#key(next.number), bytes);
    this.#count(bytes);
    this.#newest = next;
    const { entriesMax, bytesMax } = this.#limits;
    while (this.#sizes.length > 1 && (this.#sizes.length > entriesMax || this.#bytes > bytesMax)) {
      out.delete(this.#key(this.#first++));
      this.#bytes -= this.#sizes.shift() ?? 0;
    }
  }

  /** The line that an event becomes: the newest once more when it says the same, or one of its own. */
  #follow(event: HistoryEvent): { readonly last: boolean; readonly next: HistoryEntry } {
    const newest = this.#newest;
    const untilMs = event.atMs + event.durationMs;
    if (newest !== undefined && saysTheSame(newest, event)) {
      const { durationMs, round, users, groups } = event;
      return { last: true, next: { ...newest, durationMs, round, users, groups, times: newest.times + 1, untilMs } };
    }
    return { last: false, next: { ...event, number: (newest?.number ?? 0) + 1, times: 1, untilMs } };
  }

  async *entries({ sinceMs, outcome, kind, limit }: HistoryRequest): AsyncGenerator<HistoryEntry> {
    let left = limit;
    // The newest come first, in blocks from the end, so that no more is read than is asked for.
    for (let to = this.#first + this.#sizes.length; to > this.#first && left > 0; to -= BLOCK) {
      const bounds = { gte: this.#key(Math.max(this.#first, to - BLOCK)), lt: this.#key(to) };
      const lines: HistoryEntry[] = [];
      for await (const block of this.#db.entries(bounds, BLOCK)) {
        for (const [key, value] of block) lines.push(decode(key, value));
      }
      for (const line of lines.toReversed()) {
        if (sinceMs !== null && line.untilMs < sinceMs) return;
        if (outcome !== null && line.outcome !== outcome) continue;
        if (kind !== null && line.kind !== kind) continue;
        if (left-- <= 0) return;
        yield line;
      }
    }
  }

  #count(value: Buffer): void {
    const size = KEY_BYTES + value.length;
    this.#sizes.push(size);
    this.#bytes += size;
  }

  #key(number: number): Buffer {
    const own = Buffer.allocUnsafe(NUMBER_BYTES);
    own.writeUIntBE(number, 0, NUMBER_BYTES);
    return this.#keys.bytes(Table.history, own);
  }
}

function numberOf(key: Buffer | undefined): number | undefined {
  return key?.readUIntBE(2, NUMBER_BYTES);
}

function decode(key: Buffer, value: Buffer): HistoryEntry {
  return { number: numberOf(key) ?? 0, ...(JSON.parse(value.toString()) as Stored) };
}

function withoutNumber({ number: _number, ...stored }: HistoryEntry): Stored {
  return stored;
}

/** Quiet rounds, rounds that leave held back what was, and failures for the same reason. */
function saysTheSame(newest: HistoryEntry, event: HistoryEvent): boolean {
  if (event.kind !== 'round' || !['unchanged', 'held', 'failed'].includes(event.outcome)) return false;
  const same = (['kind', 'outcome', 'by', 'publication', 'hold', 'note'] as const).every(
    (key) => newest[key] === event[key],
  );
  return same && newest.users?.mode === event.users?.mode && newest.groups?.mode === event.groups?.mode;
}
