/**
 * Which entries each publish changed, so that a consumer of RFC 4533 that knows an earlier directory can be told the
 * difference. Written in the batches of the publish itself: an entry and the word that it changed reach the disk together.
 *
 *     viewMeta 'changes'   the state of the log as of the published directory
 *     changes              stamp (6 bytes), node (4 bytes) → flags (1 byte), then the UUIDs (16 bytes each) that left the node
 *
 * Every publish has a stamp: a time in milliseconds that is greater than that of every publish before it. A publish that was
 * interrupted goes on under the stamp of its first attempt, so that the log misses nothing that was on disk already.
 */
import { randomBytes } from 'node:crypto';
import type { ChangedEntry, ChangeHistory } from '../directory/reader.ts';
import type { PublicationFacts } from '../identity/view.ts';
import type { Database, DatabaseSnapshot } from './database.ts';
import { prefixEnd } from './keys.ts';
import type { ViewKeys } from './view-keys.ts';

/** The state of the log that belongs to one published directory. */
export interface ChangeLogState {
  /** Names this run of publications; a store that was cleared, or published to without a log, begins another. */
  readonly history: string;
  /** The publication that this state belongs to. */
  readonly publication: number;
  /** Of the publish that made it. */
  readonly stampMs: number;
  /** All changes after this stamp are in the log. */
  readonly knownSinceMs: number;
  readonly records: number;
}

/** What the mark of a publish under way says, so that the next attempt goes on in the same way. */
export interface PublishMark {
  readonly stampMs: number;
  /** False when what this publish changes is not in the log, or not all of it. */
  readonly logged: boolean;
  /** The publication that this publish returns to, if it does. */
  readonly rollbackTo?: number;
}

/** What one record holds; whose it is and of when is in its key. */
type ChangeRecord = Pick<ChangedEntry, 'created' | 'lost'>;

const createdFlag = 1;
const uuidBytes = 16;

/** The state that a first publish begins from. */
export function newChangeLog(facts: PublicationFacts | undefined): ChangeLogState {
  const stampMs = facts?.publishedAtMs ?? 0;
  return {
    history: randomBytes(16).toString('hex'),
    publication: facts?.publication ?? 0,
    stampMs,
    knownSinceMs: stampMs,
    records: 0,
  };
}

/**
 * Makes sure that the log belongs to what is published. One that does not was left behind by a version that keeps none: it
 * begins anew, and whoever comes with an older cookie is brought up to date without it.
 */
export async function openChangeLog(db: Database, keys: ViewKeys, facts: PublicationFacts): Promise<void> {
  const stored = readChangeLog(db, keys);
  if (stored?.publication === facts.publication) return;
  const fresh = newChangeLog(facts);
  const stampMs = Math.max(fresh.stampMs, stored?.stampMs ?? 0);
  const state = { ...fresh, stampMs, knownSinceMs: stampMs, records: await countRecords(db, keys) };
  await db.write(db.batch().put(keys.meta('changes'), encodeState(state)), true);
}

/** The state as stored, in a snapshot or now. */
export function readChangeLog(db: Database, keys: ViewKeys, snapshot?: DatabaseSnapshot): ChangeLogState | undefined {
  const bytes = db.get(keys.meta('changes'), snapshot);
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as ChangeLogState);
}

/** The bytes of a state. */
export function encodeState(state: ChangeLogState): Buffer {
  return Buffer.from(JSON.stringify(state));
}

/** The bytes of a mark. */
export function encodeMark(mark: PublishMark): Buffer {
  return Buffer.from(JSON.stringify(mark));
}

/** Reads a mark; undefined for one without content, which is of a version that kept no log. */
export function decodeMark(bytes: Buffer): PublishMark | undefined {
  return bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as PublishMark);
}

/** How many records the log has. */
export async function countRecords(db: Database, keys: ViewKeys): Promise<number> {
  let count = 0;
  for await (const block of db.keys(keys.allChanges, 1000)) count += block.length;
  return count;
}

/** What a record says. */
export function encodeRecord(record: ChangeRecord): Buffer {
  return Buffer.concat([Buffer.of(record.created ? createdFlag : 0), ...record.lost]);
}

/** Reads what {@link encodeRecord} wrote. */
export function decodeRecord(bytes: Buffer): ChangeRecord {
  const lost: Buffer[] = [];
  for (let at = 1; at < bytes.length; at += uuidBytes) lost.push(bytes.subarray(at, at + uuidBytes));
  return { created: ((bytes[0] ?? 0) & createdFlag) !== 0, lost };
}

/** The log as one published directory sees it. */
export class StoredChangeHistory implements ChangeHistory {
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #snapshot: DatabaseSnapshot;
  readonly #state: ChangeLogState;

  constructor(db: Database, keys: ViewKeys, snapshot: DatabaseSnapshot, state: ChangeLogState) {
    this.#db = db;
    this.#keys = keys;
    this.#snapshot = snapshot;
    this.#state = state;
  }

  get id(): string {
    return this.#state.history;
  }

  get stampMs(): number {
    return this.#state.stampMs;
  }

  get knownSinceMs(): number {
    return this.#state.knownSinceMs;
  }

  async *changes(afterMs: number): AsyncGenerator<readonly ChangedEntry[]> {
    // What lies behind the stamp is of a publish that this directory knows nothing of.
    const bounds = { gte: this.#keys.changesAt(afterMs + 1), lt: prefixEnd(this.#keys.changesAt(this.stampMs)) };
    for await (const block of this.#db.entries(bounds, 1000, this.#snapshot)) {
      yield block.map(([key, value]) => ({
        id: this.#keys.changedNode(key),
        stampMs: this.#keys.changeStamp(key),
        ...decodeRecord(value),
      }));
    }
  }
}
