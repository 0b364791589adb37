import { normalizedRdns, parseDn } from '../../src/directory/dn.ts';
import { encodeEntry, encodeValue, entryAttribute } from '../../src/directory/entry-codec.ts';
import type { EntryContent } from '../../src/directory/entry-codec.ts';
import { idSetOfUnsorted } from '../../src/directory/id-sets.ts';
import { indexedAttributes, indexKey } from '../../src/directory/index-key.ts';
import type {
  ChangeHistory,
  DirectoryReader,
  EntryId,
  IdRange,
  IdSet,
  LinkedValues,
  LinkName,
  PublishedLease,
  PublishedSource,
  StoredEntry,
} from '../../src/directory/reader.ts';
import type { Schema } from '../../src/directory/schema.ts';
import { standardSchema } from '../../src/directory/schema.ts';

/** One entry of a directory in memory, and whom it has as members when it is a group. */
export interface MemoryEntry extends EntryContent {
  /** DNs of members, which are entries of the same directory. */
  readonly members?: readonly string[];
  /** The entry as it was encoded elsewhere; else it is encoded from its content. */
  readonly encoded?: Buffer;
}

/** A directory source over entries in memory that counts what is asked of it and can be made to fail. */
export interface MemoryDirectory extends PublishedSource {
  readonly reader: DirectoryReader;
  /** Leases that were handed out and not yet given back. */
  readonly leases: number;
  /** How many entries were read, by id or by scan. */
  readonly entriesRead: number;
  /** How many scans were begun. */
  readonly scans: number;
  /** From now on no entry is there any more, though the indexes still name them: a damaged store. */
  loseEntries(): void;
  /** From now on every read throws this; undefined lets them succeed again. */
  fail(error: Error | undefined): void;
}

interface Stored {
  readonly id: EntryId;
  readonly key: string;
  readonly depth: number;
  readonly bytes: Buffer;
  readonly uid: Buffer | undefined;
  readonly dn: string;
}

/** Ids grow by this much, so that nothing can rely on them being dense. */
const idStep = 3;

function keysOf(dn: string): readonly string[] {
  const parsed = parseDn(dn);
  if (parsed === undefined) throw new Error(`not a DN: ${dn}`);
  return normalizedRdns(parsed);
}

/** Superiors first, and the entries of one container together, as `EntryId` promises. */
function placeEntries(schema: Schema, entries: readonly MemoryEntry[]): readonly Stored[] {
  const placed = entries.map((entry) => {
    const rdns = keysOf(entry.dn);
    const bytes = entry.encoded ?? encodeEntry(schema, entry);
    return { key: rdns.join(','), depth: rdns.length, path: rdns.toReversed(), bytes, dn: entry.dn };
  });
  placed.sort((a, b) => compareSiblings(a.path, b.path));
  return placed.map(({ key, depth, bytes, dn }, index) => {
    return { id: 1 + index * idStep, key, depth, bytes, dn, uid: entryAttribute(bytes, 'uid')[0] };
  });
}

