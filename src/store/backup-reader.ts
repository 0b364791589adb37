import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { BackupContents, BackupHeader, CheckedBackup } from '../identity/backup.ts';
import {
  type BackupFileName,
  BackupFileError,
  backupFiles,
  decodeHeader,
  digestBytes,
  headerBytesMax,
} from './backup-format.ts';
import { BackupFrames } from './backup-frames.ts';
import { storeSlot, Table } from './keys.ts';

/** A record of the store. */
export type BackupRecord = readonly [key: Buffer, value: Buffer];

type Counts = { -readonly [K in keyof BackupContents]: BackupContents[K] };

const none: BackupContents = {
  records: 0,
  bytes: 0,
  ids: 0,
  entries: 0,
  appPasswords: 0,
  rememberedPasswords: 0,
  oneTimeCodes: 0,
  ntHashes: 0,
};

const counted: ReadonlyMap<number, Exclude<keyof BackupContents, 'records' | 'bytes'>> = new Map([
  [Table.ledgerEntries, 'ids'],
  [Table.entries, 'entries'],
  [Table.appPasswordIds, 'appPasswords'],
  [Table.rememberedPasswords, 'rememberedPasswords'],
  [Table.oneTimeCodes, 'oneTimeCodes'],
  [Table.ntHashes, 'ntHashes'],
]);

/** Reads a backup file. Until {@link BackupReader.checked} can be told, nothing that was read may be relied upon. */
export class BackupReader {
  readonly path: string;
  readonly header: BackupHeader;
  readonly #headerBytes: number;
  readonly #fileBytes: number;
  readonly #digest: Buffer;
  readonly #files = new Map<BackupFileName, string>();
  readonly #counts: Counts = { ...none };
  #isChecked = false;

  private constructor(path: string, header: BackupHeader, sizes: Sizes) {
    this.path = path;
    this.header = header;
    this.#headerBytes = sizes.header;
    this.#fileBytes = sizes.file;
    this.#digest = sizes.digest;
  }

  /**
   * Reads the first line and the checksum of a backup.
   *
   * @throws BackupFileError when the file cannot be read or is no backup
   */
  static async open(path: string): Promise<BackupReader> {
    return await explained(path, async () => {
      await using file = await open(path);
      const { size } = await file.stat();
      const line = await firstLine(file, path);
      const header = decodeHeader(path, line.toString());
      const sizes = { file: size, header: line.length + 1, digest: Buffer.alloc(digestBytes) };
      if (size < sizes.header + digestBytes) throw damaged(path, 'it is cut off');
      await file.read(sizes.digest, 0, digestBytes, size - digestBytes);
      return new BackupReader(path, header, sizes);
    });
  }

  /**
   * All records in the order of their keys, in blocks.
   *
   * @throws BackupFileError when the file is damaged, at the latest behind the last block
   */
  async *records(): AsyncGenerator<readonly BackupRecord[], void, void> {
    const hash = createHash('sha256').update(await this.#headerLine());
    // An empty range cannot be asked for, and no gzip stream is empty.
    if (this.#bodyEnd < this.#headerBytes) throw damaged(this.path, 'it is cut off');
    const gunzip = createGunzip();
    const body = createReadStream(this.path, { start: this.#headerBytes, end: this.#bodyEnd });
    const feeding = pipeline(body, (source) => passingBy(source as AsyncIterable<Buffer>, hash), gunzip);
    feeding.catch(() => undefined);
    const frames = new BackupFrames();
    try {
      for await (const chunk of gunzip) {
        const records = frames.take(chunk as Buffer);
        this.#count(records);
        if (records.length > 0) yield records;
      }
      await feeding;
    } catch (error) {
      throw this.#asDamage(error);
    }
    if (!frames.isComplete) throw damaged(this.path, 'its end is missing');
    if (!hash.digest().equals(this.#digest)) throw damaged(this.path, 'its checksum is another');
    for (const [name, text] of frames.files) if (isBackupFile(name)) this.#files.set(name, text);
    this.#isChecked = true;
  }

  /** What was read. Throws `RangeError` before {@link BackupReader.records} was read to its end. */
  get checked(): CheckedBackup {
    this.#assertChecked();
    const { header } = this;
    return { header, contents: this.#counts, fileBytes: this.#fileBytes, sha256: this.#digest.toString('hex') };
  }

  /** The text of a small file in the backup. Throws `RangeError` before {@link BackupReader.records} was read to its end. */
  file(name: BackupFileName): string | undefined {
    this.#assertChecked();
    return this.#files.get(name);
  }

  get #bodyEnd(): number {
    return this.#fileBytes - digestBytes - 1;
  }

  async #headerLine(): Promise<Buffer> {
    await using file = await open(this.path);
    const line = Buffer.alloc(this.#headerBytes);
    await file.read(line, 0, line.length, 0);
    return line;
  }

  #count(records: readonly BackupRecord[]): void {
    for (const [key, value] of records) {
      this.#counts.records++;
      this.#counts.bytes += key.length + value.length;
      const what = key[0] === storeSlot ? undefined : counted.get(key[1] ?? 0);
      if (what !== undefined) this.#counts[what]++;
    }
  }

  #asDamage(error: unknown): unknown {
    if (error instanceof BackupFileError) return damaged(this.path, error.message);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code.startsWith('Z_') ? damaged(this.path, 'it cannot be decompressed') : error;
  }

  #assertChecked(): void {
    if (!this.#isChecked) throw new RangeError('the backup was not read to its end');
  }
}

interface Sizes {
  readonly file: number;
  readonly header: number;
  readonly digest: Buffer;
}

async function firstLine(file: FileHandle, path: string): Promise<Buffer> {
  const start = Buffer.alloc(headerBytesMax);
  const { bytesRead } = await file.read(start, 0, headerBytesMax, 0);
  const end = start.subarray(0, bytesRead).indexOf('\n');
  if (end === -1) throw new BackupFileError(`${path} is not a backup of entra-ldapd.`);
  return start.subarray(0, end);
}

async function* passingBy(source: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

function isBackupFile(name: string): name is BackupFileName {
  return (backupFiles as readonly string[]).includes(name);
}

function damaged(path: string, why: string): BackupFileError {
  return new BackupFileError(`${path} is damaged (${why}) and was not used. Take another backup.`);
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupFileError || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new BackupFileError(`${path} cannot be read: ${error.message}.`, { cause: error });
  }
}
