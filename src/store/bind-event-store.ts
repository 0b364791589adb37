/**
 * The audit trail of binds, in LevelDB. Numbers are given without gaps, so that the newest events are found from the end, and
 * what has to make room from the beginning.
 *
 *     nothing            the numbers of the oldest and of the next event, and the room that all take
 *     number (6 bytes)   event as JSON
 */
import {
  type BindEvent,
  type BindEventQuery,
  type BindEventRetention,
  type BindEventStore,
  isAskedFor,
} from '../identity/bind-event.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';
import type { WriteBatch } from './write-batch.ts';

/** What is kept at present. */
interface Extent {
  readonly first: number;
  readonly next: number;
  readonly bytes: number;
  /** The time of the oldest event. */
  readonly oldestMs: number;
}

const NUMBER_BYTES = 6;
const BLOCK = 1000;
const nothingKept: Extent = { first: 1, next: 1, bytes: 0, oldestMs: 0 };

/** The audit trail of one tenant. One caller of `append` at a time. */
export class LevelBindEventStore implements BindEventStore {
  readonly #db: Database;
  readonly #keys: TenantKeys;
  #extent: Extent;

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#keys = keys;
    const stored = db.get(this.#extentKey);
    this.#extent = stored === undefined ? nothingKept : (JSON.parse(stored.toString()) as Extent);
  }

  async append(events: readonly BindEvent[], retention: BindEventRetention, nowMs: number): Promise<void> {
    const batch = this.#db.batch();
    const { first, next, bytes, oldestMs } = this.#extent;
    let size = 0;
    for (const [index, event] of events.entries()) {
      const value = Buffer.from(JSON.stringify(event));
      batch.put(this.#key(next + index), value);
      size += value.length;
    }
    const oldest = first === next ? (events[0]?.atMs ?? nowMs) : oldestMs;
    const grown = { first, next: next + events.length, bytes: bytes + size, oldestMs: oldest };
    const pruned = await this.#prune(grown, retention, nowMs, batch);
    batch.put(this.#extentKey, Buffer.from(JSON.stringify(pruned)));
    // Who binds does not wait for it, and the log has it too: the end of the machine may cost the last second.
    await this.#db.write(batch, false);
    this.#extent = pruned;
  }

  async read(query: BindEventQuery): Promise<readonly BindEvent[]> {
    const { first, next } = this.#extent;
    const found: BindEvent[] = [];
    for (let to = next; to > first && found.length < query.newest; to -= BLOCK) {
      const events = await this.#block(Math.max(first, to - BLOCK), to);
      for (const event of events.toReversed()) {
        if (query.sinceMs !== undefined && event.atMs < query.sinceMs) return found.reverse();
        if (isAskedFor(event, query) && found.push(event) >= query.newest) break;
      }
    }
    return found.reverse();
  }

  /** Deletes the oldest events that are beyond the retention; only ones that are stored already, so the newest stay. */
  async #prune(
    extent: Extent,
    { ageMs, eventsMax, bytesMax }: BindEventRetention,
    nowMs: number,
    batch: WriteBatch,
  ): Promise<Extent> {
    let { first, bytes, oldestMs } = extent;
    const isBeyond = (): boolean => extent.next - first > eventsMax || bytes > bytesMax || oldestMs < nowMs - ageMs;
    if (!isBeyond()) return extent;
    const stored = this.#extent.next;
    for await (const block of this.#db.entries({ gte: this.#key(first), lt: this.#key(stored) }, BLOCK)) {
      for (const [key, value] of block) {
        oldestMs = decode(value).atMs;
        if (!isBeyond()) return { ...extent, first, bytes, oldestMs };
        batch.delete(key);
        first += 1;
        bytes -= value.length;
      }
    }
    return { ...extent, first, bytes, oldestMs: nowMs };
  }

  async #block(from: number, to: number): Promise<readonly BindEvent[]> {
    const events: BindEvent[] = [];
    for await (const block of this.#db.entries({ gte: this.#key(from), lt: this.#key(to) }, BLOCK)) {
      for (const [, value] of block) events.push(decode(value));
    }
    return events;
  }

  get #extentKey(): Buffer {
    return this.#keys.bytes(Table.bindEvents, Buffer.alloc(0));
  }

  #key(number: number): Buffer {
    const own = Buffer.allocUnsafe(NUMBER_BYTES);
    own.writeUIntBE(number, 0, NUMBER_BYTES);
    return this.#keys.bytes(Table.bindEvents, own);
  }
}

function decode(value: Buffer): BindEvent {
  return JSON.parse(value.toString()) as BindEvent;
}
