import { LRUCache } from 'lru-cache';
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
import { nodeKind, nodeRange, primaryGroupNode, structuralNodes } from '../identity/node.ts';
import type { EntryKind, PublicationFacts } from '../identity/view.ts';
import type { Database, DatabaseSnapshot } from './database.ts';
import { prefixEnd } from './keys.ts';
import { decodeHead } from './set-codec.ts';
import { readSet, StoredSet } from './stored-set.ts';
import type { ViewKeys } from './view-keys.ts';

const ENTRY_KINDS: readonly EntryKind[] = ['structural', 'user', 'group', 'service'];
/** Only entries of ordinary size are worth a place in the cache. */
const CACHED_ENTRY_BYTES_MAX = 16 * 1024;

/** Entries that were read lately, bounded in bytes. */
export type EntryCache = LRUCache<EntryId, Buffer>;

/** Makes an empty cache. */
export function createEntryCache(bytesMax: number): EntryCache {
  return new LRUCache({
    maxSize: bytesMax,
    maxEntrySize: CACHED_ENTRY_BYTES_MAX,
    sizeCalculation: (bytes) => bytes.length + 64,
  });
}

/** One published directory, read from LevelDB through a snapshot. */
export class LevelDirectoryReader implements DirectoryReader {
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #snapshot: DatabaseSnapshot;
  readonly #facts: PublicationFacts;
  #cache: EntryCache | undefined;
  readonly #get = (key: Buffer): Buffer | undefined => this.#read(key);

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
    return this.#read(this.#keys.dn(normalizedDn))?.readUInt32BE(0);
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
        return [{ from: structuralNodes.users, to: structuralNodes.services }];
      case structuralNodes.users:
        return [nodeRange('user')];
      case structuralNodes.groups:
        return [nodeRange('group')];
      case structuralNodes.services:
        return [nodeRange('service')];
      default:
        return [];
    }
  }

  subtreeRanges(id: EntryId): readonly IdRange[] {
    if (id === structuralNodes.base) return [{ from: id, to: nodeRange('service').to }];
    return [{ from: id, to: id }, ...this.childRanges(id)];
  }

  childCount(id: EntryId): number {
    const { users, groups, services } = this.#facts;
    switch (id) {
      case structuralNodes.base:
        return structuralNodes.services - structuralNodes.users + 1;
      case structuralNodes.users:
        return users;
      case structuralNodes.groups:
        return groups + (this.entry(primaryGroupNode) === undefined ? 0 : 1);
      case structuralNodes.services:
        return services;
      default:
        return 0;
    }
  }

  classRanges(objectClass: string): readonly IdRange[] | undefined {
    const kinds = ENTRY_KINDS.filter((kind) => this.#facts.objectClasses[kind].includes(objectClass));
    return kinds.length === 0 ? undefined : kinds.map((kind) => nodeRange(kind));
  }

  postings(attribute: string, key: Buffer): IdSet | undefined {
    return readSet(this.#get, this.#keys.postings(attribute, key));
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
    for (const range of ranges) {
      const bounds = { gte: this.#keys.entry(range.from), lt: prefixEnd(this.#keys.entry(range.to)) };
      for await (const block of this.#guard(this.#db.entries(bounds, batch, this.#snapshot))) {
        yield block.map(([key, bytes]) => ({ id: this.#keys.entryId(key), bytes }));
      }
    }
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
