import { entryObjectName } from '../directory/entry-codec.ts';
import {
  type DirectoryReader,
  DirectoryStorageError,
  type EntryId,
  type IdRange,
  type IdSet,
  type LinkedValues,
  type LinkName,
  type StoredEntry,
} from '../directory/reader.ts';
import { nodeKind, nodeRange, primaryGroupNode, structuralNodes, sudoDefaultsNode } from '../identity/node.ts';
import type { EntryKind, PublicationFacts } from '../identity/view.ts';
import type { Database, DatabaseSnapshot } from './database.ts';
import type { EntryCache, Stretch } from './entry-cache.ts';
import { prefixEnd } from './keys.ts';
import { LookupCache } from './lookup-cache.ts';
import { decodeHead } from './set-codec.ts';
import { readSet, StoredSet } from './stored-set.ts';
import type { ViewKeys } from './view-keys.ts';

const ENTRY_KINDS: readonly EntryKind[] = ['structural', 'user', 'group', 'service', 'privateGroup', 'sudo'];
/** Of a known stretch, so many entries are read singly when they are not in the cache; for more an iterator is quicker. */
const SINGLE_READS_MAX = 16;

/** One published directory, read from LevelDB through a snapshot. */
export class LevelDirectoryReader implements DirectoryReader {
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #snapshot: DatabaseSnapshot;
  readonly #facts: PublicationFacts;
  #cache: EntryCache | undefined;
  readonly #lookups = new LookupCache();
  readonly #get = (key: Buffer): Buffer | undefined => this.#read(key);
  readonly #readName = (dn: string): EntryId | undefined => this.#read(this.#keys.dn(dn))?.readUInt32BE(0);
  readonly #readPostings = (attribute: string, key: Buffer): IdSet | undefined =>
    readSet(this.#get, this.#keys.postings(attribute, key));

  constructor(db: Database, keys: ViewKeys, snapshot: DatabaseSnapshot, facts: PublicationFacts, cache: EntryCache) {
    this.#db = db;
    this.#keys = keys;
    this.#snapshot = snapshot;
    this.#facts = facts;
    this.#cache = cache;
  }

  get publication(): number {
    return this.#facts.publication;
  }

  get publishedAtMs(): number {
    return this.#facts.publishedAtMs;
  }

  /** Hands the cache over to the next reader, which removes what changed; this reader goes on without. */
  releaseCache(): EntryCache | undefined {
    const cache = this.#cache;
    this.#cache = undefined;
    return cache;
  }

  findDn(normalizedDn: string): EntryId | undefined {
    return this.#lookups.name(normalizedDn, this.#readName);
  }

  entry(id: EntryId): Buffer | undefined {
    const cached = this.#cache?.get(id);
    if (cached !== undefined) return cached;
    const bytes = this.#read(this.#keys.entry(id));
    if (bytes !== undefined) this.#cache?.set(id, bytes);
    return bytes;
  }

  childRanges(id: EntryId): readonly IdRange[] {
    switch (id) {
      case structuralNodes.base:
        return [{ from: structuralNodes.users, to: structuralNodes.sudoers }];
      case structuralNodes.users:
        return [nodeRange('user')];
      case structuralNodes.groups:
        return [nodeRange('group')];
      case structuralNodes.services:
        return [nodeRange('service')];
      case structuralNodes.privateGroups:
        return [nodeRange('privateGroup')];
      case structuralNodes.sudoers:
        return [nodeRange('sudo')];
      default:
        return [];
    }
  }

  subtreeRanges(id: EntryId): readonly IdRange[] {
    if (id === structuralNodes.base) return [{ from: id, to: nodeRange('sudo').to }];
    return [{ from: id, to: id }, ...this.childRanges(id)];
  }

  childCount(id: EntryId): number {
    const { users, groups, services, privateGroups = 0 } = this.#facts;
    const shown = (nodes: readonly EntryId[]): number => nodes.filter((node) => this.entry(node) !== undefined).length;
    switch (id) {
      case structuralNodes.base:
        return 3 + shown([structuralNodes.privateGroups, structuralNodes.sudoers]);
      case structuralNodes.users:
        return users;
      case structuralNodes.groups:
        return groups + shown([primaryGroupNode]);
      case structuralNodes.services:
        return services;
      case structuralNodes.privateGroups:
        return privateGroups;
      case structuralNodes.sudoers:
        return (this.#facts.sudo?.shown ?? 0) + shown([sudoDefaultsNode]);
      default:
        return 0;
    }
  }

  classRanges(objectClass: string): readonly IdRange[] | undefined {
    const kinds = ENTRY_KINDS.filter((kind) => this.#facts.objectClasses[kind]?.includes(objectClass) === true);
    return kinds.length === 0 ? undefined : kinds.map((kind) => nodeRange(kind));
  }

  postings(attribute: string, key: Buffer): IdSet | undefined {
    return this.#lookups.set(attribute, key, this.#readPostings);
  }

  async postingsByPrefix(attribute: string, prefix: Buffer, limit: number): Promise<Uint32Array | undefined> {
    const gte = this.#keys.postingsPrefix(attribute, prefix);
    const ids = new Set<number>();
    for await (const block of this.#guard(this.#db.entries({ gte, lt: prefixEnd(gte) }, 256, this.#snapshot))) {
      for (const [head, value] of block) {
        const set = new StoredSet(this.#get, this.#keys.postingsOfHead(head), decodeHead(value));
        if (ids.size + set.size > limit && ids.size >= limit) return undefined;
        for (const part of set.blocks()) for (const id of part) ids.add(id);
        if (ids.size > limit) return undefined;
      }
    }
    return Uint32Array.from(ids).sort();
  }

  linked(id: EntryId, link: LinkName, keep?: (id: EntryId) => boolean): LinkedValues | undefined {
    if (link !== 'memberOf') return readSet(this.#get, this.#keys.members(id))?.values(link === 'member' ? 0 : 1, keep);
    const groups = readSet(this.#get, this.#keys.memberships(id));
    if (groups === undefined) return undefined;
    // A group's DN is not kept with its members, so that renaming a group does not rewrite everybody in it.
    const dns: Buffer[] = [];
    for (const block of groups.blocks()) {
      for (const group of block) if (keep?.(group) !== false) dns.push(this.#encodedDn(group));
    }
    return { count: dns.length, byteLength: dns.reduce((sum, dn) => sum + dn.length, 0), runs: dns };
  }

  linkedIds(id: EntryId, link: LinkName): IdSet | undefined {
    return readSet(this.#get, link === 'memberOf' ? this.#keys.memberships(id) : this.#keys.members(id));
  }

  async *scan(ranges: readonly IdRange[], batch: number): AsyncGenerator<readonly StoredEntry[]> {
    for (const { from, to } of ranges) {
      for (let at = from; at <= to; ) {
        const known = this.#cache?.stretchAt(at);
        const cached = known && this.#cached(known, { from: at, to });
        if (known !== undefined && cached !== undefined) {
          for (let done = 0; done < cached.length; done += batch) yield cached.slice(done, done + batch);
          at = known.to + 1;
        } else {
          const end = known === undefined ? (this.#cache?.nextStretch(at) ?? to + 1) - 1 : known.to;
          yield* this.#iterate({ from: at, to: Math.min(end, to) }, batch);
          at = Math.min(end, to) + 1;
        }
      }
    }
  }

  /** The entries of a stretch within a range; undefined when too many of them are not in the cache. */
  #cached(stretch: Stretch, { from, to }: IdRange): readonly StoredEntry[] | undefined {
    const entries: StoredEntry[] = [];
    let reads = 0;
    for (const id of stretch.ids) {
      if (id < from || id > to) continue;
      const cached = this.#cache?.peek(id);
      if (cached === undefined && ++reads > SINGLE_READS_MAX) return undefined;
      const bytes = cached ?? this.#read(this.#keys.entry(id));
      if (bytes === undefined) throw new DirectoryStorageError(`the entry ${id} is not there any more`);
      entries.push({ id, bytes });
    }
    return entries;
  }

  /** Reads a range from the database, and remembers what it has seen. */
  async *#iterate({ from, to }: IdRange, batch: number): AsyncGenerator<readonly StoredEntry[]> {
    const bounds = { gte: this.#keys.entry(from), lt: prefixEnd(this.#keys.entry(to)) };
    let seenTo = from - 1;
    for await (const block of this.#guard(this.#db.entries(bounds, batch, this.#snapshot))) {
      const entries = block.map(([key, bytes]) => ({ id: this.#keys.entryId(key), bytes }));
      const last = entries.at(-1)?.id ?? seenTo;
      this.#remember({ from: seenTo + 1, to: last }, entries);
      seenTo = last;
      yield entries;
    }
    if (seenTo < to) this.#remember({ from: seenTo + 1, to }, []);
  }

  #remember({ from, to }: IdRange, entries: readonly StoredEntry[]): void {
    const cache = this.#cache;
    if (cache === undefined) return;
    for (const { id, bytes } of entries) cache.setIfRoom(id, bytes);
    cache.addStretch({ from, to, ids: Uint32Array.from(entries, ({ id }) => id) });
  }

  async close(): Promise<void> {
    await this.#snapshot.close();
  }

  #encodedDn(id: EntryId): Buffer {
    const bytes = this.entry(id);
    if (bytes === undefined)
      throw new DirectoryStorageError(`group ${id} is listed as a membership but has no ${nodeKind(id)} entry`);
    return entryObjectName(bytes);
  }

  #read(key: Buffer): Buffer | undefined {
    try {
      return this.#db.get(key, this.#snapshot);
    } catch (error) {
      throw storageError(error);
    }
  }

  async *#guard<T>(blocks: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* blocks;
    } catch (error) {
      throw storageError(error);
    }
  }
}

function storageError(error: unknown): DirectoryStorageError {
  return new DirectoryStorageError('the published directory could not be read', { cause: error });
}
