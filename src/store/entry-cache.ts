import { LRUCache } from 'lru-cache';
import type { EntryId, IdRange } from '../directory/reader.ts';

/** Only entries of ordinary size are worth a place in the cache. */
const CACHED_ENTRY_BYTES_MAX = 16 * 1024;
/** What the cache itself takes for an entry, about. */
const ENTRY_OVERHEAD_BYTES = 64;
/** Ids that stretches may name altogether, 4 bytes each. */
const STRETCH_IDS_MAX = 1_000_000;
/** Stretches that are remembered; short ones come of ranges with few entries. */
const STRETCHES_MAX = 16_384;

/** A range of ids of which is known which are of entries: these, ascending, and no others. */
export interface Stretch extends IdRange {
  readonly ids: Uint32Array;
}

/**
 * Entries of one publication that were read lately, bounded in bytes, and of stretches that a scan has read, which ids there are:
 * with both, a scan asks the database nothing. What a scan reads takes no place from what single reads have put here.
 */
export class EntryCache {
  readonly #entries: LRUCache<EntryId, Buffer>;
  readonly #bytesMax: number;
  /** Ascending, and none overlaps another. */
  readonly #stretches: Stretch[] = [];
  #stretchIds = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#entries = new LRUCache({
      maxSize: bytesMax,
      maxEntrySize: CACHED_ENTRY_BYTES_MAX,
      sizeCalculation: (bytes) => bytes.length + ENTRY_OVERHEAD_BYTES,
    });
  }

  get(id: EntryId): Buffer | undefined {
    return this.#entries.get(id);
  }

  /** As {@link EntryCache.get}, and does not count as use. */
  peek(id: EntryId): Buffer | undefined {
    return this.#entries.peek(id);
  }

  set(id: EntryId, bytes: Buffer): void {
    this.#entries.set(id, bytes);
  }

  /** Keeps an entry if there is room without giving up another. */
  setIfRoom(id: EntryId, bytes: Buffer): void {
    const { calculatedSize } = this.#entries;
    if (calculatedSize + bytes.length + ENTRY_OVERHEAD_BYTES <= this.#bytesMax) this.#entries.set(id, bytes);
  }

  /** The stretch that holds an id, if it is known. */
  stretchAt(id: EntryId): Stretch | undefined {
    const stretch = this.#stretches[this.#firstEndingFrom(id)];
    return stretch !== undefined && stretch.from <= id ? stretch : undefined;
  }

  /** Where the next known stretch behind an id begins; undefined when there is none. */
  nextStretch(id: EntryId): EntryId | undefined {
    return this.#stretches[this.#firstEndingFrom(id)]?.from;
  }

  /** Remembers a stretch, if there is room and no part of it is known. */
  addStretch(stretch: Stretch): void {
    if (this.#stretchIds + stretch.ids.length > STRETCH_IDS_MAX || this.#stretches.length >= STRETCHES_MAX) return;
    const at = this.#firstEndingFrom(stretch.from);
    const next = this.#stretches[at];
    if (next !== undefined && next.from <= stretch.to) return;
    this.#stretches.splice(at, 0, stretch);
    this.#stretchIds += stretch.ids.length;
  }

  /** Forgets an entry that has changed, come or gone. */
  delete(id: EntryId): void {
    this.#entries.delete(id);
    const at = this.#firstEndingFrom(id);
    const stretch = this.#stretches[at];
    if (stretch === undefined || stretch.from > id) return;
    this.#stretches.splice(at, 1);
    this.#stretchIds -= stretch.ids.length;
  }

  /** The place of the first stretch that ends at this id or behind it. */
  #firstEndingFrom(id: EntryId): number {
    let low = 0;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#stretches[middle]?.to ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
