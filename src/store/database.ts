import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { storeSlot } from './keys.ts';
import { finishRestore, hasPendingRestore } from './pending-restore.ts';
import { StoreError } from './store-error.ts';
import { WriteBatch } from './write-batch.ts';

type ByteLevel = Level<Buffer, Buffer>;

/** A frozen state of the database that reads can be made from. */
export type DatabaseSnapshot = ReturnType<ByteLevel['snapshot']>;

/** What LevelDB has beside what the types of `level` say (level 10). */
interface Compacting {
  compactRange(start: Buffer, end: Buffer): Promise<void>;
}

/** Bounds of an iteration. */
export interface Bounds {
  readonly gte: Buffer;
  readonly lt: Buffer | undefined;
}

/** How much memory LevelDB may take: for blocks it has read, and for writes before it sorts them into a file. */
export interface DatabaseOptions {
  readonly cacheBytes: number;
  readonly writeBufferBytes: number;
  /** Whether other threads of this process may open it too, by {@link Database.share}. */
  readonly isShared?: boolean;
}

const FORMAT_KEY = Buffer.from([storeSlot, 0]);
const FORMAT_NAME = 'entra-ldapd';

/** The store format that this version writes; `migrations.ts` leads to it. */
export const storeFormatVersion = 2;

/**
 * LevelDB below one directory, with binary keys and values: opened by one process, readable by its owner only, refused
 * when it is foreign or newer. The only user of the `level` package.
 */
export class Database implements AsyncDisposable {
  readonly #level: ByteLevel;
  readonly path: string;
  #formatVersion = storeFormatVersion;

  private constructor(level: ByteLevel, path: string) {
    this.#level = level;
    this.path = path;
  }

  /**
   * Opens `<directory>/db`, creating it when `directory` is missing or empty of a store. Never replaces anything.
   *
   * @throws StoreError with every code but `failed`
   */
  static async open(directory: string, options: DatabaseOptions): Promise<Database> {
    const path = join(directory, 'db');
    if (hasPendingRestore(directory)) await putRestoredInPlace(directory, path);
    const isNew = prepareDirectory(directory, path);
    return await Database.#open(path, options, isNew);
  }

  /**
   * Opens the database in a folder that may have any name, and must be there.
   *
   * @throws StoreError with every code but `failed`
   */
  static async openAt(path: string, options: DatabaseOptions): Promise<Database> {
    return await Database.#open(path, options, false);
  }

