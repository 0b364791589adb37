/** A published directory of which only some entries can be read: what is not visible does not exist, and nothing names it. */

import { encodeValue, entryAttribute, entryObjectName } from './entry-codec.ts';
import { idSetOf, intersectRanges } from './id-sets.ts';
import type { DirectoryReader, EntryId, IdRange, IdSet, LinkedValues, LinkName, StoredEntry } from './reader.ts';
import type { VisibleEntries } from './visible-entries.ts';

/** The visible part of a set, looked through as far as it is asked for. */
class NarrowedSet implements IdSet {
  readonly #set: IdSet;
  readonly #visible: VisibleEntries;
  #size: number | undefined;

  constructor(set: IdSet, visible: VisibleEntries) {
    this.#set = set;
    this.#visible = visible;
  }

  get size(): number {
    if (this.#size === undefined) {
      this.#size = 0;
      for (const block of this.blocks()) this.#size += block.length;
    }
    return this.#size;
  }

  has(id: EntryId): boolean {
    return this.#set.has(id) && this.#visible.has(id);
  }

  *blocks(from?: EntryId): Generator<Uint32Array> {
    const isVisible = this.#visible.testFor(this.#set.size);
    for (const block of this.#set.blocks(from)) {
      const visible = block.filter(isVisible);
      if (visible.length > 0) yield visible;
    }
  }
}

/** The part of `inner` that is visible. It is made for one operation or one publication, and keeps nothing else alive. */
export class NarrowedReader implements DirectoryReader {
  readonly #inner: DirectoryReader;
  readonly #visible: VisibleEntries;

  constructor(inner: DirectoryReader, visible: VisibleEntries) {
    this.#inner = inner;
    this.#visible = visible;
  }

  get publication(): number {
    return this.#inner.publication;
  }

  get publishedAtMs(): number {
    return this.#inner.publishedAtMs;
  }

  findDn(normalizedDn: string): EntryId | undefined {
    const id = this.#inner.findDn(normalizedDn);
    return id !== undefined && this.#visible.has(id) ? id : undefined;
  }

  entry(id: EntryId): Buffer | undefined {
    return this.#visible.has(id) ? this.#inner.entry(id) : undefined;
  }

  childRanges(id: EntryId): readonly IdRange[] {
    return this.#visible.has(id) ? this.#inner.childRanges(id) : [];
  }

  subtreeRanges(id: EntryId): readonly IdRange[] {
    return this.#visible.has(id) ? this.#inner.subtreeRanges(id) : [];
  }

  childCount(id: EntryId): number {
    const children = this.childRanges(id);
    if (children.length === 0) return 0;
    const isOpen = intersectRanges(children, this.#visible.open).length > 0;
    return isOpen ? this.#inner.childCount(id) : countIn(this.#visible.listed, children);
  }

  // Where entries of a class may be is no secret: every directory of this schema has them there.
  classRanges(objectClass: string): readonly IdRange[] | undefined {
    return this.#inner.classRanges(objectClass);
  }

  postings(attribute: string, key: Buffer): IdSet | undefined {
    return this.#narrow(this.#inner.postings(attribute, key));
  }

  async postingsByPrefix(attribute: string, prefix: Buffer, limit: number): Promise<Uint32Array | undefined> {
    const found = await this.#inner.postingsByPrefix(attribute, prefix, limit);
    return found?.filter(this.#visible.testFor(found.length));
  }

  linked(id: EntryId, link: LinkName, keep?: (id: EntryId) => boolean): LinkedValues | undefined {
    if (!this.#visible.has(id)) return undefined;
    if (this.#visible.everybody) return this.#inner.linked(id, link, keep);
    const ids = this.#inner.linkedIds(id, link);
    if (ids === undefined) return undefined;
    const { few } = this.#visible;
    const values =
      few === undefined ? this.#linkedVisible(id, link, ids.size, keep) : this.#valuesOf(common(few, ids), link, keep);
    return values?.count === 0 ? undefined : values;
  }

  linkedIds(id: EntryId, link: LinkName): IdSet | undefined {
    if (!this.#visible.has(id)) return undefined;
    const ids = this.#inner.linkedIds(id, link);
    return this.#visible.everybody ? ids : this.#narrow(ids);
  }

  async *scan(ranges: readonly IdRange[], batch: number): AsyncGenerator<readonly StoredEntry[]> {
    for (const range of ranges) {
      let from = range.from;
      for (const open of intersectRanges([range], this.#visible.open)) {
        yield* this.#listedIn({ from, to: open.from - 1 }, batch);
        yield* this.#inner.scan([open], batch);
        from = open.to + 1;
      }
      yield* this.#listedIn({ from, to: range.to }, batch);
    }
  }

  #narrow(set: IdSet | undefined): IdSet | undefined {
    if (set === undefined) return undefined;
    const { few } = this.#visible;
    return few === undefined ? new NarrowedSet(set, this.#visible) : common(few, set);
  }

  #linkedVisible(
    id: EntryId,
    link: LinkName,
    size: number,
    keep: (id: EntryId) => boolean = () => true,
  ): LinkedValues | undefined {
    const isVisible = this.#visible.testFor(size);
    return this.#inner.linked(id, link, (other) => isVisible(other) && keep(other));
  }

  *#listedIn({ from, to }: IdRange, batch: number): Generator<readonly StoredEntry[]> {
    let entries: StoredEntry[] = [];
    for (const id of idsIn(this.#visible.listed, from, to)) {
      const bytes = this.#inner.entry(id);
      if (bytes !== undefined) entries.push({ id, bytes });
      if (entries.length < batch) continue;
      yield entries;
      entries = [];
    }
    if (entries.length > 0) yield entries;
  }

  #valuesOf(ids: IdSet, link: LinkName, keep: (id: EntryId) => boolean = () => true): LinkedValues {
    const values: Buffer[] = [];
    for (const block of ids.blocks()) {
      for (const id of block.filter(keep)) {
        const entry = this.#inner.entry(id);
        const value = entry && (link === 'memberUid' ? entryAttribute(entry, 'uid')[0] : entryObjectName(entry));
        if (value !== undefined) values.push(link === 'memberUid' ? encodeValue(value) : value);
      }
    }
    return { count: values.length, byteLength: values.reduce((sum, { length }) => sum + length, 0), runs: values };
  }
}

/** What a small set shares with any other. */
function common(few: IdSet, other: IdSet): IdSet {
  const shared: EntryId[] = [];
  for (const block of few.blocks()) for (const id of block) if (other.has(id)) shared.push(id);
  return idSetOf(Uint32Array.from(shared));
}

function* idsIn(set: IdSet, from: EntryId, to: EntryId): Generator<EntryId> {
  if (from > to) return;
  for (const block of set.blocks(from)) {
    for (const id of block) {
      if (id > to) return;
      yield id;
    }
  }
}

function countIn(set: IdSet, ranges: readonly IdRange[]): number {
  let count = 0;
  for (const { from, to } of ranges) for (const _id of idsIn(set, from, to)) count += 1;
  return count;
}