/** Orders by parent, then by name: a tree laid out level by level within each branch. */
function compareSiblings(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const left = a[index] ?? '';
    const right = b[index] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

function rangesOf(entries: readonly Stored[]): readonly IdRange[] {
  return entries.map(({ id }) => ({ from: id, to: id }));
}

class MemoryReader implements DirectoryReader {
  readonly publication = 1;
  readonly publishedAtMs = 0;
  entriesRead = 0;
  scans = 0;
  failure: Error | undefined;
  lost = false;
  readonly #byId = new Map<EntryId, Stored>();
  readonly #byKey = new Map<string, Stored>();
  readonly #members = new Map<EntryId, readonly EntryId[]>();
  readonly #groups = new Map<EntryId, EntryId[]>();
  readonly #postings = new Map<string, { readonly attribute: string; readonly key: Buffer; readonly ids: EntryId[] }>();

  constructor(schema: Schema, entries: readonly MemoryEntry[]) {
    const stored = placeEntries(schema, entries);
    for (const entry of stored) {
      this.#byId.set(entry.id, entry);
      this.#byKey.set(entry.key, entry);
      this.#index(schema, entry);
    }
    for (const { dn, members } of entries) if (members !== undefined) this.#link(dn, members);
  }

  #index(schema: Schema, entry: Stored): void {
    for (const { attribute } of indexedAttributes) {
      for (const value of entryAttribute(entry.bytes, attribute)) {
        const key = indexKey(schema, attribute, value);
        if (key === undefined) continue;
        const name = `${attribute}=${key.toString('latin1')}`;
        const posting = this.#postings.get(name) ?? { attribute, key, ids: [] };
        if (!posting.ids.includes(entry.id)) posting.ids.push(entry.id);
        this.#postings.set(name, posting);
      }
    }
  }

  #link(dn: string, members: readonly string[]): void {
    const group = this.#byKey.get(keysOf(dn).join(','));
    const ids = members.map((member) => this.#byKey.get(keysOf(member).join(','))?.id);
    if (group === undefined || ids.includes(undefined)) throw new Error(`a member of ${dn} is not in the directory`);
    const known = [...new Set(ids.filter((id) => id !== undefined))].sort((a, b) => a - b);
    this.#members.set(group.id, known);
    for (const id of known) this.#groups.set(id, [...(this.#groups.get(id) ?? []), group.id]);
  }

  #check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  #all(): readonly Stored[] {
    this.#check();
    return [...this.#byId.values()];
  }

  findDn(normalizedDn: string): EntryId | undefined {
    this.#check();
    return this.#byKey.get(normalizedDn)?.id;
  }

  entry(id: EntryId): Buffer | undefined {
    this.#check();
    this.entriesRead += 1;
    return this.lost ? undefined : this.#byId.get(id)?.bytes;
  }

  #below(id: EntryId): readonly Stored[] {
    const base = this.#byId.get(id);
    return base === undefined ? [] : this.#all().filter((entry) => entry.key.endsWith(`,${base.key}`));
  }

  #children(id: EntryId): readonly Stored[] {
    const depth = (this.#byId.get(id)?.depth ?? 0) + 1;
    return this.#below(id).filter((entry) => entry.depth === depth);
  }

  childRanges(id: EntryId): readonly IdRange[] {
    return rangesOf(this.#children(id));
  }

  subtreeRanges(id: EntryId): readonly IdRange[] {
    const below = this.#below(id).map((entry) => entry.id);
    return [{ from: id, to: Math.max(id, ...below) }];
  }

  childCount(id: EntryId): number {
    return this.#children(id).length;
  }

  classRanges(objectClass: string): readonly IdRange[] | undefined {
    const having = this.#all().filter((entry) =>
      entryAttribute(entry.bytes, 'objectClass').some((value) => value.toString().toLowerCase() === objectClass),
    );
    return having.length === 0 ? undefined : rangesOf(having);
  }

  postings(attribute: string, key: Buffer): IdSet | undefined {
    this.#check();
    const posting = this.#postings.get(`${attribute}=${key.toString('latin1')}`);
    return posting === undefined ? undefined : idSetOfUnsorted(posting.ids);
  }

  // oxlint-disable-next-line typescript/require-await -- storage that has to be waited for is the contract
  async postingsByPrefix(attribute: string, prefix: Buffer, limit: number): Promise<Uint32Array | undefined> {
    this.#check();
    const ids = new Set<EntryId>();
    for (const posting of this.#postings.values()) {
      if (posting.attribute !== attribute || !posting.key.subarray(0, prefix.length).equals(prefix)) continue;
      for (const id of posting.ids) ids.add(id);
    }
    return ids.size > limit ? undefined : Uint32Array.from(ids).sort();
  }

  linked(id: EntryId, link: LinkName, keep: (id: EntryId) => boolean = () => true): LinkedValues | undefined {
    this.#check();
    const others = ((link === 'memberOf' ? this.#groups : this.#members).get(id) ?? []).filter(keep);
    const values = others.flatMap((other) => {
      const entry = this.#byId.get(other);
      const value = link === 'memberUid' ? entry?.uid : entry?.dn;
      return value === undefined ? [] : [encodeValue(value)];
    });
    if (others.length === 0) return undefined;
    return { count: values.length, byteLength: values.reduce((sum, value) => sum + value.length, 0), runs: values };
  }

  linkedIds(id: EntryId, link: LinkName): IdSet | undefined {
    this.#check();
    const others = (link === 'memberOf' ? this.#groups : this.#members).get(id);
    return others === undefined || others.length === 0 ? undefined : idSetOfUnsorted(others);
  }

  async *scan(ranges: readonly IdRange[], batch: number): AsyncGenerator<readonly StoredEntry[]> {
    this.scans += 1;
    const inside = this.#all().filter(({ id }) => ranges.some((range) => range.from <= id && id <= range.to));
    for (let at = 0; at < inside.length; at += batch) {
      await Promise.resolve();
      this.#check();
      const block = inside.slice(at, at + batch);
      this.entriesRead += block.length;
      yield block.map(({ id, bytes }) => ({ id, bytes }));
    }
  }
}

/** A directory that nothing was published before. */
const firstPublication: ChangeHistory = {
  id: 'memory',
  stampMs: 1,
  knownSinceMs: 1,
  changes: () => {
    throw new RangeError('nothing is known of earlier publications');
  },
};

/** A published directory of these entries. Superiors must be among them. */
export function memoryDirectory(entries: readonly MemoryEntry[], schema: Schema = standardSchema): MemoryDirectory {
  const reader = new MemoryReader(schema, entries);
  let leases = 0;
  return {
    reader,
    get leases() {
      return leases;
    },
    get entriesRead() {
      return reader.entriesRead;
    },
    get scans() {
      return reader.scans;
    },
    loseEntries() {
      reader.lost = true;
    },
    fail(error) {
      reader.failure = error;
    },
    onPublished: () => ({ [Symbol.dispose]: () => undefined }),
    acquire(): PublishedLease {
      if (reader.failure !== undefined) throw reader.failure;
      leases += 1;
      let open = true;
      return {
        reader,
        history: firstPublication,
        [Symbol.dispose]() {
          if (open) leases -= 1;
          open = false;
        },
      };
    },
  };
}

/** A source that has never been published to. */
export const unpublished: PublishedSource = {
  acquire: () => undefined,
  onPublished: () => ({ [Symbol.dispose]: () => undefined }),
};
