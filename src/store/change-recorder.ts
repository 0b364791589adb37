import { changeCountMax, formatChangeNumber } from '../directory/csn.ts';
import type { NodeId } from '../identity/node.ts';
import {
  type ChangeLogState,
  countRecords,
  decodeRecord,
  encodeMark,
  encodeRecord,
  encodeState,
  newChangeLog,
  type PublishMark,
} from './change-log.ts';
import type { Database } from './database.ts';
import type { ViewKeys } from './view-keys.ts';
import type { WriteBuffer } from './write-buffer.ts';

const timePrefixLength = 'YYYYmmddHHMMSS.uuuuuuZ#'.length;

/** What a recorder is made of. */
export interface ChangeRecorderOptions {
  readonly db: Database;
  readonly keys: ViewKeys;
  readonly buffer: WriteBuffer;
  /** Of the published directory; undefined when there is none, and then nothing needs to be recorded. */
  readonly state: ChangeLogState | undefined;
  /** The mark of an earlier attempt of this publish. */
  readonly mark: PublishMark | undefined;
  /** True when there was an earlier attempt. */
  readonly resumed: boolean;
  readonly nowMs: number;
  /** See `PublishMark.rollbackTo`. */
  readonly rollbackTo?: number | undefined;
  /** Records that the log keeps; a publish that changes more is not recorded at all. */
  readonly recordsMax: number;
}

/** Gives the changes of one publish their numbers, and records them. */
export class ChangeRecorder {
  readonly stampMs: number;
  readonly #options: ChangeRecorderOptions;
  readonly #seen = new Set<NodeId>();
  readonly #timePrefix: string;
  #logged: boolean;
  #gaveUp = false;
  #count = 0;

  constructor(options: ChangeRecorderOptions) {
    const { state, mark, resumed, nowMs } = options;
    this.#options = options;
    this.stampMs = mark?.stampMs ?? Math.max(nowMs, (state?.stampMs ?? 0) + 1);
    this.#logged = state !== undefined && (resumed ? mark?.logged === true : true);
    // Formatting a time for each entry would be a second in a first publish of a million.
    const first = formatChangeNumber({ timeMs: this.stampMs, count: 0, modification: 0 });
    this.#timePrefix = first.slice(0, timePrefixLength);
  }

  /** What is to be on disk while the publish is under way. */
  get mark(): Buffer {
    const { rollbackTo } = this.#options;
    return encodeMark({
      stampMs: this.stampMs,
      logged: this.#logged,
      ...(rollbackTo === undefined ? {} : { rollbackTo }),
    });
  }

  /** The number of the next change; greater than every one of an earlier publish. */
  nextNumber(): string {
    return this.#number(Math.min(this.#count++, changeCountMax - 1));
  }

  /** True for a number that this publish has given. */
  isOwn(number: Buffer): boolean {
    return number.toString('latin1', 0, this.#timePrefix.length) === this.#timePrefix;
  }

  /** The number that stands for the whole directory as this publish shows it. */
  get contextNumber(): string {
    return this.#number(changeCountMax);
  }

  /** Records that an entry was created or changed, and the UUID that it had when it has another one now, or none. */
  record(node: NodeId, created: boolean, lost: Buffer | undefined): void {
    if (!this.#logged) return;
    const { keys, buffer, resumed, recordsMax } = this.#options;
    const key = keys.change(this.stampMs, node);
    const known = resumed || this.#seen.has(node) ? buffer.get(key) : undefined;
    const old = known === undefined ? undefined : decodeRecord(known);
    this.#seen.add(node);
    if (this.#seen.size > recordsMax) {
      this.#giveUp();
      return;
    }
    const uuids = old?.lost ?? [];
    const all = lost === undefined || uuids.some((uuid) => uuid.equals(lost)) ? uuids : [...uuids, lost];
    buffer.put(key, encodeRecord({ created: old?.created ?? created, lost: all }));
  }

  /** What is recorded could not be brought to a consumer in a sensible order: consumers compare everything. */
  forgo(): void {
    if (this.#logged) this.#giveUp();
  }

  /** Makes the writes that end the publish: the state of the log, and its oldest records out of it. */
  async commit(publication: number): Promise<void> {
    const { db, keys, buffer, state = newChangeLog(undefined), resumed, recordsMax } = this.#options;
    // Records that an earlier attempt may have made too can be counted, and records to be deleted be found, on disk only.
    if (resumed || this.#gaveUp) await buffer.flush(false);
    const records = resumed ? await countRecords(db, keys) : state.records + this.#seen.size;
    const excess = this.#logged ? records - recordsMax : Number.POSITIVE_INFINITY;
    const pruned = await this.#prune(excess);
    const knownSinceMs = this.#logged ? Math.max(state.knownSinceMs, pruned.untilMs) : this.stampMs;
    const next = { ...state, publication, stampMs: this.stampMs, knownSinceMs, records: records - pruned.records };
    buffer.put(keys.meta('changes'), encodeState(this.#logged ? next : { ...next, records: 0 }));
  }

  /** Deletes whole publishes, the oldest first, until there are so many records fewer. */
  async #prune(excess: number): Promise<{ records: number; untilMs: number }> {
    const { db, keys, buffer } = this.#options;
    const pruned = { records: 0, untilMs: 0 };
    if (excess <= 0) return pruned;
    for await (const block of db.keys(keys.allChanges, 1000)) {
      for (const key of block) {
        const stampMs = keys.changeStamp(key);
        if (stampMs !== pruned.untilMs && pruned.records >= excess) return pruned;
        buffer.delete(key);
        pruned.records++;
        pruned.untilMs = stampMs;
      }
    }
    return pruned;
  }

  #giveUp(): void {
    this.#logged = false;
    this.#gaveUp = true;
    this.#seen.clear();
    const { keys, buffer } = this.#options;
    // Should this publish be interrupted, the next attempt must know that the log is not complete.
    buffer.put(keys.meta('publishing'), this.mark);
  }

  #number(count: number): string {
    return `${this.#timePrefix}${count.toString(16).padStart(6, '0')}#000#000000`;
  }
}
