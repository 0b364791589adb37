/**
 * The storage that a directory is served from, as the directory wants it: immutable, point reads first. LevelDB
 * implements it over one snapshot (`store/`), and a small in-memory one serves the tests; `test/contract/` holds both to
 * the same behaviour.
 */

/**
 * A number below 2^32 that names an entry. Ascending order is the order of every result, and the entries of one
 * container lie next to each other, so that "everything below" is a range.
 */
export type EntryId = number;

/** Entry ids from `from` to `to`, both inclusive. Not every id in it need exist. */
export interface IdRange {
  readonly from: EntryId;
  readonly to: EntryId;
}

/** A set of entry ids. */
export interface IdSet {
  /** How many ids it holds; exact. */
  readonly size: number;
  has(id: EntryId): boolean;
  /** The ids in ascending order, in blocks that may be views of stored bytes: read them before asking for the next block. */
  blocks(from?: EntryId): Iterable<Uint32Array>;
}

/**
 * Relations whose values are too many to keep inside an entry.
 *
 * - `member`: of a group, its members; a value is the member's DN
 * - `memberUid`: the same set; a value is the member's uid
 * - `memberOf`: of a user or group, the groups it belongs to; a value is the group's DN
 */
export type LinkName = 'member' | 'memberUid' | 'memberOf';

/** All values of one link attribute, already encoded as the octet strings of a PartialAttribute (RFC 4511 §4.1.7). */
export interface LinkedValues {
  readonly count: number;
  /** Sum of the lengths of `runs`, known before the first is read. */
  readonly byteLength: number;
  /** Concatenated OCTET STRING elements, tag and length included, in chunks of bounded size that hold whole elements. */
  readonly runs: Iterable<Buffer>;
}

/** One stored entry: see `entry-codec.ts` for the bytes. */
export interface StoredEntry {
  readonly id: EntryId;
  readonly bytes: Buffer;
}

/** One published directory. Nothing it answers ever changes. Methods throw `DirectoryStorageError` when the store cannot be read. */
export interface DirectoryReader {
  /** Counts publishes; grows by at least one with each. */
  readonly publication: number;
  /** When this directory was published, milliseconds since the epoch. */
  readonly publishedAtMs: number;

  /** The entry with this normalized DN (`normalizeDn` in `dn.ts`), or undefined. */
  findDn(normalizedDn: string): EntryId | undefined;
  /** The encoded entry, or undefined when the id is not in the directory. */
  entry(id: EntryId): Buffer | undefined;

  /** Where the immediate subordinates of an entry lie; empty for a leaf. */
  childRanges(id: EntryId): readonly IdRange[];
  /** Where an entry and everything below it lies, ascending and disjoint. */
  subtreeRanges(id: EntryId): readonly IdRange[];
  /** How many immediate subordinates an entry has. */
  childCount(id: EntryId): number;
  /** Where all entries of an object class lie, or undefined when no entry has it. `objectClass` is lower-case. */
  classRanges(objectClass: string): readonly IdRange[] | undefined;

  /** The entries with this value; `key` is `indexKey(...)` of the value, `attribute` the lower-case primary name. Undefined: none. */
  postings(attribute: string, key: Buffer): IdSet | undefined;
  /**
   * The entries whose value begins with `prefix` (index keys in byte order), at most `limit` ids in ascending order
   * without repetition; undefined when there are more than `limit`.
   */
  postingsByPrefix(attribute: string, prefix: Buffer, limit: number): Promise<Uint32Array | undefined>;

  /** The values of a link attribute, only those that name entries which `keep` accepts; undefined when the entry has none. */
  linked(id: EntryId, link: LinkName, keep?: (id: EntryId) => boolean): LinkedValues | undefined;
  /** The other ends of a link as ids: members of a group, groups of a user. */
  linkedIds(id: EntryId, link: LinkName): IdSet | undefined;

  /** Entries of the ranges in ascending order, in batches of at most `batch`. */
  scan(ranges: readonly IdRange[], batch: number): AsyncIterable<readonly StoredEntry[]>;
}

/** A reader that stays readable until it is released. */
export interface DirectoryLease extends Disposable {
  readonly reader: DirectoryReader;
}

/** What a publish did to one entry, or to what was in its place. */
export interface ChangedEntry {
  readonly id: EntryId;
  /** Of the publish. */
  readonly stampMs: number;
  /** False when there was an entry before the publish. */
  readonly created: boolean;
  /** UUIDs (16 bytes) that the entry had and has no more, because it is gone or is another one: views of stored bytes. */
  readonly lost: readonly Buffer[];
}

/** How a published directory came about. */
export interface ChangeHistory {
  /** Names the store's run of publications; a store that was cleared has another. */
  readonly id: string;
  /** When the directory was published, in milliseconds; greater than for every directory published before. */
  readonly stampMs: number;
  /** The smallest stamp that {@link ChangeHistory.changes} can start from. */
  readonly knownSinceMs: number;
  /**
   * What was published after the directory with this stamp, or after this time, in blocks; an entry may come more than once.
   * `afterMs` must not be less than `knownSinceMs`.
   */
  changes(afterMs: number): AsyncIterable<readonly ChangedEntry[]>;
}

/** A reader of the newest directory, with how it came about. */
export interface PublishedLease extends DirectoryLease {
  readonly history: ChangeHistory;
}

/** Hands out the newest published directory. */
export interface DirectorySource {
  /** Undefined as long as nothing has ever been published: the answer to clients is then `busy` (P1). */
  acquire(): DirectoryLease | undefined;
}

/** A source that knows how what it publishes came about, and tells of each publish. */
export interface PublishedSource extends DirectorySource {
  acquire(): PublishedLease | undefined;
  /** Calls the listener after each publish, until the subscription is disposed of. */
  onPublished(listener: () => void): Disposable;
}

/** The store could not be read: the answer to clients is `unavailable`, never an empty result (P1). */
export class DirectoryStorageError extends Error {
  override readonly name = 'DirectoryStorageError';
}
