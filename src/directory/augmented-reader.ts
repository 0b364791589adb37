/** A directory as those see it who are shown more than is published: further attributes, and entries below the base. */

import { type EntryGraft, graftEntry } from './entry-graft.ts';
import { idSetOf, intersectRanges } from './id-sets.ts';
import type { DirectoryReader, EntryId, IdRange, IdSet, LinkedValues, LinkName, StoredEntry } from './reader.ts';

/** An entry that is not stored. */
export interface AddedEntry {
  /** In normal form. */
  readonly dn: string;
  /** As `encodeEntry` makes them. */
  readonly bytes: Buffer;
}

/** What is shown beside what is published. It may change at any time; none of it is indexed or replicated. */
export interface Additions {
  /** The DN of the base in normal form. */
  readonly base: string;
  /**
   * What is added to a published entry; undefined: nothing. `isNewest`: the entry is of the newest publication, so that it says how
   * things are, and not how they were when a client asked for its first page.
   */
  of(bytes: Buffer, isNewest: boolean): EntryGraft | undefined;
  /** Leaves right below the base; at most 1,024. */
  readonly entries: readonly AddedEntry[];
  /** By the key of each class that is added to published entries, the key of one that all of these entries have anyway. */
  readonly classes: ReadonlyMap<string, string>;
  /** The key of the class that the added entries have. */
  readonly entryClass: string;
  /** Where every entry is that has a value of an added attribute, whose index key this is; undefined for other attributes. */
  lookup(attribute: string, key: Buffer): IndexLookup | undefined;
}

/** Which entries to look at: none, those that are added, or those of which an index says that they have another value. */
export type IndexLookup =
  | { readonly kind: 'none' | 'added' }
  | { readonly kind: 'published'; readonly attribute: string; readonly key: Buffer };

/** So many entries can be added. */
const addedEntriesMax = 1024;

/** Published entries have smaller ids (`NodeId`). */
const firstAdded = 2 ** 32 - addedEntriesMax;
const published: readonly IdRange[] = [{ from: 0, to: firstAdded - 1 }];

/** A reader with additions, made for one operation. */
export class AugmentedReader implements DirectoryReader {
  readonly #inner: DirectoryReader;
  readonly #additions: Additions;
  readonly #isNewest: boolean;

  constructor(inner: DirectoryReader, additions: Additions, isNewest: boolean) {
    this.#inner = inner;
    this.#additions = additions;
    this.#isNewest = isNewest;
  }

  get publication(): number {
    return this.#inner.publication;
  }

  get publishedAtMs(): number {
    return this.#inner.publishedAtMs;
  }

  findDn(normalizedDn: string): EntryId | undefined {
    const id = this.#inner.findDn(normalizedDn);
    if (id !== undefined) return id;
    const index = this.#additions.entries.findIndex(({ dn }) => dn === normalizedDn);
    return index === -1 ? undefined : firstAdded + index;
  }

  entry(id: EntryId): Buffer | undefined {
    if (id >= firstAdded) return this.#additions.entries[id - firstAdded]?.bytes;
    const bytes = this.#inner.entry(id);
    return bytes && this.#withMore(bytes);
  }

  childRanges(id: EntryId): readonly IdRange[] {
    const ranges = id >= firstAdded ? [] : this.#inner.childRanges(id);
    return this.#isBase(id) ? [...ranges, ...this.#addedRanges] : ranges;
  }

  subtreeRanges(id: EntryId): readonly IdRange[] {
    if (id >= firstAdded) return [{ from: id, to: id }];
    const ranges = this.#inner.subtreeRanges(id);
    return this.#isBase(id) ? [...ranges, ...this.#addedRanges] : ranges;
  }

  childCount(id: EntryId): number {
    if (id >= firstAdded) return 0;
    return this.#inner.childCount(id) + (this.#isBase(id) ? this.#additions.entries.length : 0);
  }

  classRanges(objectClass: string): readonly IdRange[] | undefined {
    const { classes, entryClass } = this.#additions;
    if (objectClass === entryClass) return this.#addedRanges.length === 0 ? undefined : this.#addedRanges;
    return this.#inner.classRanges(classes.get(objectClass) ?? objectClass);
  }

  postings(attribute: string, key: Buffer): IdSet | undefined {
    const lookup = this.#additions.lookup(attribute, key);
    switch (lookup?.kind) {
      case undefined:
        return this.#inner.postings(attribute, key);
      case 'none':
        return undefined;
      case 'added':
        return idSetOf(Uint32Array.from(this.#additions.entries, (_, index) => firstAdded + index));
      case 'published':
        return this.#inner.postings(lookup.attribute, lookup.key);
    }
  }

  postingsByPrefix(attribute: string, prefix: Buffer, limit: number): Promise<Uint32Array | undefined> {
    return this.#inner.postingsByPrefix(attribute, prefix, limit);
  }

  linked(id: EntryId, link: LinkName, keep?: (id: EntryId) => boolean): LinkedValues | undefined {
    return id >= firstAdded ? undefined : this.#inner.linked(id, link, keep);
  }

  linkedIds(id: EntryId, link: LinkName): IdSet | undefined {
    return id >= firstAdded ? undefined : this.#inner.linkedIds(id, link);
  }

  async *scan(ranges: readonly IdRange[], batch: number): AsyncGenerator<readonly StoredEntry[]> {
    for await (const entries of this.#inner.scan(intersectRanges(ranges, published), batch)) {
      yield entries.map(({ id, bytes }) => ({ id, bytes: this.#withMore(bytes) }));
    }
    const added = this.#additions.entries.map(({ bytes }, index) => ({ id: firstAdded + index, bytes }));
    const wanted = added.filter(({ id }) => ranges.some(({ from, to }) => id >= from && id <= to));
    for (let done = 0; done < wanted.length; done += batch) yield wanted.slice(done, done + batch);
  }

  #withMore(bytes: Buffer): Buffer {
    const graft = this.#additions.of(bytes, this.#isNewest);
    return graft === undefined ? bytes : graftEntry(bytes, graft);
  }

  #isBase(id: EntryId): boolean {
    return this.#inner.findDn(this.#additions.base) === id;
  }

  get #addedRanges(): readonly IdRange[] {
    const { length } = this.#additions.entries;
    return length === 0 ? [] : [{ from: firstAdded, to: firstAdded + length - 1 }];
  }
}
