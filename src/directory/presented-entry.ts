/** Entries without what a presentation hides: the same bytes as if the entry had never had it. */

import { elementEnd } from './ber.ts';
import { findRow } from './entry-codec.ts';
import { cutEntry, findAttributes } from './entry-cut.ts';
import type { EntryCut } from './entry-cut.ts';
import type { HiddenParts, Presentation } from './presentation.ts';
import type {
  DirectoryReader,
  DirectorySource,
  EntryId,
  IdRange,
  IdSet,
  LinkedValues,
  LinkName,
  StoredEntry,
} from './reader.ts';
import { attributeHash } from './schema-elements.ts';

const objectClassHash = attributeHash('objectclass');

/** An entry without its hidden attributes and classes; the same buffer when it has none of them. */
export function withoutHidden(bytes: Buffer, hidden: HiddenParts): Buffer {
  const { attributes, classes } = hidden;
  const { offsets, rows } = findAttributes(bytes, attributes);
  const classesAt = classes.size === 0 || attributes.has(objectClassHash) ? 0 : findRow(bytes, objectClassHash);
  const shown =
    classesAt === 0 ? undefined : hidden.shownClasses(bytes.subarray(classesAt, elementEnd(bytes, classesAt)));
  if (rows === 0 && shown === undefined) return bytes;
  if (shown !== undefined) offsets.push(classesAt);
  const cuts: EntryCut[] = [];
  for (const from of offsets.sort((a, b) => a - b)) {
    addCut(cuts, from, elementEnd(bytes, from), from === classesAt ? shown : undefined);
  }
  return cutEntry(bytes, cuts, attributes, rows);
}

/** Hidden attributes often lie side by side; they are one cut then. */
function addCut(cuts: EntryCut[], from: number, to: number, replacement: Buffer | undefined): void {
  const last = cuts.at(-1);
  if (replacement === undefined && last !== undefined && last.to === from && last.replacement === undefined) {
    cuts[cuts.length - 1] = { from: last.from, to, replacement };
  } else cuts.push({ from, to, replacement });
}

/** A source as it appears in a presentation, for whoever reads entries by other ways than the operations of LDAP. */
export function presentedSource(source: DirectorySource, { hidden }: Presentation): DirectorySource {
  if (hidden === undefined) return source;
  return {
    acquire() {
      const lease = source.acquire();
      if (lease === undefined) return undefined;
      return { reader: new PresentedReader(lease.reader, hidden), [Symbol.dispose]: () => lease[Symbol.dispose]() };
    },
  };
}

/** A reader of entries without what is hidden. Indexes still name entries by hidden values; whoever follows them looks at the entry. */
export class PresentedReader implements DirectoryReader {
  readonly #reader: DirectoryReader;
  readonly #hidden: HiddenParts;

  constructor(reader: DirectoryReader, hidden: HiddenParts) {
    this.#reader = reader;
    this.#hidden = hidden;
  }

  get publication(): number {
    return this.#reader.publication;
  }

  get publishedAtMs(): number {
    return this.#reader.publishedAtMs;
  }

  findDn(normalizedDn: string): EntryId | undefined {
    return this.#reader.findDn(normalizedDn);
  }

  entry(id: EntryId): Buffer | undefined {
    const bytes = this.#reader.entry(id);
    return bytes === undefined ? undefined : withoutHidden(bytes, this.#hidden);
  }

  childRanges(id: EntryId): readonly IdRange[] {
    return this.#reader.childRanges(id);
  }

  subtreeRanges(id: EntryId): readonly IdRange[] {
    return this.#reader.subtreeRanges(id);
  }

  childCount(id: EntryId): number {
    return this.#reader.childCount(id);
  }

  classRanges(objectClass: string): readonly IdRange[] | undefined {
    return this.#reader.classRanges(objectClass);
  }

  postings(attribute: string, key: Buffer): IdSet | undefined {
    return this.#reader.postings(attribute, key);
  }

  postingsByPrefix(attribute: string, prefix: Buffer, limit: number): Promise<Uint32Array | undefined> {
    return this.#reader.postingsByPrefix(attribute, prefix, limit);
  }

  linked(id: EntryId, link: LinkName, keep?: (id: EntryId) => boolean): LinkedValues | undefined {
    return this.#reader.linked(id, link, keep);
  }

  linkedIds(id: EntryId, link: LinkName): IdSet | undefined {
    return this.#reader.linkedIds(id, link);
  }

  async *scan(ranges: readonly IdRange[], batch: number): AsyncGenerator<readonly StoredEntry[]> {
    for await (const entries of this.#reader.scan(ranges, batch)) {
      yield entries.map(({ id, bytes }) => ({ id, bytes: withoutHidden(bytes, this.#hidden) }));
    }
  }
}