  static async #open(path: string, options: DatabaseOptions, isNew: boolean): Promise<Database> {
    const level = await openLevel(path, { ...options, createIfMissing: isNew });
    const database = new Database(level, path);
    try {
      await database.#checkFormat(isNew);
    } catch (error) {
      await level.close();
      throw error;
    }
    return database;
  }

  /**
   * Opens a database that another thread of this process has open to be shared, and closes after this one: its caches are
   * the ones that are used (classic-level 3.0, binding.cc).
   */
  static async share(directory: string): Promise<Database> {
    const path = join(directory, 'db');
    const options = { cacheBytes: 0, writeBufferBytes: 1024 * 1024, isShared: true, createIfMissing: false };
    return new Database(await openLevel(path, options), path);
  }

  async #checkFormat(isNew: boolean): Promise<void> {
    const stored = this.get(FORMAT_KEY);
    if (stored === undefined) {
      if (!isNew && !(await this.isEmpty({ gte: Buffer.alloc(0), lt: undefined }))) {
        throw new StoreError(
          'foreign',
          `${this.path} is a LevelDB database that entra-ldapd did not make. Choose another store.path; nothing was changed.`,
        );
      }
      await this.writeFormatVersion(storeFormatVersion);
      return;
    }
    const { format, version } = parseFormat(stored);
    if (format !== FORMAT_NAME || version === undefined) {
      throw new StoreError(
        'foreign',
        `${this.path} is not a store of entra-ldapd. Choose another store.path; nothing was changed.`,
      );
    }
    if (version > storeFormatVersion) {
      throw new StoreError(
        'newer',
        `${this.path} has store format ${version}, this program knows up to ${storeFormatVersion}. ` +
          'Run the newer entra-ldapd again, restore a backup that this one made (entra-ldapd restore), or choose another ' +
          'store.path; nothing was changed.',
      );
    }
    this.#formatVersion = version;
  }

  /** The format that the store has: {@link storeFormatVersion}, or less when it has yet to be migrated. */
  get formatVersion(): number {
    return this.#formatVersion;
  }

  /** The size of the files on disk. A file that LevelDB removes meanwhile does not count. */
  async sizeBytes(): Promise<number> {
    const names = await readdir(this.path);
    const sizes = names.map(async (name) => (await stat(join(this.path, name)).catch(() => undefined))?.size ?? 0);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  /** Notes that everything in the store has this format, when it resolves for good. */
  async writeFormatVersion(version: number): Promise<void> {
    const format = Buffer.from(JSON.stringify({ format: FORMAT_NAME, version }));
    await this.write(this.batch().put(FORMAT_KEY, format), true);
    this.#formatVersion = version;
  }

  /** True when no key lies in `bounds`. */
  async isEmpty(bounds: Bounds): Promise<boolean> {
    const iterator = this.#level.keys({
      gte: bounds.gte,
      ...(bounds.lt === undefined ? {} : { lt: bounds.lt }),
      limit: 1,
    });
    try {
      return (await iterator.next()) === undefined;
    } finally {
      await iterator.close();
    }
  }

  /** Reads one value on this thread, from `snapshot` when one is given. */
  get(key: Buffer, snapshot?: DatabaseSnapshot): Buffer | undefined {
    try {
      return snapshot === undefined
        ? this.#level.getSync(key)
        : this.#level.getSync(key, { keyEncoding: 'buffer', valueEncoding: 'buffer', snapshot });
    } catch (error) {
      throw new StoreError('failed', `The store ${this.path} could not be read.`, { cause: error });
    }
  }

  /** An empty batch for {@link Database.write}. */
  batch(): WriteBatch {
    return new WriteBatch(this.#level.batch());
  }

  /** Writes a batch atomically. With `sync` it survives a power failure when this resolves, else only the end of the process. */
  async write(batch: WriteBatch, sync: boolean): Promise<void> {
    try {
      await batch.write(sync);
    } catch (error) {
      throw new StoreError('failed', `The store ${this.path} could not be written.`, { cause: error });
    }
  }

  /** Entries of a range in key order, in blocks of at most `block`. */
  async *entries(bounds: Bounds, block: number, snapshot?: DatabaseSnapshot): AsyncGenerator<[Buffer, Buffer][]> {
    const iterator = this.#level.iterator({
      gte: bounds.gte,
      ...(bounds.lt === undefined ? {} : { lt: bounds.lt }),
      ...(snapshot === undefined ? {} : { snapshot }),
      highWaterMarkBytes: 256 * 1024,
    });
    try {
      for (;;) {
        const entries = await iterator.nextv(block);
        if (entries.length === 0) return;
        yield entries;
      }
    } catch (error) {
      throw new StoreError('failed', `The store ${this.path} could not be read.`, { cause: error });
    } finally {
      await iterator.close();
    }
  }

  /** Keys of a range in order, in blocks of at most `block`. */
  async *keys(bounds: Bounds, block: number, snapshot?: DatabaseSnapshot): AsyncGenerator<Buffer[]> {
    const iterator = this.#level.keys({
      gte: bounds.gte,
      ...(bounds.lt === undefined ? {} : { lt: bounds.lt }),
      ...(snapshot === undefined ? {} : { snapshot }),
    });
    try {
      for (;;) {
        const keys = await iterator.nextv(block);
        if (keys.length === 0) return;
        yield keys;
      }
    } catch (error) {
      throw new StoreError('failed', `The store ${this.path} could not be read.`, { cause: error });
    } finally {
      await iterator.close();
    }
  }

  /** Writes a range of keys anew, so that nothing of what was deleted from it lies in a file any more. */
  async compact(bounds: { readonly gte: Buffer; readonly lt: Buffer }): Promise<void> {
    try {
      // The types of `level` leave out what browsers do not have.
      await (this.#level as unknown as Compacting).compactRange(bounds.gte, bounds.lt);
    } catch (error) {
      throw new StoreError('failed', `The store ${this.path} could not be written.`, { cause: error });
    }
  }

  snapshot(): DatabaseSnapshot {
    return this.#level.snapshot();
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function openLevel(path: string, options: DatabaseOptions & { createIfMissing: boolean }): Promise<ByteLevel> {
  const level: ByteLevel = new Level(path, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    cacheSize: options.cacheBytes,
    writeBufferSize: options.writeBufferBytes,
    createIfMissing: options.createIfMissing,
    multithreading: options.isShared ?? false,
  });
  try {
    await level.open();
    return level;
  } catch (error) {
    throw openingError(path, error);
  }
}

/** What is restored over may be damaged, or nothing at all; it may only not be in use. */
async function putRestoredInPlace(directory: string, path: string): Promise<void> {
  try {
    // Opening would make a folder where an end of the process in between has left none, to be kept for the one from before.
    if (existsSync(path))
      await (await openLevel(path, { cacheBytes: 0, writeBufferBytes: 1024 * 1024, createIfMissing: false })).close();
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === 'locked') throw error;
  }
  finishRestore(directory);
}

/** Makes the directories, private to their owner; true when there is no database yet. */
function prepareDirectory(directory: string, path: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const entries = readdirSync(path);
    const isNew = !entries.includes('CURRENT');
    // Only what LevelDB leaves behind when it is killed while it creates a database may be taken for an empty directory.
    const foreign = isNew
      ? entries.filter((name) => !/^(LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(dbtmp|log))$/.test(name))
      : [];
    if (foreign.length > 0) {
      throw new StoreError(
        'foreign',
        `${path} holds files that are not a store of entra-ldapd (${foreign.slice(0, 3).join(', ')}). Choose another store.path; nothing was changed.`,
      );
    }
    // The store holds personal data (PAIN-19), so it is closed to others even where the directory above it is not.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
    return isNew;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('access', `The store directory ${path} cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
}

function parseFormat(bytes: Buffer): { format: unknown; version: number | undefined } {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value !== 'object' || value === null) return { format: undefined, version: undefined };
    const { format, version } = value as { format?: unknown; version?: unknown };
    return { format, version: typeof version === 'number' ? version : undefined };
  } catch {
    return { format: undefined, version: undefined };
  }
}

function openingError(path: string, error: unknown): StoreError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'LEVEL_LOCKED') {
    return new StoreError(
      'locked',
      `The store ${path} is in use by another process. Stop the other entra-ldapd, or give this one its own store.path.`,
      { cause: error },
    );
  }
  if (code === 'LEVEL_CORRUPTION') {
    return new StoreError(
      'corrupt',
      `The store ${path} is damaged and was left as it is. Restore a backup, or move the directory away to sync anew.`,
      { cause: error },
    );
  }
  return new StoreError('access', `The store ${path} cannot be opened: ${reasonOf(cause)}.`, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
